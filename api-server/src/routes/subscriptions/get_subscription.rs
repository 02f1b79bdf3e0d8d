//! Read a subscription.

use axum::extract::State;
use jangbogo_subscription::SubscriptionId;

use super::view::SubscriptionView;
use crate::app::AppState;
use crate::extract::{Authenticated, Json, Path};
use crate::problem::Problem;

/// A subscription of the caller with its newest cycles.
#[utoipa::path(
    get,
    path = "/api/v1/subscriptions/{id}",
    tag = "subscriptions",
    params(("id" = String, Path, description = "The subscription")),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The subscription", body = SubscriptionView),
        (status = 404, description = "`not-found`: no such subscription, or another member's"),
    ),
)]
pub(crate) async fn get_subscription(
    State(state): State<AppState>,
    Authenticated(caller): Authenticated,
    Path(id): Path<SubscriptionId>,
) -> Result<Json<SubscriptionView>, Problem> {
    Ok(Json(SubscriptionView::load(&state.shop, &caller, id).await?))
}
