//! The buyer is told that money is on its way back.

use std::sync::Arc;

use async_trait::async_trait;
use jangbogo_kernel::{DomainEvent as _, Event};
use jangbogo_notification::RefundNotice;
use jangbogo_ordering::{OrderPartiallyRefunded, OrderRefunded};

use super::post_office::{PostOffice, money};
use super::refunded::Refunded;
use crate::{ConsumeError, Consumer};

pub(super) struct RefundMail(pub(super) Arc<PostOffice>);

#[async_trait]
impl Consumer for RefundMail {
    fn name(&self) -> &'static str {
        "notification.refund-mail"
    }

    fn subscriptions(&self) -> &'static [&'static str] {
        &[OrderPartiallyRefunded::NAME, OrderRefunded::NAME]
    }

    async fn handle(&self, event: &Event) -> Result<(), ConsumeError> {
        let Refunded { facts, amount, .. } = Refunded::parse(event)?;
        let compose = |to: &str| {
            let notice = RefundNotice {
                to,
                order: &facts.order.to_string(),
                refund: &event.id.to_string(),
                amount: money(amount, &facts.currency)?,
                refunded_at: event.occurred_at,
            };
            Ok(notice.compose())
        };
        self.0.send(self.name(), event, facts.buyer, compose).await
    }
}
