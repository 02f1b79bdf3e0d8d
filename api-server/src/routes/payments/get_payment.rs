//! Read a payment.

use axum::extract::State;
use jangbogo_member::AccessError;
use jangbogo_payment::{Attempt, AttemptId};

use super::view::PaymentView;
use crate::app::AppState;
use crate::extract::{Authenticated, Json, Path};
use crate::problem::Problem;

/// A payment of the caller.
#[utoipa::path(
    get,
    path = "/api/v1/payments/{id}",
    tag = "payments",
    params(("id" = String, Path, description = "The payment")),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The payment", body = PaymentView),
        (status = 404, description = "`not-found`: no such payment, or another buyer's"),
    ),
)]
pub(crate) async fn get_payment(
    State(state): State<AppState>,
    Authenticated(caller): Authenticated,
    Path(id): Path<AttemptId>,
) -> Result<Json<PaymentView>, Problem> {
    let found = state.shop.payments.find(id).await?;
    let payment = found.filter(Attempt::is_capture);
    let payment = payment.ok_or(AccessError::Hidden)?;
    caller.require_owner(payment.buyer)?;
    Ok(Json(PaymentView::of(&payment)))
}
