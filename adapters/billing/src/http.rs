//! The port over HTTP.

use std::time::Duration;

use async_trait::async_trait;
use jangbogo_payment::Firmness;
use jangbogo_subscription::{ChargeCycle, ChargeCycleError, CycleId, CycleOutcome};
use reqwest::StatusCode;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

/// Charges cycles by asking a server to.
pub struct HttpCharges {
    client: reqwest::Client,
    url: String,
    token: SecretString,
}

/// The client could not be made.
#[derive(Debug)]
pub struct HttpChargesError(reqwest::Error);

/// How the server answers.
#[derive(Debug, Deserialize)]
struct Answer {
    outcome: String,
    firmness: Option<String>,
    reason: Option<String>,
}

/// An answer is a line; what is longer is not our server's.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

impl std::fmt::Display for HttpChargesError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an HTTP client cannot be made")
    }
}

impl std::error::Error for HttpChargesError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

impl HttpCharges {
    /// Asks the server at this address, without a slash at the end, with the service's token.
    /// `deadline` is the whole of a call, and longer than the server ever takes: who gives up first
    /// must be the one who knows less.
    pub fn new(
        url: &str,
        token: SecretString,
        deadline: Duration,
    ) -> Result<Self, HttpChargesError> {
        let client = reqwest::Client::builder()
            .timeout(deadline)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(HttpChargesError)?;
        Ok(Self { client, url: url.to_owned(), token })
    }

    async fn ask(&self, cycle: CycleId) -> Result<(StatusCode, Vec<u8>), reqwest::Error> {
        let url = format!("{}/internal/v1/billing-cycles/{cycle}/charge", self.url);
        let request = self
            .client
            .post(url)
            .bearer_auth(self.token.expose_secret())
            // A cycle is its subscription's for one period: the same key from end to end.
            .header("idempotency-key", cycle.to_string());
        let mut response = request.send().await?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            body.extend_from_slice(&chunk);
            if body.len() > ANSWER_BYTES_MAX {
                break;
            }
        }
        Ok((response.status(), body))
    }
}

#[async_trait]
impl ChargeCycle for HttpCharges {
    async fn charge(&self, cycle: CycleId) -> Result<CycleOutcome, ChargeCycleError> {
        let asked = self.ask(cycle).await;
        let (status, body) = asked.map_err(|error| ChargeCycleError::Unreachable(cause(&error)))?;
        match status {
            StatusCode::OK => outcome(&body),
            StatusCode::NOT_FOUND => Err(ChargeCycleError::UnknownCycle),
            status if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS => {
                Err(ChargeCycleError::Unreachable(status.to_string()))
            }
            status => Err(ChargeCycleError::Senseless(status.to_string())),
        }
    }
}

fn outcome(body: &[u8]) -> Result<CycleOutcome, ChargeCycleError> {
    let senseless = |what: &str| ChargeCycleError::Senseless(what.to_owned());
    if body.len() > ANSWER_BYTES_MAX {
        return Err(senseless("it is too long"));
    }
    let answer: Answer = serde_json::from_slice(body)
        .map_err(|_| senseless("it is not what an outcome looks like"))?;
    Ok(match answer.outcome.as_str() {
        "charged" => CycleOutcome::Charged,
        "declined" => {
            let name = answer.firmness.unwrap_or_default().to_ascii_uppercase();
            let firmness = Firmness::from_name(&name);
            CycleOutcome::Declined(firmness.ok_or_else(|| senseless("a decline without firmness"))?)
        }
        "pending" => CycleOutcome::Pending,
        "not_sent" => CycleOutcome::NotSent(answer.reason.unwrap_or_default()),
        "left_out" => CycleOutcome::LeftOut,
        "already_done" => CycleOutcome::AlreadyDone,
        "not_due" => CycleOutcome::NotDue,
        _ => return Err(senseless("an outcome that is none")),
    })
}

/// What went wrong, without the address: it is in the configuration.
fn cause(error: &reqwest::Error) -> String {
    let kind = if error.is_timeout() {
        "no answer in time"
    } else if error.is_connect() {
        "no connection"
    } else {
        "the answer broke off"
    };
    let mut text = kind.to_owned();
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        text = format!("{text}: {inner}");
        source = inner.source();
    }
    text
}

#[cfg(test)]
#[path = "http_tests.rs"]
mod tests;
