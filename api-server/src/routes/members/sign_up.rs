//! `POST /api/v1/members`.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use jangbogo_member::{EmailAddress, Nickname, SignUpCommand};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::AppState;
use crate::extract::{ClientAddress, Json};
use crate::problem::Problem;

/// A new account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SignUpRequest {
    /// Log-in name.
    #[schema(examples("admiral@example.com"))]
    email: String,
    /// 8 characters to 256 bytes, not a common password.
    #[schema(examples("correct horse battery staple"))]
    password: String,
    /// Public name: 2 to 20 letters, digits or underscores.
    #[schema(examples("장보고"))]
    nickname: String,
}

/// What was signed up with.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SignedUpView {
    /// Log-in name.
    email: String,
    /// Public name.
    nickname: String,
}

/// Makes an account. The answer is the same for an address that has one already; its owner gets a
/// mail instead.
#[utoipa::path(post, path = "/api/v1/members", tag = "members",
    responses(
        (status = 201, description = "Signed up", body = SignedUpView,
            headers(("Location" = String, description = "Where the account is"))),
        (status = 400, description = "`validation-failed`, `json-malformed`"),
        (status = 409, description = "`nickname-taken`"),
    ))]
pub(super) async fn sign_up(
    State(state): State<AppState>,
    ClientAddress(from): ClientAddress,
    Json(request): Json<SignUpRequest>,
) -> Result<impl IntoResponse, Problem> {
    state.limits.login_address(from)?;
    let view = SignedUpView {
        email: EmailAddress::parse(&request.email)?.as_str().to_owned(),
        nickname: Nickname::parse(&request.nickname)?.as_str().to_owned(),
    };
    let command = SignUpCommand::parse(&request.email, &request.password, &request.nickname)?;
    state.shop.sign_up.run(command).await?;
    let location = [(header::LOCATION, "/api/v1/members/me")];
    Ok((StatusCode::CREATED, location, Json(view)))
}
