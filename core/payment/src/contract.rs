//! What an adapter of the payment's ports must prove.
//!
//! Every function takes a fresh store, acts, and says in words what it found broken. An error that
//! it returns is the store's own: what it tried should have worked.

mod agreements;
mod books;
mod ground;
mod janitor;
mod locks;
mod provider;
mod reconciliations;
mod reviews;
mod surplus;

pub use agreements::{
    a_payment_grants_one_agreement, an_agreement_ends_once, an_agreement_has_one_live_charge,
    what_an_answer_brought_is_kept,
};
pub use books::attempts_are_found_by_their_last_change;
pub use ground::Purchase;
pub use janitor::{
    lookups_are_claimed_once_at_a_time, lookups_are_claimed_until_the_lease_is_over,
    sent_attempts_are_orphans_after_their_time, stale_captures_are_found,
    waiting_refunds_are_found,
};

pub use locks::an_attempt_is_locked_after_its_order;
pub use provider::{
    PayingBuyer, a_forged_proof_takes_nothing, an_agreed_amount_is_taken_once,
    an_unknown_session_is_refused, refunds_never_exceed_the_capture,
    the_books_list_every_movement_of_a_period, who_gives_up_is_not_charged,
};

pub use reconciliations::{
    a_comparison_is_kept_with_what_it_found, comparisons_are_listed_newest_first,
};
pub use reviews::{
    an_attempt_is_found_by_its_movement, the_steps_of_an_attempt_are_told,
    what_waits_for_a_person_is_listed,
};

pub use surplus::surplus_stands_beside_the_payment;

use jangbogo_kernel::contract::{both, missing};
use jangbogo_kernel::{IdGenerator, Money, Store, StoreError, Timestamp};

use crate::{
    Attempt, AttemptId, AttemptState, LedgerTransaction, PaymentQueries, PaymentRepository,
    Transaction,
};

/// The states in which an attempt's money may have moved or will.
const LIVE: [AttemptState; 4] =
    [AttemptState::Created, AttemptState::Sent, AttemptState::Unknown, AttemptState::Manual];
/// The states in which it surely has not and will not.
const OVER: [AttemptState; 3] =
    [AttemptState::Declined, AttemptState::NotSent, AttemptState::Aborted];

/// An order has one intent, whoever comes first.
pub async fn an_order_has_one_intent(
    store: &dyn Store<dyn Transaction>,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let purchase = Purchase::stored(store, ids, now).await?;
    let other = Purchase::stored(store, ids, now).await?;
    let mut tx = store.begin().await?;
    let payments: &mut dyn PaymentRepository = tx.payments();
    let found = payments.find_intent(purchase.order.id).await?;
    assert_eq!(found, Some(purchase.intent), "as it was added");
    let found = payments.find_intent(other.order.id).await?;
    assert_eq!(found, Some(other.intent), "each order has its own");
    assert_eq!(payments.find_intent(ids.next()).await?, None, "no order");
    let second = crate::PaymentIntent { id: ids.next(), ..purchase.intent };
    let refused = payments.add_intent(&second).await;
    let retryable = refused.is_err_and(|error| error.is_retryable());
    assert!(retryable, "a second intent of one order was added");
    Ok(())
}

