//! `DELETE /api/v1/members/me`.

use axum::extract::State;
use axum::http::StatusCode;
use jangbogo_member::Password;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::app::AppState;
use crate::extract::{Authenticated, Json};
use crate::problem::Problem;

/// Proof that the caller is the member.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WithdrawRequest {
    /// The account's password.
    password: String,
}

/// Ends the caller's account: personal data is erased, all sessions end, orders stay.
#[utoipa::path(delete, path = "/api/v1/members/me", tag = "members", security(("bearer" = [])),
    responses(
        (status = 204, description = "The account is gone"),
        (status = 400, description = "`validation-failed`, `json-malformed`"),
        (status = 404, description = "`not-found`: the account is gone already"),
        (status = 422, description = "`current-password-wrong`"),
    ))]
pub(super) async fn withdraw(
    State(state): State<AppState>,
    Authenticated(caller): Authenticated,
    Json(request): Json<WithdrawRequest>,
) -> Result<StatusCode, Problem> {
    let password = Password::typed(&request.password)?;
    state.limits.password_guess(caller.member)?;
    state.shop.withdraw.run(&caller, &password).await?;
    state.sessions.forget_all();
    Ok(StatusCode::NO_CONTENT)
}
