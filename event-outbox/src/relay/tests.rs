//! What becomes of events. Time is passed by hand; no test waits for it.

mod queue;

use std::sync::Mutex;

use async_trait::async_trait;
use tokio::sync::Semaphore;

use super::*;
use queue::{FakeQueue, ManualClock, event};

/// What a consumer does with one event.
#[derive(Clone, Copy)]
enum Act {
    Fail,
    Refuse,
    Panic,
    Hang,
    /// Takes so long.
    Take(Duration),
}

/// Acts as told, then handles everything; keeps what it was given.
struct Script {
    name: &'static str,
    acts: Mutex<VecDeque<Act>>,
    given: Mutex<Vec<u128>>,
    clock: ManualClock,
}

const NAMES: &[&str] = &["test.happened.v1"];

#[async_trait]
impl Consumer for Script {
    fn name(&self) -> &'static str {
        self.name
    }

    fn subscriptions(&self) -> &'static [&'static str] {
        NAMES
    }

    async fn handle(&self, event: &Event) -> Result<(), ConsumeError> {
        self.given.lock().unwrap().push(event.id.uuid().as_u128());
        let act = self.acts.lock().unwrap().pop_front();
        match act {
            None => Ok(()),
            Some(Act::Fail) => Err(ConsumeError::Transient("no connection".to_owned())),
            Some(Act::Refuse) => Err(ConsumeError::Permanent("nonsense".to_owned())),
            Some(Act::Panic) => panic!("a defect"),
            Some(Act::Hang) => std::future::pending().await,
            Some(Act::Take(duration)) => {
                self.clock.advance(duration);
                Ok(())
            }
        }
    }
}

/// A queue, a clock and consumers `one` and `two` behind a relay.
struct Bench {
    queue: Arc<FakeQueue>,
    clock: ManualClock,
    one: Arc<Script>,
    two: Arc<Script>,
    relay: Arc<Relay>,
}

impl Bench {
    fn new(events: Vec<Event>, one: &[Act], two: &[Act]) -> Self {
        Self::with(RelaySettings::default(), events, one, two)
    }

    fn with(settings: RelaySettings, events: Vec<Event>, one: &[Act], two: &[Act]) -> Self {
        let clock = ManualClock::default();
        let queue = Arc::new(FakeQueue::new(events));
        let script = |name, acts: &[Act]| {
            Arc::new(Script {
                name,
                acts: Mutex::new(acts.iter().copied().collect()),
                given: Mutex::default(),
                clock: clock.clone(),
            })
        };
        let (one, two) = (script("one", one), script("two", two));
        let consumers: Vec<Arc<dyn Consumer>> = vec![one.clone(), two.clone()];
        let relay = Relay::new(queue.clone(), consumers, Arc::new(clock.clone()), settings);
        Self { queue, clock, one, two, relay: Arc::new(relay) }
    }

    async fn round(&self) -> (usize, usize, usize) {
        let round = self.relay.run_once().await.unwrap();
        (round.published, round.retried, round.discarded)
    }
}

fn given(script: &Script) -> Vec<u128> {
    script.given.lock().unwrap().clone()
}

fn letter(consumer: &str, cause: &str) -> DeadLetter {
    DeadLetter { consumer: consumer.to_owned(), cause: cause.to_owned() }
}

#[tokio::test]
async fn events_of_one_aggregate_come_in_order() {
    let events = vec![event(13, 1, 3), event(11, 1, 1), event(12, 1, 2)];
    let bench = Bench::new(events, &[], &[]);
    let total = bench.relay.drain().await.unwrap();
    assert_eq!((total.claimed, total.published), (3, 3));
    assert_eq!(given(&bench.one), [11, 12, 13]);
    assert_eq!(given(&bench.two), [11, 12, 13]);
}

#[tokio::test]
async fn a_failed_event_stops_its_aggregate_and_no_other() {
    let events = vec![event(11, 1, 1), event(12, 1, 2), event(21, 2, 1)];
    let bench = Bench::new(events, &[Act::Fail], &[]);
    let total = bench.relay.drain().await.unwrap();
    assert_eq!((total.published, total.retried), (1, 1));
    assert_eq!(given(&bench.one), [11, 21], "12 waits for 11");
    bench.clock.advance(Duration::from_secs(1));
    let total = bench.relay.drain().await.unwrap();
    assert_eq!((total.published, total.retried), (2, 0));
    assert_eq!(given(&bench.one), [11, 21, 11, 12]);
    assert_eq!(given(&bench.two), [11, 21, 11, 12], "at least once");
}

