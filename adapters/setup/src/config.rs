//! The configuration: defaults here, one TOML file over them, the environment over both.
//!
//! Every setting has an environment variable: `JANGBOGO__` and the path with `__` between its
//! parts, for example `JANGBOGO__SERVER__BIND`. `DATABASE_URL` sets `database.url`,
//! `REDIS_URL` sets `redis.url`, `JANGBOGO_CONFIG` names the file. An unknown setting is an error.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::OrderStrategy;

mod billing;
mod cache;
mod jobs;
mod load;
mod network;
mod payments;
mod reconciliation;
mod sealing;
mod subscriptions;

pub use network::{Network, NetworkError};
pub use payments::{
    BreakerConfig, BulkheadConfig, KakaoPayConfig, ResilienceConfig, RetryConfig,
    TossPaymentsConfig,
};

pub use billing::BillingConfig;
pub use cache::CacheConfig;
pub use jobs::JobsConfig;
pub use reconciliation::ReconciliationConfig;
pub use sealing::SealingConfig;
pub use subscriptions::{InternalConfig, SubscriptionsConfig};

/// Everything that can be set.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where the embedded database, keys, mail and the simulator's ledger are kept.
    pub data_dir: PathBuf,
    /// The database.
    pub database: DatabaseConfig,
    /// Redis.
    pub redis: RedisConfig,
    /// The cache.
    pub cache: CacheConfig,
    /// The HTTP server.
    pub server: ServerConfig,
    /// Rate limits.
    pub limits: LimitsConfig,
    /// Logs.
    pub log: LogConfig,
    /// Tokens.
    pub session: SessionConfig,
    /// Secrets of others that the database keeps.
    pub sealing: SealingConfig,
    /// Orders.
    pub orders: OrdersConfig,
    /// Subscriptions.
    pub subscriptions: SubscriptionsConfig,
    /// What only the shop's own processes may ask.
    pub internal: InternalConfig,
    /// KakaoPay.
    pub kakaopay: KakaoPayConfig,
    /// TossPayments.
    pub tosspayments: TossPaymentsConfig,
    /// How payment providers are called.
    pub resilience: ResilienceConfig,
    /// The payment simulator beside the shop.
    pub simulator: SimulatorConfig,
    /// Background work.
    pub background: BackgroundConfig,
    /// Jobs.
    pub jobs: JobsConfig,
    /// The comparison of books.
    pub reconciliation: ReconciliationConfig,
    /// How billing cycles are charged.
    pub billing: BillingConfig,
    /// Counters that are written behind.
    pub counters: CountersConfig,
    /// The demo catalogue.
    pub demo: DemoConfig,
    /// Mail.
    pub mail: MailConfig,
}

/// The database.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DatabaseConfig {
    /// `sqlite:path` or `postgres://…`; empty means `shop.db` in the data folder.
    #[serde(deserialize_with = "load::filled_secret")]
    pub url: Option<SecretString>,
    /// Most connections of this process to a PostgreSQL server. All processes together must fit
    /// into the server's own limit.
    pub pool_max: u32,
    /// How long a request waits for a connection before it is answered 503, milliseconds.
    pub acquire_timeout_ms: u64,
    /// Longest time of one statement on a PostgreSQL server, milliseconds.
    pub statement_timeout_ms: u64,
}

/// Redis, which makes the shop faster and decides nothing.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RedisConfig {
    /// `redis://…` or `rediss://…`; empty means that there is none.
    #[serde(deserialize_with = "load::filled_secret")]
    pub url: Option<SecretString>,
    /// Longest wait for an answer, milliseconds; then the shop goes on without it.
    pub response_timeout_ms: u64,
    /// Stands before every key and channel, so that shops can share a server.
    pub key_prefix: String,
}

