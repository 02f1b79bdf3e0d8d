//! The conformance of retry, time-out and deadline, on a paused clock.

use std::cell::Cell;
use std::future::pending;
use std::time::Duration;

use futures::future::{join, select};
use jangbogo_payment::{NotSentCause, Outcome, UnknownCause};

use super::answer::Answer as _;
use super::deadline::Deadline;
use super::fake::{declined, silence, unreachable};
use super::retry::Retry;
use super::settings::RetrySettings;
use super::time::paused::{gone, story};
use super::{time, time_out};

const SECOND: Duration = Duration::from_secs(1);

/// Tries and retries that were noted, and the last answer.
struct Told {
    tries: u32,
    noted: u32,
    answer: Outcome,
    time: Duration,
}

/// Runs a call whose n-th answer is given, from 1 on, under the settings.
fn told(settings: RetrySettings, deadline: (u64, u64), answer: impl Fn(u32) -> Outcome) -> Told {
    story(async {
        let (retry, tries, noted) = (Retry::new(settings), Cell::new(0), Cell::new(0));
        let (limit, needs) = (SECOND * as_u32(deadline.0), SECOND * as_u32(deadline.1));
        let deadline = Deadline::after(limit, needs);
        let note = || noted.set(noted.get() + 1);
        let call = || {
            tries.set(tries.get() + 1);
            let answer = answer(tries.get());
            async { answer }
        };
        let answer: Outcome = retry.run(&deadline, note, call).await;
        Told { tries: tries.get(), noted: noted.get(), answer, time: gone() }
    })
}

fn as_u32(seconds: u64) -> u32 {
    u32::try_from(seconds).unwrap()
}

fn tries_of(answer: &Outcome) -> u32 {
    told(RetrySettings::default(), (60, 40), |_| answer.clone()).tries
}

#[test]
fn what_does_not_arrive_is_tried_four_times_within_nine_seconds() {
    let told = told(RetrySettings::default(), (60, 40), |_| unreachable());
    assert_eq!((told.tries, told.noted, told.time), (4, 3, SECOND * 9), "no wait after the last");
    assert_eq!(told.answer, unreachable());
}

#[test]
fn no_retries_means_one_try() {
    let settings = RetrySettings { retries: 0, wait: SECOND };
    let told = told(settings, (60, 40), |_| unreachable());
    assert_eq!((told.tries, told.noted, told.time), (1, 0, Duration::ZERO));
}

#[test]
fn what_arrives_at_last_is_the_answer() {
    let answer = |n| if n < 4 { unreachable() } else { declined() };
    let told = told(RetrySettings::default(), (60, 40), answer);
    assert_eq!((told.tries, told.answer), (4, declined()));
}

#[test]
fn what_arrives_at_once_takes_no_time() {
    let told = told(RetrySettings::default(), (60, 40), |_| declined());
    assert_eq!((told.tries, told.noted, told.time), (1, 0, Duration::ZERO));
}

#[test]
fn silence_after_a_missing_connection_ends_the_tries() {
    let answer = |n| if n < 2 { unreachable() } else { silence() };
    let told = told(RetrySettings::default(), (60, 40), answer);
    assert_eq!((told.tries, told.answer), (2, silence()));
}

#[test]
fn silence_is_not_tried_again() {
    assert_eq!(tries_of(&silence()), 1);
}

#[test]
fn an_answer_that_proves_nothing_is_not_tried_again() {
    let raced = Outcome::Unknown { cause: UnknownCause::Answer, reason: String::new() };
    assert_eq!(tries_of(&raced), 1);
}

#[test]
fn a_decline_is_not_tried_again() {
    assert_eq!(tries_of(&declined()), 1);
}

#[test]
fn an_open_circuit_is_not_tried_again() {
    assert_eq!(tries_of(&Outcome::not_sent(NotSentCause::CircuitOpen, "")), 1);
}

#[test]
fn a_full_bulkhead_is_not_tried_again() {
    assert_eq!(tries_of(&Outcome::not_sent(NotSentCause::Busy, "")), 1);
}

#[test]
fn a_request_that_cannot_be_made_is_not_tried_again() {
    assert_eq!(tries_of(&Outcome::not_sent(NotSentCause::Unfit, "")), 1);
}

#[test]
fn a_closed_provider_is_not_tried_again() {
    assert_eq!(tries_of(&Outcome::not_sent(NotSentCause::Closed, "")), 1);
}

#[test]
fn no_try_begins_that_could_not_end_in_time() {
    // 10 s, of which a call needs 5: the wait of 3 s fits once.
    let told = told(RetrySettings::default(), (10, 5), |_| unreachable());
    assert_eq!((told.tries, told.time), (2, SECOND * 3));
}

#[test]
fn a_wait_that_ends_exactly_in_time_is_made() {
    let told = told(RetrySettings::default(), (14, 5), |_| unreachable());
    assert_eq!((told.tries, told.time), (4, SECOND * 9));
}

#[test]
fn who_goes_away_between_two_tries_is_not_tried_for_again() {
    story(async {
        let (retry, tries) = (Retry::new(RetrySettings::default()), Cell::new(0));
        let deadline = Deadline::after(SECOND * 60, SECOND);
        let trying = retry.run(
            &deadline,
            || (),
            || async {
                tries.set(tries.get() + 1);
                unreachable()
            },
        );
        let leaving = time::pause(SECOND * 4);
        select(Box::pin(trying), Box::pin(leaving)).await;
        time::pause(SECOND * 60).await;
        assert_eq!(tries.get(), 2);
    });
}

#[test]
fn two_who_try_wait_each_for_themselves() {
    story(async {
        let retry = Retry::new(RetrySettings::default());
        let deadline = Deadline::after(SECOND * 60, SECOND);
        let trying = || retry.run(&deadline, || (), || async { unreachable() });
        let answers: (Outcome, Outcome) = join(trying(), trying()).await;
        assert_eq!((answers, gone()), ((unreachable(), unreachable()), SECOND * 9));
    });
}

#[test]
fn a_call_is_over_at_its_limit() {
    story(async {
        let deadline = Deadline::after(SECOND * 60, SECOND);
        let answer: Outcome = time_out::run(SECOND * 40, &deadline, pending()).await;
        assert_eq!((answer.unknown_cause(), gone()), (Some(UnknownCause::Silence), SECOND * 40));
    });
}

#[test]
fn a_call_is_over_at_the_deadline_if_that_comes_first() {
    story(async {
        let deadline = Deadline::after(SECOND * 15, Duration::ZERO);
        let answer: Outcome = time_out::run(SECOND * 40, &deadline, pending()).await;
        assert_eq!((answer.unknown_cause(), gone()), (Some(UnknownCause::Silence), SECOND * 15));
    });
}

#[test]
fn an_answer_at_the_very_last_moment_is_heard() {
    story(async {
        let deadline = Deadline::after(SECOND * 60, SECOND);
        let late = async {
            time::pause(SECOND * 40).await;
            declined()
        };
        let answer: Outcome = time_out::run(SECOND * 40, &deadline, late).await;
        assert_eq!((answer, gone()), (declined(), SECOND * 40));
    });
}
