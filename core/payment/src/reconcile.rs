//! Compare our books with a provider's.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use jangbogo_kernel::{StoreError, fault};

use crate::difference::{Difference, compare};
use crate::{
    Attempt, AttemptId, AttemptState, BookedMovement, Looked, News, PaymentProvider,
    PaymentQueries, Period, ProviderBooks, ProviderError, ProviderName, Providers, Settle,
    SettleError,
};

/// Compares the attempts of a time with what the provider says it moved.
///
/// A provider that [lists its movements](ProviderBooks) is asked for the list, and about those
/// payments that do not agree with it; one that does not is asked about every payment. What the
/// provider's answer proves is settled; what it contradicts is raised, and a person must look.
/// Running it again, or beside the janitor, is harmless.
pub struct Reconcile {
    queries: Arc<dyn PaymentQueries>,
    providers: Providers,
    books: HashMap<ProviderName, Arc<dyn ProviderBooks>>,
    settle: Arc<Settle>,
}

/// What one comparison found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reconciled {
    /// Attempts of ours that were compared.
    pub compared: u32,
    /// Payments that the provider was asked about.
    pub asked: u32,
    /// What was not the same.
    pub differences: Vec<Difference>,
    /// Payments that changed each time they were looked at: the next comparison is for them.
    pub busy: Vec<String>,
}

