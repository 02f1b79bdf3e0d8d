//! `DELETE /api/v1/sessions/current`.

use axum::extract::State;
use axum::http::StatusCode;

use crate::app::AppState;
use crate::extract::Authenticated;
use crate::problem::Problem;

/// Ends the caller's session: its access and refresh tokens stop counting.
#[utoipa::path(delete, path = "/api/v1/sessions/current", tag = "sessions",
    security(("bearer" = [])),
    responses((status = 204, description = "Logged out")))]
pub(super) async fn log_out(
    State(state): State<AppState>,
    Authenticated(caller): Authenticated,
) -> Result<StatusCode, Problem> {
    state.shop.log_out.run(&caller).await?;
    state.sessions.forget(caller.session).await;
    Ok(StatusCode::NO_CONTENT)
}
