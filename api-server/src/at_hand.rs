//! Answers that everybody who asks just so gets: given before anything is looked for.

use std::sync::Arc;

use axum::extract::Request;
use axum::http::uri::PathAndQuery;
use axum::http::{Method, Uri, header};
use axum::response::Response;
use jangbogo_catalog::Current;
use jangbogo_kernel::{Clock, Timestamp};
use metrics::{Counter, counter};
use moka::sync::Cache;

use crate::shown::{Asked, Rendered};

/// Longer targets are not kept.
const TARGET_BYTES_MAX: usize = 512;

/// Rendered pages by the target that asked for them. A reader of one is spared the way to the
/// cache that it came from: the route, its parameters, the look-up. Each is given for exactly as
/// long as that cache would give it, and then asked for anew.
pub(crate) struct AtHand {
    answers: Cache<Box<str>, Arc<Kept>>,
    clock: Arc<dyn Clock>,
    hits: Counter,
}

struct Kept {
    current: Current,
    until: Timestamp,
    rendered: Arc<Rendered>,
}

impl AtHand {
    /// With nothing at hand yet. The answers may take so much memory; it is the same that the cache
    /// counts for what was made of its pages, as long as it has them.
    pub(crate) fn new(clock: Arc<dyn Clock>, bytes_max: u64) -> Self {
        let size = |_: &_, kept: &Arc<Kept>| {
            u32::try_from(TARGET_BYTES_MAX + kept.rendered.bytes()).unwrap_or(u32::MAX)
        };
        let answers = Cache::builder().max_capacity(bytes_max).weigher(size).build();
        let hits = counter!("cache_hits_total", "cache" => "answers", "level" => "local");
        Self { answers, clock, hits }
    }

    /// Everybody who asks for `target` is to get this for so long; readers may keep it until then.
    pub(crate) fn keep(
        &self,
        target: &Uri,
        current: &Current,
        until: Timestamp,
        rendered: &Arc<Rendered>,
    ) {
        let Some(target) = name(target).filter(|name| name.len() <= TARGET_BYTES_MAX) else {
            return;
        };
        if current.holds(self.clock.now()) {
            let (current, rendered) = (current.clone(), Arc::clone(rendered));
            self.answers.insert(target.into(), Arc::new(Kept { current, until, rendered }));
        }
    }

    /// The answer, if it is at hand and in a form that the reader takes.
    pub(crate) fn answer(&self, request: &Request) -> Option<Response> {
        if request.method() != Method::GET {
            return None;
        }
        let kept = self.answers.get(name(request.uri())?)?;
        let now = self.clock.now();
        let asked = Asked::of(request.headers());
        // Other codings are the compression layer's.
        let is_fit = asked.takes_gzip() || !request.headers().contains_key(header::ACCEPT_ENCODING);
        if !kept.current.holds(now) || !is_fit {
            return None;
        }
        self.hits.increment(1);
        Some(kept.rendered.answer(&asked, kept.until, now))
    }
}

/// What is asked for, of whatever host.
fn name(target: &Uri) -> Option<&str> {
    target.path_and_query().map(PathAndQuery::as_str)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use axum::body::{Body, to_bytes};
    use axum::http::StatusCode;

    use super::*;

    const PAGE: &str = "/api/v1/products?sort=newest";

    /// Shows the second that it was set to.
    #[derive(Default)]
    struct Second(AtomicI64);

    impl Clock for Second {
        fn now(&self) -> Timestamp {
            second(self.0.load(Ordering::SeqCst))
        }
    }

    fn second(n: i64) -> Timestamp {
        Timestamp::from_micros(n * 1_000_000)
    }

    fn request(target: &str, headers: &[(&str, &str)]) -> Request {
        let request = Request::builder().uri(target);
        let with = |request: axum::http::request::Builder, (name, value): &(&str, &str)| {
            request.header(*name, *value)
        };
        headers.iter().fold(request, with).body(Body::empty()).unwrap()
    }

    struct Scene {
        at_hand: AtHand,
        clock: Arc<Second>,
        changes: Arc<AtomicI64>,
    }

    /// A page that everybody is shown until the fifth second, and readers may keep until the ninth.
    fn scene(target: &str) -> Scene {
        let (clock, changes) = (Arc::<Second>::default(), Arc::new(AtomicI64::new(3)));
        let at_hand = AtHand::new(clock.clone(), 1 << 20);
        let current = Current::new(second(5), Arc::clone(&changes), 3);
        let rendered = Arc::new(Rendered::of(&"page".repeat(100)).unwrap());
        at_hand.keep(&target.parse().unwrap(), &current, second(9), &rendered);
        Scene { at_hand, clock, changes }
    }

    #[tokio::test]
    async fn who_asks_the_same_gets_the_same_bytes() {
        let it = scene(PAGE);
        it.clock.0.store(2, Ordering::SeqCst);
        let answer = |headers: &[_]| it.at_hand.answer(&request(PAGE, headers));
        let plain = answer(&[]).unwrap();
        assert_eq!(plain.headers()[header::CACHE_CONTROL], "public, max-age=7");
        let etag = plain.headers()[header::ETAG].to_str().unwrap().to_owned();
        let bytes = async |answer: Response| to_bytes(answer.into_body(), usize::MAX).await;
        let once = bytes(plain).await.unwrap();
        assert_eq!(once, bytes(answer(&[]).unwrap()).await.unwrap());
        let gzip = answer(&[("accept-encoding", "gzip, br")]).unwrap();
        assert_eq!(gzip.headers()[header::CONTENT_ENCODING], "gzip");
        assert!(bytes(gzip).await.unwrap().len() < once.len());
        let known = answer(&[("if-none-match", &etag)]).unwrap();
        assert_eq!(known.status(), StatusCode::NOT_MODIFIED);
        assert!(answer(&[("accept-encoding", "br")]).is_none(), "it is still to be compressed");
    }

    #[test]
    fn another_question_is_not_answered() {
        let it = scene(PAGE);
        for target in ["/api/v1/products", "/api/v1/products?sort=newest&limit=20", "/"] {
            assert!(it.at_hand.answer(&request(target, &[])).is_none(), "{target}");
        }
        let mut head = request(PAGE, &[]);
        *head.method_mut() = Method::HEAD;
        assert!(it.at_hand.answer(&head).is_none());
        assert!(it.at_hand.answer(&request(&format!("http://shop{PAGE}"), &[])).is_some());
        let long = format!("/?q={}", "x".repeat(TARGET_BYTES_MAX));
        assert!(scene(&long).at_hand.answer(&request(&long, &[])).is_none());
    }

    #[test]
    fn nobody_gets_what_has_changed_or_is_due_to_be_asked_for_anew() {
        let it = scene(PAGE);
        it.clock.0.store(4, Ordering::SeqCst);
        assert!(it.at_hand.answer(&request(PAGE, &[])).is_some());
        it.clock.0.store(5, Ordering::SeqCst);
        assert!(it.at_hand.answer(&request(PAGE, &[])).is_none());
        let it = scene(PAGE);
        it.changes.fetch_add(1, Ordering::SeqCst);
        assert!(it.at_hand.answer(&request(PAGE, &[])).is_none());
    }
}
