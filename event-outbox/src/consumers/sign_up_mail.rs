//! A member is told that somebody tried to sign up with their address.

use std::sync::Arc;

use async_trait::async_trait;
use jangbogo_kernel::{DomainEvent as _, Event};
use jangbogo_member::SignUpRepeated;
use jangbogo_notification::SignUpRepeatedNotice;

use super::post_office::PostOffice;
use crate::{ConsumeError, Consumer, parse};

pub(super) struct SignUpMail(pub(super) Arc<PostOffice>);

#[async_trait]
impl Consumer for SignUpMail {
    fn name(&self) -> &'static str {
        "notification.sign-up-mail"
    }

    fn subscriptions(&self) -> &'static [&'static str] {
        &[SignUpRepeated::NAME]
    }

    async fn handle(&self, event: &Event) -> Result<(), ConsumeError> {
        let SignUpRepeated { notice, member } = parse(event)?;
        let compose = |to: &str| {
            let notice = SignUpRepeatedNotice {
                to,
                notice: &notice.to_string(),
                tried_at: event.occurred_at,
            };
            Ok(notice.compose())
        };
        self.0.send(self.name(), event, member, compose).await
    }
}
