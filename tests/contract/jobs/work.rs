//! Jobs to be run, and where they are run.

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use jangbogo_job::{
    BusinessDate, ChangeSchedule, ClaimDue, ItemNote, ItemPolicy, ItemWork, Job, JobName,
    JobQueries, Outcome, Progress, Ran, RunJob, RunView, RunWanted, SourcePage, Step, StepProgress,
    Tally, Transaction, Trigger, Work, WorkError,
};
use jangbogo_kernel::{Clock, IdGenerator, Store, Timestamp};
use jangbogo_runtime::{CronTimetable, ManualClock, ManualWaiting, RandomIds};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::fresh::Fresh;

pub(super) const LEASE: Duration = Duration::from_mins(2);

/// Where jobs are run: a store, and a clock that nothing but a pause moves.
pub(super) struct Office {
    pub(super) store: Arc<dyn Store<dyn Transaction>>,
    pub(super) queries: Arc<dyn JobQueries>,
    pub(super) clock: ManualClock,
    ids: Arc<dyn IdGenerator>,
    /// Removed at the end.
    _place: Box<dyn Any + Send + Sync>,
}

/// A host that runs jobs.
pub(super) struct Host {
    pub(super) runner: RunJob,
    pub(super) stop: CancellationToken,
}

impl Office {
    pub(super) fn open<S, P>(fresh: Fresh<S, P>) -> Self
    where
        S: Store<dyn Transaction> + JobQueries + 'static,
        P: Send + Sync + 'static,
    {
        let clock = ManualClock::new(fresh.now);
        let store = Arc::new(fresh.store);
        let ids = Arc::new(RandomIds::new(Arc::new(clock.clone())));
        let place = Box::new(fresh.place);
        Self { store: store.clone(), queries: store, clock, ids, _place: place }
    }

    pub(super) fn host(&self) -> Host {
        let stop = CancellationToken::new();
        let waiting = Arc::new(ManualWaiting::new(self.clock.clone(), stop.clone()));
        let clock: Arc<dyn Clock> = Arc::new(self.clock.clone());
        let runner = RunJob::new(self.store.clone(), clock, self.ids.clone(), waiting, LEASE);
        Host { runner, stop }
    }

    pub(super) async fn runs(&self) -> Vec<RunView> {
        self.queries.runs(None, 100).await.unwrap()
    }

    /// The youngest run.
    pub(super) async fn last_run(&self) -> RunView {
        self.runs().await.remove(0)
    }

    pub(super) fn claim_due(&self) -> ClaimDue {
        let clock = Arc::new(self.clock.clone());
        ClaimDue::new(self.store.clone(), self.queries.clone(), Arc::new(CronTimetable), clock)
    }

    pub(super) fn change_schedule(&self) -> ChangeSchedule {
        let clock = Arc::new(self.clock.clone());
        ChangeSchedule::new(self.store.clone(), Arc::new(CronTimetable), clock)
    }
}

impl Host {
    pub(super) async fn runs(&self, job: &Job, as_of: &str) -> Ran {
        let wanted = RunWanted { as_of: day(as_of), trigger: Trigger::Command };
        self.runner.run(job, wanted, &Silent).await.unwrap()
    }

    pub(super) async fn runs_by_schedule(&self, job: &Job, as_of: &str) -> Ran {
        let wanted = RunWanted { as_of: day(as_of), trigger: Trigger::Schedule };
        self.runner.run(job, wanted, &Silent).await.unwrap()
    }

    /// Runs the job until it is killed, when the work tells.
    pub(super) async fn is_killed_at_work(&self, job: &Job, as_of: &str, told: &Notify) {
        tokio::select! {
            ran = self.runs(job, as_of) => panic!("it was not killed: {ran:?}"),
            () = told.notified() => {}
        }
    }
}

pub(super) fn day(text: &str) -> BusinessDate {
    text.parse().unwrap()
}

pub(super) fn name(text: &str) -> JobName {
    text.parse().unwrap()
}

/// Nobody listens.
pub(super) struct Silent;

impl Progress for Silent {
    fn settled(&self, _step: &str, _more: Tally) {}

    fn noted(&self, _step: &str, _note: &ItemNote) {}
}

