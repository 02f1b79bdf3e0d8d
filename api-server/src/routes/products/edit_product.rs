//! `PATCH /api/v1/products/{id}`.

use axum::extract::State;
use jangbogo_catalog::{EditProductError, ProductChanges, ProductId};
use serde::Deserialize;
use utoipa::ToSchema;

use super::view::{AttributesView, ProductDetailView};
use crate::app::AppState;
use crate::extract::{Authenticated, Json, Path, object};
use crate::problem::Problem;

/// What is to change; a field that is not there, or null, stays as it is. Stock is changed by
/// adjustments only.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct EditProductRequest {
    /// 1 to 200 characters, Korean first.
    name: Option<String>,
    /// At most 200 characters.
    name_en: Option<String>,
    /// 1 to 100 characters.
    maker: Option<String>,
    /// At most 10,000 characters of plain text.
    description: Option<String>,
    /// Where its picture is.
    image_url: Option<String>,
    /// At most three; an empty list classifies from `attributes.main_function`.
    categories: Option<Vec<String>>,
    /// The maker's statement, as a whole.
    #[serde(default, deserialize_with = "object")]
    attributes: Option<AttributesView>,
    /// Won.
    #[schema(minimum = 1, maximum = 1_000_000_000)]
    original_price: Option<i64>,
    /// Hundredths of a per cent.
    #[schema(minimum = 0, maximum = 9_999)]
    discount_bps: Option<u32>,
}

/// Changes a product of the calling seller. Orders keep the price that they were placed with.
#[utoipa::path(patch, path = "/api/v1/products/{id}", tag = "products",
    security(("bearer" = [])),
    params(("id" = String, Path, description = "The product")),
    responses(
        (status = 200, description = "The product as it is now", body = ProductDetailView),
        (status = 400, description = "`validation-failed`, `json-malformed`"),
        (status = 403, description = "`forbidden`: not a seller"),
        (status = 404, description = "`not-found`: no such product, or another seller's"),
    ))]
pub(super) async fn edit_product(
    State(state): State<AppState>,
    Authenticated(caller): Authenticated,
    Path(id): Path<ProductId>,
    Json(request): Json<EditProductRequest>,
) -> Result<Json<ProductDetailView>, Problem> {
    let edited = state.shop.edit_product.run(&caller, id, request.into());
    edited.await.map_err(|error| match error {
        EditProductError::Field(refused) => refused.into(),
        other => Problem::from(other),
    })?;
    Ok(Json(ProductDetailView::load(&state, id).await?))
}

impl From<EditProductRequest> for ProductChanges {
    fn from(request: EditProductRequest) -> Self {
        Self {
            name: request.name,
            name_en: request.name_en,
            maker: request.maker,
            description: request.description,
            image_url: request.image_url,
            categories: request.categories,
            attributes: request.attributes.map(Into::into),
            original_price: request.original_price,
            discount_bps: request.discount_bps,
        }
    }
}
