//! Answers that many readers get: rendered and compressed once, and kept beside what they show.

use std::convert::Infallible;
use std::io::Write as _;
use std::sync::OnceLock;

use axum::body::{Body, Bytes};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use jangbogo_catalog::Shown;
use jangbogo_kernel::Timestamp;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

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
#[derive(Debug, Clone, Default)]
pub(crate) struct Asked {
    takes_gzip: bool,
    has: Vec<HeaderValue>,
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
    /// The answer, rendered by the first who asks for this very value. A reader may keep it for as
    /// long as the value is promised to be good, and caches on the way may too.
    pub(crate) fn answer<T>(
        &self,
        shown: &Shown<T>,
        now: Timestamp,
        render: impl FnOnce(&T) -> Option<Rendered>,
    ) -> Result<Response, Problem> {
        let rendered = shown.made(render).and_then(Option::as_ref);
        let rendered = rendered.ok_or_else(|| Problem::of("internal"))?;
        let mut response = if self.has(&rendered.etag) {
            StatusCode::NOT_MODIFIED.into_response()
        } else if let Some(gzip) = self.takes_gzip.then(|| rendered.gzip()).flatten() {
            let mut response = Response::new(Body::from(gzip));
            response.headers_mut().insert(header::CONTENT_ENCODING, GZIP);
            response
        } else {
            Response::new(Body::from(rendered.json.clone()))
        };
        let is_whole = response.status() == StatusCode::OK;
        let headers = response.headers_mut();
        if is_whole {
            headers.insert(header::CONTENT_TYPE, JSON);
        }
        headers.insert(header::ETAG, rendered.etag.clone());
        headers.insert(header::VARY, VARY);
        let age = format!("public, max-age={}", shown.until().since(now).as_secs());
        if let Ok(age) = HeaderValue::try_from(age) {
            headers.insert(header::CACHE_CONTROL, age);
        }
        Ok(response)
    }

    fn has(&self, etag: &HeaderValue) -> bool {
        let Ok(etag) = etag.to_str() else { return false };
        let opaque = etag.trim_start_matches("W/");
        let texts = self.has.iter().filter_map(|value| value.to_str().ok());
        let mut named = texts.flat_map(|text| text.split(',')).map(str::trim);
        named.any(|named| named == "*" || named.trim_start_matches("W/") == opaque)
    }
}

const GZIP: HeaderValue = HeaderValue::from_static("gzip");
const JSON: HeaderValue = HeaderValue::from_static("application/json");
const VARY: HeaderValue = HeaderValue::from_static("accept-encoding");

impl<S: Sync> FromRequestParts<S> for Asked {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        let has = parts.headers.get_all(header::IF_NONE_MATCH).iter().cloned().collect();
        Ok(Self { takes_gzip: takes_gzip(&parts.headers), has })
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
            let asked = Asked { has, takes_gzip: true };
            let response = answer(&asked, &shown);
            assert_eq!(response.status(), StatusCode::NOT_MODIFIED);
            assert_eq!(response.headers()[header::ETAG], etag);
            assert!(body(response).await.is_empty());
        }
        let has = vec![HeaderValue::from_static("\"other\"")];
        let asked = Asked { has, takes_gzip: false };
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
