//! The buyer agreed at the provider: take the money.

use std::time::Duration;

use axum::extract::State;
use axum::extract::rejection::QueryRejection;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use jangbogo_payment::{ApprovePaymentError, Attempt, AttemptId, AttemptState, Proof, Settled};
use tokio::sync::oneshot;
use tracing::Instrument as _;

use super::view::{PaymentRefused, PaymentStatusView, to_result_page};
use crate::app::AppState;
use crate::extract::{Json, Path, wants_json};
use crate::problem::Problem;

type Approved = Result<Settled, ApprovePaymentError>;

/// The buyer's browser comes back here after agreeing. The payment is taken to its end even when
/// the browser goes away; repeating the request captures nothing more.
#[utoipa::path(
    get,
    path = "/api/v1/payments/{id}/approve",
    tag = "payments",
    params(
        ("id" = String, Path, description = "The payment"),
        ("pg_token" = Option<String>, Query, description = "KakaoPay's proof"),
        ("paymentKey" = Option<String>, Query, description = "TossPayments' proof"),
        ("orderId" = Option<String>, Query, description = "TossPayments' proof"),
        ("amount" = Option<String>, Query, description = "TossPayments' proof"),
    ),
    responses(
        (status = 200, description = "If JSON is asked for: the money was taken",
            body = PaymentStatusView),
        (status = 202, description = "If JSON is asked for: the outcome is being found out",
            body = PaymentStatusView),
        (status = 303, description = "A browser goes on to the result page"),
        (status = 400, description = "`payment-proof-missing`"),
        (status = 404, description = "`payment-not-found`, `not-found`"),
        (status = 409, description = "`payment-declined`, `payment-over`, `order-expired`, \
            `order-not-payable`"),
        (status = 503, description = "`unavailable`"),
    ),
)]
pub(crate) async fn approve_payment(
    State(state): State<AppState>,
    Path(id): Path<AttemptId>,
    proof: Result<axum::extract::Query<Proof>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    // A query that cannot be read proves nothing, and that is what the buyer is told.
    let proof = proof.map(|query| query.0).unwrap_or_default();
    // Then the browser is told that the outcome is pending, and the call to the provider goes on.
    let longest = Duration::from_millis(state.config.server.payment_wait_ms);
    let heard = wait_for(detached(&state, id, proof), longest).await;
    if !wants_json(&headers) {
        // The page tells the rest; turning an error into a problem writes the log.
        heard.transpose().map_err(Problem::from).ok();
        return Ok(to_result_page(id));
    }
    let payment = match heard {
        Some(Ok(settled)) => settled.attempt,
        None => find(&state, id).await?,
        Some(Err(ApprovePaymentError::Over(why))) => {
            let payment = find(&state, id).await?;
            if payment.state == AttemptState::Created {
                return Err(ApprovePaymentError::Over(why).into());
            }
            payment
        }
        Some(Err(refused)) => return Err(refused.into()),
    };
    let (status, view) = answer(&payment)?;
    Ok((status, Json(view)).into_response())
}

/// Runs the use case on its own: a browser that goes away must not stop it half-way.
fn detached(state: &AppState, id: AttemptId, proof: Proof) -> oneshot::Receiver<Approved> {
    let (tell, hear) = oneshot::channel();
    let approve = state.shop.approve_payment.clone();
    let work = async move {
        let approved = approve.run(id, &proof).await;
        if let Ok(Settled { alarm: Some(alarm), .. }) = &approved {
            tracing::error!(payment = %id, alarm, "a payment needs a person");
        }
        if let Err(Err(unheard)) = tell.send(approved) {
            // Nobody waits any more; making the problem writes the log.
            drop(Problem::from(unheard));
        }
    };
    state.tasks.spawn(work.in_current_span());
    hear
}

/// What became of the work, or `None` when it takes longer.
async fn wait_for(hear: oneshot::Receiver<Approved>, limit: Duration) -> Option<Approved> {
    tokio::time::timeout(limit, hear).await.ok()?.ok()
}

async fn find(state: &AppState, id: AttemptId) -> Result<Attempt, Problem> {
    let found = state.shop.payments.find(id).await?;
    let payment = found.filter(Attempt::is_capture);
    Ok(payment.ok_or(ApprovePaymentError::UnknownPayment)?)
}

/// What a program is told; the same again when it repeats the request.
fn answer(payment: &Attempt) -> Result<(StatusCode, PaymentStatusView), Problem> {
    let view = PaymentStatusView::of(payment);
    let over = |why: &str| ApprovePaymentError::Over(why.to_owned());
    match payment.state {
        AttemptState::Succeeded => Ok((StatusCode::OK, view)),
        AttemptState::Created
        | AttemptState::Sent
        | AttemptState::Unknown
        | AttemptState::Manual => Ok((StatusCode::ACCEPTED, view)),
        AttemptState::Declined => Err(PaymentRefused::declined(payment).into()),
        // The record of what went wrong with the connection is ours alone.
        AttemptState::NotSent => Err(over("the payment provider could not be reached").into()),
        AttemptState::Aborted => Err(over("it was given up before it was paid").into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routes::payments::samples::payment;
    use crate::routes::payments::status_name;

    fn told(state: AttemptState) -> Result<(u16, &'static str), (u16, &'static str)> {
        match answer(&payment(state)) {
            Ok((status, _)) => Ok((status.as_u16(), status_name(&payment(state)))),
            Err(problem) => Err((problem.status().as_u16(), problem.code())),
        }
    }

    #[test]
    fn a_program_is_told_what_is_proven() {
        assert_eq!(told(AttemptState::Succeeded), Ok((200, "succeeded")));
        assert_eq!(told(AttemptState::Sent), Ok((202, "pending")));
        assert_eq!(told(AttemptState::Unknown), Ok((202, "pending")));
        assert_eq!(told(AttemptState::Manual), Ok((202, "under_review")));
        assert_eq!(told(AttemptState::Declined), Err((409, "payment-declined")));
        assert_eq!(told(AttemptState::NotSent), Err((409, "payment-over")));
        assert_eq!(told(AttemptState::Aborted), Err((409, "payment-over")));
    }

    #[test]
    fn what_went_wrong_on_our_connections_stays_inside() {
        for state in [AttemptState::Declined, AttemptState::NotSent, AttemptState::Aborted] {
            let mut refused = payment(state);
            refused.problem = Some("connect to 10.0.0.7: refused".to_owned());
            let problem = answer(&refused).unwrap_err();
            let detail = problem.detail().unwrap();
            assert!(!detail.contains("10.0.0.7"), "{detail}");
        }
    }

    #[tokio::test]
    async fn a_slow_provider_does_not_hold_the_browser() {
        let (tell, hear) = oneshot::channel();
        assert!(wait_for(hear, Duration::ZERO).await.is_none());
        assert!(tell.send(Err(ApprovePaymentError::OrderExpired)).is_err());
    }

    #[tokio::test]
    async fn a_quick_answer_is_heard_and_a_lost_one_is_no_answer() {
        let (tell, hear) = oneshot::channel();
        tell.send(Err(ApprovePaymentError::OrderExpired)).unwrap();
        let heard = wait_for(hear, Duration::from_mins(1)).await;
        assert!(matches!(heard, Some(Err(ApprovePaymentError::OrderExpired))));
        let (tell, hear) = oneshot::channel();
        drop(tell);
        assert!(wait_for(hear, Duration::from_mins(1)).await.is_none());
    }
}
