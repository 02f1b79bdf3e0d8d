//! What payment providers tell us.

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::AppState;

mod take_webhook;

/// The endpoints of webhooks.
pub(crate) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(take_webhook::take_webhook))
}
