//! The buyer is told that an order was not paid in time.

use std::sync::Arc;

use async_trait::async_trait;
use jangbogo_kernel::{DomainEvent as _, Event};
use jangbogo_notification::OrderExpiredNotice;
use jangbogo_ordering::OrderExpired;

use super::post_office::PostOffice;
use crate::{ConsumeError, Consumer, parse};

pub(super) struct ExpiryMail(pub(super) Arc<PostOffice>);

#[async_trait]
impl Consumer for ExpiryMail {
    fn name(&self) -> &'static str {
        "notification.expiry-mail"
    }

    fn subscriptions(&self) -> &'static [&'static str] {
        &[OrderExpired::NAME]
    }

    async fn handle(&self, event: &Event) -> Result<(), ConsumeError> {
        let order = parse::<OrderExpired>(event)?.facts;
        let compose = |to: &str| {
            let notice = OrderExpiredNotice {
                to,
                order: &order.order.to_string(),
                expired_at: event.occurred_at,
            };
            Ok(notice.compose())
        };
        self.0.send(self.name(), event, order.buyer, compose).await
    }
}
