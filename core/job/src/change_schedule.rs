//! Change when a job runs by itself.

use std::sync::Arc;

use jangbogo_kernel::{Clock, Store, StoreError, fault, retried};

use crate::{JobName, Schedule, Timetable, TimetableError, Transaction};

/// Sets, enables and disables schedules; every process sees it at its next look.
pub struct ChangeSchedule {
    store: Arc<dyn Store<dyn Transaction>>,
    timetable: Arc<dyn Timetable>,
    clock: Arc<dyn Clock>,
}

/// What is to be changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScheduleChange {
    /// When; a zone only if it is to be another one. A schedule that was disabled stays so.
    Set {
        /// As cron says it.
        cron: String,
        /// In whose time.
        zone: Option<String>,
    },
    /// It counts from now on; what was missed meanwhile is not made up for.
    Enable,
    /// It does not count.
    Disable,
}

/// The schedule was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeScheduleError {
    /// The job has none.
    #[error("this job has no schedule: start the shop or `batch serve` once")]
    Unknown,
    /// It is not understood.
    #[error(transparent)]
    Timetable(#[from] TimetableError),
    /// Storage failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
fault!(ChangeScheduleError {
    Unknown: NotFound = "schedule-unknown",
} passes on { Timetable, Store });

impl ChangeSchedule {
    /// Assembles the use case.
    pub fn new(
        store: Arc<dyn Store<dyn Transaction>>,
        timetable: Arc<dyn Timetable>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { store, timetable, clock }
    }

    /// Gives jobs that have no schedule yet their first one; what somebody has changed stays.
    pub async fn introduce(
        &self,
        schedules: &[(JobName, &str)],
        zone: &str,
    ) -> Result<(), ChangeScheduleError> {
        let now = self.clock.now();
        let mut first = Vec::with_capacity(schedules.len());
        for (job, cron) in schedules {
            first.push(Schedule {
                job: job.clone(),
                cron: (*cron).to_owned(),
                zone: zone.to_owned(),
                is_enabled: true,
                next_at: self.timetable.next(cron, zone, now)?,
                version: 1,
            });
        }
        let add = || async {
            let mut tx = self.store.begin().await?;
            for schedule in &first {
                tx.schedules().add_missing(schedule).await?;
            }
            tx.commit().await
        };
        Ok(retried(add).await?)
    }

    /// Changes the job's schedule, and tells what it is now.
    pub async fn run(
        &self,
        job: &JobName,
        change: &ScheduleChange,
    ) -> Result<Schedule, ChangeScheduleError> {
        retried(|| self.once(job, change)).await
    }

    async fn once(
        &self,
        job: &JobName,
        change: &ScheduleChange,
    ) -> Result<Schedule, ChangeScheduleError> {
        let mut tx = self.store.begin().await?;
        let found = tx.schedules().find(job).await?;
        let mut schedule = found.ok_or(ChangeScheduleError::Unknown)?;
        match change {
            ScheduleChange::Set { cron, zone } => {
                schedule.cron.clone_from(cron);
                schedule.zone = zone.clone().unwrap_or(schedule.zone);
            }
            ScheduleChange::Enable => schedule.is_enabled = true,
            ScheduleChange::Disable => schedule.is_enabled = false,
        }
        let next = self.timetable.next(&schedule.cron, &schedule.zone, self.clock.now())?;
        let schedule = schedule.due_again(next);
        tx.schedules().save(&schedule).await?;
        tx.commit().await?;
        Ok(schedule)
    }
}
