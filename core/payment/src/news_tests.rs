//! News in every order about one attempt.

use std::time::Duration;

use jangbogo_kernel::{Id, Money, Timestamp, Uuid};
use proptest::prelude::*;

use super::*;
use crate::{NotSentCause, ProviderName, RefundPart, UnknownCause, Way};

fn start() -> Timestamp {
    Timestamp::from_micros(1_000_000_000)
}

fn profile() -> ProviderProfile {
    ProviderProfile {
        name: ProviderName("test".to_owned()),
        proof: vec![],
        session_life: Duration::from_mins(15),
        call_deadline: Duration::from_secs(17),
        horizon: Duration::from_mins(2),
    }
}

fn take(attempt: &mut Attempt, news: &News, now: Timestamp) -> Settlement {
    attempt.take(news, Setting { profile: &profile(), order_takes_it: true }, now)
}

fn created() -> Attempt {
    Attempt {
        id: Id::new(Uuid::nil()),
        intent: Id::new(Uuid::nil()),
        order: Id::new(Uuid::nil()),
        buyer: Id::new(Uuid::nil()),
        number: 1,
        operation: Operation::Capture,
        provider: ProviderName("test".to_owned()),
        merchant_ref: "pay_0".to_owned(),
        amount: Money::won(1_000),
        state: AttemptState::Created,
        version: 1,
        session: None,
        provider_transaction: None,
        problem: None,
        raw: None,
        created_at: start(),
        sent_at: None,
        settled_at: None,
        due_at: None,
        lookups: 0,
        missing_since: None,
        is_surplus: false,
        way: Way::Session,
    }
}

fn sent() -> Attempt {
    let mut attempt = created();
    assert!(attempt.send(start()).is_some());
    attempt
}

fn done(won: i64) -> News {
    let transaction = ProviderTransaction { id: "A1".to_owned(), amount: Money::won(won) };
    News::Answer(Outcome::Done { transaction, raw: String::new() })
}

fn declined() -> News {
    News::Answer(Outcome::Declined { code: "-780".to_owned(), message: "no".to_owned() })
}

fn silence() -> News {
    News::Answer(Outcome::Unknown {
        cause: UnknownCause::Silence,
        reason: "read time-out".to_owned(),
    })
}

fn nothing() -> News {
    News::Lookup(Looked { captured: None, refunds: vec![], is_over: false })
}

#[test]
fn an_attempt_is_sent_once() {
    let mut attempt = sent();
    assert!(attempt.send(start()).is_none());
    assert!(attempt.abort("too late", start()).is_none());
}

#[test]
fn silence_is_not_a_failure() {
    let mut attempt = sent();
    assert!(matches!(take(&mut attempt, &silence(), start()), Settlement::Step(_)));
    assert_eq!(attempt.state, AttemptState::Unknown);
    assert_eq!(attempt.due_at, Some(start().plus(Duration::from_secs(5))));
    assert!(matches!(take(&mut attempt, &done(1_000), start()), Settlement::Step(_)));
    assert_eq!(attempt.state, AttemptState::Succeeded);
}

#[test]
fn another_amount_is_never_adopted() {
    let mut attempt = sent();
    assert!(matches!(take(&mut attempt, &done(999), start()), Settlement::Step(_)));
    assert_eq!(attempt.state, AttemptState::Manual);
    assert_eq!(attempt.provider_transaction, None);
}

#[test]
fn money_that_its_order_cannot_take_in_is_a_person_s_to_judge() {
    let mut attempt = sent();
    let setting = Setting { profile: &profile(), order_takes_it: false };
    assert!(matches!(attempt.take(&done(1_000), setting, start()), Settlement::Step(_)));
    assert_eq!(attempt.state, AttemptState::Manual);
}

