//! A provider says that something happened: look, and believe only its books.

use std::sync::Arc;

use jangbogo_kernel::{Store, StoreError, fault};

use crate::{
    Attempt, AttemptId, AttemptState, Looked, News, ProviderName, Providers, Settle, SettleError,
    Settled, Transaction,
};

/// Takes a provider's notification for the hint that it is. Nobody has signed it, so all that
/// comes of it is a question that the janitor would ask later, about an attempt that is open.
/// Repeated, late and invented notifications change nothing.
pub struct FollowHint {
    store: Arc<dyn Store<dyn Transaction>>,
    providers: Providers,
    settle: Arc<Settle>,
}

/// The hint was not followed.
#[derive(Debug, thiserror::Error)]
pub enum FollowHintError {
    /// No such provider here.
    #[error("there is no such payment provider")]
    UnknownProvider,
    /// What the books said could not be taken in.
    #[error(transparent)]
    Settle(#[from] SettleError),
    /// Storage failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
fault!(FollowHintError { UnknownProvider: NotFound = "not-found" } passes on { Settle, Store });

impl FollowHint {
    /// Assembles the use case.
    pub fn new(
        store: Arc<dyn Store<dyn Transaction>>,
        providers: Providers,
        settle: Arc<Settle>,
    ) -> Self {
        Self { store, providers, settle }
    }

    /// Asks the provider about the open attempts that a notification may be about, and tells what
    /// was learnt. A provider that does not answer is asked again by the janitor.
    pub async fn run(
        &self,
        name: &ProviderName,
        notification: &str,
    ) -> Result<Vec<Settled>, FollowHintError> {
        let provider = self.providers.get(name).ok_or(FollowHintError::UnknownProvider)?;
        let mentioned = provider.mentioned(notification);
        let Some(id) = mentioned.and_then(|name| name.parse::<AttemptId>().ok()) else {
            return Ok(Vec::new());
        };
        let open = self.open_attempts(id, name).await?;
        let Some(reference) = open.first().map(Attempt::session_reference) else {
            return Ok(Vec::new());
        };
        let Ok(looked) = provider.lookup(&reference).await else {
            return Ok(Vec::new());
        };
        let mut learnt = Vec::new();
        for attempt in open.iter().filter(|attempt| may_learn(attempt, &looked)) {
            let news = News::Lookup(looked.clone());
            learnt.push(self.settle.run(attempt.id, &news).await?);
        }
        Ok(learnt)
    }

    /// The payment's attempts whose outcome is not known, or not for certain: itself and its
    /// refunds.
    async fn open_attempts(
        &self,
        id: AttemptId,
        provider: &ProviderName,
    ) -> Result<Vec<Attempt>, StoreError> {
        let mut tx = self.store.begin().await?;
        let Some(payment) = tx.payments().find(id).await? else {
            return Ok(Vec::new());
        };
        let mut attempts = tx.payments().attempts_of(payment.intent).await?;
        attempts.retain(|attempt| {
            attempt.merchant_ref == payment.merchant_ref
                && attempt.provider == *provider
                && (matches!(attempt.state, AttemptState::Sent | AttemptState::Unknown)
                    || attempt.may_come_late())
        });
        Ok(attempts)
    }
}

/// Only what is proven is news here: an early "nothing yet" would move the janitor's next question
/// further away, and whoever sent an attempt may still wait for its answer.
fn may_learn(attempt: &Attempt, looked: &Looked) -> bool {
    let is_over = attempt.is_capture() && looked.is_over && attempt.state == AttemptState::Unknown;
    is_over || attempt.found_in(looked).is_some()
}