#[tokio::test]
async fn the_fourth_failure_is_the_last() {
    let events = vec![event(11, 1, 1), event(12, 1, 2)];
    let bench = Bench::new(events, &[Act::Fail; 4], &[]);
    for wait in [1, 2, 4] {
        assert_eq!(bench.round().await, (0, 1, 0));
        bench.clock.advance(Duration::from_secs(wait).saturating_sub(Duration::from_micros(1)));
        assert_eq!(bench.round().await, (0, 0, 0), "not before {wait} s");
        bench.clock.advance(Duration::from_micros(1));
    }
    assert_eq!(bench.round().await, (0, 0, 1));
    let expected = [letter("one", "attempt 4 of 4: no connection")];
    assert_eq!(bench.queue.dead(11), Some(expected.into()));
    assert_eq!(bench.round().await, (1, 0, 0), "the aggregate goes on");
    assert_eq!(given(&bench.one), [11, 11, 11, 11, 12]);
}

#[tokio::test]
async fn a_refusal_for_good_is_a_dead_letter_at_once_and_others_get_the_event() {
    let bench = Bench::new(vec![event(11, 1, 1)], &[Act::Refuse], &[]);
    assert_eq!(bench.round().await, (0, 0, 1));
    let expected = [letter("one", "attempt 1, permanent: nonsense")];
    assert_eq!(bench.queue.dead(11), Some(expected.into()));
    assert_eq!(given(&bench.two), [11]);
}

#[tokio::test]
async fn a_refusal_for_good_does_not_end_the_tries_of_others() {
    let refusals = [Act::Refuse, Act::Refuse];
    let bench = Bench::new(vec![event(11, 1, 1)], &refusals, &[Act::Fail]);
    assert_eq!(bench.round().await, (0, 1, 0));
    bench.clock.advance(Duration::from_secs(1));
    assert_eq!(bench.round().await, (0, 0, 1));
    let expected = [letter("one", "attempt 2, permanent: nonsense")];
    assert_eq!(bench.queue.dead(11), Some(expected.into()), "two came through");
}

#[tokio::test]
async fn a_panic_is_a_failure_like_others() {
    let events = vec![event(11, 1, 1), event(21, 2, 1)];
    let acts = [Act::Panic; 4];
    let bench = Bench::new(events, &[acts[0]], &[]);
    assert_eq!(bench.round().await, (1, 1, 0));
    bench.clock.advance(Duration::from_secs(1));
    assert_eq!(bench.round().await, (1, 0, 0));

    let bench = Bench::new(vec![event(11, 1, 1)], &acts, &[]);
    for wait in [1, 2, 4] {
        assert_eq!(bench.round().await, (0, 1, 0));
        bench.clock.advance(Duration::from_secs(wait));
    }
    assert_eq!(bench.round().await, (0, 0, 1));
    let dead = bench.queue.dead(11).unwrap();
    assert!(dead[0].cause.contains("a defect"), "{dead:?}");
}

#[tokio::test]
async fn a_consumer_that_never_ends_is_given_up() {
    let settings = RelaySettings { lease: Duration::from_millis(5), ..RelaySettings::default() };
    let bench = Bench::with(settings, vec![event(11, 1, 1)], &[Act::Hang], &[]);
    assert_eq!(bench.round().await, (0, 1, 0));
    assert_eq!(given(&bench.two), [11]);
}

#[tokio::test]
async fn an_event_that_nobody_wants_is_published_at_once() {
    let mut unwanted = event(11, 1, 1);
    unwanted.name = "test.ignored.v1".to_owned();
    let bench = Bench::new(vec![unwanted], &[], &[]);
    assert_eq!(bench.round().await, (1, 0, 0));
    assert!(given(&bench.one).is_empty());
}

#[tokio::test]
async fn subscriptions_are_made_known() {
    let bench = Bench::new(Vec::new(), &[], &[]);
    bench.relay.subscribe().await.unwrap();
    let expected = ["one: test.happened.v1", "two: test.happened.v1"];
    assert_eq!(bench.queue.subscriptions(), expected);
}

