//! The buyer is told that money is on its way back.

use std::sync::Arc;

use async_trait::async_trait;
use jangbogo_kernel::{DomainEvent as _, Event};
use jangbogo_member::MemberId;
use jangbogo_notification::RefundNotice;
use jangbogo_ordering::{OrderId, OrderPartiallyRefunded, OrderRefunded};
use jangbogo_payment::SurplusReturned;

use super::post_office::{PostOffice, money};
use super::refunded::Refunded;
use crate::{ConsumeError, Consumer, parse};

pub(super) struct RefundMail(pub(super) Arc<PostOffice>);

#[async_trait]
impl Consumer for RefundMail {
    fn name(&self) -> &'static str {
        "notification.refund-mail"
    }

    fn subscriptions(&self) -> &'static [&'static str] {
        &[OrderPartiallyRefunded::NAME, OrderRefunded::NAME, SurplusReturned::NAME]
    }

    async fn handle(&self, event: &Event) -> Result<(), ConsumeError> {
        let (order, buyer, amount, currency) = whose(event)?;
        let compose = |to: &str| {
            let notice = RefundNotice {
                to,
                order: &order.to_string(),
                refund: &event.id.to_string(),
                amount: money(amount, &currency)?,
                refunded_at: event.occurred_at,
            };
            Ok(notice.compose())
        };
        self.0.send(self.name(), event, buyer, compose).await
    }
}

/// The order, its buyer, and what goes back.
fn whose(event: &Event) -> Result<(OrderId, MemberId, i64, String), ConsumeError> {
    if event.name == SurplusReturned::NAME {
        let back: SurplusReturned = parse(event)?;
        return Ok((back.order, back.buyer, back.amount, back.currency));
    }
    let Refunded { facts, amount, .. } = Refunded::parse(event)?;
    Ok((facts.order, facts.buyer, amount, facts.currency))
}
