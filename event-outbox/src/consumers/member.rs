//! Who leaves the shop takes carts and subscriptions along.

use std::sync::Arc;

use async_trait::async_trait;
use jangbogo_kernel::{DomainEvent as _, Event};
use jangbogo_member::MemberWithdrew;
use jangbogo_subscription::FollowMember;

use crate::{ConsumeError, Consumer, parse};

pub(super) struct FollowedMember(pub(super) Arc<FollowMember>);

#[async_trait]
impl Consumer for FollowedMember {
    fn name(&self) -> &'static str {
        FollowMember::CONSUMER
    }

    fn subscriptions(&self) -> &'static [&'static str] {
        &[MemberWithdrew::NAME]
    }

    async fn handle(&self, event: &Event) -> Result<(), ConsumeError> {
        let left = parse::<MemberWithdrew>(event)?;
        Ok(self.0.run(event.id, left.member).await?)
    }
}
