//! Each step of the breaker, on a frozen clock.

use std::future::pending;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, mpsc};
use std::thread;
use std::time::Instant;

use failsafe::clock::{self, MockClock};
use jangbogo_payment::Outcome;

use super::super::fake::{declined, silence, unreachable};
use super::*;

const SECOND: Duration = Duration::from_secs(1);
const NANOSECOND: Duration = Duration::from_nanos(1);

pub(super) fn breaker(settings: BreakerSettings) -> Breaker {
    Breaker::new("fake", ProviderOperation::Capture, settings)
}

/// A breaker with the default numbers and some ways to use it.
struct Scene(Breaker);

impl Scene {
    fn closed() -> Self {
        Self(breaker(BreakerSettings::default()))
    }

    fn open() -> Self {
        let scene = Self::closed();
        scene.fail(20);
        assert_eq!(scene.circuit(), Circuit::Open);
        scene
    }

    fn half_open(time: &mut MockClock) -> Self {
        let scene = Self::open();
        time.advance(SECOND * 10 + NANOSECOND);
        scene.0.tick();
        assert_eq!(scene.circuit(), Circuit::HalfOpen);
        scene
    }

    fn circuit(&self) -> Circuit {
        self.0.circuit()
    }

    fn fail(&self, times: u32) {
        (0..times).for_each(|_| self.0.acquire().unwrap().failed());
    }

    fn succeed(&self, times: u32) {
        (0..times).for_each(|_| self.0.acquire().unwrap().succeeded());
    }

    fn permits(&self, wanted: usize) -> Vec<Permit> {
        (0..wanted).filter_map(|_| self.0.acquire()).collect()
    }
}

/// Runs a future that is ready at once, or never.
fn now<T>(future: impl Future<Output = T>) -> T {
    futures_now(future).expect("it waits")
}

fn futures_now<T>(future: impl Future<Output = T>) -> Option<T> {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match std::pin::pin!(future).poll(&mut context) {
        std::task::Poll::Ready(value) => Some(value),
        std::task::Poll::Pending => None,
    }
}

#[test]
fn it_stays_closed_below_the_minimum() {
    let scene = Scene::closed();
    scene.fail(19);
    assert_eq!((scene.circuit(), scene.0.counts()), (Circuit::Closed, (19, 19)));
}

#[test]
fn it_opens_at_the_threshold_and_not_below() {
    let scene = Scene::closed();
    scene.succeed(8);
    scene.fail(11);
    assert_eq!(scene.circuit(), Circuit::Closed);
    scene.fail(1);
    assert_eq!(scene.circuit(), Circuit::Open, "12 of 20 are 60 %");
    let scene = Scene::closed();
    scene.succeed(17);
    scene.fail(23);
    assert_eq!(scene.circuit(), Circuit::Closed, "23 of 40 are 57.5 %");
}

#[test]
fn a_success_that_completes_the_minimum_opens_it() {
    let scene = Scene::closed();
    scene.fail(12);
    scene.succeed(7);
    assert_eq!(scene.circuit(), Circuit::Closed);
    scene.succeed(1);
    assert_eq!(scene.circuit(), Circuit::Open, "12 of 20 are 60 %");
}

#[test]
fn the_window_slides() {
    let scene = Scene::closed();
    scene.succeed(1_000);
    scene.fail(23);
    assert_eq!((scene.circuit(), scene.0.counts()), (Circuit::Closed, (40, 23)));
    scene.succeed(40);
    assert_eq!(scene.0.counts(), (40, 0), "the old failures are forgotten");
    scene.fail(24);
    assert_eq!(scene.circuit(), Circuit::Open, "24 of the last 40");
}

#[test]
fn an_open_breaker_lets_nothing_through_for_ten_seconds() {
    clock::freeze(|time| {
        let scene = Scene::open();
        assert!(scene.0.acquire().is_none());
        time.advance(SECOND * 10);
        scene.0.tick();
        assert!(scene.0.acquire().is_none(), "ten seconds must be over");
        assert_eq!(scene.circuit(), Circuit::Open);
        time.advance(NANOSECOND);
        assert!(scene.0.acquire().is_some());
        assert_eq!(scene.circuit(), Circuit::HalfOpen);
    });
}

