//! Accounts.

mod change_password;
mod edit_profile;
mod get_me;
mod sign_up;
mod view;
mod withdraw;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::AppState;

/// The endpoints of this resource.
pub(crate) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(sign_up::sign_up))
        .routes(routes!(get_me::get_me, edit_profile::edit_profile, withdraw::withdraw))
        .routes(routes!(change_password::change_password))
}
