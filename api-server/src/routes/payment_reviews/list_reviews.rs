//! List what waits for a person.

use axum::extract::State;
use jangbogo_member::Role;
use jangbogo_payment::PaymentQueries;

use super::view::PaymentReviewView;
use crate::app::AppState;
use crate::extract::{Authenticated, Json, PageQuery, Query};
use crate::problem::Problem;
use crate::routes::view::PageView;

/// Payments and refunds that wait for a person, oldest first; for admins.
#[utoipa::path(
    get,
    path = "/api/v1/payment-reviews",
    tag = "payment reviews",
    params(PageQuery),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "A page of attempts", body = PageView<PaymentReviewView>),
        (status = 400, description = "`validation-failed`, `cursor-invalid`"),
        (status = 403, description = "`forbidden`: not an admin"),
    ),
)]
pub(crate) async fn list_payment_reviews(
    State(state): State<AppState>,
    Authenticated(caller): Authenticated,
    Query(query): Query<PageQuery>,
) -> Result<Json<PageView<PaymentReviewView>>, Problem> {
    caller.require_role(Role::Admin)?;
    let page = query.page(<dyn PaymentQueries>::UNDER_REVIEW)?;
    let waiting = state.shop.payments.under_review(&page).await?;
    Ok(Json(PageView::of(waiting, |attempt| PaymentReviewView::of(&attempt))))
}
