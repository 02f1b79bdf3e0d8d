//! Orders that come and go inside another crate's transaction.

use jangbogo_inventory::{Hold, OutOfStock, release_holds};
use jangbogo_kernel::{Event, IdGenerator, StoreError, Timestamp};

use crate::{
    IllegalTransition, Order, OrderCancelled, OrderFacts, OrderPlaced, OrderState, Transaction,
};

/// Places a new order whose lines and prices are decided already: all its pieces are held, or
/// nothing at all has happened.
pub async fn place_within(
    tx: &mut dyn Transaction,
    order: &Order,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<Result<(), OutOfStock>, StoreError> {
    let hold = match hold(tx, order, false, ids).await? {
        Ok(hold) => hold,
        Err(short) => return Ok(Err(short)),
    };
    tx.orders().add(std::slice::from_ref(order)).await?;
    tx.history().add(vec![order.transition("", "placed", now)]).await?;
    let fact = OrderPlaced { facts: OrderFacts::of(order) };
    tx.outbox().append(vec![Event::of(&fact, ids, now)?]).await?;
    hold.save(tx, now).await?;
    Ok(Ok(()))
}

/// Holds the pieces of an order that has expired once more, because it was paid after all: all of
/// them, or nothing at all has happened.
pub async fn hold_again(
    tx: &mut dyn Transaction,
    order: &Order,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<Result<(), OutOfStock>, StoreError> {
    match hold(tx, order, true, ids).await? {
        Ok(hold) => Ok(Ok(hold.save(tx, now).await?)),
        Err(short) => Ok(Err(short)),
    }
}

async fn hold(
    tx: &mut dyn Transaction,
    order: &Order,
    is_second: bool,
    ids: &dyn IdGenerator,
) -> Result<Result<Hold, OutOfStock>, StoreError> {
    let lines = order.lines.iter();
    let pieces: Vec<_> = lines.map(|line| (line.product, line.quantity)).collect();
    Hold::take(tx, (order.id.uuid(), order.expires_at, is_second), &pieces, ids).await
}

/// Gives up an order that is not paid and that no capture is under way for.
pub async fn cancel_within(
    tx: &mut dyn Transaction,
    order: &mut Order,
    why: &str,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<Result<(), IllegalTransition>, StoreError> {
    let step = match order.advance(OrderState::Cancelled, why, now) {
        Ok(step) => step,
        Err(illegal) => return Ok(Err(illegal)),
    };
    tx.orders().save(order).await?;
    tx.history().add(vec![step]).await?;
    release_holds(tx, order.id.uuid(), now).await?;
    let fact = OrderCancelled { facts: OrderFacts::of(order) };
    tx.outbox().append(vec![Event::of(&fact, ids, now)?]).await?;
    Ok(Ok(()))
}
