//! The middleware that is ours.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::extract::client_address;
use crate::limit::Limits;
use crate::problem::Problem;

/// The most bytes of a request's target and headers together.
const HEAD_BYTES_MAX: usize = 16 * 1024;
/// The most characters of a client's own request id.
const REQUEST_ID_MAX: usize = 64;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A request id that is not 1–64 visible ASCII characters is dropped; a good one is made later.
pub(crate) async fn drop_bad_request_id(mut request: Request, next: Next) -> Response {
    let mut given = request.headers().get_all(REQUEST_ID).iter();
    let good = match (given.next(), given.next()) {
        (Some(id), None) => is_good_request_id(id),
        _ => false,
    };
    if !good {
        request.headers_mut().remove(REQUEST_ID);
    }
    next.run(request).await
}

fn is_good_request_id(id: &HeaderValue) -> bool {
    (1..=REQUEST_ID_MAX).contains(&id.len()) && id.as_bytes().iter().all(u8::is_ascii_graphic)
}

/// Adds what protects readers in browsers, unless the handler said something else. Nothing is kept
/// by caches unless a handler allows it.
pub(crate) async fn security_headers(
    State(is_https): State<bool>,
    request: Request,
    next: Next,
) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let mut add = |name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    add(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    add(header::REFERRER_POLICY, "no-referrer");
    add(header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'");
    add(header::CACHE_CONTROL, "no-store");
    if is_https {
        add(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    response
}

/// Gives up on a request that takes longer than the configuration allows.
pub(crate) async fn time_out(
    State(longest): State<Duration>,
    request: Request,
    next: Next,
) -> Response {
    match tokio::time::timeout(longest, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::of("timeout").into_response(),
    }
}

/// Refuses a request whose target and headers are larger than anything we ask for.
pub(crate) async fn limit_head(request: Request, next: Next) -> Response {
    let target = request.uri().path().len() + request.uri().query().map_or(0, str::len);
    let headers = request.headers().iter();
    let bytes: usize = headers.map(|(n, v)| n.as_str().len() + v.len() + 4).sum();
    if target + bytes > HEAD_BYTES_MAX {
        return Problem::of("head-too-large").into_response();
    }
    next.run(request).await
}

/// Counts the request against its client's address, which so many trusted proxies tell.
pub(crate) async fn limit_address(
    State((limits, proxies)): State<(Arc<Limits>, usize)>,
    request: Request,
    next: Next,
) -> Response {
    let address = client_address(request.headers(), request.extensions(), proxies);
    match limits.address(address) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_ids_are_short_and_visible() {
        for (id, good) in [
            ("abc-123", true),
            ("", false),
            ("with space", false),
            ("a\tb", false),
            (&"x".repeat(64), true),
            (&"x".repeat(65), false),
        ] {
            let id = HeaderValue::from_str(id).unwrap();
            assert_eq!(is_good_request_id(&id), good, "{id:?}");
        }
        let korean = HeaderValue::from_bytes("장보고".as_bytes()).unwrap();
        assert!(!is_good_request_id(&korean));
    }
}
