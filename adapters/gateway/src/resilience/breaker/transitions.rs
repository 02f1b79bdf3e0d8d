//! The breaker's conformance: each transition, the calls that are under way meanwhile, and the
//! order of their results, on a frozen clock.

use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use failsafe::clock::{self, MockClock};
use jangbogo_payment::Circuit;

use super::tests::breaker;
use super::{Breaker, BreakerSettings, Permit};

const TEN_SECONDS: Duration = Duration::from_secs(10);
const INSTANT: Duration = Duration::from_nanos(1);

fn usual() -> Breaker {
    breaker(BreakerSettings::default())
}

fn small(window: u32, minimum_calls: u32, failure_percent: u32) -> Breaker {
    breaker(BreakerSettings { window, minimum_calls, failure_percent, ..Default::default() })
}

fn call(breaker: &Breaker) -> Permit {
    breaker.acquire().expect("it lets nobody through")
}

/// Calls one after the other; `x` fails.
fn calls(breaker: &Breaker, results: &str) {
    for result in results.chars() {
        let permit = call(breaker);
        if result == 'x' { permit.failed() } else { permit.succeeded() }
    }
}

fn many(result: &str, times: usize) -> String {
    result.repeat(times)
}

fn half_open(time: &mut MockClock) -> Breaker {
    let breaker = usual();
    calls(&breaker, &many("x", 20));
    time.advance(TEN_SECONDS + INSTANT);
    breaker.tick();
    assert_eq!(breaker.circuit(), Circuit::HalfOpen);
    breaker
}

// --- closed

#[test]
fn a_closed_breaker_lets_any_number_through_at_once() {
    let breaker = usual();
    let permits: Vec<Permit> = (0..10_000).filter_map(|_| breaker.acquire()).collect();
    assert_eq!(permits.len(), 10_000);
}

#[test]
fn successes_alone_never_open_it() {
    let breaker = small(1, 1, 1);
    calls(&breaker, &many("o", 1_000));
    assert_eq!(breaker.circuit(), Circuit::Closed);
}

#[test]
fn a_window_of_one_opens_at_one_failure() {
    let breaker = small(1, 1, 100);
    calls(&breaker, "ox");
    assert_eq!(breaker.circuit(), Circuit::Open);
}

#[test]
fn the_minimum_may_be_the_whole_window() {
    let breaker = small(10, 10, 60);
    calls(&breaker, &many("x", 9));
    assert_eq!(breaker.circuit(), Circuit::Closed);
    calls(&breaker, "o");
    assert_eq!(breaker.circuit(), Circuit::Open, "nine of ten");
}

#[test]
fn a_window_of_any_size_forgets_what_is_older() {
    for window in 1..=64 {
        let breaker = small(window, window, 100);
        calls(&breaker, "o");
        calls(&breaker, &many("x", window as usize - 1));
        assert_eq!(breaker.circuit(), Circuit::Closed, "{window}: the success is still in it");
        calls(&breaker, "x");
        assert_eq!(breaker.circuit(), Circuit::Open, "{window}: and now it is not");
    }
}

#[test]
fn the_widest_window_holds_sixty_four() {
    let breaker = small(64, 64, 100);
    calls(&breaker, &many("ox", 100));
    assert_eq!(breaker.counts(), (64, 32));
}

#[test]
fn a_share_of_one_percent_forgives_nothing() {
    let breaker = small(40, 20, 1);
    calls(&breaker, &many("o", 19));
    calls(&breaker, "x");
    assert_eq!(breaker.circuit(), Circuit::Open);
}

#[test]
fn a_share_of_a_hundred_percent_forgives_anything_less() {
    let breaker = small(40, 20, 100);
    calls(&breaker, "o");
    calls(&breaker, &many("x", 39));
    assert_eq!(breaker.circuit(), Circuit::Closed);
}

#[test]
fn failures_that_are_spread_out_count_like_failures_in_a_row() {
    for results in [many("xxxoo", 4), many("ooxxx", 4), many("xoxox", 4)] {
        let breaker = usual();
        calls(&breaker, &results);
        assert_eq!(breaker.circuit(), Circuit::Open, "{results}: 12 of 20");
    }
}

// --- open

#[test]
fn an_open_breaker_does_not_count_whom_it_turns_away() {
    let breaker = usual();
    calls(&breaker, &many("x", 20));
    for _ in 0..100 {
        assert!(breaker.acquire().is_none());
    }
    assert_eq!(breaker.counts(), (20, 20));
}

