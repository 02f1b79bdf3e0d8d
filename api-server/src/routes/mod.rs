//! All routes; each endpoint has a file of its own below its resource.

mod addresses;
mod cart;
mod categories;
pub(crate) mod docs;
mod health;
mod members;
mod orders;
mod payment_reviews;
mod payments;
mod products;
mod rankings;
mod reconciliations;
mod refunds;
mod sessions;
mod stock;
mod subscriptions;
mod view;
mod webhooks;

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use utoipa_axum::router::OpenApiRouter;

use crate::app::AppState;
use crate::middleware::limit_address;
use crate::problem::Problem;

/// Everything that can be asked. Only probes and metrics are not counted against their address.
pub(crate) fn router(state: &AppState) -> Router<AppState> {
    let limits = Arc::clone(&state.limits);
    let proxies = state.config.server.trusted_proxies;
    let counted = from_fn_with_state((limits, proxies), limit_address);
    let (api, _) = api().split_for_parts();
    let (probes, _) = health::router().split_for_parts();
    Router::new()
        .merge(api)
        .merge(payments::pages())
        .merge(docs::router())
        .fallback(async || Problem::of("not-found"))
        .layer(counted)
        .merge(probes)
        .method_not_allowed_fallback(async || Problem::of("method-not-allowed"))
}

/// Every documented endpoint.
pub(crate) fn documented() -> OpenApiRouter<AppState> {
    api().merge(health::router())
}

fn api() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .merge(members::router())
        .merge(sessions::router())
        .merge(addresses::router())
        .merge(categories::router())
        .merge(products::router())
        .merge(rankings::router())
        .merge(stock::router())
        .merge(cart::router())
        .merge(orders::router())
        .merge(payments::router())
        .merge(payment_reviews::router())
        .merge(reconciliations::router())
        .merge(refunds::router())
        .merge(subscriptions::router())
        .merge(webhooks::router())
}