#[test]
fn half_open_by_the_timer_uses_no_trial() {
    clock::freeze(|time| {
        let scene = Scene::half_open(time);
        scene.0.tick();
        assert_eq!(scene.permits(100).len(), 10);
    });
}

#[test]
fn exactly_ten_trials_decide_and_nine_do_not() {
    clock::freeze(|time| {
        let scene = Scene::half_open(time);
        let mut trials = scene.permits(25);
        assert_eq!(trials.len(), 10);
        let last = trials.pop().unwrap();
        trials.into_iter().for_each(Permit::succeeded);
        assert_eq!(scene.circuit(), Circuit::HalfOpen);
        assert!(scene.0.acquire().is_none(), "the tenth is still under way");
        last.failed();
        assert_eq!(scene.circuit(), Circuit::Closed, "10 % is not too much");
    });
}

#[test]
fn trials_that_fail_too_often_open_it_again_for_ten_seconds() {
    clock::freeze(|time| {
        for (failures, expected) in [(5, Circuit::Closed), (6, Circuit::Open), (10, Circuit::Open)]
        {
            let scene = Scene::half_open(time);
            scene.fail(failures);
            scene.succeed(10 - failures);
            assert_eq!(scene.circuit(), expected, "{failures} of 10");
            if expected == Circuit::Open {
                time.advance(SECOND * 10);
                assert!(scene.0.acquire().is_none());
                time.advance(NANOSECOND);
                assert!(scene.0.acquire().is_some());
            }
        }
    });
}

#[test]
fn a_breaker_that_closed_again_begins_with_an_empty_window() {
    clock::freeze(|time| {
        let scene = Scene::half_open(time);
        scene.succeed(10);
        assert_eq!((scene.circuit(), scene.0.counts()), (Circuit::Closed, (0, 0)));
        scene.fail(19);
        assert_eq!(scene.circuit(), Circuit::Closed, "no trial counts as one of the twenty");
        scene.fail(1);
        assert_eq!(scene.circuit(), Circuit::Open);
    });
}

#[test]
fn results_of_an_earlier_state_are_no_evidence() {
    clock::freeze(|time| {
        let scene = Scene::closed();
        let (well, sick) = (scene.0.acquire().unwrap(), scene.0.acquire().unwrap());
        // As many as wait for the two, and one more.
        scene.fail(41);
        assert_eq!(scene.circuit(), Circuit::Open);
        time.advance(SECOND * 11);
        scene.0.tick();
        well.succeeded();
        sick.failed();
        assert_eq!(scene.circuit(), Circuit::HalfOpen);
        let trials = scene.permits(10);
        assert_eq!(trials.len(), 10, "nor did they take a place");
        let late = trials.into_iter().map(Some).collect::<Vec<_>>();
        let mut late = late.into_iter().flatten();
        let first = late.next().unwrap();
        late.for_each(Permit::failed);
        drop(first);
        assert_eq!(scene.circuit(), Circuit::HalfOpen);
        scene.fail(1);
        assert_eq!(scene.circuit(), Circuit::Open);
    });
}

#[test]
fn a_trial_of_an_earlier_half_open_time_gives_back_no_place() {
    clock::freeze(|time| {
        let scene = Scene::half_open(time);
        let mut trials = scene.permits(10);
        let slow = trials.pop().unwrap();
        let gone = trials.pop().unwrap();
        drop(gone);
        trials.into_iter().for_each(Permit::failed);
        scene.fail(1);
        assert_eq!(scene.circuit(), Circuit::HalfOpen, "nine results");
        drop(slow);
        scene.fail(1);
        assert_eq!(scene.circuit(), Circuit::Open);
        time.advance(SECOND * 11);
        scene.0.tick();
        let trials = scene.permits(10);
        assert_eq!(trials.len(), 10);
        assert!(scene.0.acquire().is_none());
    });
}

