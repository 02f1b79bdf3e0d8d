//! All routes; each endpoint has a file of its own below its resource.

mod addresses;
mod cart;
mod categories;
pub(crate) mod docs;
mod health;
mod internal;
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
mod subscription_cart;
mod subscriptions;
mod view;
mod webhooks;

use axum::Router;
use utoipa_axum::router::OpenApiRouter;

use crate::app::AppState;
use crate::problem::Problem;

/// Everything that can be asked, but for the probes.
pub(crate) fn router() -> Router<AppState> {
    let (api, _) = api().split_for_parts();
    Router::new()
        .merge(api)
        .merge(payments::pages())
        .merge(docs::router())
        .fallback(async || Problem::of("not-found"))
        .method_not_allowed_fallback(async || Problem::of("method-not-allowed"))
}

/// What machines ask that watch the process.
pub(crate) fn probes() -> Router<AppState> {
    let (probes, _) = health::router().split_for_parts();
    Router::new()
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
        .merge(subscription_cart::router())
        .merge(subscriptions::router())
        .merge(internal::router())
        .merge(webhooks::router())
}
