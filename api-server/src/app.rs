//! The composition: middleware from the outside in, then the routes.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use jangbogo_setup::{Config, Shop};
use tokio_util::task::TaskTracker;
use tower::ServiceBuilder;
use tower_http::CompressionLevel;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::cors::{AllowOrigin, CorsLayer};
use tower_http::request_id::RequestId;
use tower_http::trace::TraceLayer;

pub use crate::document::openapi;
use crate::extract::SessionCache;
use crate::limit::Limits;
use crate::metrics::{self, Metrics};
use crate::problem::Problem;
use crate::{middleware, routes};

/// What every handler can reach.
#[derive(Clone)]
pub struct AppState {
    /// Use cases and queries.
    pub shop: Arc<Shop>,
    /// The settings.
    pub config: Arc<Config>,
    /// Where buyers' browsers reach the shop, without a slash at the end.
    pub public_url: Arc<str>,
    /// Work on money that goes on when its client hangs up; [`Server`](crate::Server) waits for it.
    pub tasks: TaskTracker,
    pub(crate) limits: Arc<Limits>,
    pub(crate) metrics: Metrics,
    pub(crate) sessions: SessionCache,
}

impl AppState {
    /// What handlers need, with nobody counted and nobody remembered yet.
    pub fn new(shop: Shop, config: Arc<Config>, public_url: &str) -> Self {
        let limits = Arc::new(Limits::new(&config.limits));
        Self {
            // Cloned for every request: one count, not one for each use case.
            shop: Arc::new(shop),
            config,
            public_url: public_url.into(),
            tasks: TaskTracker::new(),
            limits,
            metrics: Metrics::of_process(),
            sessions: SessionCache::new(),
        }
    }
}

/// The whole shop as one router.
pub fn router(state: AppState) -> Router {
    let (config, public_url) = (Arc::clone(&state.config), Arc::clone(&state.public_url));
    let routes = routes::router(&state).with_state(state);
    layered(routes, &config, &public_url)
}

/// A request passes the layers from the top to the bottom, its answer from the bottom to the top.
/// Security headers and CORS are outside of whatever can fail, so that failures carry them too.
/// There are few of them on purpose: they are most of what a cached answer costs.
fn layered(routes: Router, config: &Config, public_url: &str) -> Router {
    let is_https = public_url.starts_with("https://");
    let longest = Duration::from_millis(config.server.request_timeout_ms);
    let layers = ServiceBuilder::new()
        .layer(from_fn(metrics::count))
        .layer(from_fn_with_state(is_https, middleware::edge))
        .layer(TraceLayer::new_for_http().make_span_with(span).on_failure(()))
        .layer(cors(config))
        .layer(CatchPanicLayer::custom(after_panic))
        .layer(from_fn_with_state(longest, middleware::limit))
        // The fastest level shrinks a page of products to about a quarter (12 KB to 3 KB);
        // higher ones cost more than they save.
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest))
        .layer(DefaultBodyLimit::max(config.server.body_bytes_max));
    routes.layer(layers)
}

/// The request id is in every line that is logged below this span. The query is not: it may hold
/// proofs of payment.
fn span(request: &Request) -> tracing::Span {
    let id = request.extensions().get::<RequestId>();
    let id = id.and_then(|id| id.header_value().to_str().ok());
    tracing::info_span!(
        "request",
        request_id = id.unwrap_or_default(),
        method = %request.method(),
        path = request.uri().path(),
    )
}

fn cors(config: &Config) -> CorsLayer {
    let origins = config.server.cors_origins.iter();
    let origins = origins.filter_map(|origin| HeaderValue::from_str(origin).ok());
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins))
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::ACCEPT_LANGUAGE,
            HeaderName::from_static("idempotency-key"),
            HeaderName::from_static("x-request-id"),
        ])
        .expose_headers([
            header::LOCATION,
            header::RETRY_AFTER,
            HeaderName::from_static("x-request-id"),
        ])
        .max_age(Duration::from_mins(10))
}

fn after_panic(panic: Box<dyn Any + Send>) -> Response {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    tracing::error!(panic = text.unwrap_or("of an unknown kind"), "a handler panicked");
    Problem::of("internal").with_detail("this is our fault; it has been noted").into_response()
}

#[cfg(test)]
mod tests;
