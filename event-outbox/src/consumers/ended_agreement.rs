//! What the shop charges no more is deactivated at its provider.

use std::sync::Arc;

use async_trait::async_trait;
use jangbogo_kernel::{DomainEvent as _, Event};
use jangbogo_payment::{EndAgreement, EndAgreementError};
use jangbogo_subscription::SubscriptionEnded;

use super::Handled;
use crate::consumer::told;
use crate::{ConsumeError, Consumer, parse};

pub(super) struct EndedAgreement {
    pub(super) end_agreement: Arc<EndAgreement>,
    pub(super) inbox: Handled,
}

#[async_trait]
impl Consumer for EndedAgreement {
    fn name(&self) -> &'static str {
        EndAgreement::CONSUMER
    }

    fn subscriptions(&self) -> &'static [&'static str] {
        &[SubscriptionEnded::NAME]
    }

    /// Needs no look into the inbox: an agreement that has ended stays so. When the provider is
    /// away for longer than events wait, the agreement's own state keeps it for the next sweep.
    async fn handle(&self, event: &Event) -> Result<(), ConsumeError> {
        let ended: SubscriptionEnded = parse(event)?;
        if let Some(agreement) = ended.agreement {
            self.end_agreement.run(agreement).await?;
        }
        Ok(self.inbox.record(self.name(), event.id).await?)
    }
}

impl From<EndAgreementError> for ConsumeError {
    fn from(error: EndAgreementError) -> Self {
        use EndAgreementError::{Provider, Store, UnknownAgreement, UnknownProvider};
        let cause = told(&error);
        match error {
            UnknownAgreement => Self::Permanent(cause),
            // A provider that is not configured may be so after a restart.
            UnknownProvider | Provider(_) | Store(_) => Self::Transient(cause),
        }
    }
}
