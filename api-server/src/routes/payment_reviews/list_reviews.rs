//! List what waits for a person.

use axum::extract::State;
use jangbogo_kernel::{CursorError, PageRequest};
use jangbogo_member::Role;
use jangbogo_payment::PaymentQueries;
use serde::Deserialize;
use utoipa::IntoParams;

use super::view::PaymentReviewView;
use crate::app::AppState;
use crate::extract::{Authenticated, Json, Query, blank_as_none};
use crate::problem::Problem;
use crate::routes::view::PageView;

/// Which page is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListPaymentReviewsQuery {
    /// Items per page.
    #[param(minimum = 1, maximum = 100, default = 20)]
    #[serde(default, deserialize_with = "blank_as_none")]
    limit: Option<i64>,
    /// `next_cursor` or `prev_cursor` of another page of this list.
    #[serde(default, deserialize_with = "blank_as_none")]
    cursor: Option<String>,
}

/// Payments and refunds that wait for a person, oldest first; for admins.
#[utoipa::path(
    get,
    path = "/api/v1/payment-reviews",
    tag = "payment reviews",
    params(ListPaymentReviewsQuery),
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
    Query(query): Query<ListPaymentReviewsQuery>,
) -> Result<Json<PageView<PaymentReviewView>>, Problem> {
    caller.require_role(Role::Admin)?;
    let list = <dyn PaymentQueries>::UNDER_REVIEW;
    let page = PageRequest::try_new(list, query.limit, query.cursor.as_deref());
    let page = page.map_err(|refused| match refused {
        CursorError::Invalid => Problem::of("cursor-invalid").with_detail(refused.to_string()),
        CursorError::Limit => Problem::field("limit", refused.to_string()),
    })?;
    let waiting = state.shop.payments.under_review(&page).await?;
    Ok(Json(PageView::of(waiting, |attempt| PaymentReviewView::of(&attempt))))
}
