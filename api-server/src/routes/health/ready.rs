//! `GET /readyz`.

use std::time::Duration;

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::AppState;
use crate::extract::Json;
use crate::problem::Problem;

/// A probe that hears nothing for so long has heard enough.
const LONGEST: Duration = Duration::from_secs(2);

/// The process can serve.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReadyView {
    /// Always `ready`.
    status: &'static str,
    /// Events on their way to their consumers.
    outbox: OutboxView,
}

/// Events on their way to their consumers.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OutboxView {
    /// How many wait.
    waiting: u64,
    /// How long the oldest has been waiting, seconds; null when none waits.
    oldest_age_s: Option<u64>,
}

/// Whether requests can be served: the database answers.
#[utoipa::path(get, path = "/readyz", tag = "health",
    responses(
        (status = 200, description = "Ready", body = ReadyView),
        (status = 503, description = "`unavailable`: the database does not answer"),
    ))]
pub(super) async fn ready(State(state): State<AppState>) -> Result<Json<ReadyView>, Problem> {
    let down = || Problem::of("unavailable").with_retry_after(1);
    let backlog = tokio::time::timeout(LONGEST, state.shop.publications.backlog()).await;
    let backlog = backlog.map_err(|_| down())?.map_err(|error| {
        tracing::warn!(?error, "not ready");
        down()
    })?;
    let now = state.shop.clock.now();
    Ok(Json(ReadyView {
        status: "ready",
        outbox: OutboxView {
            waiting: backlog.waiting,
            oldest_age_s: backlog.oldest.map(|at| now.since(at).as_secs()),
        },
    }))
}
