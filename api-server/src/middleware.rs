//! The middleware that is ours.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tower_http::request_id::{MakeRequestId as _, MakeRequestUuid, RequestId};

use crate::context::Context;
use crate::extract::client_address;
use crate::limit::Limits;
use crate::problem::Problem;

/// The most bytes of a request's target and headers together.
const HEAD_BYTES_MAX: usize = 16 * 1024;
/// The most characters of a client's own request id.
const REQUEST_ID_MAX: usize = 64;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The outermost of ours: the request gets its id and context, the answer its id and what protects
/// readers in browsers, unless the handler said something else. Nothing is kept by caches unless a
/// handler allows it. One middleware for all of it: each costs a copy of everything inside of it.
pub(crate) async fn edge(
    State(is_https): State<bool>,
    mut request: Request,
    next: Next,
) -> Response {
    for (name, value) in request.headers_mut().iter_mut() {
        if name == header::AUTHORIZATION || name == header::COOKIE {
            value.set_sensitive(true);
        }
    }
    let id = request_id(&mut request);
    let context = Context::of(request.headers(), &id);
    let mut response = context.scope(next.run(request)).await;
    let headers = response.headers_mut();
    headers.insert(REQUEST_ID, id);
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

/// The client's own id, or one that is made now in the place of one that is not 1–64 visible ASCII
/// characters; the request carries it from now on.
fn request_id(request: &mut Request) -> HeaderValue {
    let mut given = request.headers().get_all(REQUEST_ID).iter();
    let good = match (given.next(), given.next()) {
        (Some(id), None) if is_good_request_id(id) => Some(id.clone()),
        _ => None,
    };
    let id = good.unwrap_or_else(|| {
        let made = MakeRequestUuid.make_request_id(request);
        made.map_or(HeaderValue::from_static("none"), RequestId::into_header_value)
    });
    request.headers_mut().insert(REQUEST_ID, id.clone());
    request.extensions_mut().insert(RequestId::new(id.clone()));
    id
}

fn is_good_request_id(id: &HeaderValue) -> bool {
    (1..=REQUEST_ID_MAX).contains(&id.len()) && id.as_bytes().iter().all(u8::is_ascii_graphic)
}

/// Refuses a request whose target and headers are larger than anything we ask for, and gives up on
/// one that takes longer than the configuration allows.
pub(crate) async fn limit(
    State(longest): State<Duration>,
    request: Request,
    next: Next,
) -> Response {
    let target = request.uri().path().len() + request.uri().query().map_or(0, str::len);
    let headers = request.headers().iter();
    let bytes: usize = headers.map(|(n, v)| n.as_str().len() + v.len() + 4).sum();
    if target + bytes > HEAD_BYTES_MAX {
        return Problem::of("head-too-large").into_response();
    }
    match tokio::time::timeout(longest, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::of("timeout").into_response(),
    }
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
