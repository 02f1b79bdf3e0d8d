//! The combiner: commands that compete for the same rows share one transaction.
//!
//! While a batch runs, further commands queue; whatever has queued when it ends is the next batch.
//! There is no timer: a lone command is handled at once, and the busier the shop, the more commands
//! share one commit. Nothing here guards stock or money; that stays with the handler's statements.

use std::ops::Range;
use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;
use jangbogo_kernel::{StoreError, fault};
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::task::JoinHandle;

/// Forms batches from whatever has queued while the former batch ran: no timer, bounded, FIFO.
///
/// Dropping it, like [`Combiner::shutdown`], lets what has queued be done.
pub struct Combiner<C, R> {
    /// Empty once the combiner stops; the worker ends when the last sender is gone.
    queue: RwLock<Option<mpsc::Sender<Waiting<C, R>>>>,
    worker: Mutex<Option<JoinHandle<()>>>,
}

/// How much may wait and how much runs together.
#[derive(Debug, Clone, Copy)]
pub struct CombinerSettings {
    /// Most commands that wait; further ones are refused. At least 1.
    pub queue_max: usize,
    /// Most commands in one batch. At least 1.
    pub batch_max: usize,
}

/// Does what a batch of commands says, usually in one transaction.
#[async_trait]
pub trait BatchHandler<C, R>: Send + Sync {
    /// Decides the commands in the given order; a result per command, in the same order. A refusal
    /// of one command is a result, not an error.
    ///
    /// # Guarantees
    /// Repeating a command is harmless, as with an idempotency key that commits with the effect:
    /// after an error or a panic the commands of a batch are handled again one by one, and a failed
    /// commit may have happened.
    ///
    /// # Errors
    /// Nothing of the batch was done, as far as is known.
    async fn handle(&self, batch: &[C]) -> Result<Vec<R>, StoreError>;
}

/// The command has no result.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    /// The queue is full; nothing was done.
    #[error("too many commands are waiting")]
    Overloaded,
    /// The combiner has stopped; nothing was done.
    #[error("the combiner has stopped")]
    Stopped,
    /// Storage failed, or the handler has a defect.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// How often a command that failed alone is tried again, if its error says that this may help.
const SINGLE_RETRIES_MAX: u32 = 3;

struct Waiting<C, R> {
    command: C,
    reply: Reply<R>,
}

type Reply<R> = oneshot::Sender<Result<R, StoreError>>;

impl Default for CombinerSettings {
    fn default() -> Self {
        Self { queue_max: 4_096, batch_max: 256 }
    }
}

impl<C, R> Combiner<C, R>
where
    C: Send + Sync + 'static,
    R: Send + 'static,
{
    /// Starts a combiner on the present tokio runtime.
    pub fn spawn(settings: CombinerSettings, handler: Arc<dyn BatchHandler<C, R>>) -> Self {
        let (sender, queue) = mpsc::channel(settings.queue_max.max(1));
        let worker = Worker { queue, handler };
        let worker = tokio::spawn(worker.run(settings.batch_max.max(1)));
        Self { queue: RwLock::new(Some(sender)), worker: Mutex::new(Some(worker)) }
    }

    /// Queues the command and waits for its result.
    ///
    /// The command is queued when the future is first polled; from then on it is done even if the
    /// future is dropped.
    pub async fn submit(&self, command: C) -> Result<R, SubmitError> {
        let result = self.enqueue(command)?;
        match result.await {
            Ok(result) => Ok(result?),
            // The worker answers everybody; only the end of the runtime silences it.
            Err(gone) => Err(StoreError::new("tell what became of a command", gone).into()),
        }
    }

    /// Refuses new commands and waits until all that have queued are done.
    pub async fn shutdown(&self) {
        drop(self.queue.write().unwrap_or_else(PoisonError::into_inner).take());
        let mut worker = self.worker.lock().await;
        if let Some(running) = worker.as_mut() {
            if let Err(error) = running.await {
                tracing::error!(%error, "the combiner's worker ended early");
            }
            // Only now, so that a caller who gave up waiting may wait again.
            *worker = None;
        }
    }

    fn enqueue(&self, command: C) -> Result<oneshot::Receiver<Result<R, StoreError>>, SubmitError> {
        let (reply, result) = oneshot::channel();
        let queue = self.queue.read().unwrap_or_else(PoisonError::into_inner);
        let queue = queue.as_ref().ok_or(SubmitError::Stopped)?;
        let waiting = metrics::gauge!("combiner_queue_depth");
        // Before it is queued, because the worker may be faster than the next line.
        waiting.increment(1);
        queue.try_send(Waiting { command, reply }).map_err(|refused| {
            waiting.decrement(1);
            match refused {
                mpsc::error::TrySendError::Full(_) => SubmitError::Overloaded,
                mpsc::error::TrySendError::Closed(_) => SubmitError::Stopped,
            }
        })?;
        Ok(result)
    }
}

