//! The middleware that is ours: one layer around every route.

use std::any::Any;
use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures::future::{Either, Ready, ready};
use futures::{FutureExt as _, TryFutureExt as _};
use jangbogo_setup::Config;
use tower::{Layer, Service};
use tower_http::CompressionLevel;
use tower_http::compression::Compression;
use tracing::Instrument as _;
use uuid::Builder;

use crate::at_hand::AtHand;
use crate::context::Context;
use crate::extract::client_address;
use crate::limit::Limits;
use crate::meters::Meters;
use crate::problem::Problem;

/// The most bytes of a request's target and headers together.
const HEAD_BYTES_MAX: usize = 16 * 1024;
/// The most characters of a client's own request id.
const REQUEST_ID_MAX: usize = 64;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What every request passes. It is counted, gets its id, context and span; it is refused when its
/// head is larger than anything we ask for or its address asks too often, given up when it takes
/// too long, and answered when its handler panics. The answer gets its id and what protects readers
/// in browsers, unless the handler said something else; nothing is kept by caches unless a handler
/// allows it.
///
/// One layer for all of it, because layers are most of what a cached answer costs: each is copied,
/// boxed and dropped with every request.
pub(crate) struct Edge {
    /// Whether buyers reach the shop by HTTPS.
    pub(crate) is_https: bool,
    /// The longest time of a request.
    pub(crate) longest: Duration,
    /// What addresses are counted against, and how many trusted proxies tell them; probes are not.
    pub(crate) limits: Option<(Arc<Limits>, usize)>,
    /// Answers that need no route.
    pub(crate) at_hand: Option<Arc<AtHand>>,
    /// Where requests are counted.
    pub(crate) meters: Arc<Meters>,
}

/// Puts the edge around a route.
#[derive(Clone)]
pub(crate) struct EdgeLayer(pub(crate) Arc<Edge>);

/// A route with the edge around it.
#[derive(Clone)]
pub(crate) struct Edged<S> {
    edge: Arc<Edge>,
    route: Compression<S>,
}

impl<S> Layer<S> for EdgeLayer {
    type Service = Edged<S>;

    fn layer(&self, route: S) -> Edged<S> {
        // The fastest level shrinks a page of products to about a quarter (12 KB to 3 KB);
        // higher ones cost more than they save.
        let route = Compression::new(route).quality(CompressionLevel::Fastest);
        Edged { edge: Arc::clone(&self.0), route }
    }
}

impl<S> Service<Request> for Edged<S>
where
    S: Service<Request, Response = Response, Error = Infallible, Future: Send + 'static>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Either<
        Ready<Result<Response, Infallible>>,
        Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>,
    >;

    fn poll_ready(&mut self, cx: &mut task::Context<'_>) -> task::Poll<Result<(), Infallible>> {
        self.route.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let since = Instant::now();
        let id = request_id(request.headers());
        let admitted = self.edge.admit(&request);
        if admitted.is_ok()
            && let Some(mut response) = self.edge.at_hand(&request)
        {
            self.edge.protect(response.headers_mut(), id);
            self.edge.meters.answered_at_once(&request, &response, since);
            return Either::Left(ready(Ok(response)));
        }
        let under_way = self.edge.meters.begin(&request, since);
        let edge = Arc::clone(&self.edge);
        hide_secrets(request.headers_mut());
        let context = Context::of(request.headers(), &id);
        let span = span(&request, &id);
        let route = &mut self.route;
        let handling = admitted.map(|()| {
            // Who asks for nothing gets nothing compressed, and does not pay for asking.
            let compresses = request.headers().contains_key(header::ACCEPT_ENCODING);
            // Not every panic waits for the first poll.
            catch_unwind(AssertUnwindSafe(|| {
                if compresses {
                    Either::Left(route.call(request).map_ok(|answer| answer.map(Body::new)))
                } else {
                    Either::Right(route.get_mut().call(request))
                }
            }))
        });
        let longest = edge.longest;
        let answer = async move {
            match handling {
                Err(refused) => refused.into_response(),
                Ok(Err(panic)) => after_panic(&*panic),
                Ok(Ok(handling)) => answered(handling, longest).await,
            }
        };
        Either::Right(Box::pin(async move {
            let mut response = context.scope(answer.instrument(span)).await;
            edge.protect(response.headers_mut(), id);
            under_way.answered(&response);
            Ok(response)
        }))
    }
}

