//! Subscriptions, and who may charge them.

use std::time::Duration;

use jangbogo_subscription::SubscriptionSettings;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

use super::load::{self, possible};
use super::{ConfigError, Network};

/// Subscriptions.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SubscriptionsConfig {
    /// The shortest period, days.
    pub period_days_min: i64,
    /// The longest period, days.
    pub period_days_max: i64,
    /// How many days before a charge the member is told of it, and of its price.
    pub notice_days: i64,
}

/// What only the shop's own processes may ask: they come from these networks *and* have the token.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct InternalConfig {
    /// What they send as `Authorization: Bearer …`, at least 32 characters. Without it there are no
    /// internal endpoints.
    #[serde(deserialize_with = "load::filled_secret")]
    pub token: Option<SecretString>,
    /// Where they come from: addresses and networks. Nobody, unless set.
    pub from: Vec<Network>,
}

/// A token that cannot be guessed.
const TOKEN_CHARS_MIN: usize = 32;

impl Default for SubscriptionsConfig {
    fn default() -> Self {
        Self { period_days_min: 30, period_days_max: 365, notice_days: 7 }
    }
}

impl SubscriptionsConfig {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let (min, max) = (self.period_days_min, self.period_days_max);
        let days = 1..=3_650;
        possible("subscriptions.period_days_min", days.contains(&min), "1 to 3650")?;
        let fits = days.contains(&max) && min <= max;
        let rule = "period_days_min to 3650";
        possible("subscriptions.period_days_max", fits, rule)?;
        let notice = (0..=60).contains(&self.notice_days);
        possible("subscriptions.notice_days", notice, "0 to 60")
    }

    /// How subscriptions are kept; their first orders wait as long as any other.
    pub(crate) fn settings(&self, payment_window: Duration) -> SubscriptionSettings {
        SubscriptionSettings {
            period_days_min: self.period_days_min,
            period_days_max: self.period_days_max,
            payment_window,
            notice_days: self.notice_days,
        }
    }
}

impl InternalConfig {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let long = |token: &SecretString| token.expose_secret().len() >= TOKEN_CHARS_MIN;
        let token = self.token.as_ref().is_none_or(long);
        possible("internal.token", token, "at least 32 characters")
    }
}
