//! `GET /api/v1/members/me`.

use axum::extract::State;
use jangbogo_member::Member;

use super::view::MemberView;
use crate::app::AppState;
use crate::extract::{Authenticated, Json};
use crate::problem::Problem;

/// The caller's account.
#[utoipa::path(get, path = "/api/v1/members/me", tag = "members", security(("bearer" = [])),
    responses(
        (status = 200, description = "The account", body = MemberView),
        (status = 404, description = "`not-found`: the account is gone"),
    ))]
pub(super) async fn get_me(
    State(state): State<AppState>,
    Authenticated(caller): Authenticated,
) -> Result<Json<MemberView>, Problem> {
    let found = state.shop.members.find(caller.member).await?;
    let member = found.filter(Member::is_active).ok_or_else(|| Problem::of("not-found"))?;
    Ok(Json(member.into()))
}
