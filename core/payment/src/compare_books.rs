//! Compare our books with a provider's, and keep what was found.

use std::sync::Arc;
use std::time::Duration;

use jangbogo_kernel::{Clock, IdGenerator, Store, StoreError, fault, retried};

use crate::{
    Period, ProviderName, Providers, Reconcile, ReconcileError, Reconciliation,
    ReconciliationDetail, ReconciliationTotals, Transaction,
};

/// Runs [`Reconcile`] and keeps that it ran, what it came to, and every difference, so that whoever
/// looks after money can see it later. Comparing again is harmless: what was settled agrees then,
/// and what is still open is found again.
pub struct CompareBooks {
    store: Arc<dyn Store<dyn Transaction>>,
    providers: Providers,
    reconcile: Arc<Reconcile>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdGenerator>,
}

/// The books were not compared to the end, or it could not be kept.
#[derive(Debug, thiserror::Error)]
pub enum CompareBooksError {
    /// The period ends before it begins, or is too long.
    #[error("a period begins before it ends and lasts at most 31 days")]
    Period,
    /// They could not be compared.
    #[error(transparent)]
    Reconcile(#[from] ReconcileError),
    /// Storage failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
fault!(CompareBooksError { Period: Invalid = "validation-failed" }
    passes on { Reconcile, Store });

impl CompareBooks {
    /// The longest period that is compared at once.
    pub const PERIOD_MAX: Duration = Duration::from_hours(31 * 24);

    /// Assembles the use case.
    pub fn new(
        store: Arc<dyn Store<dyn Transaction>>,
        providers: Providers,
        reconcile: Arc<Reconcile>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdGenerator>,
    ) -> Self {
        Self { store, providers, reconcile, clock, ids }
    }

    /// Those whose books ours can be compared with.
    pub fn providers(&self) -> Vec<ProviderName> {
        self.providers.all().map(|provider| provider.profile().name).collect()
    }

    /// Compares what happened in a period with one provider's books. That it broke off is kept
    /// as well.
    pub async fn run(
        &self,
        provider: &ProviderName,
        period: Period,
    ) -> Result<ReconciliationDetail, CompareBooksError> {
        if period.from >= period.until || period.until.since(period.from) > Self::PERIOD_MAX {
            return Err(CompareBooksError::Period);
        }
        if self.providers.get(provider).is_none() {
            return Err(ReconcileError::UnknownProvider.into());
        }
        let mut run = Reconciliation {
            id: self.ids.next(),
            provider: provider.clone(),
            period,
            started_at: self.clock.now(),
            finished_at: None,
            problem: None,
            totals: ReconciliationTotals::default(),
        };
        retried(|| self.begin(&run)).await?;
        let found = match self.reconcile.run(provider, period).await {
            Ok(found) => found,
            Err(error) => {
                run.problem = Some(error.to_string());
                retried(|| self.keep(&run, &[])).await?;
                return Err(error.into());
            }
        };
        let differences = run.finish(found, self.clock.now());
        retried(|| self.keep(&run, &differences)).await?;
        Ok(ReconciliationDetail { run, differences })
    }

    async fn begin(&self, run: &Reconciliation) -> Result<(), StoreError> {
        let mut tx = self.store.begin().await?;
        tx.reconciliations().add(run).await?;
        tx.commit().await
    }

    async fn keep(
        &self,
        run: &Reconciliation,
        differences: &[crate::Difference],
    ) -> Result<(), StoreError> {
        let mut tx = self.store.begin().await?;
        tx.reconciliations().keep(run, differences).await?;
        tx.commit().await
    }
}
