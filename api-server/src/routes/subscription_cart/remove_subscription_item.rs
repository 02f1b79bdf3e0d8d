//! Take a product out of the subscription cart.

use axum::extract::State;
use axum::http::StatusCode;
use jangbogo_catalog::ProductId;
use jangbogo_subscription::RecurringWish;

use crate::app::AppState;
use crate::extract::{Authenticated, Path};
use crate::problem::Problem;

/// Removes a product from the subscription cart; one that is not in it changes nothing.
#[utoipa::path(
    delete,
    path = "/api/v1/subscription-cart/items/{product_id}",
    tag = "subscriptions",
    params(("product_id" = String, Path, description = "The product")),
    security(("bearer" = [])),
    responses(
        (status = 204, description = "It is not in the cart"),
        (status = 404, description = "`not-found`: not a product's id"),
    ),
)]
pub(crate) async fn remove_subscription_item(
    State(state): State<AppState>,
    Authenticated(caller): Authenticated,
    Path(product): Path<ProductId>,
) -> Result<StatusCode, Problem> {
    let wish = RecurringWish { member: caller.member, product, wanted: None };
    state.shop.change_recurring_cart.run(&wish).await?;
    Ok(StatusCode::NO_CONTENT)
}
