//! What an adapter of the ordering ports must prove.
//!
//! Every function takes a fresh store, acts, and says in words what it found broken. An error that
//! it returns is the store's own: what it tried should have worked.

mod ground;

pub use ground::Ground;

use std::time::Duration;

use jangbogo_kernel::contract::{both, missing};
use jangbogo_kernel::{
    IdGenerator, Money, PageRequest, Store, StoreError, Timestamp, Transition, Uuid,
};

use crate::{
    HistoryEntry, Order, OrderId, OrderOrigin, OrderQueries, OrderRepository, OrderState,
    Transaction,
};

const INSTANT: Duration = Duration::from_micros(1);

/// Orders are found as they were added, with their lines.
pub async fn orders_are_found_as_they_were_added(
    store: &dyn Store<dyn Transaction>,
    queries: &dyn OrderQueries,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut tx = store.begin().await?;
    let ground = Ground::lay(&mut *tx, ids, now).await?;
    let orders = [
        ground.order(ground.buyer, ids, now)?,
        Order {
            origin: OrderOrigin::Cycle,
            ..ground.order(ground.other_buyer, ids, now.plus(INSTANT))?
        },
    ];
    let repository: &mut dyn OrderRepository = tx.orders();
    repository.add(&[]).await?;
    repository.add(&orders).await?;
    tx.commit().await?;
    let [one, other] = &orders;
    let mut tx = store.begin().await?;
    assert_eq!(tx.orders().find_many(&[]).await?, [], "no question");
    let asked = [other.id, ids.next(), one.id];
    let mut found = tx.orders().find_many(&asked).await?;
    found.sort_by_key(|order| order.placed_at);
    assert_eq!(found, orders, "both, with all lines, and no third");
    drop(tx);
    let seen = queries.find(one.id).await?.map(|detail| detail.order);
    assert_eq!(seen.as_ref(), Some(one), "outside a transaction");
    assert_eq!(queries.find(ids.next()).await?, None, "an unknown order");
    Ok(())
}

/// A step is saved with the refunded amount, the returned pieces and the end of the capture.
pub async fn a_saved_step_is_found(
    store: &dyn Store<dyn Transaction>,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut order = stored(store, ids, now).await?;
    let untouched = stored(store, ids, now).await?;
    begin_capture(store, order.id, ids.next_uuid(), now).await?;
    step(&mut order, OrderState::Paid, now)?;
    save(store, &order).await?;
    assert_eq!(found(store, order.id).await?, order, "paid, no capture under way");
    order.refunded = Money::won(1);
    let last = order.lines.last_mut();
    last.ok_or_else(|| missing("find a line"))?.returned = 1;
    step(&mut order, OrderState::PartiallyRefunded, now)?;
    save(store, &order).await?;
    assert_eq!(found(store, order.id).await?, order, "partially refunded");
    order.refunded = order.total;
    for line in &mut order.lines {
        line.returned = line.quantity.get();
    }
    step(&mut order, OrderState::Refunded, now)?;
    save(store, &order).await?;
    assert_eq!(found(store, order.id).await?, order, "refunded");
    let other = found(store, untouched.id).await?;
    assert_eq!(other, untouched, "another order changed");
    Ok(())
}

/// Saving over somebody else's step is a conflict and changes nothing.
pub async fn saving_over_another_s_step_is_a_conflict(
    store: &dyn Store<dyn Transaction>,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let order = stored(store, ids, now).await?;
    let (mut first, mut second) = (order.clone(), order);
    step(&mut first, OrderState::Paid, now)?;
    step(&mut second, OrderState::Cancelled, now)?;
    save(store, &first).await?;
    for late in [&first, &second] {
        let refused = save(store, late).await;
        let conflict = refused.is_err_and(|error| error.is_retryable());
        assert!(conflict, "{:?} was saved over version 2", late.state);
    }
    assert_eq!(found(store, first.id).await?, first, "the first step stays as it is");
    Ok(())
}

