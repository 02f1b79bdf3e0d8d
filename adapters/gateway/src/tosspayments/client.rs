//! The calls, and what their answers say.

use std::time::{Duration, Instant};

use reqwest::header::{AUTHORIZATION, HeaderValue};
use reqwest::{RequestBuilder, StatusCode};
use secrecy::ExposeSecret as _;
use serde_json::Value;

use super::code;
use super::settings::{TossPaymentsError, TossPaymentsSettings};
use crate::wire::exchange::{self, Call};
use crate::wire::failure::{Failure, Refusal};
use crate::wire::json;

/// The longest name of a payment.
const KEY_CHARS_MAX: usize = 200;
/// The name in messages.
const NAME: &str = "TossPayments";

/// Sends calls.
pub(super) struct Client {
    http: reqwest::Client,
    base_url: String,
    authorization: HeaderValue,
    call_deadline: Duration,
}

/// A request that may be repeated under its key.
pub(super) struct Post<'a> {
    /// Its path below the API.
    pub(super) path: &'a str,
    /// What the log calls it.
    pub(super) name: &'static str,
    /// Our name for the payment.
    pub(super) subject: &'a str,
    /// The same for repeats of this request and for nothing else.
    pub(super) idempotency_key: &'a str,
}

impl Client {
    pub(super) fn new(settings: &TossPaymentsSettings) -> Result<Self, TossPaymentsError> {
        let http = settings.connection.client().map_err(TossPaymentsError::Client)?;
        // The user's name is the key, and there is no password.
        let key = settings.secret_key.expose_secret();
        let probe = http.get(&settings.base_url).basic_auth(key, None::<&str>).build();
        let probe = probe.map_err(TossPaymentsError::Client)?;
        let header = probe.headers().get(AUTHORIZATION).cloned();
        let mut authorization = header.ok_or(TossPaymentsError::SecretKey)?;
        authorization.set_sensitive(true);
        Ok(Self {
            http,
            base_url: settings.base_url.trim_end_matches('/').to_owned(),
            authorization,
            call_deadline: settings.connection.call_deadline(),
        })
    }

    /// When a call of the port that starts now must be over.
    pub(super) fn deadline(&self) -> Instant {
        Instant::now() + self.call_deadline
    }

    /// Sends a request once and waits for its answer.
    pub(super) async fn post(
        &self,
        post: Post<'_>,
        deadline: Instant,
        body: &Value,
    ) -> Result<Value, Failure> {
        let request = self.http.post(format!("{}{}", self.base_url, post.path));
        let request = request.header("idempotency-key", post.idempotency_key).json(body);
        let call = Call { provider: NAME, name: post.name, subject: post.subject, deadline };
        self.send(&call, request).await
    }

    /// Asks once.
    pub(super) async fn get(
        &self,
        path: &str,
        subject: &str,
        deadline: Instant,
    ) -> Result<Value, Failure> {
        let request = self.http.get(format!("{}{path}", self.base_url));
        let call = Call { provider: NAME, name: "lookup", subject, deadline };
        self.send(&call, request).await
    }

    /// Removes something once; the answer has no body.
    pub(super) async fn delete(
        &self,
        path: &str,
        subject: &str,
        deadline: Instant,
    ) -> Result<(), Failure> {
        let request = self.http.delete(format!("{}{path}", self.base_url));
        let request = request.header(AUTHORIZATION, self.authorization.clone());
        let call = Call { provider: NAME, name: "remove", subject, deadline };
        let (status, body) = exchange::send(&call, request).await?;
        if status.is_success() { Ok(()) } else { judge(status, &body).map(drop) }
    }

    /// Asks once for a list.
    pub(super) async fn list(&self, path: &str, deadline: Instant) -> Result<Vec<Value>, Failure> {
        let request = self.http.get(format!("{}{path}", self.base_url));
        let request = request.header(AUTHORIZATION, self.authorization.clone());
        let call = Call { provider: NAME, name: "list", subject: "books", deadline };
        let (status, body) = exchange::send(&call, request).await?;
        if let (true, Ok(list)) = (status.is_success(), serde_json::from_slice(&body)) {
            return Ok(list);
        }
        match judge(status, &body) {
            Err(failure) => Err(failure),
            Ok(_) => Err(Failure::NoAnswer("the list makes no sense".to_owned())),
        }
    }

    async fn send(&self, call: &Call<'_>, request: RequestBuilder) -> Result<Value, Failure> {
        let request = request.header(AUTHORIZATION, self.authorization.clone());
        let (status, body) = exchange::send(call, request).await?;
        judge(status, &body)
    }
}

/// Whether a payment's name can be part of a path.
pub(super) fn is_key(key: &str) -> bool {
    let may_stand = |byte: u8| byte.is_ascii_alphanumeric() || b"-_=".contains(&byte);
    (1..=KEY_CHARS_MAX).contains(&key.len()) && key.bytes().all(may_stand)
}

/// What an answer says. A refusal is one by its code; behind HTTP 5xx there is no proof.
fn judge(status: StatusCode, body: &[u8]) -> Result<Value, Failure> {
    let value = serde_json::from_slice::<Value>(body).ok().filter(Value::is_object);
    if status.is_success() {
        return value.ok_or_else(|| Failure::NoAnswer("the answer makes no sense".to_owned()));
    }
    let number = status.as_u16();
    let code = value.as_ref().and_then(|value| json::text_at(value, "/code"));
    if !status.is_client_error() {
        let code = code.unwrap_or_default();
        return Err(Failure::NoAnswer(format!("HTTP {number} {code}").trim_end().to_owned()));
    }
    let Some(code) = code else {
        return Err(Failure::NoProof(format!("HTTP {number}")));
    };
    let message = value.as_ref().and_then(|value| json::text_at(value, "/message"));
    let class = code::class(&code);
    Err(Failure::Refused(Refusal::new(code, &message.unwrap_or_default(), class)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(status: u16, body: &str) -> Result<Value, Failure> {
        judge(StatusCode::from_u16(status).unwrap(), body.as_bytes())
    }

    #[test]
    fn only_a_code_below_500_is_a_refusal() {
        for (status, body) in [
            (400, r#"{"code":"INVALID_STOPPED_CARD","message":"정지된 카드"}"#),
            (403, r#"{"code":"REJECT_CARD_PAYMENT"}"#),
            (409, r#"{"code":"IDEMPOTENT_REQUEST_PROCESSING","message":null}"#),
        ] {
            let judged = judged(status, body);
            assert!(matches!(judged, Err(Failure::Refused(_))), "{status} {body}");
        }
        for (status, body) in [
            (200, "{\"paymentKey\":"),
            (200, "[]"),
            (302, ""),
            (500, r#"{"code":"COMMON_ERROR"}"#),
            (500, r#"{"code":"REJECT_CARD_PAYMENT"}"#),
            (502, "<html>"),
        ] {
            let judged = judged(status, body);
            assert!(matches!(judged, Err(Failure::NoAnswer(_))), "{status} {body}");
        }
        for (status, body) in [(400, "<h1>"), (403, "{}"), (429, ""), (404, r#"{"code":""}"#)] {
            let judged = judged(status, body);
            assert!(matches!(judged, Err(Failure::NoProof(_))), "{status} {body}");
        }
    }

    #[test]
    fn a_key_that_would_be_another_path_is_none() {
        assert!(is_key("tjang20261126abc-_="));
        for other in ["", "a/b", "../x", "a?b", "가", &"k".repeat(201)] {
            assert!(!is_key(other), "{other}");
        }
    }
}
