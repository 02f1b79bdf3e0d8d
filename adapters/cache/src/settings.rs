//! How long and how much.

use std::time::Duration;

/// How long answers are kept, and how much of them.
#[derive(Debug, Clone, Copy)]
pub struct CacheSettings {
    /// Memory for all entries together, bytes, by estimate.
    pub bytes_max: u64,
    /// The longest life of a list page or the main page.
    pub list_ttl: Duration,
    /// The longest life of a product page's texts, which are good for one version anyway.
    pub product_ttl: Duration,
    /// The longest life of "there is no such product".
    pub absent_ttl: Duration,
    /// How much longer an entry is shown while the database does not answer.
    pub stale_max: Duration,
    /// The longest wait for the shared cache.
    pub shared_timeout: Duration,
}

impl Default for CacheSettings {
    fn default() -> Self {
        Self {
            bytes_max: 64 << 20,
            list_ttl: Duration::from_secs(5),
            product_ttl: Duration::from_secs(30),
            absent_ttl: Duration::from_secs(1),
            stale_max: Duration::from_mins(1),
            shared_timeout: Duration::from_millis(100),
        }
    }
}
