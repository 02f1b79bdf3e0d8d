//! Pause a subscription, and let it go on.

use axum::extract::State;
use jangbogo_subscription::{Change, SubscriptionId};

use super::view::SubscriptionView;
use crate::app::AppState;
use crate::extract::{Authenticated, Json, Path};
use crate::problem::Problem;

/// Charges nothing until the subscription is resumed. Repeating it changes nothing.
#[utoipa::path(
    post,
    path = "/api/v1/subscriptions/{id}/pause",
    tag = "subscriptions",
    params(("id" = String, Path, description = "The subscription")),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The subscription afterwards", body = SubscriptionView),
        (status = 404, description = "`not-found`: no such subscription, or another member's"),
        (status = 409, description = "`subscription-not-changeable`; `payment-in-progress`: a \
            charge is under way"),
    ),
)]
pub(crate) async fn pause_subscription(
    State(state): State<AppState>,
    Authenticated(caller): Authenticated,
    Path(id): Path<SubscriptionId>,
) -> Result<Json<SubscriptionView>, Problem> {
    state.shop.change_subscription.run(&caller, id, &Change::Pause).await?;
    Ok(Json(SubscriptionView::load(&state.shop, &caller, id).await?))
}

/// Goes on: on the day that was next, or tomorrow if that is over. Repeating it changes nothing.
#[utoipa::path(
    post,
    path = "/api/v1/subscriptions/{id}/resume",
    tag = "subscriptions",
    params(("id" = String, Path, description = "The subscription")),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The subscription afterwards", body = SubscriptionView),
        (status = 404, description = "`not-found`: no such subscription, or another member's"),
        (status = 409, description = "`subscription-not-changeable`"),
    ),
)]
pub(crate) async fn resume_subscription(
    State(state): State<AppState>,
    Authenticated(caller): Authenticated,
    Path(id): Path<SubscriptionId>,
) -> Result<Json<SubscriptionView>, Problem> {
    state.shop.change_subscription.run(&caller, id, &Change::Resume).await?;
    Ok(Json(SubscriptionView::load(&state.shop, &caller, id).await?))
}
