//! `POST /api/v1/products/{id}/stock-adjustments`.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use jangbogo_catalog::ProductId;
use jangbogo_inventory::{AdjustStockCommand, AdjustStockError, Adjusted};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::AppState;
use crate::extract::{Authenticated, IdempotencyHeader, Json, Path};
use crate::problem::Problem;

/// A correction.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AdjustStockRequest {
    /// Pieces to add; negative to take away; not zero.
    #[schema(examples(-3))]
    delta: i64,
    /// Why, at most 200 characters.
    #[serde(default)]
    reason: String,
}

/// The stock afterwards.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct StockView {
    /// The product.
    product_id: String,
    /// Pieces that can be ordered now.
    stock: i64,
}

/// Adds or takes away pieces of the calling seller's product, as a difference.
#[utoipa::path(post, path = "/api/v1/products/{id}/stock-adjustments", tag = "products",
    security(("bearer" = [])),
    params(
        ("id" = String, Path, description = "The product"),
        ("Idempotency-Key" = String, Header, description = "Makes a repeated request harmless"),
    ),
    responses(
        (status = 201, description = "Corrected", body = StockView),
        (status = 400, description = "`validation-failed`, `json-malformed`, \
            `idempotency-key-missing`, `idempotency-key-invalid`"),
        (status = 403, description = "`forbidden`: not a seller"),
        (status = 404, description = "`not-found`: no such product, or another seller's"),
        (status = 422, description = "`stock-out-of-range`, `idempotency-key-reused`"),
    ))]
pub(super) async fn adjust_stock(
    State(state): State<AppState>,
    Authenticated(caller): Authenticated,
    Path(product): Path<ProductId>,
    idempotency: IdempotencyHeader,
    Json(request): Json<AdjustStockRequest>,
) -> Result<impl IntoResponse, Problem> {
    let principal = caller.member.uuid();
    let key = idempotency.key(principal, "adjust-stock", &(product, &request))?;
    let command = AdjustStockCommand { product, delta: request.delta, reason: request.reason, key };
    let blamed = if request.delta == 0 { "/delta" } else { "/reason" };
    let adjusted = state.shop.adjust_stock.run(&caller, command).await;
    let Adjusted { product, available } = adjusted.map_err(|error| match error {
        AdjustStockError::Command => Problem::from(error).pointing_at(blamed),
        AdjustStockError::Stock(_) => Problem::from(error).pointing_at("/delta"),
        other => other.into(),
    })?;
    let view = StockView { product_id: product.to_string(), stock: available };
    Ok((StatusCode::CREATED, Json(view)))
}
