//! What was paid for leaves the cart.

use std::sync::Arc;

use async_trait::async_trait;
use jangbogo_cart::{BoughtItem, RemoveBought};
use jangbogo_kernel::{DomainEvent as _, Event};
use jangbogo_ordering::{EventLine, OrderPaid};

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
        let bought = bought(&order.lines);
        Ok(self.0.run(event.id, order.buyer, &bought).await?)
    }
}

pub(super) fn bought(lines: &[EventLine]) -> Vec<BoughtItem> {
    let items =
        lines.iter().map(|line| BoughtItem { product: line.product, pieces: line.quantity });
    items.collect()
}
