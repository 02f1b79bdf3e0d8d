//! The buyer is told that an order is paid.

use std::sync::Arc;

use async_trait::async_trait;
use jangbogo_kernel::{DomainEvent as _, Event, Quantity};
use jangbogo_notification::{Mail, OrderConfirmation, OrderLine};
use jangbogo_ordering::{OrderFacts, OrderOrigin, OrderPaid};

use super::post_office::{PostOffice, money, permanent};
use crate::{ConsumeError, Consumer, parse};

pub(super) struct ConfirmationMail(pub(super) Arc<PostOffice>);

#[async_trait]
impl Consumer for ConfirmationMail {
    fn name(&self) -> &'static str {
        "notification.confirmation-mail"
    }

    fn subscriptions(&self) -> &'static [&'static str] {
        &[OrderPaid::NAME]
    }

    async fn handle(&self, event: &Event) -> Result<(), ConsumeError> {
        let order = parse::<OrderPaid>(event)?.facts;
        if order.origin == OrderOrigin::Cycle {
            // The subscription's own mail tells what was charged, for what, and when again.
            return Ok(self.0.inbox.record(self.name(), event.id).await?);
        }
        let compose = |to: &str| compose(to, &order);
        self.0.send(self.name(), event, order.buyer, compose).await
    }
}

fn compose(to: &str, order: &OrderFacts) -> Result<Mail, ConsumeError> {
    let mut lines = Vec::with_capacity(order.lines.len());
    for line in &order.lines {
        let price = money(line.unit_price, &order.currency)?;
        lines.push(OrderLine {
            name: &line.name,
            quantity: Quantity::try_new(line.quantity).map_err(permanent)?,
            amount: price.checked_mul(line.quantity).map_err(permanent)?,
        });
    }
    let confirmation = OrderConfirmation {
        to,
        order: &order.order.to_string(),
        placed_at: order.placed_at.parse().map_err(permanent)?,
        lines: &lines,
        total: money(order.total, &order.currency)?,
    };
    Ok(confirmation.compose())
}
