//! Take the money that the buyer agreed to.

use std::collections::BTreeMap;
use std::sync::Arc;

use jangbogo_kernel::{Clock, Store, StoreError, fault, retried};
use jangbogo_ordering::OrderState;

use crate::{
    Attempt, AttemptId, AttemptState, CaptureRequest, Granted, Learnt, News, PaymentProvider,
    Providers, Settle, SettleError, Settled, Transaction, Way,
};

/// Captures a payment when the buyer's browser comes back from the provider.
///
/// The attempt is marked as sent, in one transaction with the order, before the provider is called;
/// an order that expired, was cancelled or is being paid otherwise is refused there. Whatever
/// happens after that, the attempt's outcome is found out.
///
/// Callers run this to its end even when the browser goes away.
pub struct ApprovePayment {
    store: Arc<dyn Store<dyn Transaction>>,
    providers: Providers,
    settle: Arc<Settle>,
    clock: Arc<dyn Clock>,
}

/// What the browser brought back, by parameter name.
pub type Proof = BTreeMap<String, String>;

/// Nothing was captured now.
#[derive(Debug, thiserror::Error)]
pub enum ApprovePaymentError {
    /// No such payment.
    #[error("there is no such payment")]
    UnknownPayment,
    /// A parameter is missing or absurd.
    #[error("the payment provider's parameter {0} is missing")]
    ProofMissing(String),
    /// The order cannot be paid any more; nothing was sent.
    #[error("the order cannot be paid: it is {}", .0.name())]
    OrderNotPayable(OrderState),
    /// The order's time is over; nothing was sent.
    #[error("the order has expired")]
    OrderExpired,
    /// The payment ended without capture earlier.
    #[error("this payment is over: {0}")]
    Over(String),
    /// The outcome could not be taken in.
    #[error(transparent)]
    Settle(#[from] SettleError),
    /// Storage failed before anything was sent.
    #[error(transparent)]
    Store(#[from] StoreError),
}
fault!(ApprovePaymentError {
    UnknownPayment: NotFound = "payment-not-found",
    ProofMissing: Invalid = "payment-proof-missing",
    OrderNotPayable: Conflict = "order-not-payable",
    OrderExpired: Conflict = "order-expired",
    Over: Conflict = "payment-over",
} passes on { Settle, Store });

enum Sending {
    Now(Box<Attempt>),
    Before(Box<Attempt>),
}

impl ApprovePayment {
    /// The longest parameter that is passed on to a provider.
    pub const PROOF_BYTES_MAX: usize = 500;

    /// Assembles the use case.
    pub fn new(
        store: Arc<dyn Store<dyn Transaction>>,
        providers: Providers,
        settle: Arc<Settle>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { store, providers, settle, clock }
    }

    /// Captures the payment and tells what is known of it; repeating it captures nothing more.
    pub async fn run(&self, id: AttemptId, proof: &Proof) -> Result<Settled, ApprovePaymentError> {
        let (provider, sending) = retried(|| self.send(id, proof)).await?;
        let attempt = match sending {
            Sending::Now(attempt) => *attempt,
            Sending::Before(attempt) => {
                return Ok(Settled { attempt: *attempt, alarm: None });
            }
        };
        let request = CaptureRequest {
            reference: attempt.session_reference(),
            merchant_ref: attempt.merchant_ref,
            buyer_ref: attempt.buyer.to_string(),
            amount: attempt.amount,
            proof: proof.clone(),
        };
        if attempt.way == Way::Session {
            let outcome = provider.capture(&request).await;
            return Ok(self.settle.run(id, &News::Answer(outcome)).await?);
        }
        let recurring = self.providers.recurring(&attempt.provider);
        let recurring = recurring.ok_or(SettleError::UnknownProvider)?;
        let Granted { outcome, key } = recurring.capture_agreeing(&request).await;
        let learnt = Learnt { key, ..Learnt::default() };
        Ok(self.settle.run_learning(id, &News::Answer(outcome), &learnt).await?)
    }

    /// What the buyer's browser must have brought back.
    fn proof_of(
        &self,
        attempt: &Attempt,
        provider: &dyn PaymentProvider,
    ) -> Result<Vec<String>, SettleError> {
        if attempt.way == Way::Session {
            return Ok(provider.profile().proof);
        }
        let recurring = self.providers.recurring(&attempt.provider);
        Ok(recurring.ok_or(SettleError::UnknownProvider)?.recurring_profile().proof)
    }

    /// T2: from here on the order waits for the outcome.
    async fn send(
        &self,
        id: AttemptId,
        proof: &Proof,
    ) -> Result<(Arc<dyn PaymentProvider>, Sending), ApprovePaymentError> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        let attempt = tx.payments().find(id).await?.filter(Attempt::is_capture);
        let mut attempt = attempt.ok_or(ApprovePaymentError::UnknownPayment)?;
        let provider = self.providers.get(&attempt.provider);
        let provider = provider.ok_or(SettleError::UnknownProvider)?;
        check_proof(&self.proof_of(&attempt, &*provider)?, proof)?;
        match attempt.state {
            AttemptState::Succeeded
            | AttemptState::Sent
            | AttemptState::Unknown
            | AttemptState::Manual => return Ok((provider, Sending::Before(Box::new(attempt)))),
            AttemptState::Declined | AttemptState::NotSent | AttemptState::Aborted => {
                return Err(ApprovePaymentError::Over(attempt.problem.unwrap_or_default()));
            }
            AttemptState::Created if attempt.session.is_none() => {
                return Err(ApprovePaymentError::Over("it was never opened".to_owned()));
            }
            AttemptState::Created => {}
        }
        let version = attempt.version;
        let begun = tx.orders().begin_capture(attempt.order, id.uuid(), now).await?;
        let step = if begun {
            attempt.send(now)
        } else {
            attempt.abort("the order cannot be paid any more", now)
        };
        tx.payments().save(&attempt, version).await?;
        tx.history().add(step.into_iter().collect()).await?;
        let order = tx.orders().find_many(&[attempt.order]).await?.pop();
        tx.commit().await?;
        if begun {
            return Ok((provider, Sending::Now(Box::new(attempt))));
        }
        Err(match order.map(|order| order.state) {
            // Still pending and yet refused: its time is over, the sweeper has not come by yet.
            None | Some(OrderState::PendingPayment | OrderState::Expired) => {
                ApprovePaymentError::OrderExpired
            }
            Some(state) => ApprovePaymentError::OrderNotPayable(state),
        })
    }
}

fn check_proof(names: &[String], proof: &Proof) -> Result<(), ApprovePaymentError> {
    for name in names {
        let value = proof.get(name).map_or("", String::as_str);
        let absurd = value.is_empty() || value.len() > ApprovePayment::PROOF_BYTES_MAX;
        if absurd || value.chars().any(char::is_control) {
            return Err(ApprovePaymentError::ProofMissing(name.clone()));
        }
    }
    Ok(())
}
