//! `DELETE /api/v1/products/{id}`.

use axum::extract::State;
use axum::http::StatusCode;
use jangbogo_catalog::ProductId;

use crate::app::AppState;
use crate::extract::{Authenticated, Path};
use crate::problem::Problem;

/// Takes a product of the calling seller out of the shop; orders that name it stay.
#[utoipa::path(delete, path = "/api/v1/products/{id}", tag = "products",
    security(("bearer" = [])),
    params(("id" = String, Path, description = "The product")),
    responses(
        (status = 204, description = "Out of the shop"),
        (status = 403, description = "`forbidden`: not a seller"),
        (status = 404, description = "`not-found`: no such product, or another seller's"),
    ))]
pub(super) async fn withdraw_product(
    State(state): State<AppState>,
    Authenticated(caller): Authenticated,
    Path(id): Path<ProductId>,
) -> Result<StatusCode, Problem> {
    state.shop.withdraw_product.run(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