/// Only unpaid orders whose time is over and that no capture is under way for expire: the oldest
/// first, at most as many as wanted, each once.
pub async fn due_orders_expire_once(
    store: &dyn Store<dyn Transaction>,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let placed = |before: u32| now.minus(Ground::WINDOW).minus(INSTANT * before);
    let mut tx = store.begin().await?;
    let ground = Ground::lay(&mut *tx, ids, now).await?;
    // Added out of order, so that the order of adding cannot be what is told.
    let mut due = Vec::new();
    for before in [1, 3, 0, 2] {
        due.push(ground.place(&mut *tx, ids, placed(before)).await?);
    }
    let early = ground.place(&mut *tx, ids, placed(0).plus(INSTANT)).await?;
    let captured = ground.place(&mut *tx, ids, placed(9)).await?;
    let attempt = ids.next_uuid();
    let begun = tx.orders().begin_capture(captured.id, attempt, captured.placed_at).await?;
    assert!(begun, "the order could be paid when it was placed");
    let mut paid = ground.place(&mut *tx, ids, placed(9)).await?;
    step(&mut paid, OrderState::Paid, now)?;
    tx.orders().save(&paid).await?;
    tx.commit().await?;
    due.sort_by_key(|order| order.expires_at);
    for order in &mut due {
        step(order, OrderState::Expired, now)?;
    }
    let expire = |limit: u32| async move {
        let mut tx = store.begin().await?;
        let expired = tx.orders().expire_due(now, limit).await?;
        tx.commit().await?;
        Ok::<Vec<Order>, StoreError>(expired)
    };
    let (first, rest) = due.split_at(3);
    assert_eq!(expire(3).await?, first, "the oldest, as they now are");
    assert_eq!(expire(3).await?, rest, "what the limit left");
    assert_eq!(expire(3).await?, [], "an order expired again");
    for order in &due {
        assert_eq!(&found(store, order.id).await?, order, "it is stored so");
    }
    let waiting = Order { capture_in_flight: Some(attempt), ..captured };
    for order in [early, waiting, paid] {
        assert_eq!(found(store, order.id).await?, order, "it was not due");
    }
    Ok(())
}

/// A capture begins only on an order that awaits payment in time and has no other under way;
/// otherwise nothing changes.
pub async fn a_capture_begins_only_on_a_payable_order(
    store: &dyn Store<dyn Transaction>,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let (first, second) = (ids.next_uuid(), ids.next_uuid());
    let order = stored(store, ids, now).await?;
    let at_the_end = order.expires_at.minus(INSTANT);
    assert!(!begin_capture(store, order.id, first, order.expires_at).await?, "its time was over");
    assert!(!begin_capture(store, ids.next(), first, now).await?, "there is no such order");
    assert_eq!(found(store, order.id).await?, order, "nothing changed");
    assert!(begin_capture(store, order.id, first, at_the_end).await?, "there was an instant left");
    assert!(!begin_capture(store, order.id, second, now).await?, "another capture was under way");
    let waiting = Order { capture_in_flight: Some(first), ..order };
    assert_eq!(
        found(store, waiting.id).await?,
        waiting,
        "the first is under way, and no step was made"
    );
    for state in [OrderState::Paid, OrderState::Cancelled, OrderState::Expired] {
        let mut order = stored(store, ids, now).await?;
        step(&mut order, state, now)?;
        save(store, &order).await?;
        let begun = begin_capture(store, order.id, second, now).await?;
        assert!(!begun, "an order that is {} was captured", state.name());
        assert_eq!(found(store, order.id).await?, order, "nothing changed");
    }
    Ok(())
}

