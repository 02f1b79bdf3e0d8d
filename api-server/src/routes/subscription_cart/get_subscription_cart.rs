//! Read the subscription cart.

use axum::extract::State;

use super::view::SubscriptionCartView;
use crate::app::AppState;
use crate::extract::{Authenticated, Json};
use crate::problem::Problem;

/// What the caller means to subscribe to, at the prices and with the stock of this moment.
#[utoipa::path(
    get,
    path = "/api/v1/subscription-cart",
    tag = "subscriptions",
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The subscription cart", body = SubscriptionCartView),
    ),
)]
pub(crate) async fn get_subscription_cart(
    State(state): State<AppState>,
    Authenticated(caller): Authenticated,
) -> Result<Json<SubscriptionCartView>, Problem> {
    Ok(Json(SubscriptionCartView::load(&state.shop, &caller).await?))
}
