//! The bulkhead's conformance, on a paused clock.

use std::cell::RefCell;
use std::future::{Future, pending};
use std::panic::AssertUnwindSafe;
use std::rc::Rc;
use std::task::{Context, Waker};
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::{join, join_all};
use jangbogo_payment::{NotSentCause, Outcome};

use super::answer::Answer as _;
use super::bulkhead::Bulkhead;
use super::deadline::Deadline;
use super::fake::declined;
use super::settings::BulkheadSettings;
use super::time;
use super::time::paused::{gone, story};

const SECOND: Duration = Duration::from_secs(1);
const WAIT: Duration = Duration::from_secs(10);

fn bulkhead(parallel: u32, parallel_max: u32, queue_max: u32) -> Bulkhead {
    Bulkhead::new(BulkheadSettings { parallel, parallel_max, queue_max, wait: WAIT })
}

fn no_hurry() -> Deadline {
    Deadline::after(Duration::from_hours(1), Duration::ZERO)
}

/// A call that takes so long.
async fn takes(time: Duration) -> Outcome {
    time::pause(time).await;
    declined()
}

async fn enters(bulkhead: &Bulkhead, time: Duration) -> Option<NotSentCause> {
    let answer: Outcome = bulkhead.run(&no_hurry(), || takes(time)).await;
    answer.not_sent_cause()
}

fn poll_once<F: Future>(future: std::pin::Pin<&mut F>) -> bool {
    future.poll(&mut Context::from_waker(Waker::noop())).is_ready()
}

const BUSY: Option<NotSentCause> = Some(NotSentCause::Busy);

#[test]
fn as_many_as_there_are_places_run_at_once() {
    story(async {
        let bulkhead = bulkhead(3, 3, 0);
        let answers = join_all((0..3).map(|_| enters(&bulkhead, SECOND))).await;
        assert_eq!((answers, gone()), (vec![None; 3], SECOND));
    });
}

#[test]
fn the_next_one_waits_for_a_place() {
    story(async {
        let bulkhead = bulkhead(1, 1, 1);
        let answers = join(enters(&bulkhead, SECOND), enters(&bulkhead, SECOND)).await;
        assert_eq!((answers, gone()), ((None, None), SECOND * 2), "one after the other");
    });
}

#[test]
fn who_waits_is_served_in_the_order_of_coming() {
    story(async {
        let (bulkhead, order) = (bulkhead(1, 1, 10), Rc::new(RefCell::new(Vec::new())));
        join_all((0..5).map(|n| {
            let (bulkhead, order) = (&bulkhead, Rc::clone(&order));
            async move {
                let call = || async {
                    order.borrow_mut().push(n);
                    takes(SECOND).await
                };
                bulkhead.run(&no_hurry(), call).await
            }
        }))
        .await;
        assert_eq!(*order.borrow(), [0, 1, 2, 3, 4]);
    });
}

#[test]
fn who_waits_too_long_is_refused_and_the_call_is_never_made() {
    story(async {
        let bulkhead = bulkhead(1, 1, 1);
        let made = RefCell::new(false);
        let late = async {
            let call = || async {
                *made.borrow_mut() = true;
                declined()
            };
            let answer: Outcome = bulkhead.run(&no_hurry(), call).await;
            (answer.not_sent_cause(), gone())
        };
        let (_, (late, after)) = join(enters(&bulkhead, WAIT * 2), late).await;
        assert_eq!((late, after), (BUSY, WAIT));
        assert!(!*made.borrow());
    });
}

#[test]
fn a_place_that_becomes_free_at_the_last_moment_is_taken() {
    story(async {
        let bulkhead = bulkhead(1, 1, 1);
        let first = enters(&bulkhead, WAIT.saturating_sub(Duration::from_nanos(1)));
        assert_eq!(join(first, enters(&bulkhead, SECOND)).await, (None, None));
    });
}

#[test]
fn the_wait_leaves_the_call_the_time_that_it_needs() {
    story(async {
        let bulkhead = bulkhead(1, 1, 1);
        let hurried = async {
            let deadline = Deadline::after(SECOND * 5, SECOND * 3);
            let answer: Outcome = bulkhead.run(&deadline, || takes(SECOND)).await;
            (answer.not_sent_cause(), gone())
        };
        let (_, hurried) = join(enters(&bulkhead, WAIT), hurried).await;
        assert_eq!(hurried, (BUSY, SECOND * 2));
    });
}

