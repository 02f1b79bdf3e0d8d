//! One HTTP exchange: what came back, and what it proves when nothing did.

use std::time::Instant;

use reqwest::{RequestBuilder, StatusCode};

use super::failure::Failure;

/// Answers are a few KiB; what is longer is not a payment provider's.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// A call to be sent.
pub(crate) struct Call<'a> {
    /// The provider's name, for people.
    pub(crate) provider: &'static str,
    /// What it is called in the log.
    pub(crate) name: &'static str,
    /// What it is about, in the log: a session or our own reference.
    pub(crate) subject: &'a str,
    /// When the caller must have an answer.
    pub(crate) deadline: Instant,
}

/// Sends a request once and waits for its answer.
pub(crate) async fn send(
    call: &Call<'_>,
    request: RequestBuilder,
) -> Result<(StatusCode, Vec<u8>), Failure> {
    let start = Instant::now();
    let request = request.timeout(call.deadline.saturating_duration_since(start));
    let answer = exchange(call.provider, request).await;
    let elapsed_ms = start.elapsed().as_millis();
    let Call { provider, name, subject, .. } = call;
    if let Ok((status, _)) = &answer {
        let status_code = status.as_u16();
        tracing::debug!(provider, call = name, subject, status_code, elapsed_ms, "answered");
    } else {
        tracing::debug!(provider, call = name, subject, elapsed_ms, "not answered");
    }
    answer
}

async fn exchange(
    provider: &str,
    request: RequestBuilder,
) -> Result<(StatusCode, Vec<u8>), Failure> {
    let lost = |error| failure(provider, error);
    let mut response = request.send().await.map_err(lost)?;
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(lost)? {
        if body.len() + chunk.len() > ANSWER_BYTES_MAX {
            return Err(Failure::NoAnswer("the answer is too long".to_owned()));
        }
        body.extend_from_slice(&chunk);
    }
    Ok((response.status(), body))
}

/// What an error of the HTTP client proves: only without a connection was surely nothing sent.
fn failure(provider: &str, error: reqwest::Error) -> Failure {
    let error = error.without_url();
    let mut cause: &dyn std::error::Error = &error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    if error.is_connect() {
        Failure::NotSent(format!("{provider} cannot be reached: {cause}"))
    } else if error.is_builder() {
        Failure::Unfit(format!("the request cannot be built: {cause}"))
    } else if error.is_timeout() {
        Failure::NoAnswer(format!("{provider} did not answer in time"))
    } else {
        Failure::NoAnswer(format!("the answer was lost: {cause}"))
    }
}
