//! `GET /api/v1/members/me/addresses`.

use axum::extract::State;

use super::view::AddressView;
use crate::app::AppState;
use crate::extract::{Authenticated, Json};
use crate::problem::Problem;
use crate::routes::view::PageView;

/// The caller's addresses, the default first, then the oldest first.
#[utoipa::path(get, path = "/api/v1/members/me/addresses", tag = "addresses",
    security(("bearer" = [])),
    responses((status = 200, description = "All of them", body = PageView<AddressView>)))]
pub(super) async fn list_addresses(
    State(state): State<AppState>,
    Authenticated(caller): Authenticated,
) -> Result<Json<PageView<AddressView>>, Problem> {
    let addresses = state.shop.members.addresses(caller.member).await?;
    let views = addresses.into_iter().map(AddressView::from);
    Ok(Json(PageView::whole(views)))
}
