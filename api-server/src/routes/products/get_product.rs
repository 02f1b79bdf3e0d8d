//! `GET /api/v1/products/{id}`.

use axum::extract::State;
use jangbogo_catalog::ProductId;

use super::view::ProductDetailView;
use crate::app::AppState;
use crate::extract::{Json, Path};
use crate::problem::Problem;

/// A product on sale, with its exact stock.
#[utoipa::path(get, path = "/api/v1/products/{id}", tag = "products",
    params(("id" = String, Path, description = "The product")),
    responses(
        (status = 200, description = "The product", body = ProductDetailView),
        (status = 404, description = "`not-found`"),
    ))]
pub(super) async fn get_product(
    State(state): State<AppState>,
    Path(id): Path<ProductId>,
) -> Result<Json<ProductDetailView>, Problem> {
    Ok(Json(ProductDetailView::load(&state, id).await?))
}
