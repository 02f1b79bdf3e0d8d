//! What finds attempts that nobody looks after.

use std::time::Duration;

use jangbogo_kernel::contract::both;
use jangbogo_kernel::{IdGenerator, Store, StoreError, Timestamp};

use super::{Purchase, add, found};
use crate::{Attempt, AttemptId, AttemptState, Transaction};

const INSTANT: Duration = Duration::from_micros(1);
const MINUTE: Duration = Duration::from_mins(1);

/// Created captures are stale sooner without a session than with one; what was sent, is over or is
/// a refund never is.
pub async fn stale_captures_are_found(
    store: &dyn Store<dyn Transaction>,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let (no_session, with_session) = (now.minus(MINUTE), now.minus(MINUTE * 10));
    let session = Some(Purchase::session("T1"));
    let capture = |state: AttemptState, at: Timestamp| async move {
        let purchase = Purchase::stored(store, ids, at).await?;
        Ok::<Attempt, StoreError>(purchase.capture(1, state, ids))
    };
    let mut oldest = capture(AttemptState::Created, with_session.minus(INSTANT)).await?;
    oldest.session.clone_from(&session);
    let old = capture(AttemptState::Created, no_session.minus(INSTANT)).await?;
    let young = capture(AttemptState::Created, no_session.plus(INSTANT)).await?;
    let mut alive = capture(AttemptState::Created, with_session.plus(INSTANT)).await?;
    alive.session.clone_from(&session);
    let long_ago = now.minus(MINUTE * 60);
    let sent = capture(AttemptState::Sent, long_ago).await?;
    let aborted = capture(AttemptState::Aborted, long_ago).await?;
    let purchase = Purchase::stored(store, ids, long_ago).await?;
    let refund = purchase.refund(1, AttemptState::Created, ids);
    for attempt in [&old, &oldest, &young, &alive, &sent, &aborted, &refund] {
        add(store, attempt).await?;
    }
    let stale = |limit: u32| async move {
        let mut tx = store.begin().await?;
        let stale = tx.payments().stale_created(no_session, with_session, limit).await?;
        // A dropped transaction may hold its rows a moment longer, and held ones are passed over.
        tx.commit().await?;
        Ok::<Vec<Attempt>, StoreError>(stale)
    };
    assert_eq!(stale(10).await?, [oldest.clone(), old], "the stale ones");
    assert_eq!(stale(1).await?, [oldest], "as many as wanted");
    Ok(())
}

/// Created refunds wait when they are old enough; captures and refunds that went on do not.
pub async fn waiting_refunds_are_found(
    store: &dyn Store<dyn Transaction>,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut waiting = Vec::new();
    for age in [MINUTE, MINUTE * 2] {
        let purchase = Purchase::stored(store, ids, now.minus(age)).await?;
        let refund = purchase.refund(1, AttemptState::Created, ids);
        add(store, &refund).await?;
        waiting.push(refund.id);
    }
    waiting.reverse();
    let young = Purchase::stored(store, ids, now.plus(INSTANT)).await?;
    add(store, &young.refund(1, AttemptState::Created, ids)).await?;
    let purchase = Purchase::stored(store, ids, now.minus(MINUTE)).await?;
    add(store, &purchase.capture(1, AttemptState::Created, ids)).await?;
    add(store, &purchase.refund(2, AttemptState::Sent, ids)).await?;
    let find = |limit: u32| async move {
        let mut tx = store.begin().await?;
        tx.payments().waiting_refunds(now, limit).await
    };
    assert_eq!(find(10).await?, waiting, "the oldest first");
    assert_eq!(find(1).await?, waiting.get(..1).unwrap_or_default());
    Ok(())
}

