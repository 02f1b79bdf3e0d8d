//! The caller's subscriptions.

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::AppState;

mod cancel_subscription;
mod change_terms;
mod get_subscription;
mod list_subscriptions;
mod pause_subscription;
mod skip_cycle;
mod subscribe;
mod view;

/// The endpoints of subscriptions.
pub(crate) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(subscribe::subscribe, list_subscriptions::list_subscriptions))
        .routes(routes!(
            get_subscription::get_subscription,
            change_terms::change_terms,
            cancel_subscription::cancel_subscription
        ))
        .routes(routes!(skip_cycle::skip_cycle))
        .routes(routes!(pause_subscription::pause_subscription))
        .routes(routes!(pause_subscription::resume_subscription))
}
