//! `GET /healthz`.

use serde::Serialize;
use utoipa::ToSchema;

use crate::extract::Json;

/// The process answers.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LiveView {
    /// Always `ok`.
    status: &'static str,
}

/// Whether the process is alive; asks nobody else.
#[utoipa::path(get, path = "/healthz", tag = "health",
    responses((status = 200, description = "Alive", body = LiveView)))]
pub(super) async fn live() -> Json<LiveView> {
    Json(LiveView { status: "ok" })
}
