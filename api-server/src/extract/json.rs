//! JSON bodies.

use std::error::Error;
use std::fmt::{self, Write as _};
use std::marker::PhantomData;

use axum::extract::rejection::{BytesRejection, FailedToBufferBody, JsonRejection};
use axum::extract::{FromRequest, Request};
use axum::response::{IntoResponse, Response};
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::problem::Problem;

/// A JSON body, in or out. Request types deny unknown fields, so that nothing is taken silently.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Json<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        match axum::Json::from_request(request, state).await {
            Ok(axum::Json(Object(value))) => Ok(Self(value)),
            Err(rejection) => Err(problem(&rejection)),
        }
    }
}

/// A value that was written as an object. Left to itself, serde would also take the fields of a
/// struct from an array, by their position.
struct Object<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Fields(PhantomData))
    }
}

/// A field that may be an object and nothing else, for `#[serde(deserialize_with)]`.
pub(crate) fn object<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Ok(Option::<Object<T>>::deserialize(deserializer)?.map(|object| object.0))
}

/// A field that may be a list of objects and nothing else, for `#[serde(deserialize_with)]`.
pub(crate) fn objects<'de, D, T>(deserializer: D) -> Result<Option<Vec<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    let objects = Option::<Vec<Object<T>>>::deserialize(deserializer)?;
    Ok(objects.map(|objects| objects.into_iter().map(|object| object.0).collect()))
}

struct Fields<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Fields<T> {
    type Value = Object<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Object)
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

fn problem(rejection: &JsonRejection) -> Problem {
    use BytesRejection::FailedToBufferBody as Unread;
    match rejection {
        JsonRejection::JsonDataError(error) => {
            let text = error.source().map(ToString::to_string);
            refused(&text.unwrap_or_default())
        }
        JsonRejection::JsonSyntaxError(error) => {
            let text = error.source().map(ToString::to_string);
            Problem::of("json-malformed").with_detail(text.unwrap_or_default())
        }
        JsonRejection::MissingJsonContentType(_) => Problem::of("unsupported-media-type"),
        JsonRejection::BytesRejection(Unread(FailedToBufferBody::LengthLimitError(_))) => {
            Problem::of("body-too-large")
        }
        _ => Problem::of("json-malformed").with_detail("the body could not be read"),
    }
}

/// Turns serde's words, `lines[0].quantity: invalid type: … at line 1 column 5`, into a pointer and
/// a rule. A missing or unknown field is named by its own name.
fn refused(text: &str) -> Problem {
    let (path, message) = match text.split_once(": ") {
        Some((path, message)) if is_path(path) => (path, message),
        _ => ("", text),
    };
    let message = message.rsplit_once(" at line ").map_or(message, |(message, _)| message);
    let mut pointer = pointer_of(path);
    let named = ["missing field `", "unknown field `"]
        .into_iter()
        .find_map(|words| message.strip_prefix(words)?.split('`').next());
    if let Some(field) = named
        && !pointer.ends_with(&format!("/{field}"))
    {
        // Writing to a string cannot fail.
        let _ = write!(pointer, "/{field}");
    }
    if pointer.is_empty() {
        Problem::of("validation-failed").with_detail(message.to_owned())
    } else {
        Problem::at(pointer, message)
    }
}

fn is_path(text: &str) -> bool {
    let in_path = |c: char| c.is_alphanumeric() || "_.[]?-".contains(c);
    !text.is_empty() && text.chars().all(in_path)
}

fn pointer_of(path: &str) -> String {
    path.split(['.', '['])
        .map(|part| part.trim_end_matches(']'))
        .filter(|part| !part.is_empty() && *part != "?")
        .fold(String::new(), |mut pointer, part| {
            let _ = write!(pointer, "/{part}");
            pointer
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use axum::http::header;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Basket {
        lines: Vec<Line>,
        note: Option<String>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Line {
        quantity: i64,
    }

    async fn read(content_type: &str, body: &str) -> Result<Json<Basket>, Problem> {
        let request = Request::builder()
            .header(header::CONTENT_TYPE, content_type)
            .body(Body::from(body.to_owned()))
            .unwrap();
        Json::from_request(request, &()).await
    }

    async fn pointer(body: &str) -> String {
        let problem = read("application/json", body).await.unwrap_err();
        assert_eq!(problem.code(), "validation-failed", "{body}");
        let errors = problem.errors();
        errors.first().map(|e| e.pointer.clone()).unwrap_or_default()
    }

    #[tokio::test]
    async fn a_good_body_is_read() {
        let body = r#"{"lines":[{"quantity":2}],"note":null}"#;
        let Json(basket) = read("application/json; charset=utf-8", body).await.unwrap();
        assert_eq!((basket.lines[0].quantity, basket.note), (2, None));
    }

    #[tokio::test]
    async fn a_refused_field_is_pointed_at() {
        assert_eq!(pointer("{}").await, "/lines");
        assert_eq!(pointer(r#"{"lines":7}"#).await, "/lines");
        assert_eq!(pointer(r#"{"lines":[],"price":1}"#).await, "/price");
        let wrong = r#"{"lines":[{"quantity":1},{"quantity":"x"}]}"#;
        assert_eq!(pointer(wrong).await, "/lines/1/quantity");
        let fraction = r#"{"lines":[{"quantity":1.5}]}"#;
        assert_eq!(pointer(fraction).await, "/lines/0/quantity");
        assert_eq!(pointer(r#"{"lines":[{}]}"#).await, "/lines/0/quantity");
        let unknown = r#"{"lines":[{"quantity":1,"price":1}]}"#;
        assert_eq!(pointer(unknown).await, "/lines/0/price");
        assert_eq!(pointer("[]").await, "");
        assert_eq!(pointer("[[],null]").await, "");
        assert_eq!(pointer("7").await, "");
    }

    #[tokio::test]
    async fn form_and_type_are_refused_apart() {
        let code = async |kind, body| read(kind, body).await.unwrap_err().code();
        assert_eq!(code("application/json", "{").await, "json-malformed");
        assert_eq!(code("application/json", "").await, "json-malformed");
        assert_eq!(code("application/json", "{} {}").await, "validation-failed");
        assert_eq!(code("text/plain", "{}").await, "unsupported-media-type");
    }
}
