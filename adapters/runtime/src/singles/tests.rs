//! Tries, turns and ends. Nothing here depends on how long anything takes.

use std::sync::Mutex;
use std::sync::atomic::AtomicU32;

use async_trait::async_trait;
use futures::future::join_all;
use tokio::sync::Semaphore;

use super::*;

/// Fails a command as often as it says, and counts how many run at once.
#[derive(Default)]
struct Handler {
    tried: Mutex<Vec<u32>>,
    running: AtomicU32,
    most_running: AtomicU32,
    gate: Option<Semaphore>,
}

#[derive(Debug, Clone, Copy)]
struct Command {
    number: u32,
    fails: u32,
    retryable: bool,
}

#[async_trait]
impl BatchHandler<Command, u32> for Handler {
    async fn handle(&self, batch: &[Command], _turn: Turn) -> Result<Vec<u32>, StoreError> {
        assert_eq!(batch.len(), 1, "one by one");
        let running = self.running.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_running.fetch_max(running, Ordering::SeqCst);
        let tried = {
            let mut tried = self.tried.lock().unwrap();
            tried.push(batch[0].number);
            tried.iter().filter(|number| **number == batch[0].number).count()
        };
        if let Some(gate) = &self.gate {
            gate.acquire().await.unwrap().forget();
        }
        tokio::task::yield_now().await;
        self.running.fetch_sub(1, Ordering::SeqCst);
        assert_ne!(batch[0].number, 13, "a defect");
        if tried > batch[0].fails as usize {
            Ok(vec![batch[0].number * 10])
        } else if batch[0].retryable {
            Err(StoreError::conflict("test"))
        } else {
            Err(StoreError::new("test", "for good"))
        }
    }
}

const SETTINGS: SinglesSettings =
    SinglesSettings { queue_max: 8, parallel_max: 2, wait_max: Duration::from_secs(10) };

fn command(number: u32) -> Command {
    Command { number, fails: 0, retryable: true }
}

fn singles(handler: &Arc<Handler>) -> Singles<Command, u32> {
    Singles::new(SETTINGS, Arc::clone(handler) as _)
}

#[tokio::test]
async fn commands_run_side_by_side_and_not_too_many() {
    let handler = Arc::new(Handler::default());
    let singles = singles(&handler);
    let results = join_all((0..8).map(|number| singles.submit(command(number)))).await;
    let results: Vec<u32> = results.into_iter().map(Result::unwrap).collect();
    assert_eq!(results, [0, 10, 20, 30, 40, 50, 60, 70]);
    assert_eq!(handler.most_running.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn contention_is_tried_again_until_it_is_gone() {
    let handler = Arc::new(Handler::default());
    let stubborn = Command { fails: 6, ..command(3) };
    assert_eq!(singles(&handler).submit(stubborn).await.unwrap(), 30);
    assert_eq!(handler.tried.lock().unwrap().len(), 7);
}

#[tokio::test]
async fn a_command_s_time_ends() {
    let handler = Arc::new(Handler::default());
    let hopeless = Command { fails: u32::MAX, ..command(3) };
    let settings = SinglesSettings { wait_max: Duration::from_millis(20), ..SETTINGS };
    let singles = Singles::new(settings, Arc::clone(&handler) as _);
    let refused = singles.submit(hopeless).await.unwrap_err();
    assert!(matches!(&refused, SubmitError::Store(error) if error.is_retryable()), "{refused:?}");
}

#[tokio::test]
async fn whoever_gets_no_turn_in_time_is_refused() {
    let handler = Arc::new(Handler { gate: Some(Semaphore::new(0)), ..Handler::default() });
    let settings = SinglesSettings { wait_max: Duration::from_millis(20), ..SETTINGS };
    let singles = Singles::new(settings, Arc::clone(&handler) as _);
    let mut running: Vec<_> = (0..2).map(|n| Box::pin(singles.submit(command(n)))).collect();
    for one in &mut running {
        assert!(futures::poll!(one).is_pending(), "the gate is closed");
    }
    let refused = singles.submit(command(2)).await.unwrap_err();
    assert!(matches!(refused, SubmitError::Overloaded), "{refused:?}");
    handler.gate.as_ref().unwrap().add_permits(2);
    for result in join_all(running).await {
        assert!(result.is_ok(), "whoever has begun may finish: {result:?}");
    }
}

#[tokio::test]
async fn what_fails_for_good_is_not_tried_again() {
    let handler = Arc::new(Handler::default());
    let broken = Command { fails: 1, retryable: false, ..command(3) };
    let refused = singles(&handler).submit(broken).await.unwrap_err();
    assert!(matches!(&refused, SubmitError::Store(error) if !error.is_retryable()), "{refused:?}");
    assert_eq!(handler.tried.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_panic_is_one_command_s_own() {
    let singles = singles(&Arc::new(Handler::default()));
    assert!(singles.submit(command(13)).await.is_err());
    assert_eq!(singles.submit(command(2)).await.unwrap(), 20);
}

#[tokio::test]
async fn a_full_queue_refuses_and_a_stopped_one_finishes() {
    let handler = Arc::new(Handler { gate: Some(Semaphore::new(0)), ..Handler::default() });
    let singles = Arc::new(singles(&handler));
    let submit = |number| {
        let singles = Arc::clone(&singles);
        async move { singles.submit(command(number)).await }
    };
    let mut waiting: Vec<_> = (0..8).map(|number| Box::pin(submit(number))).collect();
    for one in &mut waiting {
        assert!(futures::poll!(one).is_pending(), "the gate is closed");
    }
    let refused = submit(9).await.unwrap_err();
    assert!(matches!(refused, SubmitError::Overloaded), "{refused:?}");
    // Half of the callers go away; their commands are done all the same.
    waiting.truncate(4);
    let stopping = tokio::spawn({
        let singles = Arc::clone(&singles);
        async move { singles.shutdown().await }
    });
    tokio::task::yield_now().await;
    assert!(!stopping.is_finished(), "commands are under way");
    handler.gate.as_ref().unwrap().add_permits(8);
    stopping.await.unwrap();
    assert_eq!(handler.tried.lock().unwrap().len(), 8);
    for result in join_all(waiting).await {
        assert!(result.is_ok(), "{result:?}");
    }
    let refused = submit(9).await.unwrap_err();
    assert!(matches!(refused, SubmitError::Stopped), "{refused:?}");
}
