//! Give up an unpaid order.

use axum::extract::State;
use jangbogo_ordering::OrderId;

use super::view::OrderView;
use crate::app::AppState;
use crate::extract::{Authenticated, Json, Path};
use crate::problem::Problem;

/// Cancels an order that is not paid; its pieces are free again at once. Repeating it changes
/// nothing, so it needs no idempotency key.
#[utoipa::path(
    post,
    path = "/api/v1/orders/{id}/cancel",
    tag = "orders",
    params(("id" = String, Path, description = "The order")),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The cancelled order", body = OrderView),
        (status = 404, description = "`not-found`: no such order, or another buyer's"),
        (status = 409, description = "`order-not-cancellable`, `payment-in-progress`"),
    ),
)]
pub(crate) async fn cancel_order(
    State(state): State<AppState>,
    Authenticated(caller): Authenticated,
    Path(id): Path<OrderId>,
) -> Result<Json<OrderView>, Problem> {
    state.shop.cancel_order.run(&caller, id).await?;
    Ok(Json(OrderView::load(&state.shop, &caller, id).await?))
}
