//! Sold pieces are counted, returned ones counted back.

use std::sync::Arc;

use async_trait::async_trait;
use jangbogo_catalog::{CountSales, SoldItem, ViewDay};
use jangbogo_kernel::{DomainEvent as _, Event};
use jangbogo_ordering::{EventLine, OrderPaid, OrderPartiallyRefunded, OrderRefunded};

use super::refunded::Refunded;
use crate::{ConsumeError, Consumer, parse};

pub(super) struct Sales(pub(super) Arc<CountSales>);

#[async_trait]
impl Consumer for Sales {
    fn name(&self) -> &'static str {
        CountSales::CONSUMER
    }

    fn subscriptions(&self) -> &'static [&'static str] {
        &[OrderPaid::NAME, OrderPartiallyRefunded::NAME, OrderRefunded::NAME]
    }

    async fn handle(&self, event: &Event) -> Result<(), ConsumeError> {
        Ok(self.0.run(event.id, &sold(event)?).await?)
    }
}

/// The pieces that the event adds to the counters.
pub(super) fn sold(event: &Event) -> Result<Vec<SoldItem>, ConsumeError> {
    let (lines, sign) = if event.name == OrderPaid::NAME {
        (parse::<OrderPaid>(event)?.facts.lines, 1)
    } else {
        (Refunded::parse(event)?.returned, -1)
    };
    let day = ViewDay::of(event.occurred_at);
    let item =
        |line: EventLine| SoldItem { product: line.product, pieces: sign * line.quantity, day };
    Ok(lines.into_iter().map(item).collect())
}
