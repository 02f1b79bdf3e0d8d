//! Find out what is due, once for all hosts.

use std::sync::Arc;

use jangbogo_kernel::{Clock, Store, StoreError, retried};

use crate::{BusinessDate, JobName, JobQueries, Schedule, Timetable, Transaction};

/// Claims what is due: each time of a schedule is claimed by one host. Runs that nobody works on
/// any more are due as well.
pub struct ClaimDue {
    store: Arc<dyn Store<dyn Transaction>>,
    queries: Arc<dyn JobQueries>,
    timetable: Arc<dyn Timetable>,
    clock: Arc<dyn Clock>,
}

/// A job to be run now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueJob {
    /// The job.
    pub job: JobName,
    /// The day that it is for.
    pub as_of: BusinessDate,
}

const LEFT_MAX: u32 = 100;

impl ClaimDue {
    /// Assembles the use case.
    pub fn new(
        store: Arc<dyn Store<dyn Transaction>>,
        queries: Arc<dyn JobQueries>,
        timetable: Arc<dyn Timetable>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { store, queries, timetable, clock }
    }

    /// Claims what is due of the jobs that this host can run now.
    pub async fn run(&self, can_run: &[JobName]) -> Result<Vec<DueJob>, StoreError> {
        let now = self.clock.now();
        let mut due = Vec::new();
        for run in self.queries.left(now, LEFT_MAX).await? {
            if can_run.contains(&run.job) && !due.iter().any(|one: &DueJob| one.job == run.job) {
                due.push(DueJob { job: run.job, as_of: run.as_of });
            }
        }
        for schedule in self.queries.schedules().await? {
            let is_ours = can_run.contains(&schedule.job) && schedule.is_due(now);
            if !is_ours || due.iter().any(|one| one.job == schedule.job) {
                continue; // what was left of the job is made up for first
            }
            // Schedules are understood before they are saved; one that is not was written by
            // somebody else, and stands still until it is set again.
            let next = self.timetable.next(&schedule.cron, &schedule.zone, now);
            let day = self.timetable.day(&schedule.zone, now);
            let (Ok(next), Ok(as_of)) = (next, day) else { continue };
            let claimed = schedule.clone().due_again(next);
            if retried(|| self.claim(&claimed)).await? {
                due.push(DueJob { job: schedule.job, as_of });
            }
        }
        Ok(due)
    }

    async fn claim(&self, claimed: &Schedule) -> Result<bool, StoreError> {
        let mut tx = self.store.begin().await?;
        let found = tx.schedules().find(&claimed.job).await?;
        if found.is_none_or(|found| found.version != claimed.version - 1) {
            return Ok(false); // another host was first, or somebody has changed it
        }
        tx.schedules().save(claimed).await?;
        tx.commit().await?;
        Ok(true)
    }
}
