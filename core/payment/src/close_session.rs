//! The buyer comes back without paying.

use std::sync::Arc;

use jangbogo_kernel::{Clock, Store, StoreError, retried};

use crate::{Attempt, AttemptId, Transaction};

/// Gives up a payment that was not sent. The order still awaits payment, until it expires.
pub struct CloseSession {
    store: Arc<dyn Store<dyn Transaction>>,
    clock: Arc<dyn Clock>,
}

/// Why the buyer came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CloseReason {
    /// The buyer pressed cancel.
    Cancelled,
    /// The provider could not go on.
    Failed,
}

impl CloseReason {
    const fn words(self) -> &'static str {
        match self {
            Self::Cancelled => "cancelled by the buyer at the provider",
            Self::Failed => "failed at the provider",
        }
    }
}

impl CloseSession {
    /// Assembles the use case.
    pub fn new(store: Arc<dyn Store<dyn Transaction>>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    /// Gives the payment up and returns it; one that was sent or settled stays as it is. `None`
    /// when there is no such payment.
    pub async fn run(
        &self,
        id: AttemptId,
        reason: CloseReason,
    ) -> Result<Option<Attempt>, StoreError> {
        retried(|| self.once(id, reason)).await
    }

    async fn once(
        &self,
        id: AttemptId,
        reason: CloseReason,
    ) -> Result<Option<Attempt>, StoreError> {
        let mut tx = self.store.begin().await?;
        let found = tx.payments().find(id).await?.filter(Attempt::is_capture);
        let Some(mut attempt) = found else {
            return Ok(None);
        };
        let version = attempt.version;
        if let Some(step) = attempt.abort(reason.words(), self.clock.now()) {
            tx.payments().save(&attempt, version).await?;
            tx.history().add(vec![step]).await?;
            tx.commit().await?;
        }
        Ok(Some(attempt))
    }
}
