//! The layers together: their order, and that nothing is left behind.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use jangbogo_payment::{Circuit, NotSentCause, OperationHealth};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::fake::{Fake, capture, declined, silence, unreachable};
use super::*;

/// The default numbers with waits that a test can sit out.
fn quick() -> ResilienceSettings {
    let mut settings = ResilienceSettings::default();
    settings.retry.wait = Duration::from_millis(2);
    settings
}

fn around(fake: &Arc<Fake>, settings: &ResilienceSettings) -> Resilient {
    Resilient::new(Arc::clone(fake) as Arc<dyn PaymentProvider>, settings).unwrap()
}

fn health(resilient: &Resilient, operation: ProviderOperation) -> OperationHealth {
    let all = resilient.health().operations;
    all.into_iter().find(|health| health.operation == operation).unwrap()
}

fn cause(outcome: &Outcome) -> Option<NotSentCause> {
    match outcome {
        Outcome::NotSent { cause, .. } => Some(*cause),
        _ => None,
    }
}

#[tokio::test]
async fn what_did_not_arrive_is_tried_four_times_some_time_apart() {
    let fake = Fake::saying(unreachable());
    let mut settings = quick();
    settings.retry.wait = Duration::from_millis(20);
    let start = Instant::now();
    let outcome = around(&fake, &settings).capture(&capture()).await;
    assert_eq!((outcome, fake.calls()), (unreachable(), 4));
    assert!(start.elapsed() >= Duration::from_millis(60), "{:?}", start.elapsed());
}

#[tokio::test]
async fn the_first_answer_ends_the_repeats() {
    let answers = |n| if n < 3 { unreachable() } else { declined() };
    let fake = Fake::new(move |n| std::future::ready(answers(n)));
    let outcome = around(&fake, &quick()).capture(&capture()).await;
    assert_eq!((outcome, fake.calls()), (declined(), 3));
}

#[tokio::test]
async fn whatever_may_have_arrived_is_never_sent_again() {
    let closed = Outcome::NotSent { cause: NotSentCause::Closed, reason: "-429".to_owned() };
    let unfit = Outcome::NotSent { cause: NotSentCause::Unfit, reason: "dollars".to_owned() };
    for outcome in [silence(), declined(), closed, unfit] {
        let fake = Fake::saying(outcome.clone());
        assert_eq!(around(&fake, &quick()).capture(&capture()).await, outcome);
        assert_eq!(fake.calls(), 1, "{outcome:?}");
    }
}

#[tokio::test]
async fn repeats_end_before_a_call_would_be_cut_short() {
    let fake = Fake::saying(unreachable());
    // The call needs 40 s of these 60: after 20 s of waiting there is no time left.
    let retry = RetrySettings { retries: 1, wait: Duration::from_secs(20) };
    let settings = ResilienceSettings { retry, ..ResilienceSettings::default() };
    let outcome = around(&fake, &settings).capture(&capture()).await;
    assert_eq!((outcome, fake.calls()), (unreachable(), 1));
}

#[tokio::test]
async fn each_repeat_is_evidence_for_the_breaker_and_ends_at_it() {
    let fake = Fake::saying(unreachable());
    let resilient = around(&fake, &quick());
    for _ in 0..5 {
        resilient.capture(&capture()).await;
    }
    assert_eq!(fake.calls(), 20, "the breaker is inside of the retry");
    let outcome = resilient.capture(&capture()).await;
    assert_eq!(cause(&outcome), Some(NotSentCause::CircuitOpen), "and its answer is the last");
    assert_eq!(fake.calls(), 20);
    let capture = health(&resilient, ProviderOperation::Capture);
    assert_eq!((capture.circuit, capture.calls, capture.failures), (Circuit::Open, 20, 20));
}

#[tokio::test]
async fn a_sick_operation_leaves_the_others_alone() {
    let fake = Fake::saying(silence());
    let resilient = around(&fake, &quick());
    for _ in 0..20 {
        resilient.capture(&capture()).await;
    }
    assert!(!resilient.health().is_available());
    for operation in [ProviderOperation::Refund, ProviderOperation::Lookup] {
        assert_eq!(health(&resilient, operation).circuit, Circuit::Closed);
    }
    resilient.lookup("T1").await.unwrap_err();
    assert_eq!(fake.calls(), 21, "the books can still be asked");
}

#[tokio::test]
async fn a_full_bulkhead_is_no_evidence_and_no_reason_to_repeat() {
    let fake = Fake::new(|_| std::future::pending());
    let mut settings = quick();
    settings.money =
        BulkheadSettings { parallel: 1, parallel_max: 1, queue_max: 1, wait: Duration::ZERO };
    let resilient = Arc::new(around(&fake, &settings));
    let first = tokio::spawn({
        let resilient = Arc::clone(&resilient);
        async move { resilient.capture(&capture()).await }
    });
    while fake.calls() == 0 {
        tokio::task::yield_now().await;
    }
    for _ in 0..100 {
        assert_eq!(cause(&resilient.capture(&capture()).await), Some(NotSentCause::Busy));
    }
    let held = health(&resilient, ProviderOperation::Capture);
    assert_eq!((held.calls, held.running, held.waiting), (0, 1, 0));
    assert_eq!(fake.calls(), 1);
    first.abort();
}