/// Attempts that were sent long ago are orphans, captures and refunds alike.
pub async fn sent_attempts_are_orphans_after_their_time(
    store: &dyn Store<dyn Transaction>,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let one = Purchase::stored(store, ids, now.minus(MINUTE)).await?;
    let two = Purchase::stored(store, ids, now.minus(MINUTE * 2)).await?;
    let (capture, refund) =
        (one.capture(1, AttemptState::Sent, ids), two.refund(1, AttemptState::Sent, ids));
    // Created long ago and sent just now: somebody still waits for the answer.
    let waited =
        Attempt { sent_at: Some(now.plus(INSTANT)), ..two.capture(2, AttemptState::Sent, ids) };
    let unknown = Purchase::stored(store, ids, now.minus(MINUTE)).await?;
    let unknown = unknown.capture(1, AttemptState::Unknown, ids);
    for attempt in [&capture, &refund, &waited, &unknown] {
        add(store, attempt).await?;
    }
    let find = |limit: u32| async move {
        let mut tx = store.begin().await?;
        tx.payments().orphans(now, limit).await
    };
    let expected = [refund.id, capture.id];
    assert_eq!(find(10).await?, expected, "the oldest first");
    assert_eq!(find(1).await?, [refund.id], "as many as wanted");
    Ok(())
}

/// Unknown attempts are claimed when their lookup is due, and again when the lease is over.
pub async fn lookups_are_claimed_until_the_lease_is_over(
    store: &dyn Store<dyn Transaction>,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let due = Purchase::stored(store, ids, now).await?;
    let due = due.capture(1, AttemptState::Unknown, ids);
    let later = Purchase::stored(store, ids, now).await?;
    let later =
        Attempt { due_at: Some(now.plus(INSTANT)), ..later.refund(1, AttemptState::Unknown, ids) };
    let sent = Purchase::stored(store, ids, now).await?;
    let sent = Attempt { due_at: Some(now), ..sent.capture(1, AttemptState::Sent, ids) };
    for attempt in [&due, &later, &sent] {
        add(store, attempt).await?;
    }
    let over = now.plus(Purchase::LEASE);
    let leased = Attempt { due_at: Some(over), ..due };
    let first = claim(store, now, 10).await?;
    assert_eq!(first, std::slice::from_ref(&leased), "only what was due");
    assert_eq!(found(store, leased.id).await?, leased, "no step was made");
    assert_eq!(claim(store, now, 10).await?, [], "it was claimed again");
    let mut rest: Vec<AttemptId> = ids_of(&claim(store, over, 10).await?);
    rest.sort_unstable();
    let mut expected = [leased.id, later.id];
    expected.sort_unstable();
    assert_eq!(rest, expected, "the lease is over, and the other is due");
    Ok(())
}

/// Claims at the same moment do not overlap, and none exceeds its limit.
pub async fn lookups_are_claimed_once_at_a_time(
    store: &dyn Store<dyn Transaction>,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut unknown = Vec::new();
    for _ in 0..5 {
        let purchase = Purchase::stored(store, ids, now).await?;
        let attempt = purchase.capture(1, AttemptState::Unknown, ids);
        add(store, &attempt).await?;
        unknown.push(attempt.id);
    }
    let (one, two) = both(claim(store, now, 2), claim(store, now, 2)).await;
    let mut claimed = Vec::new();
    for batch in [one?, two?, claim(store, now, 2).await?] {
        assert!(batch.len() <= 2, "{} claimed of 2", batch.len());
        claimed.extend(ids_of(&batch));
    }
    claimed.extend(ids_of(&claim(store, now, 2).await?));
    claimed.sort_unstable();
    unknown.sort_unstable();
    assert_eq!(claimed, unknown, "each once");
    Ok(())
}

async fn claim(
    store: &dyn Store<dyn Transaction>,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<Attempt>, StoreError> {
    let mut tx = store.begin().await?;
    let lease_until = now.plus(Purchase::LEASE);
    let claimed = tx.payments().claim_lookups(now, lease_until, limit).await?;
    tx.commit().await?;
    Ok(claimed)
}

fn ids_of(attempts: &[Attempt]) -> Vec<AttemptId> {
    attempts.iter().map(|attempt| attempt.id).collect()
}
