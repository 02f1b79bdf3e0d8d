//! Tell the provider that an agreement has ended.

use std::sync::Arc;

use jangbogo_kernel::{Clock, Store, StoreError, fault, retried};

use crate::{Agreement, AgreementId, AgreementState, ProviderError, Providers, Transaction};

/// Deactivates agreements that the shop has ended. It has been charged no more since the shop
/// decided so; this makes sure that nobody else can either.
pub struct EndAgreement {
    store: Arc<dyn Store<dyn Transaction>>,
    providers: Providers,
    clock: Arc<dyn Clock>,
}

/// The provider does not know yet.
#[derive(Debug, thiserror::Error)]
pub enum EndAgreementError {
    /// No such agreement.
    #[error("there is no such agreement")]
    UnknownAgreement,
    /// The agreement's provider is not configured.
    #[error("the agreement's provider is not configured")]
    UnknownProvider,
    /// The provider did not end it.
    #[error(transparent)]
    Provider(#[from] ProviderError),
    /// Storage failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
fault!(EndAgreementError {
    UnknownAgreement: NotFound = "not-found",
    UnknownProvider: Internal = "internal",
} passes on { Provider, Store });

impl EndAgreement {
    /// The name under which handled events are recorded.
    pub const CONSUMER: &'static str = "payment.end-agreement";
    /// The most agreements of one round.
    pub const BATCH_MAX: u32 = 50;

    /// Assembles the use case.
    pub fn new(
        store: Arc<dyn Store<dyn Transaction>>,
        providers: Providers,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { store, providers, clock }
    }

    /// Tells the provider, if the agreement is ending; repeating it changes nothing.
    pub async fn run(&self, id: AgreementId) -> Result<(), EndAgreementError> {
        let agreement = self.find(id).await?.ok_or(EndAgreementError::UnknownAgreement)?;
        if agreement.state != AgreementState::Ending {
            return Ok(());
        }
        let provider = self.providers.recurring(&agreement.provider);
        let provider = provider.ok_or(EndAgreementError::UnknownProvider)?;
        provider.deactivate(&agreement.key).await?;
        retried(|| self.note(id)).await?;
        Ok(())
    }

    /// Tells providers of agreements whose event came to nothing; the number of those that are
    /// ended now.
    pub async fn run_all(&self) -> Result<u32, StoreError> {
        let mut tx = self.store.begin().await?;
        let ending = tx.agreements().ending(Self::BATCH_MAX).await?;
        drop(tx);
        let mut ended = 0;
        for id in ending {
            match self.run(id).await {
                Ok(()) => ended += 1,
                Err(EndAgreementError::Store(error)) => return Err(error),
                Err(_) => {} // the provider is away; the next round asks again
            }
        }
        Ok(ended)
    }

    /// How many agreements one round would look at.
    pub async fn waiting(&self) -> Result<u32, StoreError> {
        let mut tx = self.store.begin().await?;
        let ending = tx.agreements().ending(Self::BATCH_MAX).await?;
        Ok(u32::try_from(ending.len()).unwrap_or(u32::MAX))
    }

    async fn find(&self, id: AgreementId) -> Result<Option<Agreement>, StoreError> {
        let mut tx = self.store.begin().await?;
        tx.agreements().find(id).await
    }

    async fn note(&self, id: AgreementId) -> Result<(), StoreError> {
        let mut tx = self.store.begin().await?;
        let Some(mut agreement) = tx.agreements().find(id).await? else {
            return Ok(());
        };
        let version = agreement.version;
        if let Some(step) = agreement.deactivated(self.clock.now()) {
            tx.agreements().save(&agreement, version).await?;
            tx.history().add(vec![step]).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}
