//! `POST /api/v1/sessions/refresh`.

use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;

use super::view::SessionView;
use crate::app::AppState;
use crate::extract::{ClientAddress, Json};
use crate::problem::Problem;

/// The token to exchange.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RefreshRequest {
    /// The refresh token of the last pair.
    refresh_token: String,
}

/// Exchanges a refresh token for the next pair. A token that comes back a second time ends the
/// session: somebody has copied it.
#[utoipa::path(post, path = "/api/v1/sessions/refresh", tag = "sessions",
    responses(
        (status = 200, description = "The next pair", body = SessionView),
        (status = 401, description = "`refresh-token-refused`"),
    ))]
pub(super) async fn refresh_session(
    State(state): State<AppState>,
    ClientAddress(from): ClientAddress,
    Json(request): Json<RefreshRequest>,
) -> Result<Json<SessionView>, Problem> {
    state.limits.login_address(from)?;
    let tokens = state.shop.refresh_session.run(&request.refresh_token).await?;
    Ok(Json(tokens.into()))
}
