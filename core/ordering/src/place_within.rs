//! Orders that come and go inside another crate's transaction.

use jangbogo_catalog::ProductId;
use jangbogo_inventory::{OutOfStock, Reservation, ReservationState, release_holds};
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
    let mut products: Vec<ProductId> = order.lines.iter().map(|line| line.product).collect();
    products.sort_unstable();
    let mut stocks = tx.stock().lock(&products).await?;
    let mut reservations = Vec::with_capacity(order.lines.len());
    for line in &order.lines {
        let id = ids.next();
        let none = OutOfStock { product: line.product, available: 0 };
        let stock = stocks.iter_mut().find(|stock| stock.product() == line.product);
        let held = stock.ok_or(none).and_then(|stock| stock.hold(line.quantity, id));
        if let Err(short) = held {
            return Ok(Err(short)); // what is held so far was never saved
        }
        reservations.push(Reservation {
            id,
            order: order.id.uuid(),
            product: line.product,
            quantity: line.quantity,
            state: ReservationState::Held,
            expires_at: order.expires_at,
        });
    }
    tx.orders().add(std::slice::from_ref(order)).await?;
    tx.stock().reserve(&reservations).await?;
    tx.history().add(vec![order.transition("", "placed", now)]).await?;
    let fact = OrderPlaced { facts: OrderFacts::of(order) };
    tx.outbox().append(vec![Event::of(&fact, ids, now)?]).await?;
    tx.stock().save(&stocks, now).await?;
    Ok(Ok(()))
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