#[test]
fn what_ends_while_it_is_open_changes_nothing() {
    clock::freeze(|time| {
        let breaker = usual();
        let under_way: Vec<Permit> = (0..30).map(|_| call(&breaker)).collect();
        calls(&breaker, &many("x", 41));
        assert_eq!(breaker.circuit(), Circuit::Open);
        under_way.into_iter().for_each(Permit::succeeded);
        assert!(breaker.acquire().is_none());
        time.advance(TEN_SECONDS);
        assert!(breaker.acquire().is_none(), "not a moment earlier");
        time.advance(INSTANT);
        assert!(breaker.acquire().is_some());
    });
}

#[test]
fn time_alone_closes_nothing() {
    clock::freeze(|time| {
        let breaker = usual();
        calls(&breaker, &many("x", 20));
        time.advance(Duration::from_hours(24 * 365));
        breaker.tick();
        assert_eq!(breaker.circuit(), Circuit::HalfOpen);
    });
}

#[test]
fn it_opens_for_as_long_as_it_is_told() {
    clock::freeze(|time| {
        let open_for = Duration::from_mins(5);
        let breaker = breaker(BreakerSettings { open_for, ..Default::default() });
        calls(&breaker, &many("x", 20));
        time.advance(open_for);
        assert!(breaker.acquire().is_none());
        time.advance(INSTANT);
        assert!(breaker.acquire().is_some());
    });
}

#[test]
fn each_change_of_state_is_one_change() {
    clock::freeze(|time| {
        let breaker = usual();
        let epoch = |breaker: &Breaker| breaker.0.lock().epoch;
        assert_eq!(epoch(&breaker), 0);
        calls(&breaker, &many("x", 20));
        assert_eq!(epoch(&breaker), 1, "open");
        time.advance(TEN_SECONDS + INSTANT);
        for _ in 0..3 {
            breaker.tick();
        }
        assert_eq!(epoch(&breaker), 2, "half open");
        calls(&breaker, &many("o", 10));
        assert_eq!(epoch(&breaker), 3, "closed");
        calls(&breaker, &many("o", 100));
        assert_eq!(epoch(&breaker), 3);
    });
}

// --- half open

#[test]
fn whoever_comes_first_after_the_time_is_a_trial() {
    clock::freeze(|time| {
        let breaker = usual();
        calls(&breaker, &many("x", 20));
        time.advance(TEN_SECONDS + INSTANT);
        let trials: Vec<Permit> = (0..25).filter_map(|_| breaker.acquire()).collect();
        assert_eq!((trials.len(), breaker.circuit()), (10, Circuit::HalfOpen));
    });
}

#[test]
fn one_trial_may_be_all_there_is() {
    clock::freeze(|time| {
        for (result, expected) in [("o", Circuit::Closed), ("x", Circuit::Open)] {
            let breaker = breaker(BreakerSettings { trial_calls: 1, ..Default::default() });
            calls(&breaker, &many("x", 20));
            time.advance(TEN_SECONDS + INSTANT);
            let trial = call(&breaker);
            assert!(breaker.acquire().is_none());
            if result == "x" {
                trial.failed();
            } else {
                trial.succeeded();
            }
            assert_eq!(breaker.circuit(), expected);
        }
    });
}

#[test]
fn trials_decide_alike_in_whatever_order_they_end() {
    clock::freeze(|time| {
        // Each place of the one that is ended last, and the failures around it.
        for turn in 0..10 {
            for (failures, expected) in [(5, Circuit::Closed), (6, Circuit::Open)] {
                let breaker = half_open(time);
                let mut trials: Vec<Permit> = (0..10).map(|_| call(&breaker)).collect();
                trials.rotate_left(turn);
                for (n, trial) in trials.into_iter().enumerate() {
                    assert_eq!(breaker.circuit(), Circuit::HalfOpen, "{n} have ended");
                    let fails = (n + turn) % 10 < failures;
                    if fails { trial.failed() } else { trial.succeeded() }
                }
                assert_eq!(breaker.circuit(), expected, "{failures} of 10, turn {turn}");
            }
        }
    });
}

#[test]
fn it_stays_half_open_while_a_trial_hangs() {
    clock::freeze(|time| {
        let breaker = half_open(time);
        let hanging = call(&breaker);
        calls(&breaker, &many("x", 9));
        time.advance(Duration::from_mins(10));
        breaker.tick();
        assert!(breaker.acquire().is_none(), "ten were given out");
        drop(hanging);
        calls(&breaker, "x");
        assert_eq!(breaker.circuit(), Circuit::Open);
    });
}

#[test]
fn a_trial_without_evidence_leaves_its_place_to_the_next() {
    clock::freeze(|time| {
        let breaker = half_open(time);
        calls(&breaker, &many("o", 9));
        for _ in 0..100 {
            drop(call(&breaker));
            assert_eq!(breaker.circuit(), Circuit::HalfOpen);
        }
        calls(&breaker, "o");
        assert_eq!(breaker.circuit(), Circuit::Closed);
    });
}

