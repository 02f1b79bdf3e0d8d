//! Answers that many readers get: rendered and compressed once, and kept beside what they show.

use std::convert::Infallible;
use std::io::Write as _;
use std::sync::{Arc, OnceLock};

use axum::body::{Body, Bytes};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use jangbogo_catalog::Shown;
use jangbogo_kernel::Timestamp;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::app::AppState;
use crate::at_hand::AtHand;
use crate::problem::Problem;

/// An answer as it goes over the wire.
#[derive(Debug)]
pub(crate) struct Rendered {
    json: Bytes,
    /// Made when the first reader takes it.
    gzip: OnceLock<Option<Bytes>>,
    /// Weak: it names the answer in every encoding.
    etag: HeaderValue,
}

/// What a reader has already and what it can read.
#[derive(Clone, Default)]
pub(crate) struct Asked {
    takes_gzip: bool,
    has: Vec<HeaderValue>,
    /// What was asked for, and where the answer is kept for those who ask the same.
    place: Option<(Arc<AtHand>, Uri)>,
}

impl Rendered {
    /// A view as JSON.
    pub(crate) fn of<V: Serialize>(view: &V) -> Option<Self> {
        let json = serde_json::to_vec(view).ok()?;
        let digest = Sha256::digest(&json);
        let half = digest.iter().take(16).fold(0_u128, |half, byte| half << 8 | u128::from(*byte));
        let etag = format!("W/\"{half:032x}\"");
        let etag = HeaderValue::try_from(etag).ok()?;
        Some(Self { json: json.into(), gzip: OnceLock::new(), etag })
    }

    /// Memory, about; the compressed form is counted before it is made.
    pub(crate) fn bytes(&self) -> usize {
        self.json.len() * 3 / 2
    }

    /// To a reader who asks now. It may keep the answer until then, and caches on the way may too.
    pub(crate) fn answer(&self, asked: &Asked, until: Timestamp, now: Timestamp) -> Response {
        let mut response = if asked.has(&self.etag) {
            StatusCode::NOT_MODIFIED.into_response()
        } else if let Some(gzip) = asked.takes_gzip.then(|| self.gzip()).flatten() {
            let mut response = Response::new(Body::from(gzip));
            response.headers_mut().insert(header::CONTENT_ENCODING, GZIP);
            response
        } else {
            Response::new(Body::from(self.json.clone()))
        };
        let is_whole = response.status() == StatusCode::OK;
        let headers = response.headers_mut();
        headers.reserve(HEADERS);
        if is_whole {
            headers.insert(header::CONTENT_TYPE, JSON);
        }
        headers.insert(header::ETAG, self.etag.clone());
        headers.insert(header::VARY, VARY);
        let age = format!("public, max-age={}", until.since(now).as_secs());
        if let Ok(age) = HeaderValue::try_from(age) {
            headers.insert(header::CACHE_CONTROL, age);
        }
        response
    }

    fn gzip(&self) -> Option<Bytes> {
        let made = self.gzip.get_or_init(|| {
            // The level that everything else is compressed with; see `layered`.
            let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
            encoder.write_all(&self.json).ok()?;
            encoder.finish().ok().map(Bytes::from)
        });
        made.clone()
    }
}

impl Asked {
    /// What these headers say.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        Self {
            takes_gzip: takes_gzip(headers),
            has: headers.get_all(header::IF_NONE_MATCH).iter().cloned().collect(),
            place: None,
        }
    }

    /// Whether the answer can be had in gzip.
    pub(crate) fn takes_gzip(&self) -> bool {
        self.takes_gzip
    }

    /// The answer, rendered by the first who asks for this very value, and kept at hand for whoever
    /// asks the same while it is shown to everybody.
    pub(crate) fn answer<T>(
        &self,
        shown: &Shown<T>,
        now: Timestamp,
        render: impl FnOnce(&T) -> Option<Rendered>,
    ) -> Result<Response, Problem> {
        let rendered = shown.made(|value| render(value).map(Arc::new)).and_then(Option::as_ref);
        let rendered = rendered.ok_or_else(|| Problem::of("internal"))?;
        if let (Some((at_hand, target)), Some(current)) = (&self.place, shown.current()) {
            at_hand.keep(target, current, shown.until(), rendered);
        }
        Ok(rendered.answer(self, shown.until(), now))
    }

    fn has(&self, etag: &HeaderValue) -> bool {
        let Ok(etag) = etag.to_str() else { return false };
        let opaque = etag.trim_start_matches("W/");
        let texts = self.has.iter().filter_map(|value| value.to_str().ok());
        let mut named = texts.flat_map(|text| text.split(',')).map(str::trim);
        named.any(|named| named == "*" || named.trim_start_matches("W/") == opaque)
    }
}

