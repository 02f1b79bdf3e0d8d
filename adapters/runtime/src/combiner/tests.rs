//! How batches form, fail and end. No test waits for time: handlers stop at a gate.

use std::future::Future;
use std::pin::Pin;
use std::sync::Mutex as StdMutex;

use futures::poll;
use jangbogo_kernel::{ErrorKind, Fault as _};
use tokio::sync::{Notify, Semaphore};

use super::*;

/// What goes wrong with a batch, given its number (counted from 1).
type Trouble = fn(&[i64], usize) -> Result<(), StoreError>;

const NONE: Trouble = |_, _| Ok(());

/// Doubles numbers; keeps what it was given; lets a batch through per permit of the gate.
struct Doubler {
    seen: StdMutex<Vec<Vec<i64>>>,
    entered: Semaphore,
    gate: Semaphore,
    trouble: Trouble,
}

impl Doubler {
    fn new(trouble: Trouble) -> Arc<Self> {
        Arc::new(Self {
            seen: StdMutex::default(),
            entered: Semaphore::new(0),
            gate: Semaphore::new(0),
            trouble,
        })
    }

    /// A doubler whose gate is open from the start.
    fn open(trouble: Trouble) -> Arc<Self> {
        let doubler = Self::new(trouble);
        doubler.open_gate();
        doubler
    }

    fn open_gate(&self) {
        self.gate.add_permits(Semaphore::MAX_PERMITS / 2);
    }

    /// Waits until one more batch has reached the gate.
    async fn batch_entered(&self) {
        self.entered.acquire().await.unwrap().forget();
    }

    fn seen(&self) -> Vec<Vec<i64>> {
        self.seen.lock().unwrap().clone()
    }
}

#[async_trait]
impl BatchHandler<i64, i64> for Doubler {
    async fn handle(&self, batch: &[i64], _turn: Turn) -> Result<Vec<i64>, StoreError> {
        let number = {
            let mut seen = self.seen.lock().unwrap();
            seen.push(batch.to_vec());
            seen.len()
        };
        self.entered.add_permits(1);
        self.gate.acquire().await.unwrap().forget();
        (self.trouble)(batch, number)?;
        Ok(batch.iter().map(|n| n * 2).collect())
    }
}

fn combiner(doubler: &Arc<Doubler>, queue_max: usize, batch_max: usize) -> Combiner<i64, i64> {
    let settings = CombinerSettings { queue_max, batch_max, parallel_max: 1 };
    Combiner::spawn(settings, Arc::clone(doubler) as _)
}

type Submitted<'a> = Pin<Box<dyn Future<Output = Result<i64, SubmitError>> + Send + 'a>>;

/// Submits the commands in order and returns with all of them queued.
async fn queued(
    combiner: &Combiner<i64, i64>,
    commands: impl IntoIterator<Item = i64>,
) -> Vec<Submitted<'_>> {
    let mut all = Vec::new();
    for command in commands {
        let mut submitted: Submitted<'_> = Box::pin(combiner.submit(command));
        assert!(poll!(&mut submitted).is_pending());
        all.push(submitted);
    }
    all
}

async fn results(submitted: Vec<Submitted<'_>>) -> Vec<Result<i64, SubmitError>> {
    futures::future::join_all(submitted).await
}

async fn values(submitted: Vec<Submitted<'_>>) -> Vec<i64> {
    let results = results(submitted).await.into_iter();
    results.map(Result::unwrap).collect()
}

#[test]
fn a_lone_command_is_handled_at_once() {
    // On a runtime without timers, anything that waited for time would panic.
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let doubler = Doubler::open(NONE);
        let combiner = combiner(&doubler, 8, 8);
        assert_eq!(combiner.submit(21).await.unwrap(), 42);
        assert_eq!(doubler.seen(), [[21]]);
    });
}

#[tokio::test]
async fn what_queues_while_a_batch_runs_is_the_next_batch_in_order() {
    let doubler = Doubler::new(NONE);
    let combiner = combiner(&doubler, 8, 8);
    let mut all = queued(&combiner, [1]).await;
    doubler.batch_entered().await;
    all.extend(queued(&combiner, [5, 2, 9, 3]).await);
    doubler.open_gate();
    assert_eq!(values(all).await, [2, 10, 4, 18, 6]);
    assert_eq!(doubler.seen(), [vec![1], vec![5, 2, 9, 3]]);
}

