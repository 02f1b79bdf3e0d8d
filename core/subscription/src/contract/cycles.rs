//! What is promised of single cycles.

use std::time::Duration;

use jangbogo_kernel::contract::{both, missing};
use jangbogo_kernel::{IdGenerator, Store, StoreError, Timestamp};
use jangbogo_payment::{Attempt, AttemptState};

use super::ground::{Subscribed, charging};
use crate::{ChargeTry, Cycle, CycleState, EndReason, SubscriptionState, Transaction};

const DAY: Duration = Duration::from_hours(24);

/// A subscription has one cycle for a day, and one that is not over, whoever comes first.
pub async fn a_day_has_one_cycle_and_one_is_open(
    store: &dyn Store<dyn Transaction>,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let ground = Subscribed::stored(store, ids, now).await?;
    let first = ground.cycle(0, ids, now);
    let second = ground.cycle(1, ids, now);
    add(store, &first).await?;
    let same_day =
        Cycle { number: 7, state: CycleState::Skipped, order: None, ..ground.cycle(0, ids, now) };
    let refused = add(store, &same_day).await;
    assert!(refused.is_err_and(|error| error.is_retryable()), "a day got a second cycle");
    add(store, &second).await?;
    for state in [CycleState::Scheduled, CycleState::Held] {
        let another = Cycle { state, ..ground.cycle(2, ids, now) };
        let refused = add(store, &another).await;
        let retryable = refused.is_err_and(|error| error.is_retryable());
        assert!(retryable, "a second one that is {}", state.name());
    }
    let skipped = Cycle { state: CycleState::Skipped, ..ground.cycle(2, ids, now) };
    add(store, &skipped).await?;
    let mut tx = store.begin().await?;
    let id = ground.subscription.id;
    assert_eq!(tx.subscriptions().open_cycle(id).await?, Some(second.clone()), "the open one");
    assert_eq!(tx.subscriptions().last_day(id).await?, Some(skipped.period_start), "the last day");
    let days = [(first.period_start, false), (skipped.period_start, true)];
    for (day, is_skipped) in days {
        assert_eq!(tx.subscriptions().is_skipped(id, day).await?, is_skipped, "{day}");
    }
    let found = tx.subscriptions().of_cycle(second.id).await?;
    assert_eq!(found, Some((ground.subscription, second)), "with its subscription");
    assert_eq!(tx.subscriptions().of_cycle(ids.next()).await?, None, "an unknown one");
    Ok(())
}

/// A step of a cycle is saved once; over another's step it is a conflict.
pub async fn a_cycle_is_saved_once_per_version(
    store: &dyn Store<dyn Transaction>,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let ground = Subscribed::stored(store, ids, now).await?;
    let attempt = Subscribed::charge(store, ids, now).await?;
    let cycle = ground.cycle(1, ids, now);
    add(store, &cycle).await?;
    let retrying = Cycle {
        state: CycleState::Retrying,
        tries: 1,
        first_day: Some(cycle.period_start),
        next_at: cycle.next_at.plus(DAY),
        announced_at: Some(now),
        ..charging(&cycle, &attempt)
    };
    save(store, &retrying, 1).await?;
    assert_eq!(found(store, &cycle).await?, retrying, "after the step");
    let refused = save(store, &retrying, 1).await;
    assert!(refused.is_err_and(|error| error.is_retryable()), "version 2 was saved twice");
    let mut tx = store.begin().await?;
    let of_order = tx.subscriptions().of_order(attempt.order).await?;
    assert_eq!(of_order, Some(ground.subscription), "found by its cycle's order");
    Ok(())
}

