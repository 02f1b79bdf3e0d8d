//! When a job runs by itself.

use jangbogo_kernel::Timestamp;

use crate::JobName;

/// A job's schedule. It is kept in the database: a change counts from the next look at it, in every
/// process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// The job.
    pub job: JobName,
    /// When, as cron says it: five fields, or six with seconds first.
    pub cron: String,
    /// In whose time: `Asia/Seoul`.
    pub zone: String,
    /// Whether it counts.
    pub is_enabled: bool,
    /// When it is due. A time that was missed is made up for once, however many were.
    pub next_at: Timestamp,
    /// Grows with every save.
    pub version: i64,
}

impl Schedule {
    /// Whether the job is to be run.
    pub fn is_due(&self, now: Timestamp) -> bool {
        self.is_enabled && self.next_at <= now
    }

    /// The same, due again at `next`.
    #[must_use]
    pub fn due_again(mut self, next: Timestamp) -> Self {
        self.next_at = next;
        self.version += 1;
        self
    }
}
