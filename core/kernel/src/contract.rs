//! What an adapter of the kernel's ports must prove.
//!
//! Every function takes fresh adapters, acts, and says in words what it found broken. An error that
//! it returns is the store's own: what it tried should have worked.

mod lock_service;
mod publication_queue;
mod retention;
mod shared_cache;

pub use lock_service::{
    lock_service_ends_a_lease, lock_service_fences_only_grow, lock_service_gives_a_key_to_one,
    lock_service_gives_all_keys_or_none, lock_service_knows_no_deadlock,
    lock_service_releases_what_is_dropped, lock_service_waits_for_the_holder,
};
pub use publication_queue::{
    publication_queue_claims_again_when_the_lease_is_over,
    publication_queue_claims_the_oldest_of_each_aggregate, publication_queue_counts_its_backlog,
    publication_queue_does_not_lose_an_event_that_commits_late,
    publication_queue_gives_an_event_to_one_claim,
    publication_queue_goes_on_after_a_discarded_event,
    publication_queue_retries_an_event_at_its_time,
};
pub use retention::{retention_forgets_delivered_events, retention_forgets_old_keys};
pub use shared_cache::{
    shared_cache_ends_a_life, shared_cache_forgets_what_is_removed,
    shared_cache_gives_what_was_kept,
};

use std::collections::HashSet;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use crate::{
    Clock, Event, Fingerprint, HistoryRepository, Id, IdGenerator, IdempotencyKey,
    IdempotencyRepository, Inbox, Outbox, PublicationQueue, Recorded, Store, StoreError, Timestamp,
    Transaction, Transition, Uuid,
};

const LEASE: Duration = Duration::from_secs(30);

/// Runs two pieces of work at the same time, on one thread.
pub async fn both<A: Future, B: Future>(first: A, second: B) -> (A::Output, B::Output) {
    let (mut first, mut second) = (pin!(first), pin!(second));
    let (mut one, mut two) = (None, None);
    poll_fn(|context| {
        if one.is_none()
            && let Poll::Ready(output) = first.as_mut().poll(context)
        {
            one = Some(output);
        }
        if two.is_none()
            && let Poll::Ready(output) = second.as_mut().poll(context)
        {
            two = Some(output);
        }
        match (one.take(), two.take()) {
            (Some(one), Some(two)) => Poll::Ready((one, two)),
            unfinished => {
                (one, two) = unfinished;
                Poll::Pending
            }
        }
    })
    .await
}

/// What a contract returns when something that was stored is not there.
pub fn missing(what: &'static str) -> StoreError {
    StoreError::new(what, "it is not there")
}

/// The clock shows a time between two that others have read.
pub fn clock_shows_the_present(clock: &dyn Clock, before: Timestamp, after: Timestamp) {
    let now = clock.now();
    assert!(before <= now, "the clock shows {now}, before {before}");
    assert!(now <= after, "the clock shows {now}, after {after}");
}

/// Ids are `UUIDv7`s, never repeat, and rise.
pub fn id_generator_never_repeats_and_rises(ids: &dyn IdGenerator) {
    let made: Vec<Uuid> = (0..10_000).map(|_| ids.next_uuid()).collect();
    let distinct: HashSet<&Uuid> = made.iter().collect();
    assert_eq!(distinct.len(), made.len(), "an id was made twice");
    assert!(made.is_sorted(), "a later id sorts before an earlier one");
    assert!(made.iter().all(|id| id.get_version_num() == 7), "an id is no UUIDv7");
}

/// A commit makes everything that was written durable at once.
pub async fn a_commit_keeps_everything(
    store: &dyn Store<dyn Transaction>,
    queue: &dyn PublicationQueue,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let (event, used) = (event_of(ids.next_uuid(), 1, ids, now), key(ids, "one"));
    let effect = ids.next_uuid();
    let mut tx = store.begin().await?;
    write(&mut *tx, &event, &used, effect, now).await?;
    tx.commit().await?;
    let claimed = queue.claim(now, now.plus(LEASE), 10).await?;
    let claimed: Vec<Event> = claimed.into_iter().map(|claim| claim.event).collect();
    assert_eq!(claimed, std::slice::from_ref(&event), "the committed event, as it was");
    let mut tx = store.begin().await?;
    let found = tx.idempotency().find(std::slice::from_ref(&used)).await?;
    assert_eq!(found, [Some(recorded(&used, effect))], "the committed key");
    let new = tx.inbox().record("consumer", event.id, now).await?;
    assert!(!new, "the committed inbox row was lost");
    Ok(())
}

