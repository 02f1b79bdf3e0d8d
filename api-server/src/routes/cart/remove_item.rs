//! Take a product out of the cart.

use axum::extract::State;
use axum::http::StatusCode;
use jangbogo_cart::ChangeCart;
use jangbogo_catalog::ProductId;

use crate::app::AppState;
use crate::extract::{Authenticated, Path};
use crate::problem::Problem;

/// Removes a product from the cart; one that is not in it changes nothing.
#[utoipa::path(
    delete,
    path = "/api/v1/cart/items/{product_id}",
    tag = "cart",
    params(("product_id" = String, Path, description = "The product")),
    security(("bearer" = [])),
    responses(
        (status = 204, description = "It is not in the cart"),
        (status = 404, description = "`not-found`: not a product's id"),
        (status = 503, description = "`overloaded`"),
    ),
)]
pub(crate) async fn remove_item(
    State(state): State<AppState>,
    Authenticated(caller): Authenticated,
    Path(product): Path<ProductId>,
) -> Result<StatusCode, Problem> {
    let change = ChangeCart { member: caller.member, product, quantity: None };
    state.shop.change_carts.submit(change).await??;
    Ok(StatusCode::NO_CONTENT)
}
