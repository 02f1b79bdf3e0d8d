//! Runs jobs at their times.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jangbogo_job::{
    DueJob, ItemNote, Job, JobName, Outcome, Progress, Ran, RunJob, RunState, RunWanted,
    StepProgress, Tally, Trigger,
};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::jobs::Jobs;

/// Runs jobs at their times, any number of such processes side by side: each time is claimed by
/// one, and a run that a killed process has left is taken up by any.
pub struct Scheduler {
    jobs: Jobs,
    runner: Arc<RunJob>,
    busy: Arc<Mutex<BTreeSet<JobName>>>,
    stop: CancellationToken,
}

/// How often schedules are looked at: so soon a change counts.
const LOOK_EVERY: Duration = Duration::from_secs(1);

impl Scheduler {
    /// A scheduler that stops with `stop`.
    pub fn new(jobs: Jobs, stop: CancellationToken) -> Self {
        let runner = Arc::new(jobs.runner(stop.clone()));
        Self { jobs, runner, busy: Arc::default(), stop }
    }

    /// Runs until it is stopped, and ends what is under way.
    pub async fn run(self) {
        let claim_due = self.jobs.claim_due();
        let tasks = TaskTracker::new();
        while !self.stop.is_cancelled() {
            match claim_due.run(&self.free()).await {
                Ok(due) => due.into_iter().for_each(|due| self.begin(&tasks, due)),
                Err(error) => tracing::warn!(?error, "schedules could not be looked at"),
            }
            tokio::select! {
                () = self.stop.cancelled() => {}
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
        }
        tasks.close();
        tasks.wait().await;
    }

    /// The jobs that this process is not running already.
    fn free(&self) -> Vec<JobName> {
        let busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
        let names = self.jobs.all().map(|job| job.name.clone());
        names.filter(|name| !busy.contains(name)).collect()
    }

    fn begin(&self, tasks: &TaskTracker, due: DueJob) {
        let Some(job) = self.jobs.find(due.job.as_str()).cloned() else { return };
        let busy = Busy::with(&self.busy, &job.name);
        let runner = Arc::clone(&self.runner);
        tasks.spawn(async move {
            let wanted = RunWanted { as_of: due.as_of, trigger: Trigger::Schedule };
            match runner.run(&job, wanted, &Logged(&job)).await {
                Ok(ran) => log(&job, &ran),
                Err(error) => {
                    tracing::warn!(job = %job.name, ?error, "a job broke off; it will be taken up");
                }
            }
            drop(busy);
        });
    }
}

/// A job under way in this process, however that ends.
struct Busy {
    all: Arc<Mutex<BTreeSet<JobName>>>,
    name: JobName,
}

impl Busy {
    fn with(all: &Arc<Mutex<BTreeSet<JobName>>>, name: &JobName) -> Self {
        all.lock().unwrap_or_else(PoisonError::into_inner).insert(name.clone());
        Self { all: Arc::clone(all), name: name.clone() }
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.all.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.name);
    }
}

/// Tells the log what a person must know.
struct Logged<'a>(&'a Job);

impl Progress for Logged<'_> {
    fn settled(&self, _step: &str, _more: Tally) {}

    fn noted(&self, step: &str, note: &ItemNote) {
        let (job, item, why) = (&self.0.name, &note.item, note.outcome.reason());
        if matches!(note.outcome, Outcome::Failed(_)) {
            tracing::error!(%job, step, item, why, "needs a person");
        } else {
            tracing::info!(%job, step, item, why, "is left to a later run");
        }
    }
}

fn log(job: &Job, ran: &Ran) {
    let Ran::Over(run, steps) = ran else { return };
    let name = &job.name;
    let Tally { read, done, skipped, failed, later } = sum(steps);
    match run.state {
        RunState::Failed => {
            tracing::error!(job = %name, run = %run.id, why = run.reason, "a job failed");
        }
        RunState::DoneWithAttention => {
            tracing::warn!(job = %name, run = %run.id, read, done, skipped, failed, later, "ran");
        }
        _ => tracing::debug!(job = %name, run = %run.id, read, done, skipped, later, "ran"),
    }
}

fn sum(steps: &[StepProgress]) -> Tally {
    Tally::sum(steps.iter().map(|step| step.tally))
}
