//! Carry out a refund that was agreed to.

use std::sync::Arc;

use jangbogo_kernel::{Clock, Store, StoreError, fault, retried};

use crate::{
    Attempt, AttemptId, AttemptState, News, Operation, PaymentProvider, Providers, RefundRequest,
    Settle, SettleError, Settled, Transaction,
};

/// Sends a recorded refund to its provider. Whoever calls it how often: it is sent once.
pub struct ExecuteRefund {
    store: Arc<dyn Store<dyn Transaction>>,
    providers: Providers,
    settle: Arc<Settle>,
    clock: Arc<dyn Clock>,
}

/// The refund was not carried out now.
#[derive(Debug, thiserror::Error)]
pub enum ExecuteRefundError {
    /// No such refund.
    #[error("there is no such refund")]
    UnknownRefund,
    /// The outcome could not be taken in.
    #[error(transparent)]
    Settle(#[from] SettleError),
    /// Storage failed before anything was sent.
    #[error(transparent)]
    Store(#[from] StoreError),
}
enum Sending {
    Now(Arc<dyn PaymentProvider>, RefundRequest),
    Before(Box<Attempt>),
}

fault!(ExecuteRefundError { UnknownRefund: NotFound = "refund-not-found" }
    passes on { Settle, Store });

impl ExecuteRefund {
    /// The name under which handled events are recorded.
    pub const CONSUMER: &'static str = "payment.execute-refund";

    /// Assembles the use case.
    pub fn new(
        store: Arc<dyn Store<dyn Transaction>>,
        providers: Providers,
        settle: Arc<Settle>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { store, providers, settle, clock }
    }

    /// Sends the refund if nobody has, and tells what is known of it.
    pub async fn run(&self, id: AttemptId) -> Result<Settled, ExecuteRefundError> {
        let (provider, request) = match retried(|| self.send(id)).await? {
            Sending::Now(provider, request) => (provider, request),
            Sending::Before(attempt) => return Ok(Settled { attempt: *attempt, alarm: None }),
        };
        let outcome = provider.refund(&request).await;
        Ok(self.settle.run(id, &News::Answer(outcome)).await?)
    }

    /// The refund counts as sent before anybody outside hears of it.
    async fn send(&self, id: AttemptId) -> Result<Sending, ExecuteRefundError> {
        let mut tx = self.store.begin().await?;
        let found = tx.payments().find(id).await?;
        let mut attempt = found.ok_or(ExecuteRefundError::UnknownRefund)?;
        let Operation::Refund(part) = attempt.operation.clone() else {
            return Err(ExecuteRefundError::UnknownRefund);
        };
        if attempt.state != AttemptState::Created {
            return Ok(Sending::Before(Box::new(attempt)));
        }
        let provider = self.providers.get(&attempt.provider);
        let provider = provider.ok_or(SettleError::UnknownProvider)?;
        let refundable = part.captured.checked_sub(part.refunded_before);
        let request = RefundRequest {
            refund_ref: attempt.id.to_string(),
            reference: attempt.session_reference(),
            merchant_ref: attempt.merchant_ref.clone(),
            amount: attempt.amount,
            refundable: refundable.map_err(|error| StoreError::new("add up refunds", error))?,
        };
        let version = attempt.version;
        let step = attempt.send(self.clock.now());
        tx.payments().save(&attempt, version).await?;
        tx.history().add(step.into_iter().collect()).await?;
        tx.commit().await?;
        Ok(Sending::Now(provider, request))
    }
}
