//! The provider could not go on.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use jangbogo_payment::{AttemptId, CloseReason};

use super::view::{PaymentStatusView, close};
use crate::app::AppState;
use crate::extract::Path;
use crate::problem::Problem;

/// The provider could not go on, and the buyer's browser comes back here. The
/// payment is given up unless it was sent already; the order still awaits payment.
#[utoipa::path(
    get,
    path = "/api/v1/payments/{id}/fail",
    tag = "payments",
    params(("id" = String, Path, description = "The payment")),
    responses(
        (status = 200, description = "If JSON is asked for: what is known of the payment",
            body = PaymentStatusView),
        (status = 303, description = "A browser goes on to the result page"),
        (status = 404, description = "`payment-not-found`, `not-found`"),
    ),
)]
pub(crate) async fn fail_payment(
    State(state): State<AppState>,
    Path(id): Path<AttemptId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    close(&state, id, CloseReason::Failed, &headers).await
}
