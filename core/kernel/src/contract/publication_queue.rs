//! What an adapter of the publication queue must prove.

use std::collections::HashSet;
use std::time::Duration;

use super::{LEASE, append, both, event_of};
use crate::{
    Backlog, DeadLetter, Event, IdGenerator, Publication, PublicationQueue, Store, StoreError,
    Timestamp, Transaction, Uuid,
};

const SECOND: Duration = Duration::from_secs(1);

/// [`PublicationQueue`]: of each aggregate only the oldest unfinished event is claimed, once.
pub async fn publication_queue_claims_the_oldest_of_each_aggregate(
    store: &dyn Store<dyn Transaction>,
    queue: &dyn PublicationQueue,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    queue.subscribe("consumer", &["a.v1", "b.v1"]).await?;
    queue.subscribe("consumer", &["b.v1"]).await?;
    let (a, b) = (ids.next_uuid(), ids.next_uuid());
    let events = [(a, 1), (a, 2), (b, 1), (a, 3)].map(|(of, n)| event_of(of, n, ids, now));
    let [a1, a2, b1, _] = events.clone();
    append(store, &events).await?;
    let claim = || queue.claim(now, now.plus(LEASE), 10);
    let first = claim().await?;
    assert_eq!(places(&first), [(a, 1), (b, 1)], "the oldest of each");
    assert_eq!(first.first().map(|claim| &claim.event), Some(&a1));
    assert!(first.iter().all(|claim| claim.attempts == 1), "a first try is counted as one");
    assert_eq!(claim().await?, [], "claimed events were claimed again");
    queue.published(&[a1.id], now).await?;
    let next = claim().await?;
    assert_eq!(places(&next), [(a, 2)], "only then the aggregate's next");
    queue.published(&[a2.id], now).await?;
    queue.published(&[b1.id], now).await?;
    assert_eq!(places(&claim().await?), [(a, 3)], "b has no more");
    Ok(())
}

/// [`PublicationQueue`]: claims at the same moment do not overlap, and none exceeds its limit.
pub async fn publication_queue_gives_an_event_to_one_claim(
    store: &dyn Store<dyn Transaction>,
    queue: &dyn PublicationQueue,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let events: Vec<Event> = (0..20).map(|_| event_of(ids.next_uuid(), 1, ids, now)).collect();
    append(store, &events).await?;
    let claim = || queue.claim(now, now.plus(LEASE), 7);
    let (one, two) = both(claim(), claim()).await;
    let mut claimed = one?;
    assert!(claimed.len() <= 7, "{} claimed of 7", claimed.len());
    let two = two?;
    assert!(two.len() <= 7, "{} claimed of 7", two.len());
    claimed.extend(two);
    while claimed.len() < 20 {
        let more = claim().await?;
        assert!(!more.is_empty(), "only {} of 20 came", claimed.len());
        claimed.extend(more);
    }
    let distinct: HashSet<Uuid> = claimed.iter().map(|c| c.event.id.uuid()).collect();
    assert_eq!(distinct.len(), 20, "an event was claimed twice");
    Ok(())
}

/// [`PublicationQueue`]: when the lease is over the event is claimed again; the lost try counts.
pub async fn publication_queue_claims_again_when_the_lease_is_over(
    store: &dyn Store<dyn Transaction>,
    queue: &dyn PublicationQueue,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let events = [event_of(ids.next_uuid(), 1, ids, now)];
    append(store, &events).await?;
    let over = now.plus(LEASE);
    queue.claim(now, over, 10).await?;
    let early = queue.claim(now.plus(LEASE).minus(SECOND), over, 10).await?;
    assert_eq!(early, [], "the lease is not over");
    let again = queue.claim(over, over.plus(LEASE), 10).await?;
    let attempts: Vec<u32> = again.iter().map(|claim| claim.attempts).collect();
    assert_eq!(attempts, [2], "one event, its lost try counted");
    Ok(())
}