#[tokio::test]
async fn a_batch_has_a_largest_size() {
    let doubler = Doubler::new(NONE);
    let combiner = combiner(&doubler, 8, 3);
    let mut all = queued(&combiner, [0]).await;
    doubler.batch_entered().await;
    all.extend(queued(&combiner, 1..=7).await);
    doubler.open_gate();
    assert_eq!(values(all).await, [0, 2, 4, 6, 8, 10, 12, 14]);
    let expected = [vec![0], vec![1, 2, 3], vec![4, 5, 6], vec![7]];
    assert_eq!(doubler.seen(), expected);
}

#[tokio::test]
async fn who_comes_when_the_queue_is_full_is_refused() {
    let doubler = Doubler::new(NONE);
    let combiner = combiner(&doubler, 2, 8);
    let mut all = queued(&combiner, [1]).await;
    doubler.batch_entered().await;
    all.extend(queued(&combiner, [2, 3]).await);
    let refused = combiner.submit(4).await.unwrap_err();
    assert!(matches!(refused, SubmitError::Overloaded));
    assert_eq!(refused.kind(), ErrorKind::Unavailable);
    assert_eq!(refused.code(), "overloaded");
    doubler.open_gate();
    assert_eq!(values(all).await, [2, 4, 6]);
    assert_eq!(combiner.submit(5).await.unwrap(), 10, "there is room again");
    assert!(!doubler.seen().concat().contains(&4));
}

#[tokio::test]
async fn one_bad_command_does_not_sink_its_batch() {
    let doubler = Doubler::open(|batch, _| {
        if batch.contains(&2) {
            return Err(StoreError::new("double", "two is broken"));
        }
        Ok(())
    });
    let combiner = combiner(&doubler, 8, 8);
    let results = results(queued(&combiner, [1, 2, 3]).await).await;
    assert!(matches!(results.as_slice(), [Ok(2), Err(SubmitError::Store(_)), Ok(6)]));
    let expected = [vec![1, 2, 3], vec![1], vec![2], vec![3]];
    assert_eq!(doubler.seen(), expected, "a lasting error is not retried");
}

#[tokio::test]
async fn a_retryable_error_of_a_single_is_retried() {
    let doubler = Doubler::open(|_, number| {
        if number <= 3 {
            return Err(StoreError::conflict("double"));
        }
        Ok(())
    });
    let combiner = combiner(&doubler, 8, 8);
    assert_eq!(combiner.submit(1).await.unwrap(), 2);
    assert_eq!(doubler.seen().len(), 4, "one try and three retries");
}

#[tokio::test]
async fn retries_end() {
    let doubler = Doubler::open(|batch, _| {
        if batch == [1] {
            return Err(StoreError::conflict("double"));
        }
        Ok(())
    });
    let combiner = combiner(&doubler, 8, 8);
    let failed = combiner.submit(1).await.unwrap_err();
    assert!(matches!(&failed, SubmitError::Store(error) if error.is_retryable()));
    assert_eq!(doubler.seen().len(), 4);
    assert_eq!(combiner.submit(2).await.unwrap(), 4);
}

#[tokio::test]
async fn a_panic_of_the_handler_costs_the_guilty_command_alone() {
    let doubler = Doubler::open(|batch, _| {
        assert!(!batch.contains(&13), "unlucky");
        Ok(())
    });
    let combiner = combiner(&doubler, 8, 8);
    let results = results(queued(&combiner, [1, 13, 3]).await).await;
    assert!(matches!(results.as_slice(), [Ok(2), Err(SubmitError::Store(_)), Ok(6)]));
    assert_eq!(combiner.submit(4).await.unwrap(), 8, "the combiner lives");
}

/// Notes what comes to its turn; odd batches wait for it, even ones have nothing to wait for.
#[derive(Default)]
struct Orderly {
    entered: StdMutex<Vec<i64>>,
    served: StdMutex<Vec<i64>>,
    gate: Notify,
}

