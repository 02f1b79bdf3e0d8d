//! End a subscription.

use axum::extract::State;
use jangbogo_subscription::{Change, SubscriptionId};

use super::view::SubscriptionView;
use crate::app::AppState;
use crate::extract::{Authenticated, Json, Path};
use crate::problem::Problem;

/// Ends the subscription at any time: nothing more is charged, and the provider is told. A charge
/// that is under way at this moment is found out first (`ending`); if it took the money, its order
/// stands and can be refunded like any other. Repeating it changes nothing.
#[utoipa::path(
    delete,
    path = "/api/v1/subscriptions/{id}",
    tag = "subscriptions",
    params(("id" = String, Path, description = "The subscription")),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The subscription afterwards", body = SubscriptionView),
        (status = 404, description = "`not-found`: no such subscription, or another member's"),
        (status = 409, description = "`payment-in-progress`: the member is paying at this moment"),
    ),
)]
pub(crate) async fn cancel_subscription(
    State(state): State<AppState>,
    Authenticated(caller): Authenticated,
    Path(id): Path<SubscriptionId>,
) -> Result<Json<SubscriptionView>, Problem> {
    state.shop.change_subscription.run(&caller, id, &Change::Cancel).await?;
    Ok(Json(SubscriptionView::load(&state.shop, &caller, id).await?))
}
