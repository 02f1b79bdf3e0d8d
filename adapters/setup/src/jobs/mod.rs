//! The shop's jobs: which there are, when they run, and what runs them.
//!
//! A job is a few lines here and a file beside this one, which makes steps of use cases.

mod announce_charges;
mod billing;
mod clean_up;
mod end_agreements;
mod expire_orders;
mod flush_sales;
mod janitor;
mod ranking;
mod reconcile;

use std::sync::Arc;
use std::time::Duration;

use jangbogo_billing::{HttpCharges, Pace};
use jangbogo_catalog::{ForgetSales, RankProducts};
use jangbogo_job::{
    BusinessDate, ChangeSchedule, ChangeScheduleError, ClaimDue, ForgetRuns, ItemPolicy, Job,
    JobName, JobQueries, RetryPolicy, RoundWork, RunJob, Step, Timetable, TimetableError,
    Transaction, Work,
};
use jangbogo_kernel::{Clock, IdGenerator, Store};
use jangbogo_runtime::{CronTimetable, SystemWaiting};
use jangbogo_subscription::ChargeCycle;
use tokio_util::sync::CancellationToken;

use self::clean_up::What;
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
    pub fn of(config: &Config, opened: &Opened) -> anyhow::Result<Self> {
        let timetable: Arc<dyn Timetable> = Arc::new(CronTimetable);
        let list = [
            every_few_seconds(opened),
            every_day(config, opened, &timetable),
            vec![charging(config, opened)?],
            around_subscriptions(opened),
        ];
        Ok(Self {
            list: list.concat(),
            store: opened.shop.job_store.clone(),
            queries: opened.shop.job_queries.clone(),
            clock: opened.around.clock.clone(),
            ids: opened.around.ids.clone(),
            timetable,
            config: config.jobs.clone(),
        })
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

fn every_few_seconds(opened: &Opened) -> Vec<Scheduled> {
    let shop = &opened.shop;
    let job = |name, cron, about, work| Scheduled::of(name, cron, about, vec![rounds(name, work)]);
    vec![
        job(
            "expire-orders",
            "*/10 * * * * *",
            "gives back the pieces of orders that were not paid in time",
            Arc::new(expire_orders::Rounds(shop.expire_orders.clone())),
        ),
        job(
            "flush-sales",
            "*/5 * * * * *",
            "adds sold pieces to the products' counters",
            Arc::new(flush_sales::Rounds(shop.flush_sales.clone())),
        ),
        job(
            "janitor",
            "*/5 * * * * *",
            "finds out what became of payments that nobody looks after",
            Arc::new(janitor::Rounds(shop.resolve_attempts.clone())),
        ),
    ]
}

fn every_day(config: &Config, opened: &Opened, timetable: &Arc<dyn Timetable>) -> Vec<Scheduled> {
    let (shop, clock) = (&opened.shop, &opened.around.clock);
    let jobs = &config.jobs;
    let clean = |what| Arc::new(clean_up::Rounds { what, clock: clock.clone() });
    let days = |days: u32| Duration::from_hours(24 * u64::from(days));
    let keys = What::Keys(shop.retention.clone(), days(jobs.keep_idempotency_days));
    let events = What::Events(shop.retention.clone(), days(jobs.keep_events_days));
    let keep_runs = days(jobs.keep_runs_days);
    let runs = ForgetRuns::new(shop.job_store.clone(), clock.clone(), keep_runs);
    let sold = ForgetSales::new(shop.catalogue_store.clone(), clock.clone());
    let rankings = ranking::Items(RankProducts::new(shop.catalogue_store.clone()));
    let rankings = Work::Items(Arc::new(rankings), ItemPolicy::default());
    let reconcile = reconcile::Rounds {
        compare: shop.compare_books.clone(),
        look_back_days: config.reconciliation.look_back_days,
        timetable: timetable.clone(),
        zone: jobs.zone.clone(),
    };
    vec![
        Scheduled::of(
            "clean-up",
            "30 3 * * *",
            "lets go of old idempotency keys, delivered events, runs and days",
            vec![
                rounds("idempotency-keys", clean(keys)),
                rounds("events", clean(events)),
                rounds("runs", clean(What::Runs(runs))),
                rounds("sold-days", clean(What::SoldDays(sold))),
            ],
        ),
        Scheduled::of(
            "ranking",
            "1 0 * * *",
            "ranks products by what was sold until yesterday",
            vec![Step { name: "rankings", work: rankings }],
        ),
        Scheduled::of(
            "reconcile",
            "0 4 * * *",
            "compares the payments of the last days with the providers' books",
            vec![rounds("providers", Arc::new(reconcile))],
        ),
    ]
}

/// Hourly from nine to nine: a run that finds nothing leaves no trace, and one that failed is taken
/// up within the hour.
fn charging(config: &Config, opened: &Opened) -> anyhow::Result<Scheduled> {
    let (shop, settings) = (&opened.shop, &config.billing);
    let charges: Arc<dyn ChargeCycle> = match (&settings.url, &config.internal.token) {
        (Some(url), Some(token)) => {
            Arc::new(HttpCharges::new(url, token.clone(), settings.deadline())?)
        }
        _ => shop.bill_cycle.clone(),
    };
    let pace = Arc::new(Pace::per_second(settings.pace()));
    let steps = billing::STEPS.map(|(name, tried)| {
        let items = billing::Items {
            charges: charges.clone(),
            queries: shop.subscriptions.clone(),
            calendar: shop.calendar.clone(),
            pace: pace.clone(),
            tried,
        };
        let (chunk, parallel) = (config.jobs.chunk, settings.parallel);
        let policy = ItemPolicy { chunk, parallel, ..ItemPolicy::default() };
        Step { name, work: Work::Items(Arc::new(items), policy) }
    });
    let about = "charges what is due under subscriptions, and tries again what was declined";
    Ok(Scheduled::of("billing", "0 9-21 * * *", about, steps.to_vec()))
}

/// What is done for subscriptions beside charging them.
fn around_subscriptions(opened: &Opened) -> Vec<Scheduled> {
    let shop = &opened.shop;
    let announce = Arc::new(announce_charges::Rounds(shop.announce_charges.clone()));
    let end = Arc::new(end_agreements::Rounds(shop.end_agreement.clone()));
    vec![
        Scheduled::of(
            "announce-charges",
            "0 9 * * *",
            "tells members what will be charged, some days before",
            vec![rounds("charges", announce)],
        ),
        Scheduled::of(
            "end-agreements",
            "*/10 * * * *",
            "tells providers again of agreements that have ended",
            vec![rounds("agreements", end)],
        ),
    ]
}

fn rounds(name: &'static str, work: Arc<dyn RoundWork>) -> Step {
    Step { name, work: Work::Rounds(work, RetryPolicy::default()) }
}

impl Scheduled {
    fn of(name: &'static str, cron: &'static str, about: &'static str, steps: Vec<Step>) -> Self {
        Self { job: Job { name: JobName::of_ours(name), about, steps }, cron }
    }
}
