//! What every answer to the request at hand needs to know: the reader's language and the request's
//! id. Kept beside the task, so that a problem can be written wherever it arises.

use axum::http::{HeaderMap, HeaderValue, header};

/// The languages that titles are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Language {
    /// The default.
    #[default]
    English,
    /// For readers who ask for it.
    Korean,
}

/// Language and id of the request at hand.
#[derive(Debug, Clone, Default)]
pub(crate) struct Context {
    language: Language,
    request_id: Option<HeaderValue>,
}

tokio::task_local! {
    static CONTEXT: Context;
}

impl Context {
    /// What the answer to a request with these headers and this id needs to know.
    pub(crate) fn of(headers: &HeaderMap, id: &HeaderValue) -> Self {
        Self { language: Language::preferred(headers), request_id: Some(id.clone()) }
    }

    /// Is remembered while the request is handled.
    pub(crate) async fn scope<F: Future>(self, handled: F) -> F::Output {
        CONTEXT.scope(self, handled).await
    }
}

/// The language of the request at hand; English outside one.
pub(crate) fn language() -> Language {
    CONTEXT.try_with(|c| c.language).unwrap_or_default()
}

/// The id of the request at hand.
pub(crate) fn request_id() -> Option<String> {
    let id = CONTEXT.try_with(|c| c.request_id.clone()).ok().flatten();
    id.and_then(|id| id.to_str().ok().map(str::to_owned))
}

impl Language {
    /// The language that `Accept-Language` ranks highest; the first one wins a tie.
    pub(crate) fn preferred(headers: &HeaderMap) -> Self {
        let mut best = (Self::English, 0.0_f32);
        let values = headers.get_all(header::ACCEPT_LANGUAGE);
        let ranges = values.iter().filter_map(|value| value.to_str().ok());
        for range in ranges.flat_map(|value| value.split(',')) {
            let mut parts = range.split(';').map(str::trim);
            let tag = parts.next().unwrap_or_default().to_ascii_lowercase();
            let quality = parts
                .find_map(|part| part.strip_prefix("q="))
                .map_or(1.0, |q| q.parse().unwrap_or(0.0));
            let language = match tag.split('-').next() {
                Some("ko") => Self::Korean,
                Some("en") => Self::English,
                _ => continue,
            };
            if quality > best.1 {
                best = (language, quality);
            }
        }
        best.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_ranked_language_that_we_write_wins() {
        for (header, language) in [
            ("", Language::English),
            ("ko", Language::Korean),
            ("ko-KR,ko;q=0.9,en-US;q=0.8", Language::Korean),
            ("en-US,en;q=0.9,ko;q=0.8", Language::English),
            ("fr, ko;q=0.5, en;q=0.7", Language::English),
            ("fr;q=0.9, ko;q=0.1", Language::Korean),
            ("ko;q=0", Language::English),
            ("ko;q=x, de", Language::English),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_LANGUAGE, header.parse().unwrap());
            assert_eq!(Language::preferred(&headers), language, "{header}");
        }
    }

    #[test]
    fn outside_a_request_there_is_a_default() {
        assert_eq!((language(), request_id()), (Language::English, None));
    }
}
