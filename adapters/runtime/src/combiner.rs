//! The combiner: commands that compete for the same rows share one transaction.
//!
//! While a batch runs, further commands queue; whatever has queued when it ends is the next batch.
//! There is no timer: a lone command is handled at once, and the busier the shop, the more commands
//! share one commit. Nothing here guards stock or money; that stays with the handler's statements.

use std::ops::Range;
use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;
use futures::FutureExt as _;
use futures::future::Shared;
use jangbogo_kernel::{StoreError, fault};
use tokio::sync::{Mutex, Semaphore, mpsc, oneshot};
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
    /// Most batches under way at the same time. More than 1 only for handlers that keep to their
    /// [`Turn`].
    pub parallel_max: u32,
}

/// When a batch may do what must be done in order: when all batches before it are over.
#[derive(Debug, Clone)]
pub struct Turn(Option<Shared<oneshot::Receiver<()>>>);

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
    async fn handle(&self, batch: &[C], turn: Turn) -> Result<Vec<R>, StoreError>;
}

impl Turn {
    /// A turn that has come.
    pub const fn now() -> Self {
        Self(None)
    }

    /// Waits for it.
    pub async fn come(self) {
        if let Some(before) = self.0 {
            // Nothing is ever sent: the sender is dropped when the batch is over.
            drop(before.await);
        }
    }
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
        Self { queue_max: 4_096, batch_max: 256, parallel_max: 1 }
    }
}

impl<C, R> Combiner<C, R>
where
    C: Send + Sync + 'static,
    R: Send + 'static,
{
    /// Starts a combiner on the present tokio runtime.
    pub fn spawn(settings: CombinerSettings, handler: Arc<dyn BatchHandler<C, R>>) -> Self {
        let places = Arc::new(Semaphore::new(settings.parallel_max.max(1) as usize));
        Self::spawn_sharing(settings, handler, places)
    }

    /// The same with a bound on the batches of several combiners together.
    pub(crate) fn spawn_sharing(
        settings: CombinerSettings,
        handler: Arc<dyn BatchHandler<C, R>>,
        places: Arc<Semaphore>,
    ) -> Self {
        let (sender, queue) = mpsc::channel(settings.queue_max.max(1));
        let worker = Worker { queue, handler, places };
        let worker = tokio::spawn(worker.run(settings));
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
    /// For batches of all combiners that share them.
    places: Arc<Semaphore>,
}

struct Batch<C, R> {
    commands: Arc<Vec<C>>,
    replies: Vec<Reply<R>>,
    handler: Arc<dyn BatchHandler<C, R>>,
    turn: Turn,
}

impl<C, R> Worker<C, R>
where
    C: Send + Sync + 'static,
    R: Send + 'static,
{
    async fn run(mut self, settings: CombinerSettings) {
        let parallel_max = settings.parallel_max.max(1);
        let own = Arc::new(Semaphore::new(parallel_max as usize));
        let (mut waiting, mut turn) = (Vec::new(), Turn::now());
        // Neither is ever closed.
        while let Ok(own) = Arc::clone(&own).acquire_owned().await {
            if self.queue.recv_many(&mut waiting, 1).await == 0 {
                break;
            }
            let Ok(place) = Arc::clone(&self.places).acquire_owned().await else { break };
            let room = settings.batch_max.saturating_sub(waiting.len());
            if room > 0 && !self.queue.is_empty() {
                self.queue.recv_many(&mut waiting, room).await;
            }
            let (over, next) = oneshot::channel();
            let batch =
                self.form(&mut waiting, std::mem::replace(&mut turn, Turn(Some(next.shared()))));
            tokio::spawn(async move {
                let turn = batch.turn.clone();
                batch.run().await;
                drop((own, place));
                // Whoever has nothing to wait for must not be over before those before it.
                turn.come().await;
                drop(over);
            });
        }
        drop(own.acquire_many(parallel_max).await);
    }

    fn form(&self, waiting: &mut Vec<Waiting<C, R>>, turn: Turn) -> Batch<C, R> {
        let size = u32::try_from(waiting.len()).unwrap_or(u32::MAX);
        metrics::gauge!("combiner_queue_depth").decrement(size);
        metrics::histogram!("combiner_batch_size").record(size);
        let (commands, replies) = waiting.drain(..).map(|w| (w.command, w.reply)).unzip();
        Batch { commands: Arc::new(commands), replies, handler: Arc::clone(&self.handler), turn }
    }
}

impl<C, R> Batch<C, R>
where
    C: Send + Sync + 'static,
    R: Send + 'static,
{
    async fn run(mut self) {
        let replies = std::mem::take(&mut self.replies);
        if replies.len() > 1 {
            match self.attempt(0..replies.len(), self.turn.clone()).await {
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
            answer(reply, self.single(index).await);
        }
    }

    async fn single(&self, index: usize) -> Result<R, StoreError> {
        let mut retries = 0;
        loop {
            match self.attempt(index..index + 1, self.turn.clone()).await {
                Ok(results) => return results.into_iter().next().ok_or_else(wrong_number),
                Err(error) if error.is_retryable() && retries < SINGLE_RETRIES_MAX => retries += 1,
                Err(error) => return Err(error),
            }
        }
    }

    /// Runs the handler in a task of its own, so that its panic ends that task alone.
    async fn attempt(&self, range: Range<usize>, turn: Turn) -> Result<Vec<R>, StoreError> {
        let handler = Arc::clone(&self.handler);
        let commands = Arc::clone(&self.commands);
        let size = range.len();
        let handling = tokio::spawn(async move { handler.handle(&commands[range], turn).await });
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
