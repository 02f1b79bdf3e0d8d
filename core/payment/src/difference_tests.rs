//! One payment's attempts against its movements.

use jangbogo_kernel::{Id, Timestamp, Uuid};

use super::*;
use crate::{Operation, RefundId, RefundPart, Way};

const TOTAL: Money = Money::won(1_000);

fn attempt(number: u64, operation: Operation, state: AttemptState, amount: i64) -> Attempt {
    let id = Uuid::from_u64_pair(0, number);
    let at = Timestamp::from_micros(0);
    Attempt {
        id: Id::new(id),
        intent: Id::new(Uuid::nil()),
        order: Id::new(Uuid::nil()),
        buyer: Id::new(Uuid::nil()),
        number: 1,
        operation,
        provider: ProviderName("kakaopay".to_owned()),
        merchant_ref: "pay_1".to_owned(),
        amount: Money::won(amount),
        state,
        version: 1,
        session: None,
        provider_transaction: (state == AttemptState::Succeeded).then(|| format!("A{number}")),
        problem: None,
        raw: None,
        created_at: at,
        sent_at: Some(at),
        settled_at: None,
        due_at: None,
        lookups: 0,
        missing_since: None,
        is_surplus: false,
        way: Way::Session,
    }
}

fn capture(state: AttemptState) -> Attempt {
    attempt(1, Operation::Capture, state, 1_000)
}

fn refund(number: u64, state: AttemptState, amount: i64) -> Attempt {
    let part = RefundPart {
        request: RefundId::new(Uuid::nil()),
        refunded_before: Money::won(0),
        captured: TOTAL,
        returned: Vec::new(),
        reason: "변심".to_owned(),
    };
    attempt(number, Operation::Refund(part), state, amount)
}

fn moved(number: u64, amount: i64) -> ProviderTransaction {
    ProviderTransaction { id: format!("A{number}"), amount: Money::won(amount) }
}

fn books(captured: Option<i64>, refunds: &[(u64, i64)], is_over: bool) -> Looked {
    Looked {
        captured: captured.map(|amount| moved(1, amount)),
        refunds: refunds.iter().map(|(number, amount)| moved(*number, *amount)).collect(),
        is_over,
    }
}

fn classes(attempts: &[Attempt], looked: &Looked) -> Vec<DifferenceClass> {
    compare(attempts, looked).into_iter().map(|difference| difference.class).collect()
}

#[test]
fn equal_books_have_no_difference() {
    use AttemptState::{Aborted, Declined, NotSent, Succeeded, Unknown};
    let paid = [
        capture(Succeeded),
        refund(2, Succeeded, 300),
        refund(3, NotSent, 200),
        refund(4, Succeeded, 200),
    ];
    assert_eq!(classes(&paid, &books(Some(1_000), &[(2, 300), (4, 200)], false)), []);
    for state in [Declined, Aborted, NotSent, Unknown] {
        assert_eq!(classes(&[capture(state)], &books(None, &[], false)), []);
    }
    assert_eq!(classes(&[capture(Declined)], &books(None, &[], true)), []);
}

#[test]
fn each_kind_of_difference_is_told_in_both_directions_of_the_money() {
    use AttemptState::{Aborted, Declined, Succeeded, Unknown};
    use DifferenceClass::{MissingHere, MissingThere, OtherAmount, OtherState};
    let paid = capture(Succeeded);
    for (attempts, looked, expected) in [
        (vec![paid.clone()], books(None, &[], false), MissingThere),
        (vec![paid.clone()], books(Some(999), &[], false), OtherAmount),
        (vec![capture(Declined)], books(Some(1_000), &[], false), MissingHere),
        (vec![capture(Aborted)], books(Some(1_000), &[], false), MissingHere),
        (vec![capture(Unknown)], books(Some(1_000), &[], false), OtherState),
        (vec![capture(Unknown)], books(Some(999), &[], false), OtherAmount),
        (vec![capture(Unknown)], books(None, &[], true), OtherState),
        (
            vec![paid.clone(), refund(2, Succeeded, 300)],
            books(Some(1_000), &[], false),
            MissingThere,
        ),
        (
            vec![paid.clone(), refund(2, Succeeded, 300)],
            books(Some(1_000), &[(2, 301)], false),
            OtherAmount,
        ),
        (
            vec![paid.clone(), refund(2, Unknown, 300)],
            books(Some(1_000), &[(2, 300)], false),
            OtherState,
        ),
        (
            vec![paid.clone(), refund(2, Declined, 300)],
            books(Some(1_000), &[(2, 300)], false),
            MissingHere,
        ),
        // A refund that nobody here asked for.
        (vec![paid], books(Some(1_000), &[(9, 1)], false), MissingHere),
    ] {
        let found = compare(&attempts, &looked);
        let classes: Vec<_> = found.iter().map(|difference| difference.class).collect();
        assert_eq!(classes, [expected], "{attempts:?} {looked:?}");
        assert!(!found[0].is_repaired && found[0].merchant_ref == "pay_1");
    }
}

#[test]
fn another_movement_than_ours_is_two_differences() {
    let mut paid = capture(AttemptState::Succeeded);
    paid.provider_transaction = Some("A7".to_owned());
    let found = classes(&[paid], &books(Some(1_000), &[], false));
    assert_eq!(found, [DifferenceClass::MissingThere, DifferenceClass::MissingHere]);
}