#[test]
fn a_call_that_has_no_time_is_refused_at_once_though_there_is_room() {
    story(async {
        let bulkhead = bulkhead(1, 1, 1);
        let deadline = Deadline::after(SECOND, SECOND * 2);
        let answer: Outcome = bulkhead.run(&deadline, || takes(SECOND)).await;
        assert_eq!((answer.not_sent_cause(), gone()), (BUSY, Duration::ZERO));
    });
}

#[test]
fn beyond_the_queue_the_reserve_is_taken() {
    story(async {
        let bulkhead = bulkhead(1, 3, 1);
        let answers = join_all((0..4).map(|_| enters(&bulkhead, SECOND))).await;
        assert_eq!(answers, [None; 4]);
        assert_eq!(gone(), SECOND * 2, "three at once, and the one in the queue after them");
    });
}

#[test]
fn beyond_the_reserve_everybody_is_refused_at_once() {
    story(async {
        let bulkhead = bulkhead(1, 2, 1);
        let fourth = async { (enters(&bulkhead, SECOND).await, gone()) };
        let three = join_all((0..3).map(|_| enters(&bulkhead, SECOND)));
        let (three, fourth) = join(three, fourth).await;
        assert_eq!((three, fourth), (vec![None; 3], (BUSY, Duration::ZERO)));
    });
}

#[test]
fn without_a_queue_there_is_no_wait() {
    story(async {
        let bulkhead = bulkhead(1, 1, 0);
        let second = async { (enters(&bulkhead, SECOND).await, gone()) };
        let (first, second) = join(enters(&bulkhead, SECOND), second).await;
        assert_eq!((first, second), (None, (BUSY, Duration::ZERO)));
    });
}

#[test]
fn who_is_looked_at_tells_who_runs_and_who_waits() {
    story(async {
        let bulkhead = bulkhead(1, 2, 1);
        let seen = async {
            time::pause(SECOND / 2).await;
            let busy = (bulkhead.running(), bulkhead.waiting());
            time::pause(SECOND).await;
            (busy, (bulkhead.running(), bulkhead.waiting()))
        };
        let (_, seen) = join(join_all((0..3).map(|_| enters(&bulkhead, SECOND))), seen).await;
        assert_eq!(seen, ((2, 1), (1, 0)));
        assert_eq!((bulkhead.running(), bulkhead.waiting()), (0, 0));
    });
}

#[test]
fn a_call_that_is_dropped_leaves_its_place_to_who_waits() {
    story(async {
        let bulkhead = bulkhead(1, 1, 1);
        let deadline = no_hurry();
        let mut hanging = Box::pin(bulkhead.run(&deadline, pending::<Outcome>));
        assert!(!poll_once(hanging.as_mut()));
        let dropped = async {
            time::pause(SECOND).await;
            drop(hanging);
        };
        let (served, ()) = join(enters(&bulkhead, SECOND), dropped).await;
        assert_eq!((served, gone()), (None, SECOND * 2));
    });
}

#[test]
fn who_is_dropped_while_waiting_leaves_the_queue() {
    story(async {
        let bulkhead = bulkhead(1, 1, 1);
        let deadline = no_hurry();
        let mut hanging = Box::pin(bulkhead.run(&deadline, pending::<Outcome>));
        assert!(!poll_once(hanging.as_mut()));
        for _ in 0..1_000 {
            let mut waiting = Box::pin(bulkhead.run(&deadline, pending::<Outcome>));
            assert!(!poll_once(waiting.as_mut()));
            assert_eq!(bulkhead.waiting(), 1);
        }
        assert_eq!((bulkhead.running(), bulkhead.waiting()), (1, 0));
    });
}

#[test]
fn a_call_that_panics_leaves_its_place() {
    story(async {
        let bulkhead = bulkhead(1, 1, 0);
        let deadline = no_hurry();
        let broken = bulkhead.run(&deadline, || async { broken_call() });
        AssertUnwindSafe(broken).catch_unwind().await.unwrap_err();
        assert_eq!(enters(&bulkhead, SECOND).await, None);
    });
}

fn broken_call() -> Outcome {
    std::panic::resume_unwind(Box::new("a defect"))
}