/// The end of a capture that took nothing leaves the order payable; only the capture that is under
/// way can end.
pub async fn a_capture_ends_by_its_own_attempt(
    store: &dyn Store<dyn Transaction>,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let order = stored(store, ids, now).await?;
    let (first, second) = (ids.next_uuid(), ids.next_uuid());
    begin_capture(store, order.id, first, now).await?;
    end_capture(store, order.id, second).await?;
    let in_flight = found(store, order.id).await?.capture_in_flight;
    assert_eq!(in_flight, Some(first), "another attempt ended the capture");
    end_capture(store, order.id, first).await?;
    assert_eq!(found(store, order.id).await?, order, "as if nothing had been sent");
    assert!(begin_capture(store, order.id, second, now).await?, "it can be paid again");
    end_capture(store, order.id, second).await?;
    let mut tx = store.begin().await?;
    let expired = tx.orders().expire_due(order.expires_at, 10).await?;
    let expired: Vec<OrderId> = expired.iter().map(|order| order.id).collect();
    assert_eq!(expired, [order.id], "or it expires");
    Ok(())
}

/// A payment that begins while the order expires: one of the two wins, never both, never none.
pub async fn capture_and_expiry_exclude_each_other(
    store: &dyn Store<dyn Transaction>,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    for round in 0..4 {
        let order = stored(store, ids, now.minus(Ground::WINDOW)).await?;
        // Two processes whose clocks differ a little both believe to be in time.
        let pay = begin_capture(store, order.id, ids.next_uuid(), now.minus(INSTANT));
        let expire = async {
            let mut tx = store.begin().await?;
            let expired = tx.orders().expire_due(now, 10).await?;
            tx.commit().await?;
            Ok::<bool, StoreError>(expired.iter().any(|one| one.id == order.id))
        };
        let (begun, expired) = if round % 2 == 0 {
            both(pay, expire).await
        } else {
            let (expired, begun) = both(expire, pay).await;
            (begun, expired)
        };
        let (begun, expired) = (begun?, expired?);
        let stored = found(store, order.id).await?;
        assert_eq!(stored.capture_in_flight.is_some(), begun, "{stored:?}");
        assert_eq!(stored.state == OrderState::Expired, expired, "{stored:?}");
        // What is locked may be left to the sweeper's next round, but not lost and not doubled.
        assert!(!(begun && expired), "paid and expired: {stored:?}");
        if !begun && !expired {
            let mut tx = store.begin().await?;
            let swept = tx.orders().expire_due(now, 10).await?;
            let swept = swept.iter().any(|one| one.id == order.id);
            assert!(swept, "neither paid nor expired: {stored:?}");
        }
    }
    Ok(())
}

/// Following the cursors shows every order of the buyer once, newest first, with its lines.
pub async fn listed_orders_come_once_and_newest_first(
    store: &dyn Store<dyn Transaction>,
    queries: &dyn OrderQueries,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut tx = store.begin().await?;
    let ground = Ground::lay(&mut *tx, ids, now).await?;
    let mut expected = Vec::new();
    // Three at one moment, so that a page ends among equals.
    for after in [2, 1, 1, 1, 0, 3] {
        let order = ground.place(&mut *tx, ids, now.plus(INSTANT * after)).await?;
        expected.push(order);
    }
    let foreign = ground.order(ground.other_buyer, ids, now)?;
    tx.orders().add(std::slice::from_ref(&foreign)).await?;
    for order in expected.iter_mut().step_by(2) {
        step(order, OrderState::Cancelled, now)?;
        tx.orders().save(order).await?;
    }
    tx.commit().await?;
    expected.sort_by_key(|order| std::cmp::Reverse((order.placed_at, order.id)));
    for limit in [1, 2, 6, 100] {
        let listed = follow(queries, &ground, None, limit).await?;
        assert_eq!(listed, expected, "{limit} at a time");
    }
    for state in [OrderState::Cancelled, OrderState::PendingPayment] {
        let mut of_state = expected.clone();
        of_state.retain(|order| order.state == state);
        let listed = follow(queries, &ground, Some(state), 2).await?;
        assert_eq!(listed, of_state, "only {}", state.name());
    }
    let none = follow(queries, &ground, Some(OrderState::Refunded), 2).await?;
    assert_eq!(none, [], "no order is refunded");
    Ok(())
}

