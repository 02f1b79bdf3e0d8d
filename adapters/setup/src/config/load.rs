//! Reading, checking and showing the configuration.

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use jangbogo_credentials::SigningKey;
use jangbogo_redis::RedisSettings;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize as _, Deserializer, Serialize};

use super::{
    Config, ConfigError, DatabaseConfig, LimitsConfig, OrdersConfig, RedisConfig, ServerConfig,
    SessionConfig,
};

/// Variables that other programs know too, and what they set here.
const USUAL_NAMES: [(&str, &str); 2] =
    [("DATABASE_URL", "database.url"), ("REDIS_URL", "redis.url")];

impl Config {
    /// Reads defaults, then `file`, then `environment` (pairs of name and value).
    pub fn load(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let unreadable = |error: config::ConfigError| ConfigError::Unreadable(error.to_string());
        let variables: HashMap<String, String> = environment.into_iter().collect();
        let mut builder = config::Config::builder();
        if let Some(path) = file {
            let source = config::File::from(path).format(config::FileFormat::Toml);
            builder = builder.add_source(source.required(true));
        }
        for (variable, setting) in USUAL_NAMES {
            if let Some(value) = variables.get(variable).filter(|value| !value.is_empty()) {
                builder = builder.set_override(setting, value.as_str()).map_err(unreadable)?;
            }
        }
        let source = config::Environment::with_prefix("JANGBOGO")
            .prefix_separator("__")
            .separator("__")
            .try_parsing(true)
            .list_separator(",")
            .with_list_parse_key("server.cors_origins")
            .with_list_parse_key("server.metrics_from")
            .source(Some(variables));
        let read = builder.add_source(source).build().map_err(unreadable)?;
        let config: Self = read.try_deserialize().map_err(unreadable)?;
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<(), ConfigError> {
        let parts = [
            self.database.check(),
            self.redis.check(),
            self.cache.check(),
            self.server.check(),
            self.session.check(),
            self.sealing.check(),
            self.orders.check(),
            self.jobs.check(),
            self.reconciliation.check(),
            self.billing.check(self),
            self.subscriptions.check(),
            self.internal.check(),
        ];
        parts.into_iter().collect::<Result<(), _>>()?;
        possible("limits", self.limits.is_possible(), "every limit is at least 1")?;
        let rule = "an address like https://api.example";
        let flush = (10..=3_600_000).contains(&self.counters.flush_every_ms);
        possible("counters.flush_every_ms", flush, "10 to 3600000")?;
        let base_url = is_base_url(self.kakaopay.base_url.as_deref());
        possible("kakaopay.base_url", base_url, rule)?;
        let public_url = is_base_url(self.simulator.public_url.as_deref());
        possible("simulator.public_url", public_url, rule)?;
        let base_url = is_base_url(self.tosspayments.base_url.as_deref());
        possible("tosspayments.base_url", base_url, rule)?;
        let window = self.tosspayments.billing_window.as_deref();
        let is_web = |url: &str| url.starts_with("https://") || url.starts_with("http://");
        possible("tosspayments.billing_window", window.is_none_or(is_web), rule)?;
        let has_key = self.simulator.enabled
            || self.kakaopay.secret_key.is_some()
            || self.tosspayments.secret_key.is_some();
        let rule = "this or tosspayments.secret_key is needed when the simulator is off";
        possible("kakaopay.secret_key", has_key, rule)?;
        self.check_budget()
    }

    /// Whoever waits for a provider waits longer than the provider's call may take, or is told
    /// "pending" in time. What lies within a call is the providers' own to check.
    fn check_budget(&self) -> Result<(), ConfigError> {
        let request_ms = self.server.request_timeout_ms;
        let waits = (1..request_ms).contains(&self.server.payment_wait_ms);
        let rule = "at least 1 and less than server.request_timeout_ms";
        possible("server.payment_wait_ms", waits, rule)?;
        let asks = (1..request_ms).contains(&self.resilience.question_deadline_ms);
        possible("resilience.question_deadline_ms", asks, rule)
    }

    /// What a process needs beside that which serves: the simulator's key is otherwise known to
    /// the simulator's process alone.
    pub fn check_beside(&self) -> Result<(), ConfigError> {
        let rule = "needed by a process that stands beside the simulator's";
        possible("kakaopay.secret_key", self.kakaopay.secret_key.is_some(), rule)?;
        let port = !self.simulator.enabled
            || self.kakaopay.base_url.is_some()
            || self.simulator.public_url.is_some()
            || self.simulator.bind.port() != 0;
        let rule = "the simulator is in another process, at an address that must be known";
        possible("simulator.bind", port, rule)
    }

    /// The configuration as TOML, with secrets masked.
    pub fn masked(&self) -> Result<String, toml::ser::Error> {
        let mask = |secret: &Option<SecretString>| secret.as_ref().map(|_| "***");
        toml::to_string(&serde_json::json!({
            "data_dir": self.data_dir,
            "database": {
                "url": mask(&self.database.url).unwrap_or(""),
                "pool_max": self.database.pool_max,
                "acquire_timeout_ms": self.database.acquire_timeout_ms,
                "statement_timeout_ms": self.database.statement_timeout_ms,
            },
            "redis": {
                "url": mask(&self.redis.url).unwrap_or(""),
                "response_timeout_ms": self.redis.response_timeout_ms,
                "key_prefix": self.redis.key_prefix,
            },
            "cache": self.cache,
            "server": plain(&self.server),
            "limits": self.limits,
            "log": self.log,
            "session": {
                "signing_key": mask(&self.session.signing_key).unwrap_or(""),
                "access_token_s": self.session.access_token_s,
                "refresh_token_s": self.session.refresh_token_s,
                "session_s": self.session.session_s,
                "hashing_parallel": self.session.hashing_parallel,
                "hashing_queue_max": self.session.hashing_queue_max,
            },
            "sealing": {
                "key": mask(&self.sealing.key).unwrap_or(""),
                "old_keys": mask(&self.sealing.old_keys).unwrap_or(""),
            },
            "orders": self.orders,
            "subscriptions": self.subscriptions,
            "internal": {
                "token": mask(&self.internal.token).unwrap_or(""),
                "from": self.internal.from,
            },
            "kakaopay": {
                "base_url": self.kakaopay.base_url.as_deref().unwrap_or(""),
                "secret_key": mask(&self.kakaopay.secret_key).unwrap_or(""),
                "cid": self.kakaopay.cid,
                "cid_secret": mask(&self.kakaopay.cid_secret).unwrap_or(""),
                "recurring_cid": self.kakaopay.recurring_cid,
                "recurring_cid_secret":
                    mask(&self.kakaopay.recurring_cid_secret).unwrap_or(""),
                "connect_timeout_ms": self.kakaopay.connect_timeout_ms,
                "response_timeout_ms": self.kakaopay.response_timeout_ms,
                "pool_max_idle": self.kakaopay.pool_max_idle,
            },
            "tosspayments": {
                "base_url": self.tosspayments.base_url.as_deref().unwrap_or(""),
                "secret_key": mask(&self.tosspayments.secret_key).unwrap_or(""),
                "method": self.tosspayments.method,
                "billing_window": self.tosspayments.billing_window.as_deref().unwrap_or(""),
                "connect_timeout_ms": self.tosspayments.connect_timeout_ms,
                "response_timeout_ms": self.tosspayments.response_timeout_ms,
                "pool_max_idle": self.tosspayments.pool_max_idle,
            },
            "resilience": self.resilience,
            "simulator": plain(&self.simulator),
            "background": self.background,
            "reconciliation": self.reconciliation,
            "jobs": self.jobs,
            "billing": plain(&self.billing),
            "counters": self.counters,
            "demo": self.demo,
            "mail": self.mail,
        }))
    }
}

impl RedisConfig {
    fn check(&self) -> Result<(), ConfigError> {
        let url = self.url.as_ref().is_none_or(|url| RedisSettings::is_url(url.expose_secret()));
        possible("redis.url", url, "an address like redis://host:6379")?;
        let wait = (1..=5_000).contains(&self.response_timeout_ms);
        possible("redis.response_timeout_ms", wait, "1 to 5000")?;
        let printable = |prefix: &str| prefix.chars().all(|c| c.is_ascii_graphic());
        possible("redis.key_prefix", printable(&self.key_prefix), "visible ASCII characters")
    }

