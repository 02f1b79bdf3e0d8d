//! What products are good for.

mod list_categories;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::AppState;
pub(crate) use list_categories::CategoryView;

/// The endpoints of this resource.
pub(crate) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list_categories::list_categories))
}