/// The books could not be compared to the end.
#[derive(Debug, thiserror::Error)]
pub enum ReconcileError {
    /// No such provider here.
    #[error("there is no such payment provider")]
    UnknownProvider,
    /// The provider did not answer.
    #[error(transparent)]
    Provider(#[from] ProviderError),
    /// What was proven could not be settled.
    #[error(transparent)]
    Settle(#[from] SettleError),
    /// Storage failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
fault!(ReconcileError {
    UnknownProvider: Unprocessable = "payment-provider-unknown",
} passes on { Provider, Settle, Store });

/// Attempts read at once.
const PAGE_MAX: u32 = 500;
/// How often a payment that changes while it is looked at is looked at again.
const LOOKS_MAX: u32 = 3;

impl Reconciled {
    /// The differences that a person must look at.
    pub fn raised(&self) -> impl Iterator<Item = &Difference> {
        self.differences.iter().filter(|difference| !difference.is_repaired)
    }
}

impl Reconcile {
    /// Assembles the use case; `books` are those of the providers that list their movements.
    pub fn new(
        queries: Arc<dyn PaymentQueries>,
        providers: Providers,
        books: impl IntoIterator<Item = Arc<dyn ProviderBooks>>,
        settle: Arc<Settle>,
    ) -> Self {
        let books = books.into_iter().map(|books| (books.provider(), books)).collect();
        Self { queries, providers, books, settle }
    }

    /// Compares what happened in the period.
    pub async fn run(
        &self,
        provider: &ProviderName,
        period: Period,
    ) -> Result<Reconciled, ReconcileError> {
        let asked = self.providers.get(provider).ok_or(ReconcileError::UnknownProvider)?;
        let listed = match self.books.get(provider) {
            Some(books) => Some(books.movements(period).await?),
            None => None,
        };
        let mut done = Reconciled::default();
        let suspects = self.suspects(provider, period, listed.as_deref(), &mut done).await?;
        for merchant_ref in suspects {
            self.look_into(&*asked, provider, &merchant_ref, listed.as_deref(), &mut done).await?;
        }
        Ok(done)
    }

    /// Our names for the payments that the list does not vouch for.
    async fn suspects(
        &self,
        provider: &ProviderName,
        period: Period,
        listed: Option<&[BookedMovement]>,
        done: &mut Reconciled,
    ) -> Result<BTreeSet<String>, StoreError> {
        let mut by_id: HashMap<&str, &BookedMovement> =
            listed.into_iter().flatten().map(|movement| (movement.id.as_str(), movement)).collect();
        let mut suspects = BTreeSet::new();
        let mut after: Option<AttemptId> = None;
        loop {
            let page = self.queries.changed_in(provider, period, after, PAGE_MAX).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            for attempt in &page {
                done.compared += 1;
                let id = attempt.provider_transaction.as_deref().unwrap_or_default();
                let vouched = match (attempt.state, listed) {
                    (AttemptState::Succeeded, Some(_)) => {
                        by_id.remove(id).is_some_and(|movement| is_same(attempt, movement))
                    }
                    // Nothing is listed for it: what is listed after all is left over below.
                    (state, Some(_)) => !state.is_open(),
                    (_, None) => false,
                };
                if !vouched {
                    suspects.insert(attempt.merchant_ref.clone());
                }
            }
        }
        suspects.extend(by_id.into_values().map(|movement| movement.merchant_ref.clone()));
        Ok(suspects)
    }

    /// Asks the provider about one payment, settles what that proves, and notes the rest.
    async fn look_into(
        &self,
        provider: &dyn PaymentProvider,
        name: &ProviderName,
        merchant_ref: &str,
        listed: Option<&[BookedMovement]>,
        done: &mut Reconciled,
    ) -> Result<(), ReconcileError> {
        for _ in 0..LOOKS_MAX {
            let before = self.attempts_of(name, merchant_ref).await?;
            let Some(reference) = before.iter().find_map(session) else {
                let listed = listed.into_iter().flatten();
                let strangers = listed.filter(|movement| movement.merchant_ref == merchant_ref);
                done.differences.extend(strangers.map(|booked| Difference::stranger(name, booked)));
                return Ok(());
            };
            done.asked += 1;
            let looked = provider.lookup(&reference).await?;
            if self.attempts_of(name, merchant_ref).await? != before {
                continue; // it is being worked on right now
            }
            for mut difference in compare(&before, &looked) {
                self.repair(&before, &looked, &mut difference).await?;
                done.differences.push(difference);
            }
            return Ok(());
        }
        done.busy.push(merchant_ref.to_owned());
        Ok(())
    }

    /// All attempts of one payment, oldest first; none when it is not ours.
    async fn attempts_of(
        &self,
        provider: &ProviderName,
        merchant_ref: &str,
    ) -> Result<Vec<Attempt>, StoreError> {
        // Our name for a payment is its capture's id.
        let Ok(id) = merchant_ref.parse::<AttemptId>() else {
            return Ok(Vec::new());
        };
        let Some(capture) = self.queries.find(id).await? else {
            return Ok(Vec::new());
        };
        let mut attempts = self.queries.of_order(capture.order).await?;
        attempts.retain(|a| a.merchant_ref == merchant_ref && a.provider == *provider);
        Ok(attempts)
    }

    /// An attempt whose outcome was open, or that moved money after it was given up, takes in what
    /// the provider says.
    async fn repair(
        &self,
        attempts: &[Attempt],
        looked: &Looked,
        difference: &mut Difference,
    ) -> Result<(), ReconcileError> {
        let can_learn = |attempt: &&Attempt| attempt.state.is_open() || attempt.may_come_late();
        let of_it = attempts.iter().find(|attempt| Some(attempt.id) == difference.attempt);
        let Some(open) = of_it.filter(can_learn) else {
            return Ok(());
        };
        let settled = self.settle.run(open.id, &News::Lookup(looked.clone())).await?;
        difference.is_repaired = settled.alarm.is_none() && !settled.attempt.state.is_open();
        Ok(())
    }
}

fn is_same(attempt: &Attempt, movement: &BookedMovement) -> bool {
    attempt.is_capture() == movement.is_capture
        && attempt.amount == movement.amount
        && attempt.merchant_ref == movement.merchant_ref
}

fn session(attempt: &Attempt) -> Option<String> {
    attempt.session.as_ref().map(|session| session.reference.clone())
}
