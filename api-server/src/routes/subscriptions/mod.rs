//! The caller's subscriptions.

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::AppState;

mod get_subscription;
mod list_subscriptions;
mod subscribe;
mod view;

/// The endpoints of subscriptions.
pub(crate) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(subscribe::subscribe, list_subscriptions::list_subscriptions))
        .routes(routes!(get_subscription::get_subscription))
}
