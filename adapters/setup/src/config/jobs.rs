//! Jobs.

use jangbogo_subscription::BillingCalendar;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::ConfigError;
use super::load::possible;

/// Jobs: how they run, and how long what they clean up is kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct JobsConfig {
    /// The time zone of business days, billing days among them, and of schedules that have none of
    /// their own.
    pub zone: String,
    /// How long items are kept for a process that may be gone, milliseconds; longer than the
    /// handling of one item ever takes.
    pub lease_ms: u64,
    /// Items of one chunk: so many may be worked on twice after a crash.
    pub chunk: u32,
    /// How long runs are remembered, days.
    pub keep_runs_days: u32,
    /// How long idempotency keys are remembered, days.
    pub keep_idempotency_days: u32,
    /// How long delivered events are kept, days.
    pub keep_events_days: u32,
}

impl Default for JobsConfig {
    fn default() -> Self {
        Self {
            zone: "Asia/Seoul".to_owned(),
            lease_ms: 120_000,
            chunk: 20,
            keep_runs_days: 90,
            keep_idempotency_days: 15,
            keep_events_days: 30,
        }
    }
}

impl JobsConfig {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        use jangbogo_job::Timetable as _;
        let moment = jangbogo_kernel::Timestamp::from_micros(0);
        let zone = jangbogo_runtime::CronTimetable.day(&self.zone, moment).is_ok();
        possible("jobs.zone", zone, "a name like Asia/Seoul")?;
        possible("jobs.lease_ms", (1_000..=3_600_000).contains(&self.lease_ms), "1000 to 3600000")?;
        possible("jobs.chunk", (1..=100).contains(&self.chunk), "1 to 100")?;
        let days = 1..=36_500;
        possible("jobs.keep_runs_days", days.contains(&self.keep_runs_days), "1 to 36500")?;
        let keys = days.contains(&self.keep_idempotency_days);
        possible("jobs.keep_idempotency_days", keys, "1 to 36500")?;
        possible("jobs.keep_events_days", days.contains(&self.keep_events_days), "1 to 36500")
    }

    /// The billing calendar: what is due on a day is looked for by that day's runs.
    pub fn calendar(&self) -> BillingCalendar {
        // Checked at start; a zone that is gone since then is a broken installation.
        TimeZone::get(&self.zone).map_or_else(|_| BillingCalendar::korea(), BillingCalendar::new)
    }
}
