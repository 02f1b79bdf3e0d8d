//! `POST /api/v1/products`.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use jangbogo_catalog::{NewProduct, ProductChanges};
use jangbogo_inventory::{AddProductCommand, AddProductError};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::view::{AttributesView, ProductDetailView};
use crate::app::AppState;
use crate::extract::{Authenticated, IdempotencyHeader, Json, object};
use crate::problem::Problem;

/// A product to sell.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AddProductRequest {
    /// 1 to 200 characters, Korean first.
    name: String,
    /// At most 200 characters.
    name_en: Option<String>,
    /// 1 to 100 characters.
    maker: String,
    /// At most 10,000 characters of plain text.
    description: Option<String>,
    /// Where its picture is.
    image_url: Option<String>,
    /// At most three; without any it is classified from `attributes.main_function`.
    categories: Option<Vec<String>>,
    /// The maker's statement.
    #[serde(default, deserialize_with = "object")]
    attributes: Option<AttributesView>,
    /// Won.
    #[schema(minimum = 1, maximum = 1_000_000_000)]
    original_price: i64,
    /// Hundredths of a per cent.
    #[schema(minimum = 0, maximum = 9_999)]
    discount_bps: Option<u32>,
    /// First pieces.
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    stock: i64,
}

/// Adds a product of the calling seller together with its first stock.
#[utoipa::path(post, path = "/api/v1/products", tag = "products", security(("bearer" = [])),
    params(("Idempotency-Key" = Option<String>, Header,
        description = "Makes a repeated request harmless")),
    responses(
        (status = 201, description = "Added", body = ProductDetailView,
            headers(("Location" = String, description = "Where the product is"))),
        (status = 400, description = "`validation-failed`, `json-malformed`, \
            `idempotency-key-invalid`"),
        (status = 403, description = "`forbidden`: not a seller"),
        (status = 404, description = "`not-found`: added before by this key, and withdrawn since"),
        (status = 422, description = "`stock-out-of-range`, `idempotency-key-reused`"),
    ))]
pub(super) async fn add_product(
    State(state): State<AppState>,
    Authenticated(caller): Authenticated,
    idempotency: IdempotencyHeader,
    Json(request): Json<AddProductRequest>,
) -> Result<impl IntoResponse, Problem> {
    let key = idempotency.optional_key(caller.member.uuid(), "add-product", &request)?;
    let stock = request.stock;
    let product = NewProduct::parse(request.into())?;
    let command = AddProductCommand { product, stock, key };
    let added = state.shop.add_product.run(&caller, command).await;
    let added = added.map_err(|error| match error {
        AddProductError::Stock(refused) => Problem::from(refused).pointing_at("/stock"),
        other => other.into(),
    })?;
    let id = added.product.id;
    let view = ProductDetailView::load(&state, id).await?;
    let location = [(header::LOCATION, format!("/api/v1/products/{id}"))];
    Ok((StatusCode::CREATED, location, Json(view)))
}

impl From<AddProductRequest> for ProductChanges {
    fn from(request: AddProductRequest) -> Self {
        Self {
            name: Some(request.name),
            name_en: request.name_en,
            maker: Some(request.maker),
            description: request.description,
            image_url: request.image_url,
            categories: request.categories,
            attributes: request.attributes.map(Into::into),
            original_price: Some(request.original_price),
            discount_bps: request.discount_bps,
        }
    }
}
