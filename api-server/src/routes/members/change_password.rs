//! `PUT /api/v1/members/me/password`.

use axum::extract::State;
use axum::http::StatusCode;
use jangbogo_member::{ChangePasswordCommand, ChangePasswordError, Password};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::app::AppState;
use crate::extract::{Authenticated, Json};
use crate::problem::Problem;

/// The old password and the new one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangePasswordRequest {
    /// Proof that the caller is the member.
    current_password: String,
    /// 8 characters to 256 bytes, not a common password.
    new_password: String,
}

/// Changes the caller's password; all other sessions end.
#[utoipa::path(put, path = "/api/v1/members/me/password", tag = "members",
    security(("bearer" = [])),
    responses(
        (status = 204, description = "Changed"),
        (status = 400, description = "`validation-failed`, `json-malformed`"),
        (status = 404, description = "`not-found`: the account is gone"),
        (status = 422, description = "`current-password-wrong`"),
    ))]
pub(super) async fn change_password(
    State(state): State<AppState>,
    Authenticated(caller): Authenticated,
    Json(request): Json<ChangePasswordRequest>,
) -> Result<StatusCode, Problem> {
    let current = Password::typed(&request.current_password)
        .map_err(|refused| Problem::field("current_password", refused.rule))?;
    state.limits.password_guess(caller.member)?;
    let command = ChangePasswordCommand { current, new: request.new_password };
    let changed = state.shop.change_password.run(&caller, command).await;
    changed.map_err(|error| match error {
        ChangePasswordError::Field(refused) => Problem::field("new_password", refused.rule),
        other => other.into(),
    })?;
    state.sessions.forget_all();
    Ok(StatusCode::NO_CONTENT)
}