#[test]
fn money_that_shows_itself_late_is_taken_in_whoever_takes_it() {
    let given_up = || {
        let mut attempt = sent();
        let refused = Outcome::NotSent {
            cause: NotSentCause::Unreachable,
            reason: "connection refused".to_owned(),
        };
        take(&mut attempt, &News::Answer(refused), start());
        assert_eq!(attempt.state, AttemptState::NotSent);
        attempt
    };
    let session = Some(crate::contract::Purchase::session("T1"));
    let mut late = Attempt { session: session.clone(), ..given_up() };
    let setting = Setting { profile: &profile(), order_takes_it: false };
    let answer = late.take(&done(1_000), setting, start());
    assert!(matches!(answer, Settlement::Step(_)), "{answer:?}");
    assert_eq!(late.state, AttemptState::Succeeded);
    let other = done(999);
    for (news, mut attempt) in [
        (&other, Attempt { session, ..given_up() }),
        // Without a session there is no name to give it back under.
        (&done(1_000), given_up()),
    ] {
        let answer = attempt.take(news, setting, start());
        assert!(matches!(answer, Settlement::Contradiction(_)), "{answer:?}");
        assert_eq!(attempt.state, AttemptState::NotSent);
    }
}

#[test]
fn surplus_that_the_provider_does_not_give_back_waits_for_a_person() {
    let mut back = Attempt { is_surplus: true, ..sent() };
    assert!(matches!(take(&mut back, &declined(), start()), Settlement::Step(_)));
    assert_eq!(back.state, AttemptState::Manual);
}

#[test]
fn a_young_not_found_proves_nothing_and_two_old_ones_do() {
    let mut attempt = sent();
    let at = |secs| start().plus(Duration::from_secs(secs));
    let _ = take(&mut attempt, &News::Orphaned, at(22));
    for secs in [30, 60, 119] {
        assert_eq!(take(&mut attempt, &nothing(), at(secs)), Settlement::Wait);
    }
    assert_eq!(take(&mut attempt, &nothing(), at(120)), Settlement::Wait);
    assert_eq!(take(&mut attempt, &nothing(), at(149)), Settlement::Wait);
    assert!(matches!(take(&mut attempt, &nothing(), at(150)), Settlement::Step(_)));
    assert_eq!(attempt.state, AttemptState::NotSent);
}

#[test]
fn a_day_of_silence_is_a_person_s_to_judge() {
    let mut attempt = sent();
    let _ = take(&mut attempt, &silence(), start());
    let failed = News::LookupFailed("down".to_owned());
    let tomorrow = start().plus(Duration::from_hours(24));
    assert!(matches!(take(&mut attempt, &failed, tomorrow), Settlement::Step(_)));
    assert_eq!(attempt.state, AttemptState::Manual);
}

#[test]
fn contradicting_news_change_nothing() {
    let mut attempt = sent();
    let _ = take(&mut attempt, &done(1_000), start());
    let before = attempt.clone();
    let answer = take(&mut attempt, &declined(), start());
    assert!(matches!(answer, Settlement::Contradiction(_)));
    assert_eq!(attempt, before);
    assert_eq!(take(&mut attempt, &done(1_000), start()), Settlement::Known);
}

#[test]
fn a_refund_that_was_not_sent_is_tried_again_later_and_later() {
    let mut refund = created();
    refund.operation = Operation::Refund(RefundPart {
        request: Id::new(Uuid::nil()),
        refunded_before: Money::won(0),
        captured: Money::won(1_000),
        returned: vec![],
        reason: "too big".to_owned(),
    });
    let not_sent = News::Answer(Outcome::NotSent {
        cause: NotSentCause::Unreachable,
        reason: "refused connection".to_owned(),
    });
    let mut tries = vec![refund];
    let mut waits = Vec::new();
    for _ in 0..9 {
        let last = tries.last_mut().unwrap();
        assert!(last.send(start()).is_some());
        assert!(matches!(take(last, &not_sent, start()), Settlement::Step(_)));
        let next = tries.last().unwrap().next_try(&tries, Id::new(Uuid::nil()), start()).unwrap();
        assert_eq!((next.state, next.version), (AttemptState::Created, 1));
        waits.push(next.due_at.unwrap().since(start()).as_secs());
        tries.push(next);
    }
    assert_eq!(waits, [60, 120, 240, 480, 960, 1_920, 3_600, 3_600, 3_600]);
    assert!(tries.iter().map(|attempt| attempt.number).eq(1..=10));
}

