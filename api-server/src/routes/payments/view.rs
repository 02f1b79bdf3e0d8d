//! How payments look, and the two kinds of answers to a browser that comes back.

use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use jangbogo_kernel::fault;
use jangbogo_payment::{ApprovePaymentError, Attempt, AttemptId, AttemptState, CloseReason};
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::AppState;
use crate::extract::{Json, wants_json};
use crate::problem::Problem;
use crate::routes::view::MoneyView;

/// A payment as its buyer sees it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PaymentView {
    /// The payment.
    #[schema(examples("pay_019a2f3e4b5c7d8e9f0a1b2c3d4e5f60"))]
    id: String,
    /// The order that it pays.
    order_id: String,
    /// `created` (the buyer has not agreed yet), `pending` (its outcome is being found out),
    /// `under_review` (a person finds it out), `succeeded`, `declined`, `failed` (the provider
    /// could not be reached) or `cancelled`. Money moved only if it succeeded.
    #[schema(examples("succeeded"))]
    status: &'static str,
    /// Through whom.
    #[schema(examples("kakaopay"))]
    provider: String,
    /// How much.
    amount: MoneyView,
    /// When it was begun.
    created_at: String,
    /// When its outcome was known.
    settled_at: Option<String>,
}

/// What became of a payment.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PaymentStatusView {
    /// The payment.
    payment_id: String,
    /// The order that it pays.
    order_id: String,
    /// As in `PaymentView`.
    #[schema(examples("succeeded"))]
    status: &'static str,
}

/// No money was taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PaymentRefused {
    /// The provider said no; its code, if it gave one.
    #[error("the payment provider declined the payment{}", in_brackets(.0.as_deref()))]
    Declined(Option<String>),
}
fault!(PaymentRefused { Declined: Conflict = "payment-declined" });

fn in_brackets(code: Option<&str>) -> String {
    code.map(|code| format!(" ({code})")).unwrap_or_default()
}

fn is_code(text: &str) -> bool {
    let in_code = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    (1..=40).contains(&text.len()) && text.bytes().all(in_code)
}

impl PaymentView {
    pub(crate) fn of(payment: &Attempt) -> Self {
        Self {
            id: payment.id.to_string(),
            order_id: payment.order.to_string(),
            status: status_name(payment),
            provider: payment.provider.0.clone(),
            amount: payment.amount.into(),
            created_at: payment.created_at.to_string(),
            settled_at: payment.settled_at.map(|at| at.to_string()),
        }
    }
}

impl PaymentStatusView {
    pub(crate) fn of(payment: &Attempt) -> Self {
        Self {
            payment_id: payment.id.to_string(),
            order_id: payment.order.to_string(),
            status: status_name(payment),
        }
    }
}

impl PaymentRefused {
    /// The provider's own words stay inside; its code is what a client can act on.
    pub(crate) fn declined(payment: &Attempt) -> Self {
        let problem = payment.problem.as_deref().unwrap_or_default();
        let code = problem.split_once(": ").map(|(code, _)| code);
        Self::Declined(code.filter(|code| is_code(code)).map(str::to_owned))
    }
}

/// The public name of what is known of a payment or refund.
pub(crate) fn status_name(attempt: &Attempt) -> &'static str {
    match attempt.state {
        AttemptState::Created if attempt.is_capture() => "created",
        AttemptState::Created | AttemptState::Sent | AttemptState::Unknown => "pending",
        AttemptState::Manual => "under_review",
        AttemptState::Succeeded => "succeeded",
        AttemptState::Declined => "declined",
        AttemptState::NotSent => "failed",
        AttemptState::Aborted => "cancelled",
    }
}

/// Sends the browser to the page that tells what became of the payment.
pub(crate) fn to_result_page(id: AttemptId) -> Response {
    Redirect::to(&format!("/payments/{id}/result")).into_response()
}

/// The buyer came back without paying: gives the payment up and answers browser or program.
pub(crate) async fn close(
    state: &AppState,
    id: AttemptId,
    reason: CloseReason,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let closed = state.shop.close_session.run(id, reason).await;
    if !wants_json(headers) {
        // The page tells the rest; only what is our fault goes into the log here.
        closed.map_err(Problem::from).ok();
        return Ok(to_result_page(id));
    }
    let payment = closed?.ok_or(ApprovePaymentError::UnknownPayment)?;
    let view = PaymentStatusView::of(&payment);
    Ok((StatusCode::OK, Json(view)).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routes::payments::samples::{payment, refund};

    #[test]
    fn a_payment_waits_for_its_buyer_and_a_refund_for_nobody() {
        assert_eq!(status_name(&payment(AttemptState::Created)), "created");
        assert_eq!(status_name(&refund(AttemptState::Created)), "pending");
    }

    #[test]
    fn only_a_proven_capture_is_called_succeeded() {
        for state in AttemptState::ALL {
            let succeeded = status_name(&payment(state)) == "succeeded";
            assert_eq!(succeeded, state == AttemptState::Succeeded, "{state:?}");
        }
    }

    #[test]
    fn a_decline_tells_the_provider_s_code_and_not_its_words() {
        let mut declined = payment(AttemptState::Declined);
        declined.problem = Some("-752: the card of Hong was refused".to_owned());
        let words = PaymentRefused::declined(&declined).to_string();
        assert_eq!(words, "the payment provider declined the payment (-752)");
        declined.problem = Some("the provider's session is over".to_owned());
        let words = PaymentRefused::declined(&declined).to_string();
        assert_eq!(words, "the payment provider declined the payment");
    }
}
