//! `GET /api/v1/products/{id}`.

use axum::extract::State;
use jangbogo_catalog::ProductId;

use super::view::ProductDetailView;
use crate::app::AppState;
use crate::extract::{Json, Path, Viewer};
use crate::problem::Problem;

/// A product on sale, with its exact stock. Who looks is counted in its `views`, once a day.
#[utoipa::path(get, path = "/api/v1/products/{id}", tag = "products",
    params(("id" = String, Path, description = "The product")),
    responses(
        (status = 200, description = "The product", body = ProductDetailView),
        (status = 404, description = "`not-found`"),
    ))]
pub(super) async fn get_product(
    State(state): State<AppState>,
    Path(id): Path<ProductId>,
    viewer: Viewer,
) -> Result<Json<ProductDetailView>, Problem> {
    let view = ProductDetailView::load(&state, id).await?;
    viewer.looks_at(&state, id).await;
    Ok(Json(view))
}
