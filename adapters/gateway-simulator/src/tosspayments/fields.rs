//! Reading requests: JSON bodies and query strings.

use axum::http::{HeaderMap, header};
use serde_json::{Map, Value};

use super::refusal::Refusal;

/// The fields of one request.
#[derive(Debug)]
pub(super) struct Fields(Map<String, Value>);

impl Fields {
    pub(super) fn of_body(headers: &HeaderMap, body: &[u8]) -> Result<Self, Refusal> {
        let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        if !content_type.is_some_and(|value| value.starts_with("application/json")) {
            return Err(Refusal::bad_field("Content-Type"));
        }
        serde_json::from_slice(body).map(Self).map_err(|_| Refusal::bad_field("body"))
    }

    pub(super) fn of_query(query: &[(String, String)]) -> Self {
        let text = |(name, value): &(String, String)| (name.clone(), Value::String(value.clone()));
        Self(query.iter().map(text).collect())
    }

    /// A text of `shortest` to `longest` characters.
    pub(super) fn text(
        &self,
        name: &'static str,
        shortest: usize,
        longest: usize,
    ) -> Result<String, Refusal> {
        self.optional_text(name, shortest, longest)?.ok_or_else(|| Refusal::bad_field(name))
    }

    /// The same, or nothing.
    pub(super) fn optional_text(
        &self,
        name: &'static str,
        shortest: usize,
        longest: usize,
    ) -> Result<Option<String>, Refusal> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if (shortest..=longest).contains(&text.chars().count()) => {
                Ok(Some(text.clone()))
            }
            Some(_) => Err(Refusal::bad_field(name)),
        }
    }

    /// A whole number of won; texts of digits pass as well.
    pub(super) fn won(&self, name: &'static str) -> Result<i64, Refusal> {
        self.optional_won(name)?.ok_or_else(|| Refusal::bad_field(name))
    }

    /// The same, or nothing.
    pub(super) fn optional_won(&self, name: &'static str) -> Result<Option<i64>, Refusal> {
        let number = match self.0.get(name) {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::Number(number)) => number.as_i64(),
            Some(Value::String(text)) => text.parse().ok(),
            Some(_) => None,
        };
        number.map(Some).ok_or_else(|| Refusal::bad_field(name))
    }

    /// The merchant's name for an order.
    pub(super) fn order_id(&self) -> Result<String, Refusal> {
        let order_id = self.text("orderId", 6, 64).map_err(|_| Refusal::new("INVALID_ORDER_ID"))?;
        let fits = |c: char| c.is_ascii_alphanumeric() || "_-=".contains(c);
        if order_id.chars().all(fits) {
            Ok(order_id)
        } else {
            Err(Refusal::new("INVALID_ORDER_ID"))
        }
    }

    /// What is to be paid, and how much of it is free of tax.
    pub(super) fn amount(&self) -> Result<(i64, i64), Refusal> {
        // The newer calls nest it: {"currency": "KRW", "value": 1000}.
        let nested = self.0.get("amount").and_then(|amount| amount.get("value"));
        let amount = match nested.and_then(Value::as_i64) {
            Some(value) => value,
            None => self.won("amount")?,
        };
        let tax_free = self.optional_won("taxFreeAmount")?.unwrap_or(0);
        match amount {
            ..0 => Err(Refusal::new("BELOW_ZERO_AMOUNT")),
            0..100 => Err(Refusal::new("BELOW_MINIMUM_AMOUNT")),
            _ if !(0..=amount).contains(&tax_free) => Err(Refusal::bad_field("taxFreeAmount")),
            _ => Ok((amount, tax_free)),
        }
    }

    /// A web address that a browser can be sent to.
    pub(super) fn url(&self, name: &'static str) -> Result<String, Refusal> {
        let url = self.text(name, 1, 2_000)?;
        let is_web = url.starts_with("http://") || url.starts_with("https://");
        if is_web && url.chars().all(|character| character.is_ascii_graphic()) {
            Ok(url)
        } else {
            Err(Refusal::bad_field(name))
        }
    }
}
