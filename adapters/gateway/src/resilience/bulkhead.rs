//! The fourth layer: so many calls at once, so that one sick provider cannot fill the process.

use std::future::Future;
use std::time::Duration;

use jangbogo_payment::NotSentCause;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::answer::Answer;
use super::deadline::Deadline;
use super::settings::BulkheadSettings;
use super::time;

/// Lets so many calls through at once; the next ones queue, and those beyond the queue take the
/// reserve. A permit is a guard: a call that is dropped gives it back wherever it was.
#[derive(Debug)]
pub(super) struct Bulkhead {
    usual: Semaphore,
    reserve: Semaphore,
    queue: Semaphore,
    settings: BulkheadSettings,
}

impl Bulkhead {
    pub(super) fn new(settings: BulkheadSettings) -> Self {
        let permits = |count: u32| Semaphore::new(usize::try_from(count).unwrap_or(usize::MAX));
        Self {
            usual: permits(settings.parallel),
            reserve: permits(settings.parallel_max.saturating_sub(settings.parallel)),
            queue: permits(settings.queue_max),
            settings,
        }
    }

    /// Runs the call when there is room.
    pub(super) async fn run<A, F>(&self, deadline: &Deadline, call: impl FnOnce() -> F) -> A
    where
        A: Answer,
        F: Future<Output = A>,
    {
        match self.enter(deadline).await {
            Some(_permit) => call().await,
            None => A::not_sent(NotSentCause::Busy, "too many calls to the provider are under way"),
        }
    }

    /// Calls under way.
    pub(super) fn running(&self) -> u32 {
        let usual = used(&self.usual, self.settings.parallel);
        let reserve = self.settings.parallel_max.saturating_sub(self.settings.parallel);
        usual + used(&self.reserve, reserve)
    }

    /// Calls that wait.
    pub(super) fn waiting(&self) -> u32 {
        used(&self.queue, self.settings.queue_max)
    }

    async fn enter(&self, deadline: &Deadline) -> Option<SemaphorePermit<'_>> {
        let time = deadline.time_before_call()?;
        if let Ok(permit) = self.usual.try_acquire() {
            return Some(permit);
        }
        let Ok(_place) = self.queue.try_acquire() else {
            return self.reserve.try_acquire().ok();
        };
        let wait: Duration = self.settings.wait.min(time);
        time::within(wait, self.usual.acquire()).await?.ok()
    }
}

fn used(permits: &Semaphore, all: u32) -> u32 {
    let left = u32::try_from(permits.available_permits()).unwrap_or(u32::MAX);
    all.saturating_sub(left)
}
