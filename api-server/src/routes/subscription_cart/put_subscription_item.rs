//! Put a product into the subscription cart.

use axum::extract::State;
use jangbogo_catalog::ProductId;
use jangbogo_kernel::Quantity;
use jangbogo_subscription::RecurringWish;
use serde::Deserialize;
use utoipa::ToSchema;

use super::view::SubscriptionCartView;
use crate::app::AppState;
use crate::extract::{Authenticated, Json, Path};
use crate::problem::Problem;

/// How many pieces are wanted, and how often.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PutSubscriptionItemRequest {
    /// Pieces, 1 to 999; replaces the quantity that the cart had.
    #[schema(minimum = 1, maximum = 999)]
    quantity: i64,
    /// Days from one charge to the next; replaces the period that the cart had.
    #[schema(minimum = 30, maximum = 365, examples(30))]
    period_days: i64,
}

/// Sets how many pieces of a product the subscription cart has, and how often they are wanted.
/// Nothing is held or charged for the cart: `POST /api/v1/subscriptions` with `from_cart` makes a
/// subscription of the lines of one period.
#[utoipa::path(
    put,
    path = "/api/v1/subscription-cart/items/{product_id}",
    tag = "subscriptions",
    params(("product_id" = String, Path, description = "The product")),
    request_body = PutSubscriptionItemRequest,
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The cart afterwards", body = SubscriptionCartView),
        (status = 400, description = "`validation-failed`, `json-malformed`"),
        (status = 404, description = "`product-not-found`, `not-found`"),
        (status = 409, description = "`out-of-stock`"),
        (status = 422, description = "`period-out-of-range`, `cart-full`"),
    ),
)]
pub(crate) async fn put_subscription_item(
    State(state): State<AppState>,
    Authenticated(caller): Authenticated,
    Path(product): Path<ProductId>,
    Json(request): Json<PutSubscriptionItemRequest>,
) -> Result<Json<SubscriptionCartView>, Problem> {
    let quantity = Quantity::try_new(request.quantity)
        .map_err(|refused| Problem::field("quantity", refused.to_string()))?;
    let wanted = Some((quantity, request.period_days));
    let wish = RecurringWish { member: caller.member, product, wanted };
    state.shop.change_recurring_cart.run(&wish).await?;
    Ok(Json(SubscriptionCartView::load(&state.shop, &caller).await?))
}
