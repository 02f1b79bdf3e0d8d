//! `POST /api/v1/sessions`.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use jangbogo_member::LogInCommand;
use serde::Deserialize;
use utoipa::ToSchema;

use super::view::SessionView;
use crate::app::AppState;
use crate::extract::{ClientAddress, Json};
use crate::problem::Problem;

/// What somebody types to log in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LogInRequest {
    /// Log-in name.
    #[schema(examples("admiral@example.com"))]
    email: String,
    /// The account's password.
    password: String,
}

/// Opens a session. A wrong password and an unknown account get the same answer.
#[utoipa::path(post, path = "/api/v1/sessions", tag = "sessions",
    responses(
        (status = 201, description = "Logged in", body = SessionView),
        (status = 400, description = "`validation-failed`, `json-malformed`"),
        (status = 401, description = "`credentials-refused`"),
    ))]
pub(super) async fn log_in(
    State(state): State<AppState>,
    ClientAddress(from): ClientAddress,
    Json(request): Json<LogInRequest>,
) -> Result<impl IntoResponse, Problem> {
    state.limits.login_address(from)?;
    let command = LogInCommand::parse(&request.email, &request.password)?;
    let email = command.email().clone();
    state.limits.login_account(email.as_str(), from).await?;
    let tokens = state.shop.log_in.run(command).await?;
    state.limits.remember_login(email.as_str(), from).await;
    Ok((StatusCode::CREATED, Json(SessionView::from(tokens))))
}
