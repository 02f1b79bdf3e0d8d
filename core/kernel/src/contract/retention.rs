//! What an adapter of retention must prove.

use std::time::Duration;

use super::{LEASE, append, event_of, key};
use crate::{
    DeadLetter, Event, IdGenerator, PublicationQueue, Retention, Store, StoreError, Timestamp,
    Transaction,
};

const SECOND: Duration = Duration::from_secs(1);

/// [`Retention`]: old keys are forgotten, as many as asked for; young ones stay.
pub async fn retention_forgets_old_keys(
    store: &dyn Store<dyn Transaction>,
    retention: &dyn Retention,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let keys = [key(ids, "one"), key(ids, "two"), key(ids, "three"), key(ids, "young")];
    for (used, at) in keys.iter().zip([now, now, now, now.plus(SECOND)]) {
        let mut tx = store.begin().await?;
        tx.idempotency().record(&[(used.clone(), ids.next_uuid())], at).await?;
        tx.commit().await?;
    }
    let later = now.plus(SECOND);
    assert_eq!(retention.forget_keys(now, 9).await?, 0, "none is older");
    assert_eq!(retention.forget_keys(later, 2).await?, 2, "no more than asked for");
    assert_eq!(retention.forget_keys(later, 2).await?, 1, "the rest");
    assert_eq!(retention.forget_keys(later, 2).await?, 0, "no more");
    let mut tx = store.begin().await?;
    let found = tx.idempotency().find(&keys).await?;
    let is_there: Vec<bool> = found.iter().map(Option::is_some).collect();
    assert_eq!(is_there, [false, false, false, true], "the young one stays");
    Ok(())
}

/// [`Retention`]: only delivered events are forgotten, of each aggregate from its first on.
pub async fn retention_forgets_delivered_events(
    store: &dyn Store<dyn Transaction>,
    queue: &dyn PublicationQueue,
    retention: &dyn Retention,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let (whole, letter, young) = (ids.next_uuid(), ids.next_uuid(), ids.next_uuid());
    let of = |aggregate, count: i64| {
        (1..=count).map(|n| event_of(aggregate, n, ids, now)).collect::<Vec<Event>>()
    };
    let (whole, letter, young) = (of(whole, 3), of(letter, 3), of(young, 2));
    for events in [&whole, &letter, &young] {
        append(store, events).await?;
    }
    let dead = DeadLetter { consumer: "consumer".to_owned(), cause: "no".to_owned() };
    for event in [&whole[0], &whole[1], &whole[2], &letter[0], &young[0]] {
        let mut tx = store.begin().await?;
        tx.inbox().record("consumer", event.id, now).await?;
        tx.commit().await?;
        queue.claim(now, now.plus(LEASE), 9).await?;
        queue.published(&[event.id], now).await?;
    }
    queue.claim(now, now.plus(LEASE), 9).await?;
    queue.discard(letter[1].id, &[dead], now).await?;
    queue.claim(now, now.plus(LEASE), 9).await?;
    queue.published(&[letter[2].id], now).await?;
    queue.published(&[young[1].id], now.plus(SECOND)).await?;
    assert_eq!(retention.forget_events(now, 99).await?, 0, "none was delivered before");
    let later = now.plus(SECOND);
    let mut forgotten = 0;
    loop {
        let some = retention.forget_events(later, 2).await?;
        assert!(some <= 2, "{some} of 2");
        forgotten += some;
        if some == 0 {
            break;
        }
    }
    assert_eq!(forgotten, 5, "three, the first one before the letter, the first young one");
    // What was forgotten is new to its consumer; what is kept is not.
    for (event, is_kept) in [(&whole[2], false), (&letter[0], false), (&young[0], false)] {
        let mut tx = store.begin().await?;
        let is_new = tx.inbox().record("consumer", event.id, now).await?;
        assert_eq!(is_new, !is_kept, "what a consumer has recorded goes with the event");
    }
    assert!(append(store, &letter[1..2]).await.is_err(), "a letter stays");
    assert!(append(store, &letter[2..]).await.is_err(), "what follows a letter stays");
    assert!(append(store, &young[1..]).await.is_err(), "a young event stays");
    Ok(())
}