#[async_trait]
impl BatchHandler<i64, i64> for Orderly {
    async fn handle(&self, batch: &[i64], turn: Turn) -> Result<Vec<i64>, StoreError> {
        self.entered.lock().unwrap().extend(batch);
        if batch == [1] {
            self.gate.notified().await;
        }
        if batch[0] % 2 == 1 {
            turn.come().await;
            self.served.lock().unwrap().extend(batch);
        }
        Ok(batch.to_vec())
    }
}

#[tokio::test]
async fn batches_of_a_lane_overlap_and_are_served_in_order() {
    let orderly = Arc::new(Orderly::default());
    let settings = CombinerSettings { batch_max: 1, parallel_max: 3, ..Default::default() };
    let combiner = Combiner::spawn(settings, Arc::clone(&orderly) as _);
    let mut all = queued(&combiner, 1..=5).await;
    // The second has nothing to wait for, and makes room for the fourth, and that for the fifth.
    assert_eq!(values(all.drain(1..2).collect()).await, [2]);
    assert_eq!(values(all.drain(2..3).collect()).await, [4]);
    while *orderly.entered.lock().unwrap() != [1, 2, 3, 4, 5] {
        tokio::task::yield_now().await;
    }
    assert!(orderly.served.lock().unwrap().is_empty(), "nobody overtakes the first");
    orderly.gate.notify_one();
    assert_eq!(values(all).await, [1, 3, 5]);
    assert_eq!(*orderly.served.lock().unwrap(), [1, 3, 5]);
}

/// Forgets an answer.
struct Forgetful;

#[async_trait]
impl BatchHandler<i64, i64> for Forgetful {
    async fn handle(&self, batch: &[i64], _turn: Turn) -> Result<Vec<i64>, StoreError> {
        Ok(batch[1..].to_vec())
    }
}

#[tokio::test]
async fn a_handler_that_forgets_an_answer_mixes_up_nobody_s() {
    let combiner = Combiner::spawn(CombinerSettings::default(), Arc::new(Forgetful));
    for result in results(queued(&combiner, [1, 2]).await).await {
        assert!(matches!(result, Err(SubmitError::Store(_))));
    }
}

#[tokio::test]
async fn a_caller_that_goes_away_does_not_take_its_command_along() {
    let doubler = Doubler::new(NONE);
    let combiner = combiner(&doubler, 8, 8);
    let running = queued(&combiner, [1]).await;
    doubler.batch_entered().await;
    let waiting = queued(&combiner, [2]).await;
    drop((running, waiting));
    doubler.open_gate();
    combiner.shutdown().await;
    assert_eq!(doubler.seen(), [[1], [2]]);
}

#[tokio::test]
async fn shutdown_does_what_has_queued_and_refuses_the_rest() {
    let doubler = Doubler::new(NONE);
    let combiner = combiner(&doubler, 8, 2);
    let mut all = queued(&combiner, [1]).await;
    doubler.batch_entered().await;
    all.extend(queued(&combiner, [2, 3, 4]).await);

    let mut shutdown = Box::pin(combiner.shutdown());
    assert!(poll!(&mut shutdown).is_pending(), "work is left");
    let refused = combiner.submit(5).await.unwrap_err();
    assert!(matches!(refused, SubmitError::Stopped));
    assert_eq!(refused.kind(), ErrorKind::Unavailable);
    assert_eq!(refused.code(), "unavailable");
    // Who stops waiting for the end may wait for it again.
    drop(shutdown);

    doubler.open_gate();
    combiner.shutdown().await;
    assert_eq!(doubler.seen(), [vec![1], vec![2, 3], vec![4]]);
    assert_eq!(values(all).await, [2, 4, 6, 8]);
    combiner.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_callers_at_once_each_gets_its_own_answer() {
    let doubler = Doubler::open(NONE);
    let combiner = Arc::new(combiner(&doubler, 4_096, 64));
    let callers: Vec<_> = (0..2_000)
        .map(|n| {
            let combiner = Arc::clone(&combiner);
            tokio::spawn(async move { (n, combiner.submit(n).await.unwrap()) })
        })
        .collect();
    for caller in callers {
        let (n, doubled) = caller.await.unwrap();
        assert_eq!(doubled, n * 2);
    }
    let mut handled = doubler.seen().concat();
    handled.sort_unstable();
    assert!(handled.into_iter().eq(0..2_000), "each command once");
}
