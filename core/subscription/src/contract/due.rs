//! What is promised of walks along what is due.

use std::time::Duration;

use jangbogo_kernel::{IdGenerator, Store, StoreError, Timestamp};

use super::ground::{Subscribed, charging};
use crate::{Cycle, CycleId, CycleState, SubscriptionQueries, Transaction};

const DAY: Duration = Duration::from_hours(24);

/// A walk meets every cycle that is due once, whatever the page: those whose charge is under way
/// too, none that is held, over, or due later.
pub async fn due_cycles_are_met_once(
    store: &dyn Store<dyn Transaction>,
    queries: &dyn SubscriptionQueries,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut expected = Vec::new();
    let cut_off = now.plus(31 * DAY);
    for number in 0..5 {
        let ground = Subscribed::stored(store, ids, now).await?;
        // Two have one moment, so that the id decides.
        let next_at = now.plus(DAY * (number / 2));
        let mut cycle = Cycle { next_at, ..ground.cycle(1, ids, now) };
        if number == 3 {
            let attempt = Subscribed::charge(store, ids, now).await?;
            cycle = Cycle { version: 1, ..charging(&cycle, &attempt) };
        }
        add(store, &cycle).await?;
        expected.push((cycle.next_at, cycle.id));
    }
    for (state, next_at) in [
        (CycleState::Held, now),
        (CycleState::Skipped, now),
        (CycleState::Cancelled, now),
        (CycleState::LeftOut, now),
        (CycleState::Scheduled, Timestamp::from_micros(cut_off.as_micros() + 1)),
    ] {
        let ground = Subscribed::stored(store, ids, now).await?;
        add(store, &Cycle { next_at, state, ..ground.cycle(1, ids, now) }).await?;
    }
    expected.sort_unstable();
    for limit in [1, 2, 3, 100] {
        let (mut met, mut after) = (Vec::new(), None);
        loop {
            let page = queries.due(cut_off, after, limit).await?;
            assert!(page.len() <= limit as usize, "no more than asked for");
            met.extend(page.iter().map(|due| (due.next_at, due.cycle)));
            after = page.last().copied();
            if after.is_none() {
                break;
            }
        }
        assert_eq!(met, expected, "{limit} at a time");
    }
    let at_once = queries.due(now, None, 100).await?;
    assert_eq!(at_once.len(), 2, "by the cut-off and no later");
    Ok(())
}

/// Only cycles that are ahead, within the time, and not announced, are found; oldest first.
pub async fn cycles_to_announce_are_found(
    store: &dyn Store<dyn Transaction>,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut added: Vec<CycleId> = Vec::new();
    for (next_at, announced_at, state) in [
        (now.plus(2 * DAY), None, CycleState::Scheduled),
        (now.plus(DAY), None, CycleState::Scheduled),
        (now, None, CycleState::Scheduled), // it is due: too late to announce
        (now.plus(4 * DAY), None, CycleState::Scheduled),
        (now.plus(DAY), Some(now), CycleState::Scheduled),
        (now.plus(DAY), None, CycleState::Held),
    ] {
        let ground = Subscribed::stored(store, ids, now).await?;
        let cycle = Cycle { next_at, state, announced_at, ..ground.cycle(1, ids, now) };
        add(store, &cycle).await?;
        added.push(cycle.id);
    }
    let mut tx = store.begin().await?;
    let until = now.plus(3 * DAY);
    let found = tx.subscriptions().to_announce(now, until, 10).await?;
    assert_eq!(found, [added[1], added[0]]);
    assert_eq!(tx.subscriptions().to_announce(now, until, 1).await?, [added[1]], "the first");
    Ok(())
}

async fn add(store: &dyn Store<dyn Transaction>, cycle: &Cycle) -> Result<(), StoreError> {
    let mut tx = store.begin().await?;
    tx.subscriptions().add_cycle(cycle).await?;
    tx.commit().await
}
