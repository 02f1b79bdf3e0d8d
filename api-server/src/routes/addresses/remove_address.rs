//! `DELETE /api/v1/members/me/addresses/{id}`.

use axum::extract::State;
use axum::http::StatusCode;
use jangbogo_member::AddressId;

use crate::app::AppState;
use crate::extract::{Authenticated, Path};
use crate::problem::Problem;

/// Removes an address.
#[utoipa::path(delete, path = "/api/v1/members/me/addresses/{id}", tag = "addresses",
    security(("bearer" = [])),
    params(("id" = String, Path, description = "The address")),
    responses(
        (status = 204, description = "Removed"),
        (status = 404, description = "`not-found`"),
    ))]
pub(super) async fn remove_address(
    State(state): State<AppState>,
    Authenticated(caller): Authenticated,
    Path(id): Path<AddressId>,
) -> Result<StatusCode, Problem> {
    state.shop.address_book.remove(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
