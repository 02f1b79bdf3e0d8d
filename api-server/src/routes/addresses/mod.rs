//! The caller's address book.

mod add_address;
mod list_addresses;
mod remove_address;
mod replace_address;
mod view;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::AppState;

/// The endpoints of this resource.
pub(crate) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list_addresses::list_addresses, add_address::add_address))
        .routes(routes!(replace_address::replace_address, remove_address::remove_address))
}
