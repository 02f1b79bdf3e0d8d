//! What seals the secrets of others that the database keeps.

use jangbogo_credentials::{KeyError, SealingKey};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use super::ConfigError;
use super::load::{self, possible};

/// Keys for the keys of agreements: KakaoPay's SIDs, TossPayments' billing keys.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SealingConfig {
    /// 32 bytes in base64; without it the key in the data folder, made by whoever is first.
    #[serde(deserialize_with = "load::filled_secret")]
    pub key: Option<SecretString>,
    /// Keys of before, separated by commas: what they sealed still opens.
    #[serde(deserialize_with = "load::filled_secret")]
    pub old_keys: Option<SecretString>,
}

impl SealingConfig {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let rule = "32 bytes in base64";
        let key = self.key.as_ref().is_none_or(|key| SealingKey::from_text(key).is_ok());
        possible("sealing.key", key, rule)?;
        possible("sealing.old_keys", self.keys().is_ok(), "each 32 bytes in base64")?;
        let has_new = self.old_keys.is_none() || self.key.is_some();
        possible("sealing.key", has_new, "needed beside old ones")
    }

    /// The key that seals, then those of before; none at all when none is configured.
    pub(crate) fn keys(&self) -> Result<Vec<SealingKey>, KeyError> {
        let old = self.old_keys.iter().flat_map(|keys| keys.expose_secret().split(','));
        let old = old.map(|key| SealingKey::from_text(&SecretString::from(key)));
        self.key.iter().map(SealingKey::from_text).chain(old).collect()
    }
}