#[tokio::test]
async fn a_call_that_takes_too_long_is_silence_and_evidence() {
    let mut fake = Fake::new(|_| std::future::pending());
    Arc::get_mut(&mut fake).unwrap().profile.call_deadline = Duration::from_millis(5);
    let resilient = around(&fake, &quick());
    let outcome = resilient.capture(&capture()).await;
    assert!(matches!(outcome, Outcome::Unknown { .. }), "{outcome:?}");
    let capture = health(&resilient, ProviderOperation::Capture);
    assert_eq!((capture.calls, capture.failures, capture.running), (1, 1, 0));
}

#[tokio::test]
async fn a_question_is_over_at_its_deadline_with_all_repeats() {
    let fake = Fake::saying(unreachable());
    let settings = ResilienceSettings {
        question_deadline: Duration::from_millis(30),
        retry: RetrySettings { retries: 10, wait: Duration::from_millis(25) },
        ..ResilienceSettings::default()
    };
    let start = Instant::now();
    around(&fake, &settings).lookup("T1").await.unwrap_err();
    assert!(start.elapsed() < Duration::from_millis(500), "{:?}", start.elapsed());
    assert!((1..=2).contains(&fake.calls()), "{}", fake.calls());
}

/// How many calls were under way at most, of so many at once.
async fn crowd(operation: ProviderOperation, callers: usize) -> (usize, usize) {
    let (inside, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let door = Arc::new(Semaphore::new(0));
    let held = (Arc::clone(&inside), Arc::clone(&most), Arc::clone(&door));
    let fake = Fake::new(move |_| {
        let (inside, most, door) = held.clone();
        async move {
            let now = inside.fetch_add(1, Ordering::SeqCst) + 1;
            most.fetch_max(now, Ordering::SeqCst);
            door.acquire().await.unwrap().forget();
            inside.fetch_sub(1, Ordering::SeqCst);
            declined()
        }
    });
    let resilient = Arc::new(around(&fake, &ResilienceSettings::default()));
    let mut calls = JoinSet::new();
    for _ in 0..callers {
        let resilient = Arc::clone(&resilient);
        calls.spawn(async move {
            if operation == ProviderOperation::Capture {
                return cause(&resilient.capture(&capture()).await).is_some();
            }
            matches!(resilient.lookup("T1").await, Err(ProviderError::NotSent { .. }))
        });
    }
    // Everybody has come in, queued or been turned away before the door opens.
    for _ in 0..callers * 4 {
        tokio::task::yield_now().await;
    }
    door.add_permits(callers);
    let mut refused = 0;
    while let Some(was_refused) = calls.join_next().await {
        refused += usize::from(was_refused.unwrap());
    }
    (most.load(Ordering::SeqCst), refused)
}

#[tokio::test]
async fn fifty_captures_run_at_once_and_the_others_wait() {
    assert_eq!(crowd(ProviderOperation::Capture, 200).await, (50, 0));
}

#[tokio::test]
async fn twenty_lookups_run_fifty_queue_thirty_more_run_and_the_rest_is_refused() {
    assert_eq!(crowd(ProviderOperation::Lookup, 20).await, (20, 0));
    assert_eq!(crowd(ProviderOperation::Lookup, 70).await, (20, 0));
    assert_eq!(crowd(ProviderOperation::Lookup, 100).await, (50, 0));
    assert_eq!(crowd(ProviderOperation::Lookup, 120).await, (50, 20));
}

#[tokio::test]
async fn ten_thousand_dropped_calls_leak_nothing() {
    let fake = Fake::new(|_| std::future::pending());
    let resilient = Arc::new(around(&fake, &ResilienceSettings::default()));
    for _ in 0..100 {
        let mut calls = JoinSet::new();
        for _ in 0..100 {
            let resilient = Arc::clone(&resilient);
            calls.spawn(async move { resilient.capture(&capture()).await });
        }
        for _ in 0..3 {
            tokio::task::yield_now().await;
        }
        // Half of them are under way and half of them wait; all are dropped.
        let held = health(&resilient, ProviderOperation::Capture);
        assert_eq!((held.running, held.waiting), (50, 50));
        calls.shutdown().await;
    }
    let left = health(&resilient, ProviderOperation::Capture);
    assert_eq!((left.running, left.waiting, left.calls), (0, 0, 0));
    assert_eq!(left.circuit, Circuit::Closed);
}

#[tokio::test]
async fn the_profile_tells_the_whole_deadline() {
    let resilient = around(&Fake::saying(declined()), &ResilienceSettings::default());
    assert_eq!(resilient.profile().call_deadline, Duration::from_mins(1));
    assert_eq!(resilient.mentioned("{}"), None);
}
