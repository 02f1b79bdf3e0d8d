//! Schedules are claimed once, made up for once, and changed while everything runs.

use std::time::Duration;

use jangbogo_job::{ChangeScheduleError, DueJob, JobName, Ran, ScheduleChange};
use jangbogo_kernel::Clock as _;
use tokio::join;

use super::on_both_engines;
use super::work::{Does, LEASE, Office, Shelf, day, name};

on_both_engines! {
    one_of_many_hosts_claims_each_time,
    a_missed_time_is_made_up_for_once,
    a_change_counts_at_once,
    a_left_run_is_due,
    only_what_a_timetable_understands_is_kept,
}

const MINUTE: Duration = Duration::from_mins(1);
/// Noon in Seoul, at 2026-11-21T02:00:00Z it is eleven o'clock.
const AT_NOON: &str = "0 12 * * *";

async fn introduced(office: &Office, cron: &str) -> Vec<JobName> {
    let jobs = [(name("shelf"), cron), (name("other"), "0 0 1 1 *")];
    office.change_schedule().introduce(&jobs, "Asia/Seoul").await.unwrap();
    vec![name("shelf")]
}

fn due() -> Vec<DueJob> {
    vec![DueJob { job: name("shelf"), as_of: day("2026-11-21") }]
}

async fn one_of_many_hosts_claims_each_time(office: &Office) {
    let ours = introduced(office, AT_NOON).await;
    let (one, two) = (office.claim_due(), office.claim_due());
    assert_eq!(one.run(&ours).await.unwrap(), [], "it is not noon");
    office.clock.advance(60 * MINUTE);
    let (first, second) = join!(one.run(&ours), two.run(&ours));
    let claimed = [first.unwrap(), second.unwrap()].concat();
    assert_eq!(claimed, due(), "by one of them");
    assert_eq!(two.run(&ours).await.unwrap(), [], "once");
    office.clock.advance(24 * 60 * MINUTE);
    assert_eq!(two.run(&[]).await.unwrap(), [], "not by a host that is busy with it");
    assert_eq!(two.run(&ours).await.unwrap()[0].as_of, day("2026-11-22"), "the next day");
}

async fn a_missed_time_is_made_up_for_once(office: &Office) {
    let ours = introduced(office, "*/10 * * * * *").await;
    let claim = office.claim_due();
    office.clock.advance(50 * MINUTE);
    assert_eq!(claim.run(&ours).await.unwrap(), due(), "one for three hundred times");
    assert_eq!(claim.run(&ours).await.unwrap(), []);
    office.clock.advance(Duration::from_secs(10));
    assert_eq!(claim.run(&ours).await.unwrap(), due(), "in step again");
}

async fn a_change_counts_at_once(office: &Office) {
    let ours = introduced(office, AT_NOON).await;
    let (claim, change) = (office.claim_due(), office.change_schedule());
    let (cron, zone) = ("*/5 * * * *".to_owned(), Some("Asia/Tokyo".to_owned()));
    let set = change.run(&ours[0], &ScheduleChange::Set { cron, zone }).await.unwrap();
    assert_eq!(set.next_at.to_string(), "2026-11-21T02:05:00Z");
    assert_eq!(set.zone, "Asia/Tokyo");
    office.clock.advance(5 * MINUTE);
    assert_eq!(claim.run(&ours).await.unwrap(), due());
    change.run(&ours[0], &ScheduleChange::Disable).await.unwrap();
    office.clock.advance(30 * MINUTE);
    assert_eq!(claim.run(&ours).await.unwrap(), [], "it is disabled");
    let enabled = change.run(&ours[0], &ScheduleChange::Enable).await.unwrap();
    assert!(enabled.next_at > office.clock.now(), "what was missed is not made up for");
    // Another start of a process leaves what somebody has changed.
    introduced(office, AT_NOON).await;
    office.clock.advance(5 * MINUTE);
    assert_eq!(claim.run(&ours).await.unwrap(), due());
}

async fn a_left_run_is_due(office: &Office) {
    let ours = introduced(office, "0 0 1 1 *").await;
    let shelf = Shelf::full(office, 30);
    shelf.set(5, Does::Hangs);
    office.host().is_killed_at_work(&shelf.job(), "2026-11-20", &shelf.hanging).await;
    let claim = office.claim_due();
    assert_eq!(claim.run(&ours).await.unwrap(), [], "somebody may be at it");
    office.clock.advance(LEASE);
    let left = [DueJob { job: name("shelf"), as_of: day("2026-11-20") }];
    assert_eq!(claim.run(&[name("other")]).await.unwrap(), [], "of another program");
    assert_eq!(claim.run(&ours).await.unwrap(), left);
    shelf.set(5, Does::Takes(Duration::ZERO));
    let ran = office.host().runs_by_schedule(&shelf.job(), "2026-11-20").await;
    assert!(matches!(ran, Ran::Over(..)), "{ran:?}");
    assert_eq!(claim.run(&ours).await.unwrap(), []);
}

async fn only_what_a_timetable_understands_is_kept(office: &Office) {
    let ours = introduced(office, AT_NOON).await;
    let change = office.change_schedule();
    let before = office.queries.schedules().await.unwrap();
    for (cron, zone) in [("every day", None), ("0 0 * * *", Some("Asia/Nowhere"))] {
        let set = ScheduleChange::Set { cron: cron.to_owned(), zone: zone.map(str::to_owned) };
        let refused = change.run(&ours[0], &set).await;
        assert!(matches!(refused, Err(ChangeScheduleError::Timetable(_))), "{refused:?}");
    }
    let unknown = change.run(&name("nothing"), &ScheduleChange::Disable).await;
    assert!(matches!(unknown, Err(ChangeScheduleError::Unknown)), "{unknown:?}");
    assert_eq!(office.queries.schedules().await.unwrap(), before);
}
