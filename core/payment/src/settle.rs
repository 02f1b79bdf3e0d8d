//! Take in news of an attempt: the one way in which money changes an order.

use std::sync::Arc;

use jangbogo_kernel::{Clock, IdGenerator, Money, Store, StoreError, Timestamp, fault};
use jangbogo_ordering::{Order, mark_paid, mark_refunded};

use crate::late_capture::{gave_back, give_back, takes_late};
use crate::{
    Agreement, Attempt, AttemptId, AttemptState, Learnt, LedgerTransaction, News, Operation,
    ProviderProfile, Providers, Setting, Settlement, Transaction, Way,
};

/// Settles attempts. Answers, lookups and operators all come through here; repeated and reordered
/// news end in the same state, and attempt, order, stock, ledger and events change together.
pub struct Settle {
    store: Arc<dyn Store<dyn Transaction>>,
    providers: Providers,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdGenerator>,
}

/// What became of the attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// The attempt as it now is.
    pub attempt: Attempt,
    /// Set when a person must look: contradicting news or a wrong amount.
    pub alarm: Option<String>,
}

/// The news were not taken in.
#[derive(Debug, thiserror::Error)]
pub enum SettleError {
    /// No such attempt.
    #[error("there is no such payment")]
    UnknownAttempt,
    /// The attempt's provider is not configured.
    #[error("the payment's provider is not configured")]
    UnknownProvider,
    /// Storage failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
fault!(SettleError {
    UnknownAttempt: NotFound = "payment-not-found",
    UnknownProvider: Internal = "internal",
} passes on { Store });

impl Settle {
    /// Assembles the use case.
    pub fn new(
        store: Arc<dyn Store<dyn Transaction>>,
        providers: Providers,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdGenerator>,
    ) -> Self {
        Self { store, providers, clock, ids }
    }

    /// Takes in news. When storage is contended it tries again a few times: the provider has
    /// spoken, so the answer must not be dropped lightly; what is lost the janitor asks for again.
    pub async fn run(&self, id: AttemptId, news: &News) -> Result<Settled, SettleError> {
        self.run_learning(id, news, &Learnt::default()).await
    }

    /// Takes in news, and in the same transaction what came with them: the agreement that a first
    /// payment grants is stored with it or not at all.
    pub async fn run_learning(
        &self,
        id: AttemptId,
        news: &News,
        learnt: &Learnt,
    ) -> Result<Settled, SettleError> {
        let mut tries_left = 3;
        loop {
            match self.try_once(id, news, learnt).await {
                Err(SettleError::Store(error)) if error.is_retryable() && tries_left > 0 => {
                    tries_left -= 1;
                }
                settled => return settled,
            }
        }
    }

    async fn try_once(
        &self,
        id: AttemptId,
        news: &News,
        learnt: &Learnt,
    ) -> Result<Settled, SettleError> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        let mut attempt = tx.payments().find(id).await?.ok_or(SettleError::UnknownAttempt)?;
        let profile = self.profile_of(&attempt)?;
        let order = tx.orders().find_many(&[attempt.order]).await?.pop();
        let mut order = order.ok_or(SettleError::UnknownAttempt)?;
        let before = attempt.clone();
        let order_takes_it = takes_in(&order, &attempt);
        let step = match attempt.take(news, Setting { profile: &profile, order_takes_it }, now) {
            Settlement::Step(step) => Some(step),
            Settlement::Wait => None,
            Settlement::Known => {
                // Somebody else was faster with the outcome, and knew less.
                self.learn(&mut *tx, &attempt, learnt, now).await?;
                tx.commit().await?;
                return Ok(Settled { attempt, alarm: None });
            }
            Settlement::Contradiction(alarm) => {
                return Ok(Settled { attempt: before, alarm: Some(alarm) });
            }
        };
        if before.state == AttemptState::NotSent {
            attempt.is_surplus = !takes_late(&mut *tx, &order, &attempt, &*self.ids, now).await?;
        }
        tx.payments().save(&attempt, before.version).await?;
        tx.history().add(step.into_iter().collect()).await?;
        self.learn(&mut *tx, &attempt, learnt, now).await?;
        match attempt.state {
            AttemptState::Succeeded => self.moved(&mut *tx, &attempt, &mut order, now).await?,
            AttemptState::Declined | AttemptState::NotSent if attempt.is_capture() => {
                tx.orders().end_capture(order.id, attempt.id.uuid()).await?;
            }
            AttemptState::NotSent => self.try_again(&mut *tx, &attempt, now).await?,
            _ => {}
        }
        tx.commit().await?;
        let alarm = attempt.problem.clone().filter(|_| attempt.state == AttemptState::Manual);
        Ok(Settled { attempt, alarm })
    }

