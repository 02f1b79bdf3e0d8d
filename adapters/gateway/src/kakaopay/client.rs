//! The calls, and what their answers say.

use std::time::{Duration, Instant};

use reqwest::StatusCode;
use reqwest::header::{AUTHORIZATION, HeaderValue};
use secrecy::ExposeSecret as _;
use serde::Serialize;
use serde_json::Value;

use super::KakaoPaySettings;
use super::refusal;
use super::settings::SettingsError;
use crate::wire::exchange::{self, Call};
use crate::wire::failure::{CodeClass, Failure};

/// The name in messages.
const NAME: &str = "KakaoPay";

/// Sends calls.
pub(super) struct Client {
    http: reqwest::Client,
    base_url: String,
    authorization: HeaderValue,
    call_deadline: Duration,
}

impl Client {
    pub(super) fn new(settings: &KakaoPaySettings) -> Result<Self, SettingsError> {
        let key = format!("SECRET_KEY {}", settings.secret_key.expose_secret());
        let mut authorization = HeaderValue::try_from(key).map_err(|_| SettingsError::SecretKey)?;
        authorization.set_sensitive(true);
        Ok(Self {
            http: settings.connection.client().map_err(SettingsError::Client)?,
            base_url: settings.base_url.trim_end_matches('/').to_owned(),
            authorization,
            call_deadline: settings.connection.call_deadline(),
        })
    }

    /// When a call of the port that starts now must be over.
    pub(super) fn deadline(&self) -> Instant {
        Instant::now() + self.call_deadline
    }

    /// Sends the call of this name, about this subject, once and waits for its answer.
    pub(super) async fn post(
        &self,
        name: &'static str,
        subject: &str,
        deadline: Instant,
        body: &impl Serialize,
    ) -> Result<Value, Failure> {
        let url = format!("{}/online/v1/payment/{name}", self.base_url);
        let request = self.http.post(url).header(AUTHORIZATION, self.authorization.clone());
        let call = Call { provider: NAME, name, subject, deadline };
        let (status, body) = exchange::send(&call, request.json(body)).await?;
        judge(status, &body)
    }
}

/// What an answer says. KakaoPay's own words count, and behind HTTP 5xx only that it is closed.
fn judge(status: StatusCode, body: &[u8]) -> Result<Value, Failure> {
    let value = serde_json::from_slice::<Value>(body).ok();
    if status.is_success() {
        return value
            .filter(Value::is_object)
            .ok_or_else(|| Failure::NoAnswer("the answer makes no sense".to_owned()));
    }
    let refusal = value.as_ref().and_then(refusal::read);
    match refusal {
        Some(refusal) if status.is_client_error() => Err(Failure::Refused(refusal)),
        Some(refusal) if refusal.class == CodeClass::Closed => Err(Failure::Refused(refusal)),
        _ if status.is_client_error() => Err(Failure::NoProof(format!("HTTP {}", status.as_u16()))),
        _ => Err(Failure::NoAnswer(format!("HTTP {}", status.as_u16()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(status: u16, body: &str) -> Result<Value, Failure> {
        judge(StatusCode::from_u16(status).unwrap(), body.as_bytes())
    }

    #[test]
    fn only_kakaopays_own_words_are_a_refusal() {
        for (status, body) in [
            (400, r#"{"error_code":-780}"#),
            (401, r#"{"error_code":"-401"}"#),
            (429, r#"{"error_code":-429}"#),
            (503, r#"{"error_code":-503}"#),
            (503, r#"{"error_code":-9798}"#),
        ] {
            let judged = judged(status, body);
            assert!(matches!(judged, Err(Failure::Refused(_))), "{status} {body}");
        }
        for (status, body) in [
            (200, r#"{"aid":"#),
            (200, ""),
            (200, "[]"),
            (302, r#"{"error_code":-780}"#),
            (500, r#"{"error_code":-500}"#),
            (500, r#"{"error_code":-780}"#),
            (503, ""),
            (503, r#"{"error_code":"later"}"#),
        ] {
            let judged = judged(status, body);
            assert!(matches!(judged, Err(Failure::NoAnswer(_))), "{status} {body}");
        }
        for (status, body) in [(400, "<h1>Bad Request</h1>"), (403, "{}"), (429, "")] {
            let judged = judged(status, body);
            assert!(matches!(judged, Err(Failure::NoProof(_))), "{status} {body}");
        }
    }
}