/// Dropping a transaction undoes everything.
pub async fn a_dropped_transaction_leaves_nothing(
    store: &dyn Store<dyn Transaction>,
    queue: &dyn PublicationQueue,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let (event, used) = (event_of(ids.next_uuid(), 1, ids, now), key(ids, "one"));
    let effect = ids.next_uuid();
    let mut tx = store.begin().await?;
    write(&mut *tx, &event, &used, effect, now).await?;
    drop(tx);
    let backlog = queue.backlog().await?;
    assert_eq!(backlog.waiting, 0, "an event survived");
    let mut tx = store.begin().await?;
    let found = tx.idempotency().find(std::slice::from_ref(&used)).await?;
    assert_eq!(found, [None], "a key survived");
    // All of it can be written again, so nothing else survived either.
    write(&mut *tx, &event, &used, effect, now).await?;
    tx.commit().await
}

/// [`Outbox`]: two events of one version of an aggregate are refused.
pub async fn outbox_refuses_one_version_twice(
    store: &dyn Store<dyn Transaction>,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let aggregate = ids.next_uuid();
    let mut tx = store.begin().await?;
    let both = (1..=2).map(|n| event_of(aggregate, n, ids, now)).collect();
    tx.outbox().append(both).await?;
    tx.commit().await?;
    let mut tx = store.begin().await?;
    let outbox: &mut dyn Outbox = tx.outbox();
    let second = outbox.append(vec![event_of(aggregate, 2, ids, now)]).await;
    assert!(second.is_err(), "version 2 was published twice");
    Ok(())
}

/// [`Inbox`]: an event is new to each consumer once, whoever records it.
pub async fn inbox_records_an_event_once_per_consumer(
    store: &dyn Store<dyn Transaction>,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let event = ids.next();
    let mut tx = store.begin().await?;
    let inbox: &mut dyn Inbox = tx.inbox();
    assert!(inbox.record("a", event, now).await?, "a new event");
    assert!(!inbox.record("a", event, now).await?, "twice at once");
    assert!(inbox.record("b", event, now).await?, "each consumer has its own");
    assert!(inbox.record("a", ids.next(), now).await?, "another event is new");
    tx.commit().await?;
    let mut tx = store.begin().await?;
    let again = tx.inbox().record("a", event, now).await?;
    assert!(!again, "an event was new again");
    drop(tx);
    let event = ids.next();
    let handle = || async {
        let mut tx = store.begin().await?;
        let new = tx.inbox().record("a", event, now).await?;
        tx.commit().await?;
        Ok::<bool, StoreError>(new)
    };
    let (one, two) = both(handle(), handle()).await;
    assert!(one? != two?, "of two deliveries at once exactly one is handled");
    Ok(())
}

/// [`IdempotencyRepository`]: a key is one caller's on one operation, and keeps what it was used
/// for.
pub async fn idempotency_keys_are_found_as_recorded(
    store: &dyn Store<dyn Transaction>,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let (one, two) = (key(ids, "one"), key(ids, "two"));
    let (effect, other) = (ids.next_uuid(), ids.next_uuid());
    let mut tx = store.begin().await?;
    let keys: &mut dyn IdempotencyRepository = tx.idempotency();
    assert_eq!(keys.find(&[]).await?, [], "no question, no answer");
    assert_eq!(keys.find(std::slice::from_ref(&one)).await?, [None], "a new key");
    keys.record(&[(one.clone(), effect), (two.clone(), other)], now).await?;
    tx.commit().await?;
    let another_caller = IdempotencyKey { principal: ids.next_uuid(), ..one.clone() };
    let another_operation = IdempotencyKey { operation: "another", ..one.clone() };
    let another_request = IdempotencyKey { fingerprint: Fingerprint([9; 32]), ..one.clone() };
    let asked = [two.clone(), another_caller, another_operation, one.clone(), another_request];
    let mut tx = store.begin().await?;
    let found = tx.idempotency().find(&asked).await?;
    let used_for = Some(recorded(&one, effect));
    let expected = [Some(recorded(&two, other)), None, None, used_for, used_for];
    assert_eq!(found, expected, "answers stand in the order of the keys");
    Ok(())
}

