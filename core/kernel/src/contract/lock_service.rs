//! What a lock service must prove. `locks` and `elsewhere` are the same locks as two processes see
//! them.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use super::{both, missing};
use crate::{IdGenerator, LockGuard, LockService, LockTimes, StoreError};

/// Tries once.
const AT_ONCE: LockTimes = LockTimes { wait: Duration::ZERO, lease: Duration::from_hours(1) };
/// Waits until the other one is done, however slow the machine.
const PATIENT: LockTimes =
    LockTimes { wait: Duration::from_mins(1), lease: Duration::from_hours(1) };
/// Is over as soon as it is taken.
const SHORT: LockTimes = LockTimes { wait: Duration::ZERO, lease: Duration::from_millis(1) };

/// A key has one holder; other keys are free.
pub async fn lock_service_gives_a_key_to_one(
    locks: &dyn LockService,
    elsewhere: &dyn LockService,
    ids: &dyn IdGenerator,
) -> Result<(), StoreError> {
    let [a, b] = keys(ids);
    let held = taken(locks, &[&a], AT_ONCE).await?;
    assert!(is_held(locks, &a).await?, "a held key was given again");
    assert!(is_held(elsewhere, &a).await?, "a held key was given to another process");
    assert!(taken(elsewhere, &[&b], AT_ONCE).await?.release().await?, "another key is free");
    assert!(held.release().await?, "it was held to the end");
    assert!(!is_held(elsewhere, &a).await?, "a released key is free");
    Ok(())
}

/// All keys are given, or none.
pub async fn lock_service_gives_all_keys_or_none(
    locks: &dyn LockService,
    elsewhere: &dyn LockService,
    ids: &dyn IdGenerator,
) -> Result<(), StoreError> {
    let [a, b] = keys(ids);
    for held in [&a, &b] {
        let holder = taken(locks, &[held], AT_ONCE).await?;
        let refused = acquire(elsewhere, &[&a, &b], AT_ONCE).await?;
        assert!(refused.is_none(), "{held} was held");
        let other = if held == &a { &b } else { &a };
        assert!(!is_held(locks, other).await?, "a refusal kept a key");
        assert!(holder.release().await?, "{held} was held to the end");
    }
    let both = taken(locks, &[&b, &a, &b], AT_ONCE).await?;
    assert!(is_held(elsewhere, &a).await? && is_held(elsewhere, &b).await?, "both are held");
    assert!(both.release().await?, "a key that is named twice is taken once");
    assert!(!is_held(locks, &a).await? && !is_held(locks, &b).await?, "both are free");
    Ok(())
}

/// Whoever waits is given the key when it is released.
pub async fn lock_service_waits_for_the_holder(
    locks: &dyn LockService,
    elsewhere: &dyn LockService,
    ids: &dyn IdGenerator,
) -> Result<(), StoreError> {
    let [a, _] = keys(ids);
    for waiting in [locks, elsewhere] {
        let held = taken(locks, &[&a], AT_ONCE).await?;
        let (next, released) = both(acquire(waiting, &[&a], PATIENT), held.release()).await;
        assert!(released?, "the holder was undisturbed");
        let next = next?.ok_or_else(|| missing("wait for a lock"))?;
        assert!(is_held(locks, &a).await?, "the one who waited holds it");
        assert!(next.release().await?, "to the end");
    }
    Ok(())
}

/// Callers that want the same keys in other orders both come to their turn.
pub async fn lock_service_knows_no_deadlock(
    locks: &dyn LockService,
    elsewhere: &dyn LockService,
    ids: &dyn IdGenerator,
) -> Result<(), StoreError> {
    let [a, b] = keys(ids);
    let turns = async |locks: &dyn LockService, wanted: [&str; 2]| {
        for _ in 0..20 {
            let held = taken(locks, &wanted, PATIENT).await?;
            assert!(held.release().await?, "it was held to the end");
        }
        Ok::<(), StoreError>(())
    };
    let (one, other) = both(turns(locks, [&a, &b]), turns(elsewhere, [&b, &a])).await;
    one.and(other)
}