/// About as many headers as the answer has in the end.
const HEADERS: usize = 12;
const GZIP: HeaderValue = HeaderValue::from_static("gzip");
const JSON: HeaderValue = HeaderValue::from_static("application/json");
const VARY: HeaderValue = HeaderValue::from_static("accept-encoding");

impl FromRequestParts<AppState> for Asked {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Infallible> {
        let kept = parts.method == Method::GET;
        let place = kept.then(|| (Arc::clone(&state.at_hand), parts.uri.clone()));
        Ok(Self { place, ..Self::of(&parts.headers) })
    }
}

/// Whether the reader takes gzip by name. Whoever does not gets what the compression layer makes.
fn takes_gzip(headers: &HeaderMap) -> bool {
    let values = headers.get_all(header::ACCEPT_ENCODING);
    let texts = values.iter().filter_map(|value| value.to_str().ok());
    texts.flat_map(|text| text.split(',')).any(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        let is_gzip = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("gzip"));
        let refused = |part: &str| {
            let quality = part.strip_prefix("q=").and_then(|q| q.parse::<f32>().ok());
            quality.is_some_and(|q| q <= 0.0)
        };
        is_gzip && !parts.any(refused)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::to_bytes;
    use std::time::Duration;

    fn shown() -> Shown<Vec<u32>> {
        Shown::new((0..1_000).collect(), Timestamp::from_micros(5_000_000))
    }

    fn answer(asked: &Asked, shown: &Shown<Vec<u32>>) -> Response {
        let now = Timestamp::from_micros(500_000);
        asked.answer(shown, now, Rendered::of).unwrap()
    }

    async fn body(response: Response) -> Bytes {
        to_bytes(response.into_body(), usize::MAX).await.unwrap()
    }

    #[tokio::test]
    async fn one_value_is_rendered_once() {
        let shown = shown();
        let plain = body(answer(&Asked::default(), &shown)).await;
        let again = body(answer(&Asked::default(), &shown)).await;
        assert_eq!(plain.as_ptr(), again.as_ptr(), "the same bytes, not equal ones");
        let gzip = Asked { takes_gzip: true, ..Asked::default() };
        let first = answer(&gzip, &shown);
        assert_eq!(first.headers()[header::CONTENT_ENCODING], "gzip");
        let (first, second) = (body(first).await, body(answer(&gzip, &shown)).await);
        assert_eq!(first.as_ptr(), second.as_ptr());
        assert!(first.len() < plain.len());
    }

    #[tokio::test]
    async fn who_has_it_gets_no_body() {
        let shown = shown();
        let first = answer(&Asked::default(), &shown);
        let etag = first.headers()[header::ETAG].clone();
        let text = etag.to_str().unwrap();
        for has in [text, &text[2..], "*", &format!("\"x\", {text}")] {
            let has = vec![HeaderValue::from_str(has).unwrap()];
            let asked = Asked { has, takes_gzip: true, ..Asked::default() };
            let response = answer(&asked, &shown);
            assert_eq!(response.status(), StatusCode::NOT_MODIFIED);
            assert_eq!(response.headers()[header::ETAG], etag);
            assert!(body(response).await.is_empty());
        }
        let has = vec![HeaderValue::from_static("\"other\"")];
        let asked = Asked { has, ..Asked::default() };
        assert_eq!(answer(&asked, &shown).status(), StatusCode::OK);
    }

    #[test]
    fn readers_keep_it_until_the_promised_moment() {
        let shown = shown();
        let asked = Asked::default();
        let age = |now: Duration| {
            let now = Timestamp::from_micros(0).plus(now);
            let response = asked.answer(&shown, now, Rendered::of).unwrap();
            response.headers()[header::CACHE_CONTROL].to_str().unwrap().to_owned()
        };
        assert_eq!(age(Duration::from_millis(500)), "public, max-age=4");
        assert_eq!(age(Duration::from_secs(5)), "public, max-age=0");
        assert_eq!(age(Duration::from_secs(9)), "public, max-age=0");
    }

    #[test]
    fn gzip_is_taken_by_name() {
        for (text, taken) in [
            ("gzip", true),
            ("br, GZIP;q=0.5", true),
            ("gzip;q=0", false),
            ("gzip; q=0.0", false),
            ("br", false),
            ("*", false),
            ("", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_str(text).unwrap());
            assert_eq!(takes_gzip(&headers), taken, "{text}");
        }
    }
}