/// Captures and refunds are found as they were added, oldest first.
pub async fn attempts_are_found_as_they_were_added(
    store: &dyn Store<dyn Transaction>,
    queries: &dyn PaymentQueries,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let purchase = Purchase::stored(store, ids, now).await?;
    let other = Purchase::stored(store, ids, now).await?;
    let full = Attempt {
        session: Some(Purchase::session("T1")),
        problem: Some("-780: 승인 실패".to_owned()),
        raw: Some(r#"{"aid":"A1"}"#.to_owned()),
        due_at: Some(now),
        lookups: 3,
        missing_since: Some(now),
        ..purchase.capture(1, AttemptState::Succeeded, ids)
    };
    let empty = Attempt { problem: None, ..purchase.capture(2, AttemptState::Aborted, ids) };
    let mut refund = purchase.refund(3, AttemptState::Succeeded, ids);
    let nothing_back = purchase.refund(4, AttemptState::Created, ids);
    if let crate::Operation::Refund(part) = &mut refund.operation {
        part.returned = purchase.pieces();
        part.refunded_before = Money::won(7);
    }
    let added = [full, empty, refund, nothing_back];
    let mut tx = store.begin().await?;
    // Numbers tell their age, not the order in which they were added.
    for attempt in added.iter().rev() {
        tx.payments().add(attempt).await?;
    }
    let foreign = other.capture(1, AttemptState::Created, ids);
    tx.payments().add(&foreign).await?;
    tx.commit().await?;
    let mut tx = store.begin().await?;
    let of_intent = tx.payments().attempts_of(purchase.intent.id).await?;
    assert_eq!(of_intent, added, "of the intent");
    assert_eq!(tx.payments().find(ids.next()).await?, None, "an unknown attempt");
    drop(tx);
    let of_order = queries.of_order(purchase.order.id).await?;
    assert_eq!(of_order, added, "of the order");
    assert_eq!(queries.of_order(ids.next()).await?, [], "an unknown order's");
    for attempt in &added {
        assert_eq!(&found(store, attempt.id).await?, attempt, "by its id");
        let seen = queries.find(attempt.id).await?;
        assert_eq!(seen.as_ref(), Some(attempt), "outside a transaction");
    }
    assert_eq!(queries.find(ids.next()).await?, None, "an unknown attempt");
    Ok(())
}

/// An intent has at most one capture that lives or succeeded; one that took nothing makes room.
pub async fn an_intent_has_one_live_capture(
    store: &dyn Store<dyn Transaction>,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    for state in LIVE.into_iter().chain([AttemptState::Succeeded]) {
        let purchase = Purchase::stored(store, ids, now).await?;
        add(store, &purchase.capture(1, state, ids)).await?;
        let second = purchase.capture(2, AttemptState::Created, ids);
        let refused = add(store, &second).await;
        let retryable = refused.is_err_and(|error| error.is_retryable());
        assert!(retryable, "a second capture beside a {} one", state.name());
    }
    for state in OVER {
        let purchase = Purchase::stored(store, ids, now).await?;
        add(store, &purchase.capture(1, state, ids)).await?;
        add(store, &purchase.capture(2, AttemptState::Created, ids)).await?;
    }
    let purchase = Purchase::stored(store, ids, now).await?;
    let first = purchase.capture(1, AttemptState::Created, ids);
    let second = purchase.capture(2, AttemptState::Created, ids);
    let (one, two) = both(add(store, &first), add(store, &second)).await;
    assert!(one.is_ok() != two.is_ok(), "of two at once exactly one is added: {one:?}, {two:?}");
    Ok(())
}

/// An intent has at most one live refund, beside its capture; after it the next may come.
pub async fn an_intent_has_one_live_refund(
    store: &dyn Store<dyn Transaction>,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    for state in LIVE {
        let purchase = Purchase::stored(store, ids, now).await?;
        add(store, &purchase.capture(1, AttemptState::Succeeded, ids)).await?;
        add(store, &purchase.refund(2, state, ids)).await?;
        let second = purchase.refund(3, AttemptState::Created, ids);
        let refused = add(store, &second).await;
        let retryable = refused.is_err_and(|error| error.is_retryable());
        assert!(retryable, "a second refund beside a {} one", state.name());
    }
    for state in OVER.into_iter().chain([AttemptState::Succeeded]) {
        let purchase = Purchase::stored(store, ids, now).await?;
        add(store, &purchase.refund(1, state, ids)).await?;
        add(store, &purchase.refund(2, AttemptState::Created, ids)).await?;
    }
    Ok(())
}

/// A created attempt keeps the first session that it gets; an attempt that went on gets none.
pub async fn a_session_is_kept_once(
    store: &dyn Store<dyn Transaction>,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let purchase = Purchase::stored(store, ids, now).await?;
    let attempt = purchase.capture(1, AttemptState::Created, ids);
    add(store, &attempt).await?;
    assert!(keep(store, attempt.id, "T1").await?, "it had none");
    assert!(!keep(store, attempt.id, "T2").await?, "it had one");
    let kept = Attempt { session: Some(Purchase::session("T1")), ..attempt };
    assert_eq!(found(store, kept.id).await?, kept, "the first, and no step");
    assert!(!keep(store, ids.next(), "T1").await?, "an unknown attempt");
    for state in [AttemptState::Sent, AttemptState::Aborted] {
        let purchase = Purchase::stored(store, ids, now).await?;
        let over = purchase.capture(1, state, ids);
        add(store, &over).await?;
        let kept = keep(store, over.id, "T1").await?;
        assert!(!kept, "a {} attempt got a session", state.name());
        assert_eq!(found(store, over.id).await?, over, "nothing changed");
    }
    Ok(())
}

/// A step is saved with everything that it changes, and a plan without a step too; an attempt that
/// was read before its session came leaves the session.
pub async fn a_saved_attempt_is_found(
    store: &dyn Store<dyn Transaction>,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let purchase = Purchase::stored(store, ids, now).await?;
    let mut attempt = purchase.capture(1, AttemptState::Created, ids);
    add(store, &attempt).await?;
    keep(store, attempt.id, "T1").await?;
    attempt.state = AttemptState::Unknown;
    attempt.version = 2;
    attempt.problem = Some("timed out".to_owned());
    attempt.sent_at = Some(now);
    attempt.due_at = Some(now);
    attempt.lookups = 1;
    attempt.missing_since = Some(now);
    save(store, &attempt, 1).await?;
    attempt.session = Some(Purchase::session("T1"));
    assert_eq!(found(store, attempt.id).await?, attempt, "after the step");
    attempt.lookups = 2;
    attempt.due_at = Some(now.plus(Purchase::LEASE));
    save(store, &attempt, 2).await?;
    assert_eq!(found(store, attempt.id).await?, attempt, "the plan");
    attempt.state = AttemptState::Succeeded;
    attempt.version = 3;
    attempt.problem = None;
    attempt.provider_transaction = Some("A1".to_owned());
    attempt.raw = Some("{}".to_owned());
    attempt.settled_at = Some(now);
    attempt.due_at = None;
    save(store, &attempt, 2).await?;
    assert_eq!(found(store, attempt.id).await?, attempt, "settled");
    Ok(())
}

/// Saving over somebody else's step is a conflict and changes nothing.
pub async fn saving_over_another_s_step_is_a_conflict(
    store: &dyn Store<dyn Transaction>,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let purchase = Purchase::stored(store, ids, now).await?;
    let created = purchase.capture(1, AttemptState::Created, ids);
    add(store, &created).await?;
    let (mut sent, mut aborted) = (created.clone(), created);
    let steps = (sent.send(now), aborted.abort("too slow", now));
    assert!(matches!(steps, (Some(_), Some(_))), "both are legal");
    save(store, &sent, 1).await?;
    for late in [&sent, &aborted] {
        let refused = save(store, late, 1).await;
        let conflict = refused.is_err_and(|error| error.is_retryable());
        assert!(conflict, "{} was saved over version 2", late.state.name());
    }
    assert_eq!(found(store, sent.id).await?, sent, "the first step stays");
    Ok(())
}

/// An attempt moves money in the ledger once.
pub async fn a_ledger_transaction_is_written_once(
    store: &dyn Store<dyn Transaction>,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let purchase = Purchase::stored(store, ids, now).await?;
    let capture = purchase.capture(1, AttemptState::Succeeded, ids);
    let refund = purchase.refund(2, AttemptState::Succeeded, ids);
    let post = |attempt: Attempt| async move {
        let mut tx = store.begin().await?;
        let entries = LedgerTransaction::of(&attempt, now);
        tx.payments().post(&entries).await?;
        tx.commit().await
    };
    for attempt in [capture, refund] {
        add(store, &attempt).await?;
        post(attempt.clone()).await?;
        assert!(post(attempt).await.is_err(), "it was written again");
    }
    Ok(())
}

async fn found(store: &dyn Store<dyn Transaction>, id: AttemptId) -> Result<Attempt, StoreError> {
    let mut tx = store.begin().await?;
    let found = tx.payments().find(id).await?;
    found.ok_or_else(|| missing("find an attempt"))
}

async fn add(store: &dyn Store<dyn Transaction>, attempt: &Attempt) -> Result<(), StoreError> {
    let mut tx = store.begin().await?;
    tx.payments().add(attempt).await?;
    tx.commit().await
}

async fn save(
    store: &dyn Store<dyn Transaction>,
    attempt: &Attempt,
    version_before: i64,
) -> Result<(), StoreError> {
    let mut tx = store.begin().await?;
    tx.payments().save(attempt, version_before).await?;
    tx.commit().await
}

async fn keep(
    store: &dyn Store<dyn Transaction>,
    id: AttemptId,
    reference: &str,
) -> Result<bool, StoreError> {
    let mut tx = store.begin().await?;
    let session = Purchase::session(reference);
    let kept = tx.payments().keep_session(id, &session).await?;
    tx.commit().await?;
    Ok(kept)
}
