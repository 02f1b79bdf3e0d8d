//! Refunds that were agreed to are carried out.

use std::sync::Arc;

use async_trait::async_trait;
use jangbogo_kernel::{DomainEvent as _, Event};
use jangbogo_payment::{ExecuteRefund, ExecuteRefundError, RefundRequested, SettleError};

use super::Handled;
use crate::consumer::told;
use crate::{ConsumeError, Consumer, parse};

pub(super) struct Refund {
    pub(super) execute_refund: Arc<ExecuteRefund>,
    pub(super) inbox: Handled,
}

#[async_trait]
impl Consumer for Refund {
    fn name(&self) -> &'static str {
        ExecuteRefund::CONSUMER
    }

    fn subscriptions(&self) -> &'static [&'static str] {
        &[RefundRequested::NAME]
    }

    /// Needs no look into the inbox: the attempt's own state lets it be sent only once.
    async fn handle(&self, event: &Event) -> Result<(), ConsumeError> {
        let refund: RefundRequested = parse(event)?;
        let settled = self.execute_refund.run(refund.attempt).await?;
        if let Some(alarm) = settled.alarm {
            tracing::error!(attempt = %refund.attempt, alarm, "a refund needs a person");
        }
        Ok(self.inbox.record(self.name(), event.id).await?)
    }
}

impl From<ExecuteRefundError> for ConsumeError {
    fn from(error: ExecuteRefundError) -> Self {
        use ExecuteRefundError::{Settle, Store, UnknownRefund};
        let cause = told(&error);
        match error {
            UnknownRefund | Settle(SettleError::UnknownAttempt) => Self::Permanent(cause),
            // A provider that is not configured may be so after a restart.
            Settle(SettleError::UnknownProvider | SettleError::Store(_)) | Store(_) => {
                Self::Transient(cause)
            }
        }
    }
}