/// [`PublicationQueue`]: an event whose transaction commits after younger events are done comes
/// all the same.
pub async fn publication_queue_does_not_lose_an_event_that_commits_late(
    store: &dyn Store<dyn Transaction>,
    queue: &dyn PublicationQueue,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let late = event_of(ids.next_uuid(), 1, ids, now);
    let early = event_of(ids.next_uuid(), 1, ids, now.plus(SECOND));
    let soon = now.plus(SECOND);
    append(store, std::slice::from_ref(&early)).await?;
    queue.claim(soon, soon.plus(LEASE), 10).await?;
    queue.published(&[early.id], soon).await?;
    append(store, std::slice::from_ref(&late)).await?;
    let claimed = queue.claim(soon, soon.plus(LEASE), 10).await?;
    assert_eq!(places(&claimed), [(late.aggregate, 1)], "the late event");
    Ok(())
}

/// [`PublicationQueue`]: an event that is put back is due at its time, and before the aggregate's
/// next.
pub async fn publication_queue_retries_an_event_at_its_time(
    store: &dyn Store<dyn Transaction>,
    queue: &dyn PublicationQueue,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let aggregate = ids.next_uuid();
    let events = [1, 2].map(|n| event_of(aggregate, n, ids, now));
    append(store, &events).await?;
    queue.claim(now, now.plus(SECOND), 10).await?;
    let [first, _] = events;
    let later = now.plus(LEASE);
    queue.retry(first.id, later).await?;
    let early = queue.claim(now.plus(LEASE).minus(SECOND), later.plus(LEASE), 10).await?;
    assert_eq!(early, [], "neither it nor the aggregate's next is due");
    let again = queue.claim(later, later.plus(LEASE), 10).await?;
    assert_eq!(places(&again), [(aggregate, 1)], "the event itself");
    assert!(again.iter().all(|claim| claim.attempts == 2), "its second try");
    Ok(())
}

/// [`PublicationQueue`]: a discarded event never comes again and the aggregate's next goes on.
pub async fn publication_queue_goes_on_after_a_discarded_event(
    store: &dyn Store<dyn Transaction>,
    queue: &dyn PublicationQueue,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let aggregate = ids.next_uuid();
    let events = [1, 2].map(|n| event_of(aggregate, n, ids, now));
    append(store, &events).await?;
    queue.claim(now, now.plus(SECOND), 10).await?;
    let [first, _] = events;
    let dead = ["a", "b"].map(|consumer| DeadLetter {
        consumer: consumer.to_owned(),
        cause: "it makes no sense".to_owned(),
    });
    queue.discard(first.id, &dead, now).await?;
    let later = now.plus(LEASE);
    let next = queue.claim(later, later.plus(LEASE), 10).await?;
    assert_eq!(places(&next), [(aggregate, 2)], "the aggregate's next");
    Ok(())
}

/// [`PublicationQueue`]: the backlog is what is neither published nor discarded.
pub async fn publication_queue_counts_its_backlog(
    store: &dyn Store<dyn Transaction>,
    queue: &dyn PublicationQueue,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let backlog = |waiting: u64, oldest: Option<Timestamp>| Backlog { waiting, oldest };
    assert_eq!(queue.backlog().await?, backlog(0, None), "nothing waits");
    let times = [now, now.plus(SECOND), now.plus(SECOND * 2)];
    let events = times.map(|at| event_of(ids.next_uuid(), 1, ids, at));
    append(store, &events).await?;
    let [one, two, three] = times;
    assert_eq!(queue.backlog().await?, backlog(3, Some(one)), "all wait");
    queue.claim(three, three.plus(LEASE), 10).await?;
    assert_eq!(queue.backlog().await?, backlog(3, Some(one)), "what is claimed is not done");
    let [first, second, third] = events;
    queue.published(&[first.id], three).await?;
    queue.retry(third.id, three).await?;
    assert_eq!(queue.backlog().await?, backlog(2, Some(two)), "one is done");
    queue.discard(second.id, &[], three).await?;
    assert_eq!(queue.backlog().await?, backlog(1, Some(three)), "two are");
    Ok(())
}

fn places(claimed: &[Publication]) -> Vec<(Uuid, i64)> {
    let place = |claim: &Publication| (claim.event.aggregate, claim.event.sequence);
    claimed.iter().map(place).collect()
}
