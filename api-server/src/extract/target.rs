//! What stands in the request's target: ids in the path, parameters in the query.

use std::str::FromStr;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize as _, Deserializer};

use crate::problem::Problem;

/// The one id in the path. What is not an id of the wanted kind does not exist: 404.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Path<T>(pub(crate) T);

impl<T: FromStr, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let missing = || Problem::of("not-found");
        let text = axum::extract::Path::<String>::from_request_parts(parts, state).await;
        let axum::extract::Path(text) = text.map_err(|_| missing())?;
        text.parse().map(Self).map_err(|_| missing())
    }
}

/// Query parameters. Types deny unknown ones, so that a misspelt filter does not pass silently.
#[derive(Debug, Clone)]
pub(crate) struct Query<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match axum::extract::Query::from_request_parts(parts, state).await {
            Ok(axum::extract::Query(query)) => Ok(Self(query)),
            Err(rejection) => {
                let source = std::error::Error::source(&rejection).map(ToString::to_string);
                let detail = source.unwrap_or_else(|| rejection.body_text());
                Err(refused(&detail))
            }
        }
    }
}

/// `name: what is wrong` points at the parameter, when serde says its name.
fn refused(detail: &str) -> Problem {
    let name = |text: &str| text.bytes().all(|b| b == b'_' || b.is_ascii_lowercase());
    match detail.split_once(": ") {
        Some((parameter, rule)) if name(parameter) => Problem::field(parameter, rule),
        _ => Problem::of("validation-failed").with_detail(detail.to_owned()),
    }
}

/// For `#[serde(default, deserialize_with)]`: a parameter that is there and empty, as HTML forms
/// send it, asks for nothing.
pub(crate) fn blank_as_none<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err: std::fmt::Display>,
{
    let text = String::deserialize(deserializer)?;
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(D::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::extract::Request;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Filter {
        #[serde(default, deserialize_with = "blank_as_none")]
        limit: Option<i64>,
        q: Option<String>,
    }

    async fn read(query: &str) -> Result<Filter, Problem> {
        let uri = format!("/products?{query}");
        let (mut parts, ()) = Request::builder().uri(uri).body(()).unwrap().into_parts();
        let query = Query::<Filter>::from_request_parts(&mut parts, &()).await;
        query.map(|Query(filter)| filter)
    }

    #[tokio::test]
    async fn parameters_are_read_and_blank_ones_ignored() {
        let filter = read("limit=&q=%EC%9E%A5").await.unwrap();
        assert_eq!((filter.limit, filter.q.as_deref()), (None, Some("장")));
        assert_eq!(read("limit=7").await.unwrap().limit, Some(7));
    }

    #[tokio::test]
    async fn unknown_repeated_and_mistyped_parameters_are_refused() {
        for bad in ["sorting=x", "limit=1&limit=2", "limit=x", "limit=1.5"] {
            let problem = read(bad).await.unwrap_err();
            assert_eq!(problem.code(), "validation-failed", "{bad}");
        }
        let problem = read("limit=x").await.unwrap_err();
        assert_eq!(problem.errors()[0].pointer, "/limit");
    }
}
