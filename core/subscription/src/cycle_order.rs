//! The one order of a cycle.

use jangbogo_kernel::{Currency, Money, StoreError, Timestamp};
use jangbogo_ordering::{Order, OrderId, OrderLine, OrderOrigin, OrderState};

use crate::{Subscription, Transaction};

/// The order of a subscription's lines at the prices that the member was told; `None` when a
/// product is no longer sold.
pub(crate) async fn order_of(
    tx: &mut dyn Transaction,
    subscription: &Subscription,
    id: OrderId,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<Option<Order>, StoreError> {
    let wanted: Vec<_> = subscription.lines.iter().map(|line| line.product).collect();
    let terms = tx.products().terms(&wanted).await?;
    let absurd = |error| StoreError::new("add up a subscription", error);
    let mut total = Money::zero(Currency::Krw);
    let mut lines = Vec::with_capacity(subscription.lines.len());
    for (line, number) in subscription.lines.iter().zip(1..) {
        let terms = terms.iter().find(|terms| terms.product == line.product);
        let Some(terms) = terms.filter(|terms| terms.is_on_sale()) else {
            return Ok(None);
        };
        let price = line.unit_price.checked_mul(line.quantity.get()).map_err(absurd)?;
        total = total.checked_add(price).map_err(absurd)?;
        lines.push(OrderLine {
            number,
            product: line.product,
            seller: terms.seller,
            product_name: terms.name.clone(),
            unit_price: line.unit_price,
            quantity: line.quantity,
            total: price,
            returned: 0,
        });
    }
    Ok(Some(Order {
        id,
        buyer: subscription.member,
        origin: OrderOrigin::Cycle,
        state: OrderState::PendingPayment,
        lines,
        total,
        refunded: Money::zero(total.currency()),
        receiver: subscription.receiver.clone(),
        placed_at: now,
        expires_at,
        capture_in_flight: None,
        version: 1,
    }))
}

/// What is bought, in a few words.
pub(crate) fn item_name(order: &Order) -> String {
    let first = order.lines.first().map_or("", |line| line.product_name.as_str());
    let name: String = first.chars().take(60).collect();
    match order.lines.len() {
        0 | 1 => name,
        lines => format!("{name} 외 {}건", lines - 1),
    }
}
