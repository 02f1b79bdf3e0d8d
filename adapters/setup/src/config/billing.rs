//! How billing cycles are charged.

use std::num::NonZeroU32;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::load::{filled, is_base_url, possible};
use super::{Config, ConfigError};

/// How the batch charges billing cycles.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BillingConfig {
    /// The server that charges, without a slash at the end; it is shown `internal.token`. Empty
    /// means this process itself.
    #[serde(deserialize_with = "filled")]
    pub url: Option<String>,
    /// The whole of a call to that server, milliseconds; longer than it takes for any answer.
    pub deadline_ms: u64,
    /// Charges under way at once in one process.
    pub parallel: usize,
    /// Charges a second at each provider, by one process; 0 is no limit. Several processes share a
    /// provider by having a part each.
    pub per_second: u32,
}

/// What a process needs beside its calls, to find out and to write down.
const MARGIN_MS: u64 = 10_000;

impl Default for BillingConfig {
    fn default() -> Self {
        Self { url: None, deadline_ms: 30_000, parallel: 8, per_second: 20 }
    }
}

impl BillingConfig {
    pub(super) fn check(&self, config: &Config) -> Result<(), ConfigError> {
        let rule = "an address like https://shop.example";
        possible("billing.url", is_base_url(self.url.as_deref()), rule)?;
        possible("billing.parallel", (1..=256).contains(&self.parallel), "1 to 256")?;
        possible("billing.per_second", self.per_second <= 10_000, "0 to 10000")?;
        // Batch, then server, then provider: who stands further out waits longer.
        let outlasts = self.deadline_ms > config.server.request_timeout_ms;
        let rule = "more than server.request_timeout_ms";
        possible("billing.deadline_ms", outlasts, rule)?;
        let inside = config.resilience.money_deadline_ms + config.resilience.question_deadline_ms;
        let longest = if self.url.is_some() { self.deadline_ms } else { inside };
        let rule = "10 s more than a charge takes: resilience.money_deadline_ms and \
                    question_deadline_ms, or billing.deadline_ms";
        possible("jobs.lease_ms", config.jobs.lease_ms >= longest + MARGIN_MS, rule)?;
        let token = self.url.is_none() || config.internal.token.is_some();
        possible("internal.token", token, "needed when billing.url is set")
    }

    /// The whole of a call.
    pub fn deadline(&self) -> Duration {
        Duration::from_millis(self.deadline_ms)
    }

    /// Charges a second, if there is a limit.
    pub fn pace(&self) -> Option<NonZeroU32> {
        NonZeroU32::new(self.per_second)
    }
}
