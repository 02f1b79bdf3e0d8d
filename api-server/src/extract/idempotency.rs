//! The header that makes a repeated request harmless.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use jangbogo_kernel::{Fingerprint, IdempotencyKey, Uuid};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::problem::Problem;

const NAME: &str = "idempotency-key";
const KEY_MAX: usize = 255;

/// `Idempotency-Key` as it was sent; checked when a key is asked for.
#[derive(Debug, Clone)]
pub(crate) struct IdempotencyHeader(Vec<HeaderValue>);

impl<S: Sync> FromRequestParts<S> for IdempotencyHeader {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.headers))
    }
}

impl IdempotencyHeader {
    fn of(headers: &HeaderMap) -> Self {
        Self(headers.get_all(NAME).iter().cloned().collect())
    }

    /// The key of a request that must have one. `request` is everything that the request asks for:
    /// ids of the path and the parsed body; the same key with another request is refused later.
    pub(crate) fn key(
        &self,
        principal: Uuid,
        operation: &'static str,
        request: &impl Serialize,
    ) -> Result<IdempotencyKey, Problem> {
        self.optional_key(principal, operation, request)?
            .ok_or_else(|| Problem::of("idempotency-key-missing"))
    }

    /// The key of a request that may have one.
    pub(crate) fn optional_key(
        &self,
        principal: Uuid,
        operation: &'static str,
        request: &impl Serialize,
    ) -> Result<Option<IdempotencyKey>, Problem> {
        let key = match self.0.as_slice() {
            [] => return Ok(None),
            [value] => checked(value)?,
            _ => return Err(invalid()),
        };
        Ok(Some(IdempotencyKey {
            principal,
            operation,
            key: key.to_owned(),
            fingerprint: fingerprint(operation, request)?,
        }))
    }
}

/// 1–255 visible characters; the quotes of a structured field (RFC 8941) are not part of the key.
fn checked(value: &HeaderValue) -> Result<&str, Problem> {
    let text = value.to_str().map_err(|_| invalid())?;
    let unquoted = text.strip_prefix('"').and_then(|t| t.strip_suffix('"'));
    let key = unquoted.unwrap_or(text);
    let good = (1..=KEY_MAX).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic());
    if good { Ok(key) } else { Err(invalid()) }
}

fn invalid() -> Problem {
    Problem::of("idempotency-key-invalid")
        .with_detail("one key of 1 to 255 visible ASCII characters")
}

fn fingerprint(operation: &str, request: &impl Serialize) -> Result<Fingerprint, Problem> {
    // Fields of a struct are written in the order of their declaration: one request, one text.
    let text = serde_json::to_vec(request).map_err(|error| {
        tracing::error!(%error, operation, "a request cannot be written down");
        Problem::of("internal")
    })?;
    let mut hash = Sha256::new();
    hash.update(operation);
    hash.update([0]);
    hash.update(text);
    Ok(Fingerprint(hash.finalize().into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(values: &[&str], request: &str) -> Result<IdempotencyKey, Problem> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(NAME, value.parse().unwrap());
        }
        let member = Uuid::from_u128(1);
        IdempotencyHeader::of(&headers).key(member, "test", &request)
    }

    #[test]
    fn a_missing_and_a_bad_key_are_told_apart() {
        let code = |values: &[&str]| key(values, "").unwrap_err().code();
        assert_eq!(code(&[]), "idempotency-key-missing");
        for bad in ["", "\"\"", "a b", "a\tb", &"x".repeat(256)] {
            assert_eq!(code(&[bad]), "idempotency-key-invalid", "{bad}");
        }
        assert_eq!(code(&["a", "b"]), "idempotency-key-invalid");
        assert!(key(&[&"x".repeat(255)], "").is_ok());
    }

    #[test]
    fn quotes_are_not_part_of_the_key() {
        assert_eq!(key(&["\"abc\""], "").unwrap(), key(&["abc"], "").unwrap());
    }

    #[test]
    fn another_request_has_another_fingerprint() {
        let print = |request| key(&["k"], request).unwrap().fingerprint;
        assert_eq!(print("a"), print("a"));
        assert_ne!(print("a"), print("b"));
    }
}
