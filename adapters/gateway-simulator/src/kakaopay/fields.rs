//! Reading request bodies the way KakaoPay does: integers may be strings, unknown fields are
//! ignored, null counts as absent.

use axum::http::{HeaderMap, header};
use serde_json::{Map, Value};

use super::refusal::{Code, Refusal};
use super::{CID_ONE_TIME, CID_RECURRING, KakaoPay};

/// The provider's `Int`.
const INT_MAX: i64 = i32::MAX as i64;

/// The fields of one request body.
#[derive(Debug)]
pub(super) struct Fields(Map<String, Value>);

impl Fields {
    /// Checks the headers and parses the body.
    pub(super) fn read(
        kakaopay: &KakaoPay,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<Self, Refusal> {
        authorise(&kakaopay.secret_key, headers)?;
        let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        if !content_type.is_some_and(|value| value.starts_with("application/json")) {
            return Err(Refusal::bad_parameter("Content-Type"));
        }
        let fields = serde_json::from_slice(body).map_err(|_| Refusal::bad_parameter("body"))?;
        let fields = Self(fields);
        fields.cid()?;
        fields.optional_text("cid_secret", 24)?;
        Ok(fields)
    }

    /// The merchant code that the request is made under.
    pub(super) fn cid(&self) -> Result<&'static str, Refusal> {
        let cid = self.text("cid", 10)?;
        let known = [CID_ONE_TIME, CID_RECURRING].into_iter().find(|known| *known == cid);
        known.ok_or_else(|| Code::UnknownCid.into())
    }

    /// A text of 1 to `longest` characters.
    pub(super) fn text(&self, name: &str, longest: usize) -> Result<String, Refusal> {
        self.optional_text(name, longest)?.ok_or_else(|| Refusal::bad_parameter(name))
    }

    /// The same, or nothing.
    pub(super) fn optional_text(
        &self,
        name: &str,
        longest: usize,
    ) -> Result<Option<String>, Refusal> {
        match self.present(name) {
            None => Ok(None),
            Some(Value::String(text)) if (1..=longest).contains(&text.chars().count()) => {
                Ok(Some(text.clone()))
            }
            Some(_) => Err(Refusal::bad_parameter(name)),
        }
    }

    /// A whole number from 0 upwards.
    pub(super) fn int(&self, name: &str) -> Result<i64, Refusal> {
        self.optional_int(name)?.ok_or_else(|| Refusal::bad_parameter(name))
    }

    /// The same, or nothing.
    pub(super) fn optional_int(&self, name: &str) -> Result<Option<i64>, Refusal> {
        let number = match self.present(name) {
            None => return Ok(None),
            Some(Value::Number(number)) => number.as_i64(),
            Some(Value::String(text)) => text.parse().ok(),
            Some(_) => None,
        };
        match number {
            Some(number) if (0..=INT_MAX).contains(&number) => Ok(Some(number)),
            _ => Err(Refusal::bad_parameter(name)),
        }
    }

    /// A web address a browser can be sent to.
    pub(super) fn url(&self, name: &str) -> Result<String, Refusal> {
        let url = self.text(name, 255)?;
        let is_web = url.starts_with("http://") || url.starts_with("https://");
        if is_web && url.chars().all(|character| character.is_ascii_graphic()) {
            Ok(url)
        } else {
            Err(Refusal::bad_parameter(name))
        }
    }

    fn present(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }
}

fn authorise(secret_key: &str, headers: &HeaderMap) -> Result<(), Refusal> {
    let Some(value) = headers.get(header::AUTHORIZATION) else {
        return Err(Code::NoAuthorization.into());
    };
    let key = value.to_str().ok().and_then(|value| {
        value.strip_prefix("SECRET_KEY ").or_else(|| value.strip_prefix("DEV_SECRET_KEY "))
    });
    if key == Some(secret_key) { Ok(()) } else { Err(Code::BadKey.into()) }
}
