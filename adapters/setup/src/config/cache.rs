//! `[cache]`: how old what shoppers are shown may be.

use std::time::Duration;

use jangbogo_cache::CacheSettings;
use serde::{Deserialize, Serialize};

use super::ConfigError;
use super::load::possible;

/// The cache in front of lists, the main page and product pages. Orders never ask it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CacheConfig {
    /// Whether there is one; without it every page is read from the database.
    pub enabled: bool,
    /// Memory for all entries together, bytes, by estimate.
    pub bytes_max: u64,
    /// How old a list or the main page may be at most, milliseconds.
    pub list_ttl_ms: u64,
    /// How long the texts of a product page are kept, milliseconds; a change is shown at once.
    pub product_ttl_ms: u64,
    /// How long a product that did not exist is taken not to exist, milliseconds.
    pub absent_ttl_ms: u64,
    /// How much older everything may be while the database does not answer, milliseconds.
    pub stale_max_ms: u64,
}

impl Default for CacheConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            bytes_max: 64 << 20,
            list_ttl_ms: 5_000,
            product_ttl_ms: 30_000,
            absent_ttl_ms: 1_000,
            stale_max_ms: 60_000,
        }
    }
}

impl CacheConfig {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let bytes = 1 << 20..=1 << 36;
        let setting = "cache.bytes_max";
        possible(setting, bytes.contains(&self.bytes_max), "1048576 to 68719476736")?;
        let rule = "1 to 60000";
        let life = 1..=60_000;
        possible("cache.list_ttl_ms", life.contains(&self.list_ttl_ms), rule)?;
        possible("cache.absent_ttl_ms", life.contains(&self.absent_ttl_ms), rule)?;
        let life = 1..=3_600_000;
        possible("cache.product_ttl_ms", life.contains(&self.product_ttl_ms), "1 to 3600000")?;
        let life = 0..=3_600_000;
        possible("cache.stale_max_ms", life.contains(&self.stale_max_ms), "0 to 3600000")
    }

    /// The settings as the cache takes them; `None` when there is to be none. The shared cache has
    /// so long for an answer.
    pub fn settings(&self, shared_timeout: Duration) -> Option<CacheSettings> {
        self.enabled.then(|| CacheSettings {
            bytes_max: self.bytes_max,
            list_ttl: Duration::from_millis(self.list_ttl_ms),
            product_ttl: Duration::from_millis(self.product_ttl_ms),
            absent_ttl: Duration::from_millis(self.absent_ttl_ms),
            stale_max: Duration::from_millis(self.stale_max_ms),
            shared_timeout,
        })
    }
}
