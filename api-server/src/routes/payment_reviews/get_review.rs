//! Look at one attempt, with all that happened to it.

use axum::extract::State;
use jangbogo_member::{AccessError, Role};
use jangbogo_payment::AttemptId;

use super::view::PaymentReviewDetailView;
use crate::app::AppState;
use crate::extract::{Authenticated, Json, Path};
use crate::problem::Problem;

/// An attempt to take money or to give it back, whatever became of it; for admins.
#[utoipa::path(
    get,
    path = "/api/v1/payment-reviews/{id}",
    tag = "payment reviews",
    params(("id" = String, Path, description = "The attempt")),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The attempt", body = PaymentReviewDetailView),
        (status = 403, description = "`forbidden`: not an admin"),
        (status = 404, description = "`not-found`: no such attempt"),
    ),
)]
pub(crate) async fn get_payment_review(
    State(state): State<AppState>,
    Authenticated(caller): Authenticated,
    Path(id): Path<AttemptId>,
) -> Result<Json<PaymentReviewDetailView>, Problem> {
    caller.require_role(Role::Admin)?;
    let found = state.shop.payments.find(id).await?;
    let attempt = found.ok_or(AccessError::Hidden)?;
    let steps = state.shop.payments.steps(id).await?;
    Ok(Json(PaymentReviewDetailView::of(&attempt, steps)))
}
