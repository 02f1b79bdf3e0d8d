//! What becomes of an order is taken in by its subscription, if it has one.

use std::sync::Arc;

use async_trait::async_trait;
use jangbogo_kernel::{DomainEvent as _, Event};
use jangbogo_ordering::{OrderCancelled, OrderExpired, OrderPaid};
use jangbogo_subscription::FollowOrder;

use crate::{ConsumeError, Consumer, parse};

pub(super) struct FollowedOrder(pub(super) Arc<FollowOrder>);

#[async_trait]
impl Consumer for FollowedOrder {
    fn name(&self) -> &'static str {
        FollowOrder::CONSUMER
    }

    fn subscriptions(&self) -> &'static [&'static str] {
        &[OrderPaid::NAME, OrderExpired::NAME, OrderCancelled::NAME]
    }

    async fn handle(&self, event: &Event) -> Result<(), ConsumeError> {
        let facts = match event.name.as_str() {
            OrderPaid::NAME => parse::<OrderPaid>(event)?.facts,
            OrderExpired::NAME => parse::<OrderExpired>(event)?.facts,
            _ => parse::<OrderCancelled>(event)?.facts,
        };
        Ok(self.0.run(event.id, facts.order).await?)
    }
}
