//! Run a job for a date, alone or with others.

mod items;
mod rounds;

use std::sync::Arc;
use std::time::Duration;

use jangbogo_kernel::{Clock, IdGenerator, Store, StoreError, fault, retried};

use crate::run::Opening;
use crate::{
    BusinessDate, Job, PreviewJob, Progress, RetryPolicy, Run, RunId, RunState, StepProgress,
    Tally, Transaction, Trigger, Waiting, Work, WorkError,
};

/// Runs a job for a date: joins the run that is under way, goes on with one that was left, or
/// begins one.
///
/// | what happens | what then |
/// |---|---|
/// | the process is killed | its chunks go to others when their leases are over |
/// | all are killed | the next start takes the run up, or any scheduler |
/// | the process is stopped | its chunks are given back at once, without what is settled |
/// | the database goes away | it is waited for a while, then the run is left as after a kill |
/// | nobody can be reached | the run fails, and is taken up by the next start |
/// | two start at once | they share one run |
///
/// The end of a run is stored before this returns.
pub struct RunJob {
    store: Arc<dyn Store<dyn Transaction>>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdGenerator>,
    waiting: Arc<dyn Waiting>,
    lease: Duration,
}

/// Which run is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunWanted {
    /// The day that it is for.
    pub as_of: BusinessDate,
    /// Who wants it.
    pub trigger: Trigger,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ran {
    /// Nothing waited, so nothing was begun or written down; only schedules look first.
    Idle,
    /// This process has stopped working on it; it is open, and others may go on.
    Left(Run),
    /// It has ended.
    Over(Run, Vec<StepProgress>),
}

/// The run could not be worked on.
#[derive(Debug, thiserror::Error)]
pub enum RunJobError {
    /// What waits could not be looked at.
    #[error(transparent)]
    Work(#[from] WorkError),
    /// Storage failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
fault!(RunJobError {} passes on { Work, Store });

/// How one worker, or all of a process, came to the end of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
enum End {
    /// Everything is settled.
    Over,
    /// What is left is in the hands of others.
    OthersAtIt,
    /// The process is about to stop.
    Stopping,
    /// It cannot go on.
    Broken(String),
}

/// The step that is worked on.
struct At<'a> {
    job: &'a Job,
    run: RunId,
    as_of: BusinessDate,
    position: u32,
    name: &'static str,
    progress: &'a dyn Progress,
}

/// How long a process waits before it looks again what others have left.
const LOOK_EVERY: Duration = Duration::from_millis(500);

impl RunJob {
    /// Assembles the use case. A chunk is its worker's for `lease`, which is longer than the
    /// handling of one item ever takes.
    pub fn new(
        store: Arc<dyn Store<dyn Transaction>>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdGenerator>,
        waiting: Arc<dyn Waiting>,
        lease: Duration,
    ) -> Self {
        Self { store, clock, ids, waiting, lease }
    }

    /// Runs the job.
    pub async fn run(
        &self,
        job: &Job,
        wanted: RunWanted,
        progress: &dyn Progress,
    ) -> Result<Ran, RunJobError> {
        if wanted.trigger == Trigger::Schedule && PreviewJob::is_idle(job, wanted.as_of).await? {
            return Ok(Ran::Idle);
        }
        let run = self.patiently(|| self.open(job, wanted)).await?;
        for (position, step) in (0..).zip(&job.steps) {
            let (as_of, name) = (wanted.as_of, step.name);
            let at = At { job, run: run.id, as_of, position, name, progress };
            match self.step(&at, &step.work, wanted.trigger).await? {
                End::Over => {}
                End::OthersAtIt | End::Stopping => return Ok(Ran::Left(run)),
                End::Broken(why) => {
                    return Ok(self.patiently(|| self.fail(run.id, &why)).await?);
                }
            }
        }
        Ok(self.patiently(|| self.finish(run.id)).await?)
    }

    async fn step(&self, at: &At<'_>, work: &Work, trigger: Trigger) -> Result<End, StoreError> {
        loop {
            let end = match work {
                Work::Items(work, policy) => self.items(at, &**work, policy).await?,
                Work::Rounds(work, retry) => self.rounds(at, &**work, retry).await?,
            };
            // A person who waits for the end gets to see it. A schedule has others to care for;
            // what they leave is found again.
            if end != End::OthersAtIt || trigger == Trigger::Schedule {
                return Ok(end);
            }
            self.waiting.pause(LOOK_EVERY).await;
        }
    }

    async fn open(&self, job: &Job, wanted: RunWanted) -> Result<Run, StoreError> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        let last = tx.runs().last(&job.name, wanted.as_of).await?;
        let run = match (Run::opening(last.as_ref(), now), last) {
            (Opening::Join, Some(run)) => return Ok(run),
            (Opening::TakeUp, Some(mut run)) => {
                run.take_up(now, self.lease);
                tx.runs().save(&run).await?;
                run
            }
            _ => {
                for mut left in tx.runs().left_before(&job.name, wanted.as_of, now).await? {
                    left.end(RunState::Abandoned, "a run for a later date takes over", now);
                    tx.runs().save(&left).await?;
                }
                let (name, as_of) = (job.name.clone(), wanted.as_of);
                let run = Run::begin(self.ids.next(), name, as_of, wanted.trigger, now, self.lease);
                let steps = (0..).zip(&job.steps);
                let steps: Vec<StepProgress> =
                    steps.map(|(n, step)| StepProgress::new(run.id, n, step.name)).collect();
                tx.runs().add(&run, &steps).await?;
                run
            }
        };
        tx.commit().await?;
        Ok(run)
    }

    /// Ends the run when everything is settled; whoever comes second sees that it was.
    async fn finish(&self, id: RunId) -> Result<Ran, StoreError> {
        let mut tx = self.store.begin().await?;
        let mut run = self.known(&mut *tx, id).await?;
        let steps = tx.runs().steps(id).await?;
        if run.state.is_open() && steps.iter().all(StepProgress::is_over) {
            let tally = Tally::sum(steps.iter().map(|step| step.tally));
            run.end(RunState::at_the_end(tally), "", self.clock.now());
            tx.runs().save(&run).await?;
            tx.commit().await?;
        }
        Ok(if run.state.is_open() { Ran::Left(run) } else { Ran::Over(run, steps) })
    }

    async fn fail(&self, id: RunId, why: &str) -> Result<Ran, StoreError> {
        let mut tx = self.store.begin().await?;
        let mut run = self.known(&mut *tx, id).await?;
        let steps = tx.runs().steps(id).await?;
        if run.state == RunState::Running {
            run.end(RunState::Failed, why, self.clock.now());
            tx.runs().save(&run).await?;
            tx.commit().await?;
        }
        Ok(Ran::Over(run, steps))
    }

    async fn known(&self, tx: &mut dyn Transaction, id: RunId) -> Result<Run, StoreError> {
        let run = tx.runs().find(id).await?;
        run.ok_or_else(|| StoreError::new("find a run", "it was removed while it was under way"))
    }

    /// Does a transaction of our own again, also when nobody knows whether it was done: each of
    /// them is harmless when it is done twice.
    async fn patiently<T, F>(&self, work: impl Fn() -> F) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, StoreError>>,
    {
        let (began, retry) = (self.clock.now(), RetryPolicy::default());
        let mut tries = 0;
        loop {
            tries += 1;
            let error = match retried(&work).await {
                Err(error) if error.is_retryable() => error,
                done => return done,
            };
            match retry.pause_after(tries, self.clock.now().since(began)) {
                Some(pause) if !self.waiting.is_stopping() => self.waiting.pause(pause).await,
                _ => return Err(error),
            }
        }
    }
}
