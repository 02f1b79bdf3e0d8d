//! What money does to an order; steps inside the payment's transaction.

use jangbogo_inventory::{Returned, StockAdjusted, commit_holds, restock};
use jangbogo_kernel::{Event, IdGenerator, Money, StoreError, Timestamp};

use crate::{
    EventLine, IllegalTransition, Order, OrderFacts, OrderPaid, OrderPartiallyRefunded,
    OrderRefunded, OrderState, Transaction,
};

/// The order's money was captured: it is paid and its held pieces are sold.
pub async fn mark_paid(
    tx: &mut dyn Transaction,
    order: &mut Order,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<Result<(), IllegalTransition>, StoreError> {
    order.capture_in_flight = None;
    let step = match order.advance(OrderState::Paid, "captured", now) {
        Ok(step) => step,
        Err(illegal) => return Ok(Err(illegal)),
    };
    tx.orders().save(order).await?;
    tx.history().add(vec![step]).await?;
    commit_holds(tx, order.id.uuid(), now).await?;
    let fact = OrderPaid { facts: OrderFacts::of(order) };
    tx.outbox().append(vec![Event::of(&fact, ids, now)?]).await?;
    Ok(Ok(()))
}

/// `amount` of the order's money went back, and `returned` pieces with it; those that cannot be
/// sold again are written off.
pub async fn mark_refunded(
    tx: &mut dyn Transaction,
    order: &mut Order,
    amount: Money,
    returned: &[Returned],
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<Result<(), IllegalTransition>, StoreError> {
    let invalid = |error| StoreError::new("add up refunds", error);
    order.refunded = order.refunded.checked_add(amount).map_err(invalid)?;
    let whole = order.refundable().map_err(invalid)?.minor() == 0;
    let next = if whole { OrderState::Refunded } else { OrderState::PartiallyRefunded };
    let step = match order.advance(next, "refunded", now) {
        Ok(step) => step,
        Err(illegal) => return Ok(Err(illegal)),
    };
    let mut back = Vec::with_capacity(returned.len());
    for line in &mut order.lines {
        let Some(pieces) = returned.iter().find(|back| back.product == line.product) else {
            continue;
        };
        line.returned += pieces.quantity.get();
        back.push(EventLine {
            product: line.product,
            name: line.product_name.clone(),
            quantity: pieces.quantity.get(),
            unit_price: line.unit_price.minor(),
        });
    }
    tx.orders().save(order).await?;
    tx.history().add(vec![step]).await?;
    let written_off = restock(tx, order.id.uuid(), returned, now).await?;
    let (facts, amount) = (OrderFacts::of(order), amount.minor());
    let event = if whole {
        Event::of(&OrderRefunded { facts, amount, returned: back }, ids, now)?
    } else {
        Event::of(&OrderPartiallyRefunded { facts, amount, returned: back }, ids, now)?
    };
    let mut events = vec![event];
    for gone in written_off {
        let fact = StockAdjusted {
            adjustment: ids.next_uuid(),
            product: gone.product,
            delta: -gone.pieces.get(),
            available: gone.available,
            reason: format!("returned with {} and written off", order.id),
        };
        events.push(Event::of(&fact, ids, now)?);
    }
    tx.outbox().append(events).await?;
    Ok(Ok(()))
}