/// What an item does when it is settled.
#[derive(Clone)]
pub(super) enum Does {
    /// Whatever the outcome says.
    Ends(Outcome),
    /// Cannot be reached so many times, then is done.
    IsAway(u32),
    /// Takes so long; then it is done.
    Takes(Duration),
    /// Tells, and never comes to an end.
    Hangs,
    /// Tells, and is done when it is told to go on.
    Pauses,
}

/// Items that are due until they are settled, like those of a table.
pub(super) struct Shelf {
    due: Mutex<BTreeMap<String, Does>>,
    /// Which items were settled, and when, in that order.
    pub(super) settled: Mutex<Vec<(String, Timestamp)>>,
    /// Told when an item hangs.
    pub(super) hanging: Notify,
    /// Tells an item that pauses to go on.
    pub(super) goes_on: Notify,
    clock: ManualClock,
}

impl Shelf {
    pub(super) fn with(office: &Office, items: impl IntoIterator<Item = (u32, Does)>) -> Arc<Self> {
        let due = items.into_iter().map(|(number, does)| (item(number), does)).collect();
        Arc::new(Self {
            due: Mutex::new(due),
            settled: Mutex::default(),
            hanging: Notify::new(),
            goes_on: Notify::new(),
            clock: office.clock.clone(),
        })
    }

    /// So many items, all of which will be done.
    pub(super) fn full(office: &Office, count: u32) -> Arc<Self> {
        Self::with(office, (1..=count).map(|number| (number, Does::Ends(Outcome::Done))))
    }

    pub(super) fn set(&self, number: u32, does: Does) {
        self.due.lock().unwrap().insert(item(number), does);
    }

    pub(super) fn job(self: &Arc<Self>) -> Job {
        self.job_with(ItemPolicy::default())
    }

    pub(super) fn job_with(self: &Arc<Self>, policy: ItemPolicy) -> Job {
        let work = Work::Items(self.clone(), policy);
        let steps = vec![Step { name: "all", work }];
        Job { name: name("shelf"), about: "empties a shelf", steps }
    }

    pub(super) fn settled(&self) -> Vec<String> {
        self.settled.lock().unwrap().iter().map(|(item, _)| item.clone()).collect()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.due.lock().unwrap().is_empty()
    }
}

pub(super) fn item(number: u32) -> String {
    format!("item-{number:05}")
}

#[async_trait]
impl ItemWork for Shelf {
    async fn page(
        &self,
        _as_of: BusinessDate,
        after: Option<&str>,
        limit: u32,
    ) -> Result<SourcePage, WorkError> {
        let due = self.due.lock().unwrap();
        let behind = due.keys().filter(|item| after.is_none_or(|after| item.as_str() > after));
        let items: Vec<String> = behind.take(usize::try_from(limit).unwrap()).cloned().collect();
        let is_full = items.len() == usize::try_from(limit).unwrap();
        Ok(SourcePage { next: items.last().filter(|_| is_full).cloned(), items })
    }

    async fn settle(&self, _as_of: BusinessDate, item: &str) -> Result<Outcome, WorkError> {
        self.settled.lock().unwrap().push((item.to_owned(), self.clock.now()));
        // Other hosts come to their turn.
        tokio::task::yield_now().await;
        let does = self.due.lock().unwrap().get(item).cloned();
        let outcome = match does {
            None => Outcome::Skipped("it is settled".to_owned()),
            Some(Does::Ends(outcome)) => outcome,
            Some(Does::IsAway(times)) => {
                let then =
                    if times == 1 { Does::Ends(Outcome::Done) } else { Does::IsAway(times - 1) };
                self.due.lock().unwrap().insert(item.to_owned(), then);
                return Err(WorkError::Unreachable(format!("{item} is away")));
            }
            Some(Does::Takes(time)) => {
                self.clock.advance(time);
                Outcome::Done
            }
            Some(Does::Pauses) => {
                self.hanging.notify_one();
                self.goes_on.notified().await;
                Outcome::Done
            }
            Some(Does::Hangs) => {
                self.hanging.notify_one();
                std::future::pending().await
            }
        };
        if matches!(outcome, Outcome::Done | Outcome::Skipped(_)) {
            self.due.lock().unwrap().remove(item);
        }
        Ok(outcome)
    }
}

pub(super) fn tally_of(steps: &[StepProgress]) -> Tally {
    Tally::sum(steps.iter().map(|step| step.tally))
}