async fn answered(
    handling: impl Future<Output = Result<Response, Infallible>>,
    longest: Duration,
) -> Response {
    match tokio::time::timeout(longest, AssertUnwindSafe(handling).catch_unwind()).await {
        Ok(Ok(Ok(response))) => response,
        Ok(Err(panic)) => after_panic(&*panic),
        Err(_) => Problem::of("timeout").into_response(),
    }
}

fn after_panic(panic: &(dyn Any + Send)) -> Response {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    tracing::error!(panic = text.unwrap_or("of an unknown kind"), "a handler panicked");
    Problem::of("internal").with_detail("this is our fault; it has been noted").into_response()
}

impl Edge {
    /// Around routes that are asked by machines alone: nobody is counted, nothing is at hand.
    pub(crate) fn new(config: &Config, public_url: &str) -> Self {
        Self {
            is_https: public_url.starts_with("https://"),
            longest: Duration::from_millis(config.server.request_timeout_ms),
            limits: None,
            at_hand: None,
            meters: Meters::new(),
        }
    }

    fn at_hand(&self, request: &Request) -> Option<Response> {
        self.at_hand.as_ref()?.answer(request)
    }

    /// Whether the request may be handled at all.
    fn admit(&self, request: &Request) -> Result<(), Problem> {
        let target = request.uri().path().len() + request.uri().query().map_or(0, str::len);
        let headers = request.headers().iter();
        let bytes: usize = headers.map(|(n, v)| n.as_str().len() + v.len() + 4).sum();
        if target + bytes > HEAD_BYTES_MAX {
            return Err(Problem::of("head-too-large"));
        }
        let Some((limits, proxies)) = &self.limits else { return Ok(()) };
        limits.address(client_address(request.headers(), request.extensions(), *proxies))
    }

    fn protect(&self, headers: &mut HeaderMap, id: HeaderValue) {
        headers.insert(REQUEST_ID, id);
        let mut add = |name: HeaderName, value: &'static str| {
            headers.entry(name).or_insert(HeaderValue::from_static(value));
        };
        add(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
        add(header::REFERRER_POLICY, "no-referrer");
        add(header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'");
        add(header::CACHE_CONTROL, "no-store");
        if self.is_https {
            add(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
        }
    }
}

/// Secrets of a request are not for logs.
fn hide_secrets(headers: &mut HeaderMap) {
    for name in [header::AUTHORIZATION, header::COOKIE] {
        if let header::Entry::Occupied(mut entry) = headers.entry(name) {
            entry.iter_mut().for_each(|value| value.set_sensitive(true));
        }
    }
}

/// The request id is in every line that is logged below this span. The query is not: it may hold
/// proofs of payment.
fn span(request: &Request, id: &HeaderValue) -> tracing::Span {
    tracing::info_span!(
        "request",
        request_id = id.to_str().unwrap_or_default(),
        method = %request.method(),
        path = request.uri().path(),
    )
}

/// The client's own id, or one that is made now in the place of one that is not 1–64 visible ASCII
/// characters.
fn request_id(headers: &HeaderMap) -> HeaderValue {
    let mut given = headers.get_all(REQUEST_ID).iter();
    match (given.next(), given.next()) {
        (Some(id), None) if is_good_request_id(id) => id.clone(),
        _ => {
            // Two requests must not share an id, and nothing else is asked of it: the thread's own
            // generator is enough, and asking the kernel costs more than some answers.
            let id = Builder::from_random_bytes(rand::random()).into_uuid();
            let id = HeaderValue::from_str(id.hyphenated().encode_lower(&mut [0; 36]));
            id.unwrap_or(HeaderValue::from_static("none"))
        }
    }
}

fn is_good_request_id(id: &HeaderValue) -> bool {
    (1..=REQUEST_ID_MAX).contains(&id.len()) && id.as_bytes().iter().all(u8::is_ascii_graphic)
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
