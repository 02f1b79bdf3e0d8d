//! One HTTP call: what came back, and what it proves when nothing usable did.

use std::time::{Duration, Instant};

use reqwest::header::{AUTHORIZATION, HeaderValue};
use reqwest::{StatusCode, redirect, retry};
use secrecy::ExposeSecret as _;
use serde::Serialize;
use serde_json::Value;

use super::KakaoPaySettings;
use super::code::CodeClass;
use super::failure::{Failure, Refusal};
use super::settings::SettingsError;

/// Answers are about 2 KiB; what is longer is not KakaoPay.
const ANSWER_BYTES_MAX: usize = 64 * 1024;
/// Shorter than servers usually keep a connection: one that the server closes while we write is an
/// unknown outcome.
const POOL_IDLE: Duration = Duration::from_secs(20);

/// Sends calls.
pub(super) struct Client {
    http: reqwest::Client,
    base_url: String,
    authorization: HeaderValue,
    call_deadline: Duration,
}

/// A call to be sent.
pub(super) struct Call<'a> {
    /// The last part of its path.
    pub(super) name: &'static str,
    /// What the log calls it by: a tid or our own reference.
    pub(super) subject: &'a str,
    /// When the caller must have an answer.
    pub(super) deadline: Instant,
}

impl Client {
    pub(super) fn new(settings: &KakaoPaySettings) -> Result<Self, SettingsError> {
        let key = format!("SECRET_KEY {}", settings.secret_key.expose_secret());
        let mut authorization = HeaderValue::try_from(key).map_err(|_| SettingsError::SecretKey)?;
        authorization.set_sensitive(true);
        let http = reqwest::Client::builder()
            .tls_backend_rustls()
            .connect_timeout(settings.connect_timeout)
            .read_timeout(settings.response_timeout)
            .timeout(settings.call_deadline)
            .pool_max_idle_per_host(settings.pool_max_idle)
            .pool_idle_timeout(POOL_IDLE)
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .no_proxy()
            .build()
            .map_err(SettingsError::Client)?;
        Ok(Self {
            http,
            base_url: settings.base_url.trim_end_matches('/').to_owned(),
            authorization,
            call_deadline: settings.call_deadline,
        })
    }

    /// When a call of the port that starts now must be over.
    pub(super) fn deadline(&self) -> Instant {
        Instant::now() + self.call_deadline
    }

    /// Sends a call once and waits for its answer.
    pub(super) async fn post(
        &self,
        call: Call<'_>,
        body: &impl Serialize,
    ) -> Result<Value, Failure> {
        let start = Instant::now();
        let url = format!("{}/online/v1/payment/{}", self.base_url, call.name);
        let request = self
            .http
            .post(url)
            .header(AUTHORIZATION, self.authorization.clone())
            .timeout(call.deadline.saturating_duration_since(start))
            .json(body);
        let answer = exchange(request).await;
        let elapsed_ms = start.elapsed().as_millis();
        let Call { name, subject, .. } = call;
        match answer {
            Ok((status, body)) => {
                let status_code = status.as_u16();
                tracing::debug!(call = name, subject, status_code, elapsed_ms, "answered");
                judge(status, &body)
            }
            Err(failure) => {
                tracing::debug!(call = name, subject, elapsed_ms, "not answered");
                Err(failure)
            }
        }
    }
}

async fn exchange(request: reqwest::RequestBuilder) -> Result<(StatusCode, Vec<u8>), Failure> {
    let mut response = request.send().await.map_err(failure)?;
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(failure)? {
        if body.len() + chunk.len() > ANSWER_BYTES_MAX {
            return Err(Failure::NoAnswer("the answer is too long".to_owned()));
        }
        body.extend_from_slice(&chunk);
    }
    Ok((response.status(), body))
}

/// What an error of the HTTP client proves: only without a connection was surely nothing sent.
fn failure(error: reqwest::Error) -> Failure {
    let error = error.without_url();
    let mut cause: &dyn std::error::Error = &error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    if error.is_connect() {
        Failure::NotSent(format!("KakaoPay cannot be reached: {cause}"))
    } else if error.is_builder() {
        Failure::Unfit(format!("the request cannot be built: {cause}"))
    } else if error.is_timeout() {
        Failure::NoAnswer("KakaoPay did not answer in time".to_owned())
    } else {
        Failure::NoAnswer(format!("the answer was lost: {cause}"))
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
    let refusal = value.as_ref().and_then(Refusal::read);
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