    /// How to connect; `None` when the shop works without Redis.
    pub fn settings(&self) -> Option<RedisSettings> {
        Some(RedisSettings {
            url: self.url.clone()?,
            response_timeout: Duration::from_millis(self.response_timeout_ms),
            key_prefix: self.key_prefix.clone(),
        })
    }
}

impl DatabaseConfig {
    fn check(&self) -> Result<(), ConfigError> {
        let most = (1..=1_000).contains(&self.pool_max);
        possible("database.pool_max", most, "1 to 1000")?;
        let wait = (10..=60_000).contains(&self.acquire_timeout_ms);
        possible("database.acquire_timeout_ms", wait, "10 to 60000")?;
        let longest = (100..=3_600_000).contains(&self.statement_timeout_ms);
        possible("database.statement_timeout_ms", longest, "100 to 3600000")
    }
}

impl ServerConfig {
    fn check(&self) -> Result<(), ConfigError> {
        let time = 100..=300_000;
        let bytes = 1..=64 << 20;
        possible("server.body_bytes_max", bytes.contains(&self.body_bytes_max), "1 to 67108864")?;
        let setting = "server.request_timeout_ms";
        possible(setting, time.contains(&self.request_timeout_ms), "100 to 300000")?;
        let setting = "server.shutdown_timeout_ms";
        possible(setting, time.contains(&self.shutdown_timeout_ms), "100 to 300000")?;
        let rule = "an address like https://shop.example";
        possible("server.public_url", is_base_url(self.public_url.as_deref()), rule)?;
        let origins = self.cors_origins.iter().all(|origin| is_base_url(Some(origin)));
        possible("server.cors_origins", origins, "addresses like https://shop.example")
    }
}

impl OrdersConfig {
    fn check(&self) -> Result<(), ConfigError> {
        let window = (1..=900).contains(&self.payment_window_s);
        possible("orders.payment_window_s", window, "1 to 900")?;
        let queue = (1..=1 << 20).contains(&self.queue_max);
        possible("orders.queue_max", queue, "1 to 1048576")?;
        possible("orders.batch_max", (1..=256).contains(&self.batch_max), "1 to 256")?;
        possible("orders.lanes", (1..=16).contains(&self.lanes), "1 to 16")?;
        let time = 100..=60_000;
        possible("orders.wait_ms", time.contains(&self.wait_ms), "100 to 60000")?;
        possible("orders.lock_lease_ms", time.contains(&self.lock_lease_ms), "100 to 60000")
    }
}

impl LimitsConfig {
    fn is_possible(&self) -> bool {
        [
            self.address_per_minute,
            self.address_burst,
            self.member_per_minute,
            self.member_burst,
            self.login_address_per_minute,
            self.login_account_per_minute,
            self.login_burst,
        ]
        .iter()
        .all(|limit| *limit >= 1)
    }
}

impl SessionConfig {
    fn check(&self) -> Result<(), ConfigError> {
        let key = self.signing_key.as_ref().is_none_or(|key| SigningKey::from_text(key).is_ok());
        possible("session.signing_key", key, "an Ed25519 key in PKCS#8 form, PEM or base64")?;
        let access = (1..=900).contains(&self.access_token_s);
        possible("session.access_token_s", access, "1 to 900")?;
        let refresh = self.refresh_token_s >= self.access_token_s;
        possible("session.refresh_token_s", refresh, "at least the access token's life")?;
        let session = self.session_s >= self.refresh_token_s;
        possible("session.session_s", session, "at least the refresh token's life")?;
        let parallel = (1..=64).contains(&self.hashing_parallel);
        possible("session.hashing_parallel", parallel, "1 to 64")
    }

