//! Put a product into the cart.

use axum::extract::State;
use jangbogo_cart::ChangeCart;
use jangbogo_catalog::ProductId;
use jangbogo_kernel::Quantity;
use serde::Deserialize;
use utoipa::ToSchema;

use super::view::CartView;
use crate::app::AppState;
use crate::extract::{Authenticated, Json, Path};
use crate::problem::Problem;

/// How many pieces the cart is to have.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PutItemRequest {
    /// Pieces, 1 to 999; replaces the quantity that the cart had.
    #[schema(minimum = 1, maximum = 999)]
    quantity: i64,
}

/// Sets how many pieces of a product the cart has. Nothing is held for the cart.
#[utoipa::path(
    put,
    path = "/api/v1/cart/items/{product_id}",
    tag = "cart",
    params(("product_id" = String, Path, description = "The product")),
    request_body = PutItemRequest,
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The cart afterwards", body = CartView),
        (status = 400, description = "`validation-failed`, `json-malformed`"),
        (status = 404, description = "`product-not-found`, `not-found`"),
        (status = 409, description = "`out-of-stock`"),
        (status = 422, description = "`cart-full`"),
        (status = 503, description = "`overloaded`"),
    ),
)]
pub(crate) async fn put_item(
    State(state): State<AppState>,
    Authenticated(caller): Authenticated,
    Path(product): Path<ProductId>,
    Json(request): Json<PutItemRequest>,
) -> Result<Json<CartView>, Problem> {
    let quantity = Some(request.quantity()?);
    let change = ChangeCart { member: caller.member, product, quantity };
    state.shop.change_carts.submit(change).await??;
    Ok(Json(CartView::load(&state.shop, &caller).await?))
}

impl PutItemRequest {
    fn quantity(&self) -> Result<Quantity, Problem> {
        Quantity::try_new(self.quantity)
            .map_err(|refused| Problem::field("quantity", refused.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_1_to_999() {
        let parse = |quantity| PutItemRequest { quantity }.quantity();
        assert_eq!(parse(999).unwrap().get(), 999);
        for bad in [0, -1, 1_000] {
            let problem = parse(bad).unwrap_err();
            assert_eq!(problem.errors()[0].pointer, "/quantity", "{bad}");
        }
    }
}