/// [`IdempotencyRepository`]: of many transactions that record one key exactly one commits; the
/// others, tried again, see its row.
pub async fn idempotency_keys_are_recorded_once(
    store: &dyn Store<dyn Transaction>,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let used = key(ids, "one");
    let record = |effect: Uuid| {
        let used = used.clone();
        async move {
            let mut tx = store.begin().await?;
            tx.idempotency().record(&[(used, effect)], now).await?;
            tx.commit().await
        }
    };
    let (first, second) = (ids.next_uuid(), ids.next_uuid());
    let (one, two) = both(record(first), record(second)).await;
    let winner = if one.is_ok() { first } else { second };
    assert!(one.is_ok() != two.is_ok(), "exactly one commits: {one:?}, {two:?}");
    for lost in [one, two, record(ids.next_uuid()).await] {
        if let Err(error) = lost {
            assert!(error.is_retryable(), "worth another try: {error:?}");
        }
    }
    let mut tx = store.begin().await?;
    let found = tx.idempotency().find(std::slice::from_ref(&used)).await?;
    assert_eq!(found, [Some(recorded(&used, winner))], "the one that committed");
    Ok(())
}

/// [`HistoryRepository`]: two transitions to one version are refused.
pub async fn history_refuses_one_version_twice(
    store: &dyn Store<dyn Transaction>,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let entity_id = ids.next_uuid();
    let step = |entity: &'static str, version: i64| Transition {
        entity,
        entity_id,
        version,
        from: "",
        to: "paid",
        reason: "captured".to_owned(),
        at: now,
    };
    let mut tx = store.begin().await?;
    let history: &mut dyn HistoryRepository = tx.history();
    history.add(Vec::new()).await?;
    history.add(vec![step("order", 1), step("order", 2), step("attempt", 1)]).await?;
    tx.commit().await?;
    let mut tx = store.begin().await?;
    let second = tx.history().add(vec![step("order", 2)]).await;
    assert!(second.is_err(), "version 2 has two histories");
    Ok(())
}

async fn write(
    tx: &mut dyn Transaction,
    event: &Event,
    used: &IdempotencyKey,
    effect: Uuid,
    now: Timestamp,
) -> Result<(), StoreError> {
    tx.outbox().append(vec![event.clone()]).await?;
    tx.inbox().record("consumer", event.id, now).await?;
    tx.idempotency().record(&[(used.clone(), effect)], now).await?;
    tx.history()
        .add(vec![Transition {
            entity: "order",
            entity_id: effect,
            version: 1,
            from: "",
            to: "pending_payment",
            reason: "placed".to_owned(),
            at: now,
        }])
        .await
}

async fn append(store: &dyn Store<dyn Transaction>, events: &[Event]) -> Result<(), StoreError> {
    let mut tx = store.begin().await?;
    tx.outbox().append(events.to_vec()).await?;
    tx.commit().await
}

fn event_of(aggregate: Uuid, sequence: i64, ids: &dyn IdGenerator, at: Timestamp) -> Event {
    Event {
        id: Id::new(ids.next_uuid()),
        name: "contract.happened.v1".to_owned(),
        aggregate,
        sequence,
        occurred_at: at,
        payload: r#"{"text":"그렇다 'yes'"}"#.to_owned(),
    }
}

fn key(ids: &dyn IdGenerator, text: &str) -> IdempotencyKey {
    IdempotencyKey {
        principal: ids.next_uuid(),
        operation: "contract",
        key: text.to_owned(),
        fingerprint: Fingerprint([7; 32]),
    }
}

fn recorded(key: &IdempotencyKey, effect: Uuid) -> Recorded {
    Recorded { fingerprint: key.fingerprint, effect }
}