/// A charge begins on the stored version of a cycle that is due, of a subscription that is neither
/// paused nor over and whose member is there; of two at once exactly one begins.
pub async fn a_charge_begins_only_where_it_may(
    store: &dyn Store<dyn Transaction>,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let ground = Subscribed::stored(store, ids, now).await?;
    let active = ground.activated(store, ids, now).await?;
    let attempt = Subscribed::charge(store, ids, now).await?;
    let cycle = ground.cycle(1, ids, now);
    add(store, &cycle).await?;
    let due = cycle.next_at;
    let early = Timestamp::from_micros(due.as_micros() - 1);
    let begun = charging(&cycle, &attempt);
    assert!(!begin(store, &begun, 1, early).await?, "not due yet");
    assert!(!begin(store, &begun, 2, due).await?, "another version");
    for state in [SubscriptionState::Paused, SubscriptionState::Cancelled] {
        let over = state == SubscriptionState::Cancelled;
        let mut tx = store.begin().await?;
        let mut changed = active.clone();
        changed.state = state;
        changed.ended = over.then_some((now, EndReason::Member));
        changed.version += 1;
        tx.subscriptions().save(&changed).await?;
        let began = tx.subscriptions().begin_charge(&begun, 1, due).await?;
        assert!(!began, "its subscription is {}", state.name());
    }
    let mut tx = store.begin().await?;
    let member = tx.members().find(active.member).await?;
    let mut member = member.ok_or_else(|| missing("find a member"))?;
    member.withdraw();
    tx.members().save(&member).await?;
    assert!(!tx.subscriptions().begin_charge(&begun, 1, due).await?, "its member has left");
    drop(tx);
    assert_eq!(found(store, &cycle).await?, cycle, "nothing changed");
    let (one, two) = both(begin(store, &begun, 1, due), begin(store, &begun, 1, due)).await;
    let began = [one, two].into_iter().filter(|begun| matches!(begun, Ok(true))).count();
    assert_eq!(began, 1, "of two at once exactly one begins");
    assert_eq!(found(store, &cycle).await?, begun, "as it was given");
    assert!(!begin(store, &charging(&begun, &attempt), 2, due).await?, "it is being charged");
    Ok(())
}

/// A cycle has one try for each day of the dunning, and an attempt is one try.
pub async fn a_day_of_the_dunning_has_one_try(
    store: &dyn Store<dyn Transaction>,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let ground = Subscribed::stored(store, ids, now).await?;
    let cycle = ground.cycle(1, ids, now);
    add(store, &cycle).await?;
    let [one, two] =
        [Subscribed::charge(store, ids, now).await?, Subscribed::charge(store, ids, now).await?];
    let of = |attempt: &Attempt, day_offset| ChargeTry {
        cycle: cycle.id,
        day_offset,
        attempt: attempt.id,
        is_charged: attempt.state == AttemptState::Succeeded,
        tried_at: now,
    };
    count(store, &of(&one, 0)).await?;
    for twice in [of(&two, 0), of(&one, 1)] {
        let refused = count(store, &twice).await;
        assert!(refused.is_err_and(|error| error.is_retryable()), "{twice:?}");
    }
    assert!(count(store, &of(&two, 2)).await.is_err(), "no day of the dunning");
    count(store, &of(&two, 1)).await
}

async fn add(store: &dyn Store<dyn Transaction>, cycle: &Cycle) -> Result<(), StoreError> {
    let mut tx = store.begin().await?;
    tx.subscriptions().add_cycle(cycle).await?;
    tx.commit().await
}

async fn save(
    store: &dyn Store<dyn Transaction>,
    cycle: &Cycle,
    version_before: i64,
) -> Result<(), StoreError> {
    let mut tx = store.begin().await?;
    tx.subscriptions().save_cycle(cycle, version_before).await?;
    tx.commit().await
}

async fn begin(
    store: &dyn Store<dyn Transaction>,
    cycle: &Cycle,
    version_before: i64,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let mut tx = store.begin().await?;
    let begun = tx.subscriptions().begin_charge(cycle, version_before, now).await?;
    tx.commit().await?;
    Ok(begun)
}

async fn count(store: &dyn Store<dyn Transaction>, one: &ChargeTry) -> Result<(), StoreError> {
    let mut tx = store.begin().await?;
    tx.subscriptions().add_try(one).await?;
    tx.commit().await
}

async fn found(store: &dyn Store<dyn Transaction>, cycle: &Cycle) -> Result<Cycle, StoreError> {
    let mut tx = store.begin().await?;
    let found = tx.subscriptions().of_cycle(cycle.id).await?;
    found.map(|(_, cycle)| cycle).ok_or_else(|| missing("find a cycle"))
}
