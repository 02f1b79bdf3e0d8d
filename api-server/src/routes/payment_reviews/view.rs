//! How an attempt looks to those who must find out what became of it.

use jangbogo_payment::{Attempt, AttemptStep};
use serde::Serialize;
use utoipa::ToSchema;

use crate::routes::payments::status_name;
use crate::routes::view::MoneyView;

/// An attempt to take money or to give it back, with what helps to find it in the provider's books.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PaymentReviewView {
    /// The attempt.
    #[schema(examples("pay_019a2f3e4b5c7d8e9f0a1b2c3d4e5f60"))]
    id: String,
    /// The order.
    order_id: String,
    /// `capture` or `refund`.
    #[schema(examples("capture"))]
    operation: &'static str,
    /// As in `PaymentView`; `under_review` waits for a decision.
    #[schema(examples("under_review"))]
    status: &'static str,
    /// Why it waits, or why it did not succeed.
    problem: Option<String>,
    /// How much.
    amount: MoneyView,
    /// Through whom.
    #[schema(examples("kakaopay"))]
    provider: String,
    /// Our name for the payment at the provider.
    merchant_ref: String,
    /// The provider's name for the payment.
    provider_reference: Option<String>,
    /// The provider's name for the movement, when it is proven.
    movement_id: Option<String>,
    /// When it was recorded.
    created_at: String,
    /// When it was sent.
    sent_at: Option<String>,
    /// When its outcome was known.
    settled_at: Option<String>,
}

/// The same with everything that happened.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PaymentReviewDetailView {
    /// The attempt.
    attempt: PaymentReviewView,
    /// The provider's last answer, as it came.
    provider_answer: Option<String>,
    /// Its steps, oldest first.
    history: Vec<AttemptStepView>,
}

/// One step.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AttemptStepView {
    /// The state that it led to.
    #[schema(examples("MANUAL"))]
    state: &'static str,
    /// Why; where a person decided, who and how they knew.
    reason: String,
    /// When.
    at: String,
}

impl PaymentReviewView {
    pub(super) fn of(attempt: &Attempt) -> Self {
        let time = |at: Option<jangbogo_kernel::Timestamp>| at.map(|at| at.to_string());
        Self {
            id: attempt.id.to_string(),
            order_id: attempt.order.to_string(),
            operation: if attempt.is_capture() { "capture" } else { "refund" },
            status: status_name(attempt),
            problem: attempt.problem.clone(),
            amount: attempt.amount.into(),
            provider: attempt.provider.0.clone(),
            merchant_ref: attempt.merchant_ref.clone(),
            provider_reference: attempt.session.as_ref().map(|session| session.reference.clone()),
            movement_id: attempt.provider_transaction.clone(),
            created_at: attempt.created_at.to_string(),
            sent_at: time(attempt.sent_at),
            settled_at: time(attempt.settled_at),
        }
    }
}

impl PaymentReviewDetailView {
    pub(super) fn of(attempt: &Attempt, steps: Vec<AttemptStep>) -> Self {
        let history = steps.into_iter().map(|step| AttemptStepView {
            state: step.state.name(),
            reason: step.reason,
            at: step.at.to_string(),
        });
        Self {
            attempt: PaymentReviewView::of(attempt),
            provider_answer: attempt.raw.clone(),
            history: history.collect(),
        }
    }
}