/// The HTTP server.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServerConfig {
    /// Where it listens.
    pub bind: SocketAddr,
    /// Where buyers' browsers reach it; empty means `http://` and the address it listens on.
    #[serde(deserialize_with = "load::filled")]
    pub public_url: Option<String>,
    /// Largest request body, bytes.
    pub body_bytes_max: usize,
    /// Longest time for one request, milliseconds.
    pub request_timeout_ms: u64,
    /// Longest time that a buyer waits for a payment's outcome, milliseconds; then it is called
    /// pending, and the payment goes on.
    pub payment_wait_ms: u64,
    /// Longest wait for requests under way when stopping, milliseconds.
    pub shutdown_timeout_ms: u64,
    /// Origins of web pages that may call the API from a browser.
    pub cors_origins: Vec<String>,
    /// How many proxies in front of the server are ours; the client's address is the one that the
    /// outermost of them saw. 0: `X-Forwarded-For` is ignored.
    pub trusted_proxies: usize,
    /// Who may read `/metrics`: addresses and networks like `10.0.0.0/8`. Nobody, unless set. When
    /// a proxy on this machine serves the public, name its machine only with `trusted_proxies` set.
    pub metrics_from: Vec<Network>,
}

/// Rate limits: so many per minute, and as many at once as `burst` says.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LimitsConfig {
    /// Whether there are any.
    pub enabled: bool,
    /// Requests of one address, per minute.
    pub address_per_minute: u32,
    /// Requests of one address at once.
    pub address_burst: u32,
    /// Requests of one member, per minute.
    pub member_per_minute: u32,
    /// Requests of one member at once.
    pub member_burst: u32,
    /// Log-ins, sign-ups and refreshes of one address, per minute.
    pub login_address_per_minute: u32,
    /// Log-ins to one account, from wherever, per minute.
    pub login_account_per_minute: u32,
    /// Log-ins at once, by address and by account.
    pub login_burst: u32,
}

/// Logs.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogConfig {
    /// How lines look.
    pub format: LogFormat,
    /// Which lines are written, as `tracing` reads it.
    pub filter: String,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    Readable,
    /// One JSON object a line, for machines.
    Json,
}

/// Tokens.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SessionConfig {
    /// The Ed25519 key that signs access tokens: PKCS#8, as PEM or as base64 alone. Empty means
    /// one of our own in the data folder; servers that share no folder need the same one here.
    #[serde(deserialize_with = "load::filled_secret")]
    pub signing_key: Option<SecretString>,
    /// Life of an access token, seconds; at most 900.
    pub access_token_s: u64,
    /// Life of a refresh token that is not used, seconds.
    pub refresh_token_s: u64,
    /// Life of a session however often it is refreshed, seconds.
    pub session_s: u64,
    /// Passwords hashed at once.
    pub hashing_parallel: usize,
    /// Log-ins that may wait for it.
    pub hashing_queue_max: usize,
}

/// Orders.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OrdersConfig {
    /// How long an unpaid order holds its pieces, seconds; at most 900 (the life of a pay page).
    pub payment_window_s: u64,
    /// How stock is reserved.
    pub strategy: OrderStrategy,
    /// Orders that may wait for the next batch, or for their turn; more are refused.
    pub queue_max: usize,
    /// Orders decided in one transaction.
    pub batch_max: usize,
    /// Such transactions under way at once; an embedded database has one.
    pub lanes: usize,
    /// Longest time of an order that is not combined, with waiting and all tries, milliseconds.
    pub wait_ms: u64,
    /// Longest time that an order may hold a distributed lock, milliseconds.
    pub lock_lease_ms: u64,
}

/// The payment simulator beside the shop.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SimulatorConfig {
    /// Whether it runs in the server's process.
    pub enabled: bool,
    /// Where its provider API and pay pages are.
    pub bind: SocketAddr,
    /// Where its admin port is.
    pub admin_bind: SocketAddr,
    /// Where buyers' browsers reach the pay pages; empty means `http://` and its address.
    #[serde(deserialize_with = "load::filled")]
    pub public_url: Option<String>,
}

/// Background work.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BackgroundConfig {
    /// Whether the event relay and the jobs run in the server's process. Where `event-outbox` and
    /// `batch serve` run beside it, they need not.
    pub enabled: bool,
    /// Wait between looks into the outbox when it is empty, milliseconds.
    pub relay_poll_ms: u64,
}

/// Counters of views, which are written behind what they count.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CountersConfig {
    /// Wait between flushes of views, milliseconds: so much they may be behind, and so much of them
    /// a killed process may lose when there is no Redis.
    pub flush_every_ms: u64,
}

