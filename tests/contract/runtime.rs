//! Clock and ids of the machine.

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use jangbogo_kernel::{Timestamp, contract};
use jangbogo_runtime::{RandomIds, SequentialIds, SystemClock};

pub(crate) const LISTED: &[&str] =
    &["clock_shows_the_present", "id_generator_never_repeats_and_rises"];

/// Cron and zones.
pub(crate) mod timetable {
    use jangbogo_job::contract;
    use jangbogo_runtime::CronTimetable;

    pub(crate) const LISTED: &[&str] = &[
        "a_timetable_follows_cron",
        "a_timetable_follows_the_zone",
        "a_timetable_refuses_what_it_does_not_understand",
    ];

    #[test]
    fn a_timetable_follows_cron() {
        contract::a_timetable_follows_cron(&CronTimetable);
    }

    #[test]
    fn a_timetable_follows_the_zone() {
        contract::a_timetable_follows_the_zone(&CronTimetable);
    }

    #[test]
    fn a_timetable_refuses_what_it_does_not_understand() {
        contract::a_timetable_refuses_what_it_does_not_understand(&CronTimetable);
    }
}

#[test]
fn clock_shows_the_present() {
    let since = UNIX_EPOCH.elapsed().unwrap();
    let before = Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap());
    let after = before.plus(Duration::from_mins(1));
    contract::clock_shows_the_present(&SystemClock, before, after);
}

#[test]
fn id_generator_never_repeats_and_rises() {
    let random = RandomIds::new(Arc::new(SystemClock));
    contract::id_generator_never_repeats_and_rises(&random);
    contract::id_generator_never_repeats_and_rises(&SequentialIds::new());
}
