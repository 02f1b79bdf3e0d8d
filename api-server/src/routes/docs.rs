//! The description for programs (`/openapi.json`) and for people (`/docs`).

use axum::Router;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::document::openapi;
use crate::problem::Problem;

/// The pages bring their own scripts and styles; nothing comes from elsewhere.
const PAGE_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
     frame-ancestors 'none'",
);

/// Both descriptions.
pub(crate) fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    // Written once: the handlers do not change while the process runs.
    let document = serde_json::to_string(&openapi()).unwrap_or_default();
    let json = HeaderValue::from_static("application/json");
    let description = get(async move || ([(header::CONTENT_TYPE, json)], document));
    let config = Config::new(["/openapi.json"]).use_base_layout();
    let pages = Router::from(SwaggerUi::new("/docs").config(config));
    let pages = pages.layer(map_response(async |mut response: Response| {
        if response.status() == StatusCode::NOT_FOUND {
            return Problem::of("not-found").into_response();
        }
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_SECURITY_POLICY, PAGE_POLICY);
        response
    }));
    pages.route("/openapi.json", description)
}
