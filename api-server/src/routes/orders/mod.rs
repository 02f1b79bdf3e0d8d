//! The caller's orders.

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::AppState;

mod cancel_order;
mod get_order;
mod line;
mod list_orders;
mod place_order;
mod view;

pub(crate) use line::{LineRequest, parse_lines};
pub(crate) use place_order::{ReceiverRequest, requested_lines};

/// The endpoints of orders.
pub(crate) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(place_order::place_order, list_orders::list_orders))
        .routes(routes!(get_order::get_order))
        .routes(routes!(cancel_order::cancel_order))
}
