//! `GET /metrics`.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, header};
use axum::response::{IntoResponse, Response};

use crate::app::AppState;
use crate::extract::ClientAddress;
use crate::problem::Problem;

const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";
/// What proxies write about whom they speak for.
const FORWARDING: [HeaderName; 2] =
    [HeaderName::from_static("x-forwarded-for"), HeaderName::from_static("forwarded")];

/// Counters and gauges of this process, for Prometheus. Only for the networks of the setting
/// `server.metrics_from`; for everybody else it does not exist.
#[utoipa::path(get, path = "/metrics", tag = "health",
    responses(
        (status = 200, description = "Prometheus text", body = String, content_type = "text/plain"),
        (status = 404, description = "`not-found`: not for this address"),
    ))]
pub(super) async fn metrics(
    State(state): State<AppState>,
    ClientAddress(address): ClientAddress,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let server = &state.config.server;
    // A proxy that nobody told us of stands for the whole world, however near it is.
    let unknown_proxy =
        server.trusted_proxies == 0 && FORWARDING.iter().any(|name| headers.contains_key(name));
    let welcome = server.metrics_from.iter().any(|network| network.contains(address));
    if unknown_proxy || !welcome {
        return Err(Problem::of("not-found"));
    }
    state.shop.measure().await;
    let text = state.metrics.render().ok_or_else(|| Problem::of("not-found"))?;
    Ok(([(header::CONTENT_TYPE, TEXT)], text).into_response())
}
