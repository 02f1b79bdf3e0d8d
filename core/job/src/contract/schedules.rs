//! Schedules and timetables.

use jangbogo_kernel::contract::missing;
use jangbogo_kernel::{IdGenerator, Store, StoreError, Timestamp};

use super::{SECOND, name};
use crate::{JobQueries, Schedule, ScheduleRepository, Timetable, TimetableError, Transaction};

/// The first schedule of a job stays.
pub async fn a_schedule_is_introduced_once(
    store: &dyn Store<dyn Transaction>,
    queries: &dyn JobQueries,
    _ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let [one, other] = schedules(now)?;
    let changed = Schedule { cron: "1 1 1 1 1".to_owned(), ..one.clone() };
    let mut tx = store.begin().await?;
    let repository: &mut dyn ScheduleRepository = tx.schedules();
    repository.add_missing(&other).await?;
    repository.add_missing(&one).await?;
    repository.add_missing(&changed).await?;
    assert_eq!(repository.find(&one.job).await?.as_ref(), Some(&one), "the first one");
    assert_eq!(repository.find(&name("unknown")?).await?, None, "an unknown job");
    tx.commit().await?;
    assert_eq!(queries.schedules().await?, [one, other], "by the jobs' names");
    Ok(())
}

/// A schedule is saved by whoever saw its version: so one host claims each time.
pub async fn a_schedule_is_saved_once_per_version(
    store: &dyn Store<dyn Transaction>,
    _ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let [one, _] = schedules(now)?;
    let mut tx = store.begin().await?;
    tx.schedules().add_missing(&one).await?;
    tx.commit().await?;
    let mut next = one.due_again(now.plus(SECOND));
    next.is_enabled = false;
    let mut tx = store.begin().await?;
    tx.schedules().save(&next).await?;
    tx.commit().await?;
    let mut tx = store.begin().await?;
    let second = tx.schedules().save(&next).await;
    assert!(second.is_err_and(|error| error.is_retryable()), "one version was saved twice");
    drop(tx);
    let mut tx = store.begin().await?;
    assert_eq!(tx.schedules().find(&next.job).await?, Some(next), "as it was saved");
    Ok(())
}

fn schedules(now: Timestamp) -> Result<[Schedule; 2], StoreError> {
    let schedule = |job: &str| {
        Ok::<_, StoreError>(Schedule {
            job: name(job)?,
            cron: "*/10 * * * * *".to_owned(),
            zone: "Asia/Seoul".to_owned(),
            is_enabled: true,
            next_at: now,
            version: 1,
        })
    };
    Ok([schedule("billing")?, schedule("ranking")?])
}

/// Five fields, or six with seconds first; strictly after the given time.
pub fn a_timetable_follows_cron(timetable: &dyn Timetable) {
    let next = |cron: &str, after: &str| {
        let after: Timestamp = parsed(after);
        timetable.next(cron, "Asia/Seoul", after).map(|time| time.to_string())
    };
    let told = |text: &str| Ok(text.to_owned());
    let noon = "2026-11-26T12:00:00Z";
    assert_eq!(next("*/10 * * * * *", noon), told("2026-11-26T12:00:10Z"));
    assert_eq!(next("*/10 * * * * *", "2026-11-26T12:00:09.999999Z"), told("2026-11-26T12:00:10Z"));
    assert_eq!(next("0 0 * * *", noon), told("2026-11-26T15:00:00Z"), "midnight in Seoul");
    assert_eq!(next("0 9 29 2 *", noon), told("2028-02-29T00:00:00Z"), "a leap day");
    assert_eq!(next("0 9 L * *", noon), told("2026-11-30T00:00:00Z"), "the last of the month");
    assert_eq!(next("30 9 * * MON", noon), told("2026-11-30T00:30:00Z"), "a Monday");
}

/// Days are the zone's; a time that its clocks skip is made up for, one that they show twice
/// counts once.
pub fn a_timetable_follows_the_zone(timetable: &dyn Timetable) {
    let day = |zone: &str, at: &str| timetable.day(zone, parsed(at)).map(|day| day.to_string());
    assert_eq!(day("Asia/Seoul", "2026-11-25T15:00:00Z"), Ok("2026-11-26".to_owned()));
    assert_eq!(day("Asia/Seoul", "2026-11-25T14:59:59.999999Z"), Ok("2026-11-25".to_owned()));
    assert_eq!(day("America/New_York", "2026-11-26T04:59:59Z"), Ok("2026-11-25".to_owned()));
    let start = |zone: &str, day: &str| {
        let day = day.parse().map_err(|_| TimetableError::Never);
        day.and_then(|day| timetable.start_of(zone, day)).map(|time| time.to_string())
    };
    assert_eq!(start("Asia/Seoul", "2026-11-26"), Ok("2026-11-25T15:00:00Z".to_owned()));
    assert_eq!(start("Europe/Berlin", "2027-03-29"), Ok("2027-03-28T22:00:00Z".to_owned()));
    let times = |after: &str, count: usize| {
        let (mut at, mut found) = (parsed(after), Vec::new());
        for _ in 0..count {
            let Ok(next) = timetable.next("30 2 * * *", "Europe/Berlin", at) else { break };
            found.push(next.to_string());
            at = next;
        }
        found
    };
    // 2027-03-28, 2:00 becomes 3:00.
    let spring = times("2027-03-27T00:00:00Z", 3);
    assert_eq!(spring.len(), 3, "{spring:?}");
    assert!(spring.iter().any(|time| time.starts_with("2027-03-28T01:")), "{spring:?}");
    // 2026-10-25, 3:00 becomes 2:00.
    let autumn = times("2026-10-24T12:00:00Z", 2);
    let on_the_day = autumn.iter().filter(|time| time.starts_with("2026-10-25")).count();
    assert_eq!(on_the_day, 1, "{autumn:?}");
}

/// Nonsense is told from zones that do not exist.
pub fn a_timetable_refuses_what_it_does_not_understand(timetable: &dyn Timetable) {
    let now = parsed("2026-11-26T12:00:00Z");
    for nonsense in ["", "every day", "* * *", "61 * * * *", "0 0 0 0 0 0 0 0"] {
        let refused = timetable.next(nonsense, "Asia/Seoul", now);
        assert!(matches!(refused, Err(TimetableError::Cron(_))), "{nonsense:?}: {refused:?}");
    }
    let nowhere = timetable.next("0 0 * * *", "Asia/Nowhere", now);
    assert!(matches!(nowhere, Err(TimetableError::Zone(_))), "{nowhere:?}");
    assert!(timetable.day("", now).is_err(), "no zone is no zone");
    let never = timetable.next("0 0 30 2 *", "Asia/Seoul", now);
    assert!(never.is_err(), "the thirtieth of February comes: {never:?}");
}

/// A time that a contract wrote down.
fn parsed(text: &str) -> Timestamp {
    let time = text.parse().map_err(|_| missing("write a time down"));
    time.unwrap_or(Timestamp::from_micros(0))
}
