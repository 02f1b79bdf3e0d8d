//! Commands one by one, several at the same time: the other way to run a [`BatchHandler`].
//!
//! Each command is a batch of its own. What fails for contention is tried again, after a pause that
//! grows and differs, until the command's time is over: a buyer is not refused because another was
//! faster, only because there was no turn in time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jangbogo_kernel::StoreError;
use rand::RngExt as _;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep, timeout_at};

use crate::{BatchHandler, SubmitError, Turn};

/// Runs commands one by one, at most so many at the same time, in the order of their arrival.
pub struct Singles<C, R> {
    shared: Arc<Shared<C, R>>,
}

/// How much may wait, how much runs at the same time, and for how long.
#[derive(Debug, Clone, Copy)]
pub struct SinglesSettings {
    /// Most commands that wait or run; further ones are refused. At least 1.
    pub queue_max: u32,
    /// Most commands that run at the same time. At least 1.
    pub parallel_max: u32,
    /// The time of a command, with its waiting and all its tries.
    pub wait_max: Duration,
}

struct Shared<C, R> {
    handler: Arc<dyn BatchHandler<C, R>>,
    settings: SinglesSettings,
    places: Arc<Semaphore>,
    turns: Semaphore,
    stopped: AtomicBool,
}

/// The longest pause before a command is tried again.
const PAUSE_MAX: Duration = Duration::from_millis(64);

impl<C, R> Singles<C, R>
where
    C: Send + Sync + 'static,
    R: Send + 'static,
{
    /// Makes ready to run commands on the tokio runtime that they are submitted on.
    pub fn new(settings: SinglesSettings, handler: Arc<dyn BatchHandler<C, R>>) -> Self {
        let permits = |number: u32| number.max(1) as usize;
        let places = Arc::new(Semaphore::new(permits(settings.queue_max)));
        let turns = Semaphore::new(permits(settings.parallel_max));
        let stopped = AtomicBool::new(false);
        Self { shared: Arc::new(Shared { handler, settings, places, turns, stopped }) }
    }

    /// Runs the command and waits for its result.
    ///
    /// Once the future is polled the command is done even if the future is dropped.
    pub async fn submit(&self, command: C) -> Result<R, SubmitError> {
        let place = Arc::clone(&self.shared.places).try_acquire_owned();
        let place = place.map_err(|_| SubmitError::Overloaded)?;
        if self.shared.stopped.load(Ordering::Acquire) {
            return Err(SubmitError::Stopped);
        }
        let shared = Arc::clone(&self.shared);
        let running = tokio::spawn(async move {
            let result = shared.run(command).await;
            drop(place);
            result
        });
        running.await.map_err(|panic| StoreError::new("handle a command", panic))?
    }

    /// Refuses new commands and waits until all that were submitted are done.
    pub async fn shutdown(&self) {
        self.shared.stopped.store(true, Ordering::Release);
        // Whoever has not seen that it is over has a place; all places are free when all are done.
        let all = self.shared.settings.queue_max.max(1);
        drop(self.shared.places.acquire_many(all).await);
    }
}

impl<C: Send + Sync, R> Shared<C, R> {
    async fn run(&self, command: C) -> Result<R, SubmitError> {
        let deadline = Instant::now() + self.settings.wait_max;
        let turn = timeout_at(deadline, self.turns.acquire()).await;
        let _turn = turn.map_err(|_| SubmitError::Overloaded)?;
        let mut pause = Duration::from_millis(1);
        loop {
            let error = match self.handler.handle(std::slice::from_ref(&command), Turn::now()).await
            {
                Ok(results) => {
                    let none = || StoreError::new("handle a command", "it has no result");
                    return Ok(results.into_iter().next().ok_or_else(none)?);
                }
                Err(error) if error.is_retryable() => error,
                Err(error) => return Err(error.into()),
            };
            let drawn = rand::rng().random_range(Duration::ZERO..=pause);
            if Instant::now() + drawn >= deadline {
                return Err(error.into());
            }
            metrics::counter!("singles_tried_again_total").increment(1);
            tracing::debug!(?error, ?drawn, "a command is tried again");
            sleep(drawn).await;
            pause = (pause * 2).min(PAUSE_MAX);
        }
    }
}

#[cfg(test)]
mod tests;