/// An order's history is its own steps, oldest first.
pub async fn the_history_is_told_oldest_first(
    store: &dyn Store<dyn Transaction>,
    queries: &dyn OrderQueries,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut order = stored(store, ids, now).await?;
    let other = stored(store, ids, now).await?;
    let placed = order.transition("", "placed", now);
    let paid = step(&mut order, OrderState::Paid, now.plus(INSTANT))?;
    let elsewhere = Transition { entity: "attempt", ..placed.clone() };
    let mut tx = store.begin().await?;
    tx.orders().save(&order).await?;
    let steps = vec![paid, elsewhere, other.transition("", "placed", now), placed];
    tx.history().add(steps).await?;
    tx.commit().await?;
    let detail = queries.find(order.id).await?;
    let detail = detail.ok_or_else(|| missing("find an order"))?;
    let entry = |state: OrderState, reason: &str, at: Timestamp| HistoryEntry {
        state,
        reason: reason.to_owned(),
        at,
    };
    let expected = [
        entry(OrderState::PendingPayment, "placed", now),
        entry(OrderState::Paid, "contract", now.plus(INSTANT)),
    ];
    assert_eq!(detail.history, expected, "its two steps");
    assert_eq!(detail.order, order, "and the order itself");
    Ok(())
}

async fn stored(
    store: &dyn Store<dyn Transaction>,
    ids: &dyn IdGenerator,
    placed_at: Timestamp,
) -> Result<Order, StoreError> {
    let mut tx = store.begin().await?;
    let ground = Ground::lay(&mut *tx, ids, placed_at).await?;
    let order = ground.place(&mut *tx, ids, placed_at).await?;
    tx.commit().await?;
    Ok(order)
}

async fn found(store: &dyn Store<dyn Transaction>, id: OrderId) -> Result<Order, StoreError> {
    let mut tx = store.begin().await?;
    let found = tx.orders().find_many(&[id]).await?.pop();
    found.ok_or_else(|| missing("find an order"))
}

async fn save(store: &dyn Store<dyn Transaction>, order: &Order) -> Result<(), StoreError> {
    let mut tx = store.begin().await?;
    tx.orders().save(order).await?;
    tx.commit().await
}

async fn begin_capture(
    store: &dyn Store<dyn Transaction>,
    order: OrderId,
    attempt: Uuid,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let mut tx = store.begin().await?;
    let begun = tx.orders().begin_capture(order, attempt, now).await?;
    tx.commit().await?;
    Ok(begun)
}

async fn end_capture(
    store: &dyn Store<dyn Transaction>,
    order: OrderId,
    attempt: Uuid,
) -> Result<(), StoreError> {
    let mut tx = store.begin().await?;
    tx.orders().end_capture(order, attempt).await?;
    tx.commit().await
}

async fn follow(
    queries: &dyn OrderQueries,
    ground: &Ground,
    state: Option<OrderState>,
    limit: i64,
) -> Result<Vec<Order>, StoreError> {
    let mut listed = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let list = <dyn OrderQueries>::LIST;
        let request = PageRequest::try_new(list, Some(limit), cursor.as_deref());
        let request = request.map_err(|error| StoreError::new("follow a cursor", error))?;
        let page = queries.list(ground.buyer, state, &request).await?;
        assert!(
            page.items.len() <= request.limit() as usize,
            "a page of {} for a limit of {limit}",
            page.items.len()
        );
        listed.extend(page.items);
        assert!(listed.len() <= 100, "the list has no end");
        match page.next {
            Some(next) => cursor = Some(next.to_string()),
            None => return Ok(listed),
        }
    }
}

fn step(order: &mut Order, next: OrderState, at: Timestamp) -> Result<Transition, StoreError> {
    let step = order.advance(next, "contract", at);
    step.map_err(|error| StoreError::new("make a step", error))
}
