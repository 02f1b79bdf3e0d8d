//! `POST /api/v1/members/me/addresses`.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;

use super::view::{AddressRequest, AddressView};
use crate::app::AppState;
use crate::extract::{Authenticated, Json};
use crate::problem::Problem;

/// Writes an address down; the first one becomes the default.
#[utoipa::path(post, path = "/api/v1/members/me/addresses", tag = "addresses",
    security(("bearer" = [])),
    responses(
        (status = 201, description = "Written down", body = AddressView),
        (status = 400, description = "`validation-failed`, `json-malformed`"),
        (status = 422, description = "`address-book-full`"),
    ))]
pub(super) async fn add_address(
    State(state): State<AppState>,
    Authenticated(caller): Authenticated,
    Json(request): Json<AddressRequest>,
) -> Result<impl IntoResponse, Problem> {
    let book = &state.shop.address_book;
    let added = book.add(&caller, request.details()?, request.is_default);
    Ok((StatusCode::CREATED, Json(AddressView::from(added.await?))))
}
