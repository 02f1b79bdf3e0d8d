//! Where a provider's API is, and how long anything may take there.

use std::time::Duration;

use reqwest::{Url, redirect, retry};

/// Shorter than servers usually keep a connection: one that the server closes while we write is an
/// unknown outcome.
const POOL_IDLE: Duration = Duration::from_secs(20);

/// How connections are made and kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnectionLimits {
    /// Longest wait for a connection.
    pub connect_timeout: Duration,
    /// Longest silence.
    pub response_timeout: Duration,
    /// Connections kept open while idle.
    pub pool_max_idle: usize,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            response_timeout: Duration::from_secs(30),
            pool_max_idle: 50,
        }
    }
}

impl ConnectionLimits {
    /// The longest time of a call with its connection.
    pub fn call_deadline(&self) -> Duration {
        self.connect_timeout + self.response_timeout
    }

    /// Whether a call can come to an end, and does before the provider's horizon: one that
    /// outlives it would turn "not found" into a false proof.
    pub(crate) fn are_possible(&self, horizon: Duration) -> bool {
        let waits = [self.connect_timeout, self.response_timeout];
        waits.iter().all(|wait| !wait.is_zero() && *wait < horizon)
            && self.call_deadline() < horizon
    }

    /// A client that sends once, follows nothing, and reads no proxy from the environment.
    pub(crate) fn client(&self) -> reqwest::Result<reqwest::Client> {
        reqwest::Client::builder()
            .tls_backend_rustls()
            .connect_timeout(self.connect_timeout)
            .read_timeout(self.response_timeout)
            .timeout(self.call_deadline())
            .pool_max_idle_per_host(self.pool_max_idle)
            .pool_idle_timeout(POOL_IDLE)
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .no_proxy()
            .build()
    }
}

/// Whether this is where an API can be: a host, without user name or query.
pub(crate) fn is_api(base_url: &str) -> bool {
    Url::parse(base_url).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none()
    })
}