struct Worker<C, R> {
    queue: mpsc::Receiver<Waiting<C, R>>,
    handler: Arc<dyn BatchHandler<C, R>>,
}

impl<C, R> Worker<C, R>
where
    C: Send + Sync + 'static,
    R: Send + 'static,
{
    async fn run(mut self, batch_max: usize) {
        let mut waiting = Vec::new();
        while self.queue.recv_many(&mut waiting, batch_max).await > 0 {
            let size = u32::try_from(waiting.len()).unwrap_or(u32::MAX);
            metrics::gauge!("combiner_queue_depth").decrement(size);
            metrics::histogram!("combiner_batch_size").record(size);
            let (commands, replies) = waiting.drain(..).map(|w| (w.command, w.reply)).unzip();
            self.batch(Arc::new(commands), replies).await;
        }
    }

    async fn batch(&self, commands: Arc<Vec<C>>, replies: Vec<Reply<R>>) {
        if replies.len() > 1 {
            match self.attempt(&commands, 0..replies.len()).await {
                Ok(results) => {
                    for (reply, result) in replies.into_iter().zip(results) {
                        answer(reply, Ok(result));
                    }
                    return;
                }
                Err(error) => {
                    let size = replies.len();
                    tracing::warn!(?error, size, "a batch failed; its commands are done singly");
                }
            }
        }
        for (index, reply) in replies.into_iter().enumerate() {
            answer(reply, self.single(&commands, index).await);
        }
    }

    async fn single(&self, commands: &Arc<Vec<C>>, index: usize) -> Result<R, StoreError> {
        let mut retries = 0;
        loop {
            match self.attempt(commands, index..index + 1).await {
                Ok(results) => return results.into_iter().next().ok_or_else(wrong_number),
                Err(error) if error.is_retryable() && retries < SINGLE_RETRIES_MAX => retries += 1,
                Err(error) => return Err(error),
            }
        }
    }

    /// Runs the handler in a task of its own, so that its panic ends that task alone.
    async fn attempt(
        &self,
        commands: &Arc<Vec<C>>,
        range: Range<usize>,
    ) -> Result<Vec<R>, StoreError> {
        let handler = Arc::clone(&self.handler);
        let commands = Arc::clone(commands);
        let size = range.len();
        let handling = tokio::spawn(async move { handler.handle(&commands[range]).await });
        let results =
            handling.await.map_err(|panic| StoreError::new("handle a batch", panic))??;
        if results.len() == size { Ok(results) } else { Err(wrong_number()) }
    }
}

fn wrong_number() -> StoreError {
    StoreError::new("handle a batch", "not one result per command")
}

fn answer<R>(reply: Reply<R>, result: Result<R, StoreError>) {
    // A caller that has gone away needs no answer; the command is done all the same.
    drop(reply.send(result));
}

fault!(SubmitError {
    Overloaded: Unavailable = "overloaded",
    Stopped: Unavailable = "unavailable",
} passes on { Store });

#[cfg(test)]
mod tests;
