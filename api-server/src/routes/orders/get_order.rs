//! Read an order.

use axum::extract::State;
use jangbogo_ordering::OrderId;

use super::view::OrderView;
use crate::app::AppState;
use crate::extract::{Authenticated, Json, Path};
use crate::problem::Problem;

/// An order of the caller with its history, payments and refunds.
#[utoipa::path(
    get,
    path = "/api/v1/orders/{id}",
    tag = "orders",
    params(("id" = String, Path, description = "The order")),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The order", body = OrderView),
        (status = 404, description = "`not-found`: no such order, or another buyer's"),
    ),
)]
pub(crate) async fn get_order(
    State(state): State<AppState>,
    Authenticated(caller): Authenticated,
    Path(id): Path<OrderId>,
) -> Result<Json<OrderView>, Problem> {
    Ok(Json(OrderView::load(&state.shop, &caller, id).await?))
}
