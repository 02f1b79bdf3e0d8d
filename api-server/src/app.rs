//! The composition: middleware from the outside in, then the routes.

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderName, HeaderValue, Method, header};
use jangbogo_setup::{Config, Shop};
use tokio_util::task::TaskTracker;
use tower::ServiceBuilder;
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::at_hand::AtHand;
pub use crate::document::openapi;
use crate::extract::SessionCache;
use crate::limit::Limits;
use crate::metrics::Metrics;
use crate::middleware::{Edge, EdgeLayer};
use crate::routes;

/// What every handler can reach; a clone is one count.
#[derive(Clone)]
pub struct AppState(Arc<Reachable>);

/// What an [`AppState`] leads to.
pub struct Reachable {
    /// Use cases and queries.
    pub shop: Shop,
    /// The settings.
    pub config: Arc<Config>,
    /// Where buyers' browsers reach the shop, without a slash at the end.
    pub public_url: Box<str>,
    /// Work on money that goes on when its client hangs up; [`Server`](crate::Server) waits for it.
    pub tasks: TaskTracker,
    pub(crate) limits: Arc<Limits>,
    pub(crate) metrics: Metrics,
    pub(crate) sessions: SessionCache,
    pub(crate) at_hand: Arc<AtHand>,
}

impl AppState {
    /// What handlers need, with nobody counted and nobody remembered yet.
    pub fn new(shop: Shop, config: Arc<Config>, public_url: &str) -> Self {
        let limits = Arc::new(Limits::new(&config.limits));
        // Lists have half of the memory, and half of theirs is for what is made of them.
        let bytes = config.cache.bytes_max / 4;
        let at_hand = Arc::new(AtHand::new(Arc::clone(&shop.clock), bytes));
        Self(Arc::new(Reachable {
            shop,
            config,
            public_url: public_url.into(),
            tasks: TaskTracker::new(),
            limits,
            metrics: Metrics::of_process(),
            sessions: SessionCache::new(),
            at_hand,
        }))
    }
}

impl Deref for AppState {
    type Target = Reachable;

    fn deref(&self) -> &Reachable {
        &self.0
    }
}

/// The whole shop as one router. Only probes and metrics are not counted against their address.
pub fn router(state: AppState) -> Router {
    let (config, url) = (&state.config, &state.public_url);
    let edge = Edge {
        limits: Some((Arc::clone(&state.limits), config.server.trusted_proxies)),
        at_hand: Some(Arc::clone(&state.at_hand)),
        ..Edge::new(config, url)
    };
    let shop = layered(routes::router().with_state(state.clone()), config, edge);
    let probes = routes::probes().with_state(state.clone());
    shop.merge(layered(probes, config, Edge::new(config, url)))
}

/// A request passes the layers from the top to the bottom, its answer from the bottom to the top.
/// CORS is outside of whatever can fail, so that failures carry its headers too. There are few
/// layers on purpose; see [`Edge`].
fn layered(routes: Router, config: &Config, edge: Edge) -> Router {
    let layers = ServiceBuilder::new()
        .option_layer(cors(config))
        .layer(EdgeLayer(Arc::new(edge)))
        .layer(DefaultBodyLimit::max(config.server.body_bytes_max));
    routes.layer(layers)
}

/// Nothing at all for a shop that no page elsewhere may ask.
fn cors(config: &Config) -> Option<CorsLayer> {
    if config.server.cors_origins.is_empty() {
        return None;
    }
    let origins = config.server.cors_origins.iter();
    let origins = origins.filter_map(|origin| HeaderValue::from_str(origin).ok());
    let layer = CorsLayer::new()
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
        .max_age(Duration::from_mins(10));
    Some(layer)
}

#[cfg(test)]
mod tests;
