//! To be filled.

use utoipa_axum::router::OpenApiRouter;

use crate::app::AppState;

/// Routes.
pub(crate) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
}