#[test]
fn a_dropped_trial_gives_its_place_back() {
    clock::freeze(|time| {
        let scene = Scene::half_open(time);
        for _ in 0..1_000 {
            drop(scene.permits(10));
        }
        assert_eq!(scene.permits(11).len(), 10);
    });
}

#[test]
fn ten_thousand_dropped_calls_leave_no_trace() {
    clock::freeze(|time| {
        let scene = Scene::half_open(time);
        for _ in 0..10_000 {
            let call = scene.0.run(pending::<Outcome>);
            assert!(futures_now(call).is_none(), "it waits, and is dropped here");
        }
        assert_eq!((scene.circuit(), scene.permits(11).len()), (Circuit::HalfOpen, 10));
    });
}

#[test]
fn sixteen_threads_never_get_an_eleventh_trial() {
    let settings = BreakerSettings { open_for: Duration::from_nanos(1), ..Default::default() };
    for _ in 0..100 {
        let breaker = breaker(settings);
        (0..20).for_each(|_| breaker.acquire().unwrap().failed());
        while breaker.circuit() == Circuit::Open {
            breaker.tick();
        }
        let (given, held) = (AtomicU32::new(0), Mutex::new(Vec::new()));
        thread::scope(|scope| {
            for _ in 0..16 {
                scope.spawn(|| {
                    for permit in (0..20).filter_map(|_| breaker.acquire()) {
                        given.fetch_add(1, Ordering::SeqCst);
                        held.lock().unwrap().push(permit);
                    }
                });
            }
        });
        assert_eq!(given.load(Ordering::SeqCst), 10);
        let held = held.into_inner().unwrap();
        thread::scope(|scope| {
            for permit in held {
                scope.spawn(|| permit.succeeded());
            }
        });
        assert_eq!(breaker.circuit(), Circuit::Closed);
    }
}

#[test]
fn answers_of_a_provider_that_works_keep_it_closed() {
    let scene = Scene::closed();
    for _ in 0..100 {
        assert_eq!(now(scene.0.run(async || declined())), declined());
    }
    assert_eq!((scene.circuit(), scene.0.counts()), (Circuit::Closed, (40, 0)));
}

#[test]
fn what_was_not_tried_counts_for_nothing() {
    let scene = Scene::closed();
    for cause in [NotSentCause::Busy, NotSentCause::Unfit] {
        for _ in 0..100 {
            now(scene.0.run(async || Outcome::not_sent(cause, "")));
        }
    }
    assert_eq!(scene.0.counts(), (0, 0));
}

#[test]
fn silence_and_missing_connections_open_it_and_the_answer_keeps_its_kind() {
    for sick in [silence, unreachable] {
        let scene = Scene::closed();
        for _ in 0..20 {
            assert_eq!(now(scene.0.run(async || sick())), sick());
        }
        let begun = Instant::now();
        let answer: Outcome = now(scene.0.run(async || panic!("it must not be called")));
        assert!(begun.elapsed() < Duration::from_millis(100));
        let is_open = |cause| matches!(cause, NotSentCause::CircuitOpen);
        assert!(matches!(answer, Outcome::NotSent { cause, .. } if is_open(cause)), "{answer:?}");
    }
}

#[tokio::test]
async fn half_open_comes_by_itself() {
    let open_for = Duration::from_millis(5);
    let scene = Scene(breaker(BreakerSettings { open_for, ..Default::default() }));
    scene.fail(20);
    assert_eq!(scene.circuit(), Circuit::Open);
    while scene.circuit() == Circuit::Open {
        tokio::task::yield_now().await;
    }
    assert_eq!(scene.circuit(), Circuit::HalfOpen);
}

#[test]
fn a_breaker_that_nobody_holds_is_gone() {
    let (tell, hear) = mpsc::channel();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        let scene = Scene::open();
        tell.send(Arc::downgrade(&scene.0.0)).unwrap();
    });
    assert!(hear.recv().unwrap().upgrade().is_none(), "its timer does not keep it");
}