#[test]
fn only_a_refund_that_was_surely_not_sent_is_tried_again() {
    let mut capture = sent();
    let not_sent = News::Answer(Outcome::NotSent {
        cause: NotSentCause::Unreachable,
        reason: "refused connection".to_owned(),
    });
    assert!(matches!(take(&mut capture, &not_sent, start()), Settlement::Step(_)));
    assert!(capture.next_try(&[], Id::new(Uuid::nil()), start()).is_none());
}

proptest! {
    /// I17: whatever the order and number of consistent news, the end is the same.
    #[test]
    fn the_order_of_news_does_not_matter(
        order in proptest::collection::vec(0..3_u8, 0..8),
        really_done: bool,
    ) {
        let truth = if really_done { done(1_000) } else { declined() };
        let mut attempt = sent();
        for news in order {
            let news = match news {
                0 => silence(),
                1 => News::LookupFailed("down".to_owned()),
                _ => truth.clone(),
            };
            let settled = take(&mut attempt, &news, start());
            prop_assert!(!matches!(settled, Settlement::Contradiction(_)));
        }
        let _ = take(&mut attempt, &truth, start());
        let end = if really_done { AttemptState::Succeeded } else { AttemptState::Declined };
        prop_assert_eq!(attempt.state, end);
    }
}

fn manual() -> Attempt {
    let mut attempt = sent();
    assert!(matches!(take(&mut attempt, &done(900), start()), Settlement::Step(_)));
    assert_eq!(attempt.state, AttemptState::Manual);
    attempt
}

fn stated(moved: Option<(&str, i64)>) -> News {
    let moved = moved.map(|(id, won)| (id.to_owned(), Money::won(won)));
    let moved = moved.map(|(id, amount)| Verdict::Moved(ProviderTransaction { id, amount }));
    News::Stated(Statement {
        by: Id::new(Uuid::from_u128(7)),
        verdict: moved.unwrap_or(Verdict::DidNotHappen),
        reason: "seen in the console".to_owned(),
    })
}

#[test]
fn a_person_decides_what_waits_for_a_person() {
    for (word, expected, moved) in [
        (stated(Some(("A1", 1_000))), AttemptState::Succeeded, Some("A1")),
        (stated(None), AttemptState::NotSent, None),
    ] {
        let mut attempt = manual();
        let Settlement::Step(step) = take(&mut attempt, &word, start()) else {
            panic!("{attempt:?}");
        };
        assert_eq!((attempt.state, attempt.provider_transaction.as_deref()), (expected, moved));
        assert!(step.reason.starts_with("stated by mem_"), "{}", step.reason);
        assert!(step.reason.ends_with(": seen in the console"), "{}", step.reason);
        let problem = attempt.problem.clone().unwrap_or_default();
        assert!(!problem.contains("mem_") && !problem.contains("console"), "{problem}");
        assert_eq!(take(&mut attempt, &word, start()), Settlement::Known, "said again");
        let opposite = stated(moved.is_none().then_some(("A1", 1_000)));
        let before = attempt.clone();
        let answer = take(&mut attempt, &opposite, start());
        assert!(matches!(answer, Settlement::Contradiction(_)), "{answer:?}");
        assert_eq!(attempt, before);
    }
}

#[test]
fn a_person_decides_nothing_else() {
    let mut unknown = sent();
    take(&mut unknown, &silence(), start());
    let mut declined_one = sent();
    take(&mut declined_one, &declined(), start());
    for attempt in [created(), sent(), unknown, declined_one] {
        for word in [stated(Some(("A1", 1_000))), stated(None)] {
            let mut after = attempt.clone();
            let answer = take(&mut after, &word, start());
            assert!(matches!(answer, Settlement::Contradiction(_)), "{:?}", attempt.state);
            assert_eq!(after, attempt);
        }
    }
}

#[test]
fn a_person_s_word_is_no_reason_to_adopt_another_amount_or_a_lost_order() {
    let mut attempt = manual();
    let answer = take(&mut attempt, &stated(Some(("A1", 900))), start());
    assert!(matches!(answer, Settlement::Contradiction(_)), "{answer:?}");
    let setting = Setting { profile: &profile(), order_takes_it: false };
    let answer = attempt.take(&stated(Some(("A1", 1_000))), setting, start());
    assert!(matches!(answer, Settlement::Contradiction(_)), "{answer:?}");
    assert_eq!(attempt, manual());
}
