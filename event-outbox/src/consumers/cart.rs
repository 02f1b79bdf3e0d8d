//! What was paid for leaves the cart.

use std::sync::Arc;

use async_trait::async_trait;
use jangbogo_cart::{BoughtItem, RemoveBought};
use jangbogo_kernel::{DomainEvent as _, Event};
use jangbogo_ordering::{OrderFacts, OrderOrigin, OrderPaid};

use crate::{ConsumeError, Consumer, parse};

pub(super) struct Cart(pub(super) Arc<RemoveBought>);

#[async_trait]
impl Consumer for Cart {
    fn name(&self) -> &'static str {
        RemoveBought::CONSUMER
    }

    fn subscriptions(&self) -> &'static [&'static str] {
        &[OrderPaid::NAME]
    }

    async fn handle(&self, event: &Event) -> Result<(), ConsumeError> {
        let order = parse::<OrderPaid>(event)?.facts;
        let bought = bought(&order);
        Ok(self.0.run(event.id, order.buyer, &bought).await?)
    }
}

/// Nothing that a subscription ordered: what is in the cart is wanted beside it.
pub(super) fn bought(order: &OrderFacts) -> Vec<BoughtItem> {
    let lines = order.lines.iter().filter(|_| order.origin == OrderOrigin::Buyer);
    lines.map(|line| BoughtItem { product: line.product, pieces: line.quantity }).collect()
}