/// When the lease is over the key is somebody else's, and the former holder cannot take it away.
pub async fn lock_service_ends_a_lease(
    locks: &dyn LockService,
    elsewhere: &dyn LockService,
    ids: &dyn IdGenerator,
) -> Result<(), StoreError> {
    let [a, b] = keys(ids);
    let paused = taken(locks, &[&a, &b], SHORT).await?;
    let next = taken(elsewhere, &[&a], PATIENT).await?;
    assert!(next.fence() > paused.fence(), "the database can tell the two apart");
    assert!(!paused.release().await?, "the lease was over");
    assert!(is_held(locks, &a).await?, "the former holder took away the next one's lock");
    assert!(next.release().await?, "the next one held it to the end");
    Ok(())
}

/// A guard that is dropped is released, and so is a wait.
pub async fn lock_service_releases_what_is_dropped(
    locks: &dyn LockService,
    elsewhere: &dyn LockService,
    ids: &dyn IdGenerator,
) -> Result<(), StoreError> {
    let [a, b] = keys(ids);
    drop(taken(locks, &[&a], AT_ONCE).await?);
    let held = taken(elsewhere, &[&a], PATIENT).await?;
    // It takes `b` or not, and stops waiting for `a`.
    let wanted = [b.as_str(), a.as_str()];
    let mut waiting = Box::pin(acquire(locks, &wanted, PATIENT));
    let polled = poll_fn(|context| Poll::Ready(waiting.as_mut().poll(context))).await;
    assert!(polled.is_pending(), "the key was held");
    drop(waiting);
    assert!(held.release().await?, "the holder was undisturbed");
    let all = taken(elsewhere, &[&a, &b], PATIENT).await?;
    assert!(all.release().await?, "nothing was left of the wait");
    Ok(())
}

/// A later holder has a higher fence, also after the service forgot everything: `forget` makes it
/// do so and returns what is there afterwards.
pub async fn lock_service_fences_only_grow(
    locks: &dyn LockService,
    forget: impl AsyncFn() -> Arc<dyn LockService>,
    ids: &dyn IdGenerator,
) -> Result<(), StoreError> {
    let [a, b] = keys(ids);
    let mut last = 0;
    for wanted in [[&a, &b], [&b, &a]].iter().cycle().take(50) {
        let held = taken(locks, &[wanted[0], wanted[1]], AT_ONCE).await?;
        assert!(held.fence() > last, "{} after {last}", held.fence());
        last = held.fence();
        held.release().await?;
    }
    let forgotten = taken(locks, &[&a], AT_ONCE).await?;
    for _ in 0..3 {
        let locks = forget().await;
        let held = taken(&*locks, &[&a], AT_ONCE).await?;
        assert!(held.fence() > forgotten.fence(), "{} after {last}", held.fence());
        assert!(held.fence() > last, "{} after {last}", held.fence());
        last = held.fence();
        held.release().await?;
    }
    Ok(())
}

fn keys(ids: &dyn IdGenerator) -> [String; 2] {
    [format!("a-{}", ids.next_uuid()), format!("b-{}", ids.next_uuid())]
}

async fn acquire(
    locks: &dyn LockService,
    keys: &[&str],
    times: LockTimes,
) -> Result<Option<Box<dyn LockGuard>>, StoreError> {
    let keys: Vec<String> = keys.iter().map(|&key| key.to_owned()).collect();
    locks.acquire(&keys, times).await
}

async fn taken(
    locks: &dyn LockService,
    keys: &[&str],
    times: LockTimes,
) -> Result<Box<dyn LockGuard>, StoreError> {
    acquire(locks, keys, times).await?.ok_or_else(|| missing("acquire a lock"))
}

async fn is_held(locks: &dyn LockService, key: &str) -> Result<bool, StoreError> {
    match acquire(locks, &[key], AT_ONCE).await? {
        Some(guard) => guard.release().await.map(|_| false),
        None => Ok(true),
    }
}
