//! The caller's subscription cart.

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::AppState;

mod get_subscription_cart;
mod put_subscription_item;
mod remove_subscription_item;
mod view;

/// The subscription cart's endpoints.
pub(crate) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(get_subscription_cart::get_subscription_cart)).routes(
        routes!(
            put_subscription_item::put_subscription_item,
            remove_subscription_item::remove_subscription_item
        ),
    )
}
