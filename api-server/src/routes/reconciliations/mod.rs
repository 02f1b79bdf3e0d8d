//! Comparisons of our books with the payment providers', for admins.

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::AppState;

mod get_reconciliation;
mod list_reconciliations;
mod view;

/// The endpoints of reconciliations.
pub(crate) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list_reconciliations::list_reconciliations))
        .routes(routes!(get_reconciliation::get_reconciliation))
}
