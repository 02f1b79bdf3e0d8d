//! Payment providers, and how they are called.

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::load;

/// `KakaoPay`.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct KakaoPayConfig {
    /// Where its API is; empty means the simulator when that is on, else `KakaoPay`.
    #[serde(deserialize_with = "load::filled")]
    pub base_url: Option<String>,
    /// Key of `Authorization: SECRET_KEY …`. Without it, and without the simulator, there is no
    /// `KakaoPay` here.
    #[serde(deserialize_with = "load::filled_secret")]
    pub secret_key: Option<SecretString>,
    /// Merchant code.
    pub cid: String,
    /// Only for merchant codes that have one.
    #[serde(deserialize_with = "load::filled_secret")]
    pub cid_secret: Option<SecretString>,
    /// Merchant code for recurring payments.
    pub recurring_cid: String,
    /// Only for merchant codes that have one.
    #[serde(deserialize_with = "load::filled_secret")]
    pub recurring_cid_secret: Option<SecretString>,
    /// Longest time to connect, milliseconds.
    pub connect_timeout_ms: u64,
    /// Longest wait for an answer, milliseconds; `KakaoPay` itself gives up at about 11 s.
    pub response_timeout_ms: u64,
    /// Connections kept open while idle.
    pub pool_max_idle: usize,
}

/// `TossPayments`.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TossPaymentsConfig {
    /// Where its API is; empty means the simulator when that is on, else `TossPayments`.
    #[serde(deserialize_with = "load::filled")]
    pub base_url: Option<String>,
    /// The secret key (`test_sk_…`, `live_sk_…`). Without it, and without the simulator, there is
    /// no `TossPayments` here.
    #[serde(deserialize_with = "load::filled_secret")]
    pub secret_key: Option<SecretString>,
    /// A page of the shop's that opens the provider's billing window with its query; empty means
    /// the simulator's when that is on, else no subscriptions through `TossPayments`.
    #[serde(deserialize_with = "load::filled")]
    pub billing_window: Option<String>,
    /// How buyers pay: 카드, 계좌이체, 간편결제 or 휴대폰.
    pub method: String,
    /// Longest time to connect, milliseconds.
    pub connect_timeout_ms: u64,
    /// Longest wait for an answer, milliseconds.
    pub response_timeout_ms: u64,
    /// Connections kept open while idle.
    pub pool_max_idle: usize,
}

/// How every provider is called, each by itself. The times must nest: a wait in the queue and a
/// call, and all repeats and a call, within the deadline.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ResilienceConfig {
    /// Longest time for a call that moves money, milliseconds; waits and repeats included. Buyers
    /// are answered earlier (`server.payment_wait_ms`) while it goes on.
    pub money_deadline_ms: u64,
    /// The same for a call that moves none; it must be over before the request that waits for it.
    pub question_deadline_ms: u64,
    /// When a provider is left alone.
    pub breaker: BreakerConfig,
    /// What is tried again: only what surely did not arrive.
    pub retry: RetryConfig,
    /// Calls that open sessions or move money, each kind by itself.
    pub money: BulkheadConfig,
    /// Lookups.
    pub lookup: BulkheadConfig,
}

/// When a provider is left alone.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BreakerConfig {
    /// How many of the last calls are looked at; at most 64.
    pub window: u32,
    /// How many there must be before anything is decided.
    pub minimum_calls: u32,
    /// The share of failures that is too much.
    pub failure_percent: u32,
    /// For how long, milliseconds.
    pub open_ms: u64,
    /// How many trial calls then decide.
    pub trial_calls: u32,
}

/// What is tried again.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RetryConfig {
    /// How often after the first time; at most 10.
    pub retries: u32,
    /// How long after each, milliseconds.
    pub wait_ms: u64,
}

/// How many calls run at once.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BulkheadConfig {
    /// So many run.
    pub parallel: u32,
    /// So many when the queue is full.
    pub parallel_max: u32,
    /// So many wait.
    pub queue_max: u32,
    /// For so long, milliseconds.
    pub wait_ms: u64,
}

impl Default for KakaoPayConfig {
    fn default() -> Self {
        Self {
            base_url: None,
            secret_key: None,
            cid: "TC0ONETIME".to_owned(),
            cid_secret: None,
            recurring_cid: "TCSUBSCRIP".to_owned(),
            recurring_cid_secret: None,
            connect_timeout_ms: 10_000,
            response_timeout_ms: 30_000,
            pool_max_idle: 50,
        }
    }
}

impl Default for TossPaymentsConfig {
    fn default() -> Self {
        Self {
            base_url: None,
            secret_key: None,
            billing_window: None,
            method: "카드".to_owned(),
            connect_timeout_ms: 10_000,
            response_timeout_ms: 30_000,
            pool_max_idle: 50,
        }
    }
}

impl Default for ResilienceConfig {
    fn default() -> Self {
        Self {
            money_deadline_ms: 60_000,
            question_deadline_ms: 15_000,
            breaker: BreakerConfig::default(),
            retry: RetryConfig::default(),
            money: BulkheadConfig {
                parallel: 50,
                parallel_max: 50,
                queue_max: 1_000,
                wait_ms: 10_000,
            },
            lookup: BulkheadConfig {
                parallel: 20,
                parallel_max: 50,
                queue_max: 50,
                wait_ms: 10_000,
            },
        }
    }
}

impl Default for BreakerConfig {
    fn default() -> Self {
        Self {
            window: 40,
            minimum_calls: 20,
            failure_percent: 60,
            open_ms: 10_000,
            trial_calls: 10,
        }
    }
}

impl Default for RetryConfig {
    fn default() -> Self {
        Self { retries: 3, wait_ms: 3_000 }
    }
}
