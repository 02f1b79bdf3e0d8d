//! Payments: begun by the buyer, finished by the buyer's browser coming back from the provider.

use axum::Router;
use axum::routing::get;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::AppState;

mod approve_payment;
mod cancel_payment;
mod fail_payment;
mod get_payment;
mod result_page;
mod result_words;
#[cfg(test)]
pub(crate) mod samples;
mod start_payment;
mod view;

pub(crate) use view::status_name;

/// The endpoints of payments.
pub(crate) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(start_payment::start_payment))
        .routes(routes!(get_payment::get_payment))
        .routes(routes!(approve_payment::approve_payment))
        .routes(routes!(cancel_payment::cancel_payment))
        .routes(routes!(fail_payment::fail_payment))
}

/// The pages that a buyer's browser is sent to.
pub(crate) fn pages() -> Router<AppState> {
    Router::new()
        .route("/payments/{id}/result", get(result_page::result_page))
        .route("/payments/result.css", get(result_page::stylesheet))
}