#[tokio::test]
async fn what_outlives_the_lease_is_left_to_others() {
    let events = vec![event(11, 1, 1), event(21, 2, 1)];
    let lease = RelaySettings::default().lease;
    let bench = Bench::new(events, &[Act::Take(lease)], &[]);
    assert_eq!(bench.round().await, (1, 0, 0));
    assert_eq!(given(&bench.one), [11]);
    assert_eq!(bench.queue.retries(), 0, "not ours to give back");
    assert_eq!(bench.round().await, (1, 0, 0), "claimed again");
    assert_eq!(given(&bench.one), [11, 21]);
}

#[tokio::test]
async fn a_contended_queue_is_asked_again() {
    let bench = Bench::new(vec![event(11, 1, 1)], &[], &[]);
    bench.queue.fail(&[true, true, true]);
    assert_eq!(bench.round().await, (1, 0, 0));
}

#[tokio::test]
async fn a_failed_queue_ends_the_round_and_gives_the_rest_back() {
    let events = vec![event(11, 1, 1), event(21, 2, 1), event(31, 3, 1)];
    let bench = Bench::new(events, &[], &[]);
    bench.queue.fail(&[false]);
    assert!(bench.relay.run_once().await.is_err());
    assert_eq!(bench.queue.retries(), 2);
    assert_eq!(bench.round().await, (2, 0, 0), "all but 11 are due");
    bench.clock.advance(RelaySettings::default().lease);
    assert_eq!(bench.round().await, (1, 0, 0), "its lease is over");
}

/// Says when it has begun and goes on when let.
struct Gate {
    begun: Semaphore,
    go: Semaphore,
}

#[async_trait]
impl Consumer for Gate {
    fn name(&self) -> &'static str {
        "gate"
    }

    fn subscriptions(&self) -> &'static [&'static str] {
        NAMES
    }

    async fn handle(&self, _event: &Event) -> Result<(), ConsumeError> {
        self.begun.add_permits(1);
        self.go.acquire().await.unwrap().forget();
        Ok(())
    }
}

/// A relay that looks again only after an hour: what ends it is the stop.
fn patient(queue: &Arc<FakeQueue>, gate: &Arc<Gate>) -> Arc<Relay> {
    let settings = RelaySettings { poll: Duration::from_hours(1), ..RelaySettings::default() };
    let clock = Arc::new(ManualClock::default());
    Arc::new(Relay::new(queue.clone(), vec![gate.clone()], clock, settings))
}

#[tokio::test]
async fn a_stop_lets_the_event_end_and_gives_the_rest_back() {
    let queue = Arc::new(FakeQueue::new(vec![event(11, 1, 1), event(21, 2, 1)]));
    let gate = Arc::new(Gate { begun: Semaphore::new(0), go: Semaphore::new(0) });
    let stop = CancellationToken::new();
    let running = tokio::spawn(patient(&queue, &gate).run(stop.clone()));
    gate.begun.acquire().await.unwrap().forget();
    stop.cancel();
    tokio::task::yield_now().await;
    assert!(!running.is_finished(), "not in the middle of an event");
    gate.go.add_permits(2);
    running.await.unwrap();
    assert_eq!(queue.published_ids(), [11]);
    assert_eq!(queue.retries(), 1);
}

#[tokio::test]
async fn a_waiting_relay_stops_at_once() {
    let queue = Arc::new(FakeQueue::new(vec![event(11, 1, 1)]));
    let gate = Arc::new(Gate { begun: Semaphore::new(0), go: Semaphore::new(2) });
    let stop = CancellationToken::new();
    let running = tokio::spawn(patient(&queue, &gate).run(stop.clone()));
    queue.empty_claims(1).await;
    assert_eq!(queue.published_ids(), [11]);
    stop.cancel();
    running.await.unwrap();
}

#[tokio::test]
async fn a_relay_outlives_an_outage_of_the_store() {
    let settings = RelaySettings { poll: Duration::from_micros(10), ..RelaySettings::default() };
    let bench = Bench::with(settings, vec![event(11, 1, 1)], &[], &[]);
    bench.queue.fail_claims(3);
    let stop = CancellationToken::new();
    let running = tokio::spawn(Arc::clone(&bench.relay).run(stop.clone()));
    bench.queue.empty_claims(1).await;
    assert_eq!(bench.queue.published_ids(), [11]);
    stop.cancel();
    running.await.unwrap();
}

#[test]
fn waits_double_and_never_wrap() {
    let second = Duration::from_secs(1);
    let waits = [0, 1, 2, 3].map(|times| doubled(second, times).as_secs());
    assert_eq!(waits, [1, 2, 4, 8]);
    assert!(doubled(second, u32::MAX) > Duration::from_hours(24));
}
