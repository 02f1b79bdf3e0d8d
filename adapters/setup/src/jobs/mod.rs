//! The shop's jobs: which there are, when they run, and what runs them.
//!
//! A job is a few lines here and a file beside this one, which makes steps of use cases.

mod expire_orders;
mod flush_sales;
mod janitor;

use std::sync::Arc;
use std::time::Duration;

use jangbogo_job::{
    BusinessDate, ChangeSchedule, ChangeScheduleError, ClaimDue, Job, JobName, JobQueries,
    RetryPolicy, RoundWork, RunJob, Step, Timetable, TimetableError, Transaction, Work,
};
use jangbogo_kernel::{Clock, IdGenerator, Store};
use jangbogo_runtime::{CronTimetable, SystemWaiting};
use tokio_util::sync::CancellationToken;

use crate::{Config, JobsConfig, Opened};

/// Every job of the shop, and what runs them.
#[derive(Clone)]
pub struct Jobs {
    list: Vec<Scheduled>,
    store: Arc<dyn Store<dyn Transaction>>,
    queries: Arc<dyn JobQueries>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdGenerator>,
    timetable: Arc<dyn Timetable>,
    config: JobsConfig,
}

/// A job and its first schedule.
#[derive(Clone)]
struct Scheduled {
    job: Job,
    cron: &'static str,
}

impl Jobs {
    /// The jobs over an open shop.
    pub fn of(config: &Config, opened: &Opened) -> Self {
        let shop = &opened.shop;
        let rounds = |name: &'static str, about, cron, work: Arc<dyn RoundWork>| Scheduled {
            job: Job {
                name: JobName::of_ours(name),
                about,
                steps: vec![Step { name, work: Work::Rounds(work, RetryPolicy::default()) }],
            },
            cron,
        };
        let list = vec![
            rounds(
                "expire-orders",
                "gives back the pieces of orders that were not paid in time",
                "*/10 * * * * *",
                Arc::new(expire_orders::Rounds(shop.expire_orders.clone())),
            ),
            rounds(
                "flush-sales",
                "adds sold pieces to the products' counters",
                "*/5 * * * * *",
                Arc::new(flush_sales::Rounds(shop.flush_sales.clone())),
            ),
            rounds(
                "janitor",
                "finds out what became of payments that nobody looks after",
                "*/5 * * * * *",
                Arc::new(janitor::Rounds(shop.resolve_attempts.clone())),
            ),
        ];
        Self {
            list,
            store: shop.job_store.clone(),
            queries: shop.job_queries.clone(),
            clock: opened.around.clock.clone(),
            ids: opened.around.ids.clone(),
            timetable: Arc::new(CronTimetable),
            config: config.jobs.clone(),
        }
    }

    /// All jobs.
    pub fn all(&self) -> impl Iterator<Item = &Job> {
        self.list.iter().map(|scheduled| &scheduled.job)
    }

    /// The job of this name.
    pub fn find(&self, name: &str) -> Option<&Job> {
        self.all().find(|job| job.name.as_str() == name)
    }

    /// Reads runs and schedules.
    pub fn queries(&self) -> &dyn JobQueries {
        &*self.queries
    }

    /// The day of business that it is now.
    pub fn today(&self) -> Result<BusinessDate, TimetableError> {
        self.timetable.day(&self.config.zone, self.clock.now())
    }

    /// Gives jobs that have no schedule yet their first one.
    pub async fn introduce(&self) -> Result<(), ChangeScheduleError> {
        let first: Vec<(JobName, &str)> =
            self.list.iter().map(|one| (one.job.name.clone(), one.cron)).collect();
        self.change_schedule().introduce(&first, &self.config.zone).await
    }

    /// Runs jobs until `stop` is cancelled.
    pub fn runner(&self, stop: CancellationToken) -> RunJob {
        let waiting = Arc::new(SystemWaiting::new(stop));
        let lease = Duration::from_millis(self.config.lease_ms);
        RunJob::new(self.store.clone(), self.clock.clone(), self.ids.clone(), waiting, lease)
    }

    /// Finds out what is due.
    pub fn claim_due(&self) -> ClaimDue {
        let (queries, timetable) = (self.queries.clone(), self.timetable.clone());
        ClaimDue::new(self.store.clone(), queries, timetable, self.clock.clone())
    }

    /// Changes schedules.
    pub fn change_schedule(&self) -> ChangeSchedule {
        ChangeSchedule::new(self.store.clone(), self.timetable.clone(), self.clock.clone())
    }
}
