//! Read the cart.

use axum::extract::State;

use super::view::CartView;
use crate::app::AppState;
use crate::extract::{Authenticated, Json};
use crate::problem::Problem;

/// The caller's cart, at the prices and with the stock of this moment.
#[utoipa::path(
    get,
    path = "/api/v1/cart",
    tag = "cart",
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The cart", body = CartView),
    ),
)]
pub(crate) async fn get_cart(
    State(state): State<AppState>,
    Authenticated(caller): Authenticated,
) -> Result<Json<CartView>, Problem> {
    Ok(Json(CartView::load(&state.shop, &caller).await?))
}
