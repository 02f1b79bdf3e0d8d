//! The caller's cart.

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::AppState;

mod get_cart;
mod put_item;
mod remove_item;
mod view;

pub(crate) use view::{CartLineView, CartTotalsView};

/// The cart's endpoints.
pub(crate) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(get_cart::get_cart))
        .routes(routes!(put_item::put_item, remove_item::remove_item))
}
