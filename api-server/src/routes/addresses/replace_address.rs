//! `PUT /api/v1/members/me/addresses/{id}`.

use axum::extract::State;
use jangbogo_member::AddressId;

use super::view::{AddressRequest, AddressView};
use crate::app::AppState;
use crate::extract::{Authenticated, Json, Path};
use crate::problem::Problem;

/// Replaces an address. Being the default can be given, not taken away.
#[utoipa::path(put, path = "/api/v1/members/me/addresses/{id}", tag = "addresses",
    security(("bearer" = [])),
    params(("id" = String, Path, description = "The address")),
    responses(
        (status = 200, description = "The address as it is now", body = AddressView),
        (status = 400, description = "`validation-failed`, `json-malformed`"),
        (status = 404, description = "`not-found`"),
    ))]
pub(super) async fn replace_address(
    State(state): State<AppState>,
    Authenticated(caller): Authenticated,
    Path(id): Path<AddressId>,
    Json(request): Json<AddressRequest>,
) -> Result<Json<AddressView>, Problem> {
    let book = &state.shop.address_book;
    let replaced = book.replace(&caller, id, request.details()?, request.is_default);
    Ok(Json(replaced.await?.into()))
}