/// The demo catalogue.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DemoConfig {
    /// Whether an empty database is filled with it.
    pub enabled: bool,
    /// How many products.
    pub products: usize,
}

/// Mail.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MailConfig {
    /// The sender of every mail.
    pub from: String,
}

/// The configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file or environment cannot be read, or has a setting that does not exist.
    #[error("the configuration cannot be read: {0}")]
    Unreadable(String),
    /// A setting is impossible.
    #[error("the setting {setting} is impossible: {rule}")]
    Impossible {
        /// Its path.
        setting: &'static str,
        /// What it should be.
        rule: String,
    },
}

const fn local(port: u16) -> SocketAddr {
    SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port)
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data_dir: PathBuf::from("data"),
            database: DatabaseConfig::default(),
            redis: RedisConfig::default(),
            cache: CacheConfig::default(),
            server: ServerConfig::default(),
            limits: LimitsConfig::default(),
            log: LogConfig::default(),
            session: SessionConfig::default(),
            sealing: SealingConfig::default(),
            orders: OrdersConfig::default(),
            subscriptions: SubscriptionsConfig::default(),
            internal: InternalConfig::default(),
            kakaopay: KakaoPayConfig::default(),
            tosspayments: TossPaymentsConfig::default(),
            resilience: ResilienceConfig::default(),
            simulator: SimulatorConfig::default(),
            background: BackgroundConfig::default(),
            jobs: JobsConfig::default(),
            reconciliation: ReconciliationConfig::default(),
            billing: BillingConfig::default(),
            counters: CountersConfig::default(),
            demo: DemoConfig::default(),
            mail: MailConfig::default(),
        }
    }
}

impl Default for RedisConfig {
    fn default() -> Self {
        Self { url: None, response_timeout_ms: 100, key_prefix: "jangbogo:".to_owned() }
    }
}

impl Default for DatabaseConfig {
    fn default() -> Self {
        Self { url: None, pool_max: 20, acquire_timeout_ms: 3_000, statement_timeout_ms: 15_000 }
    }
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            bind: local(8080),
            public_url: None,
            body_bytes_max: 1024 * 1024,
            request_timeout_ms: 20_000,
            payment_wait_ms: 8_000,
            shutdown_timeout_ms: 30_000,
            cors_origins: Vec::new(),
            trusted_proxies: 0,
            metrics_from: Vec::new(),
        }
    }
}

impl Default for LimitsConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            address_per_minute: 1_200,
            address_burst: 200,
            member_per_minute: 600,
            member_burst: 100,
            login_address_per_minute: 30,
            login_account_per_minute: 10,
            login_burst: 10,
        }
    }
}

impl Default for LogConfig {
    fn default() -> Self {
        let filter = "info,sqlx=warn,hyper=warn,tower_http=warn".to_owned();
        Self { format: LogFormat::Readable, filter }
    }
}

impl Default for SessionConfig {
    fn default() -> Self {
        Self {
            signing_key: None,
            access_token_s: 15 * 60,
            refresh_token_s: 14 * 24 * 3600,
            session_s: 30 * 24 * 3600,
            hashing_parallel: 2,
            hashing_queue_max: 400,
        }
    }
}

impl Default for OrdersConfig {
    fn default() -> Self {
        Self {
            payment_window_s: 300,
            strategy: OrderStrategy::default(),
            queue_max: 4096,
            batch_max: 256,
            lanes: 4,
            wait_ms: 10_000,
            lock_lease_ms: 5_000,
        }
    }
}

impl Default for SimulatorConfig {
    fn default() -> Self {
        Self { enabled: true, bind: local(8090), admin_bind: local(8091), public_url: None }
    }
}

impl Default for BackgroundConfig {
    fn default() -> Self {
        Self { enabled: true, relay_poll_ms: 100 }
    }
}

impl Default for CountersConfig {
    fn default() -> Self {
        Self { flush_every_ms: 1_000 }
    }
}

impl Default for DemoConfig {
    fn default() -> Self {
        Self { enabled: true, products: 1_000 }
    }
}

impl Default for MailConfig {
    fn default() -> Self {
        Self { from: "장보고 <shop@jangbogo.example>".to_owned() }
    }
}