    /// The lives of tokens as the use cases take them.
    pub fn settings(&self) -> jangbogo_member::SessionSettings {
        jangbogo_member::SessionSettings {
            access_token: Duration::from_secs(self.access_token_s),
            refresh_token: Duration::from_secs(self.refresh_token_s),
            session: Duration::from_secs(self.session_s),
        }
    }
}

/// An empty text is a setting that is not set: the environment has no other way to say so.
pub(super) fn filled<'de, D: Deserializer<'de>>(given: D) -> Result<Option<String>, D::Error> {
    let given = Option::<String>::deserialize(given)?;
    Ok(given.filter(|text| !text.is_empty()))
}

/// The same for what must not be shown.
pub(super) fn filled_secret<'de, D: Deserializer<'de>>(
    given: D,
) -> Result<Option<SecretString>, D::Error> {
    Ok(filled(given)?.map(SecretString::from))
}

pub(super) fn possible(setting: &'static str, is_so: bool, rule: &str) -> Result<(), ConfigError> {
    let rule = rule.to_owned();
    if is_so { Ok(()) } else { Err(ConfigError::Impossible { setting, rule }) }
}

pub(super) fn is_base_url(url: Option<&str>) -> bool {
    let Some(url) = url else { return true };
    let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    host.is_some_and(|host| {
        !host.is_empty() && !url.ends_with('/') && !url.contains(char::is_whitespace)
    })
}

/// TOML has no null: what is not set is left out.
fn plain<T: Serialize>(section: &T) -> serde_json::Value {
    let mut value = serde_json::to_value(section).unwrap_or_default();
    if let Some(fields) = value.as_object_mut() {
        fields.retain(|_, field| !field.is_null());
    }
    value
}
