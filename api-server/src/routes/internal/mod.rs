//! What only the shop's own processes may ask.

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::AppState;

mod charge_cycle;

/// The internal endpoints. Without `internal.token` and `internal.from` they do not exist.
pub(crate) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(charge_cycle::charge_cycle))
}