    /// The provider's ways with such an attempt.
    fn profile_of(&self, attempt: &Attempt) -> Result<ProviderProfile, SettleError> {
        let provider = self.providers.get(&attempt.provider);
        let profile = provider.ok_or(SettleError::UnknownProvider)?.profile();
        if !attempt.is_capture() || attempt.way.agreement().is_none() {
            return Ok(profile);
        }
        let recurring = self.providers.recurring(&attempt.provider);
        let horizon = recurring.ok_or(SettleError::UnknownProvider)?.recurring_profile().horizon;
        Ok(ProviderProfile { horizon, ..profile })
    }

    /// Keeps what came with the news.
    async fn learn(
        &self,
        tx: &mut dyn Transaction,
        attempt: &Attempt,
        learnt: &Learnt,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        if learnt.reference.is_some() || learnt.firmness.is_some() {
            tx.agreements().learn(attempt.id, learnt).await?;
        }
        let Some(key) = learnt.key.clone().filter(|_| attempt.way == Way::Agreeing) else {
            return Ok(());
        };
        // Kept even while the money's outcome is unknown: the key comes once.
        if tx.agreements().of_order(attempt.order).await?.is_none() {
            let (agreement, step) = Agreement::granted(self.ids.next(), attempt, key, now);
            tx.agreements().add(&agreement).await?;
            tx.history().add(vec![step]).await?;
        }
        Ok(())
    }

    /// A refund that was agreed to is tried until the provider has spoken.
    async fn try_again(
        &self,
        tx: &mut dyn Transaction,
        attempt: &Attempt,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let earlier = tx.payments().attempts_of(attempt.intent).await?;
        if let Some(next) = attempt.next_try(&earlier, self.ids.next(), now) {
            tx.payments().add(&next).await?;
            tx.history().add(vec![next.created()]).await?;
        }
        Ok(())
    }

    async fn moved(
        &self,
        tx: &mut dyn Transaction,
        attempt: &Attempt,
        order: &mut Order,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        tx.payments().post(&LedgerTransaction::of(attempt, now)).await?;
        let done = match &attempt.operation {
            Operation::Capture if attempt.is_surplus => {
                return give_back(tx, attempt, &*self.ids, now).await;
            }
            Operation::Refund(part) if attempt.is_surplus => {
                return gave_back(tx, (attempt, part), &*self.ids, now).await;
            }
            Operation::Capture => mark_paid(tx, order, &*self.ids, now).await?,
            Operation::Refund(part) => {
                let (amount, back) = (attempt.amount, &part.returned);
                mark_refunded(tx, order, amount, back, &*self.ids, now).await?
            }
        };
        done.map_err(|illegal| StoreError::new("settle an order", illegal))
    }
}

/// Whether the order can take in what the attempt moves.
fn takes_in(order: &Order, attempt: &Attempt) -> bool {
    match attempt.operation {
        Operation::Capture => order.capture_in_flight == Some(attempt.id.uuid()),
        Operation::Refund(_) if attempt.is_surplus => true,
        Operation::Refund(_) => order.refundable().is_ok_and(|left| fits(attempt.amount, left)),
    }
}

fn fits(amount: Money, left: Money) -> bool {
    left.checked_sub(amount).is_ok_and(|rest| rest.minor() >= 0)
}