#[test]
fn trials_at_the_same_time_are_ten_and_decide_once() {
    clock::freeze(|time| {
        for failing in [false, true] {
            let breaker = half_open(time);
            let trials: Vec<Permit> = (0..100).filter_map(|_| breaker.acquire()).collect();
            assert_eq!(trials.len(), 10);
            let (start, epoch) = (Barrier::new(10), breaker.0.lock().epoch);
            // The clock is this thread's; ending a trial asks it nothing.
            thread::scope(|scope| {
                for trial in trials {
                    let start = &start;
                    scope.spawn(move || {
                        start.wait();
                        if failing { trial.failed() } else { trial.succeeded() }
                    });
                }
            });
            let expected = if failing { Circuit::Open } else { Circuit::Closed };
            assert_eq!((breaker.circuit(), breaker.0.lock().epoch), (expected, epoch + 1));
        }
    });
}

#[test]
fn a_breaker_that_closed_takes_no_result_of_before() {
    clock::freeze(|time| {
        let breaker = usual();
        let before: Vec<Permit> = (0..30).map(|_| call(&breaker)).collect();
        calls(&breaker, &many("x", 41));
        time.advance(TEN_SECONDS + INSTANT);
        calls(&breaker, &many("o", 10));
        assert_eq!(breaker.circuit(), Circuit::Closed);
        before.into_iter().for_each(Permit::failed);
        assert_eq!((breaker.circuit(), breaker.counts()), (Circuit::Closed, (0, 0)));
    });
}

#[test]
fn it_can_open_and_close_for_ever() {
    clock::freeze(|time| {
        let breaker = usual();
        for _ in 0..100 {
            calls(&breaker, &many("x", 20));
            assert_eq!(breaker.circuit(), Circuit::Open);
            time.advance(TEN_SECONDS + INSTANT);
            calls(&breaker, &many("o", 10));
            assert_eq!(breaker.circuit(), Circuit::Closed);
        }
    });
}

// --- the order of results

#[test]
fn quick_failures_wait_for_slow_successes() {
    let breaker = usual();
    let slow: Vec<Permit> = (0..40).map(|_| call(&breaker)).collect();
    calls(&breaker, &many("x", 20));
    assert_eq!((breaker.circuit(), breaker.counts()), (Circuit::Closed, (0, 0)));
    slow.into_iter().for_each(Permit::succeeded);
    assert_eq!((breaker.circuit(), breaker.counts()), (Circuit::Closed, (40, 20)));
}

#[test]
fn a_call_that_hangs_hides_no_outage() {
    let breaker = usual();
    let hanging: Vec<Permit> = (0..50).map(|_| call(&breaker)).collect();
    calls(&breaker, &many("x", 40));
    assert_eq!(breaker.circuit(), Circuit::Closed, "as many as the window holds may wait");
    calls(&breaker, "x");
    assert_eq!(breaker.circuit(), Circuit::Open);
    drop(hanging);
}

#[test]
fn a_call_that_is_dropped_lets_those_behind_it_count() {
    let breaker = usual();
    let slow = call(&breaker);
    calls(&breaker, &many("x", 20));
    assert_eq!(breaker.circuit(), Circuit::Closed);
    drop(slow);
    assert_eq!(breaker.circuit(), Circuit::Open);
}

#[test]
fn what_waits_is_forgotten_with_the_state_that_it_came_in() {
    clock::freeze(|time| {
        let breaker = usual();
        let first = call(&breaker);
        calls(&breaker, &many("x", 30));
        first.failed();
        assert_eq!(breaker.circuit(), Circuit::Open, "at the twentieth; ten were left over");
        time.advance(TEN_SECONDS + INSTANT);
        calls(&breaker, &many("o", 10));
        assert_eq!((breaker.circuit(), breaker.counts()), (Circuit::Closed, (0, 0)));
    });
}

#[test]
fn threads_that_come_and_go_leave_nothing_behind() {
    let breaker = small(40, 40, 100);
    thread::scope(|scope| {
        for thread in 0..8_u32 {
            let breaker = &breaker;
            scope.spawn(move || {
                for n in 0..2_000 {
                    let permit = call(breaker);
                    match (n + thread) % 4 {
                        0 => permit.failed(),
                        1 => drop(permit),
                        _ => permit.succeeded(),
                    }
                }
            });
        }
    });
    assert_eq!((breaker.circuit(), breaker.counts().0), (Circuit::Closed, 40));
    let before = breaker.counts();
    let last = call(&breaker);
    assert_eq!(breaker.counts(), before, "nothing was waiting");
    last.succeeded();
}
