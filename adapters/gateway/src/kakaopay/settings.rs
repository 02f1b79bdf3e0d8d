//! What KakaoPay needs to be told.

use secrecy::{ExposeSecret as _, SecretString};

use super::HORIZON;
use crate::wire::limits::{ConnectionLimits, is_api};

/// The longest merchant code (`cid`).
const CID_CHARS_MAX: usize = 10;
/// The longest merchant secret (`cid_secret`).
const CID_SECRET_CHARS_MAX: usize = 24;

/// How to reach KakaoPay, and as whom.
#[derive(Debug, Clone)]
pub struct KakaoPaySettings {
    /// Where its API is, without a path.
    pub base_url: String,
    /// The key sent with every call.
    pub secret_key: SecretString,
    /// The merchant code; [`TEST_CID`](Self::TEST_CID) moves no money.
    pub cid: String,
    /// The secret of the merchant code, if it was issued with one.
    pub cid_secret: Option<SecretString>,
    /// The merchant code for recurring payments; [`TEST_RECURRING_CID`](Self::TEST_RECURRING_CID)
    /// moves no money.
    pub recurring_cid: String,
    /// The secret of that merchant code, if it was issued with one.
    pub recurring_cid_secret: Option<SecretString>,
    /// How connections are made and kept; KakaoPay itself gives up after about 11 s.
    pub connection: ConnectionLimits,
}

/// The settings make no sense.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// Not the address of an API.
    #[error("the base URL must be http:// or https:// and a host, without user name or query")]
    BaseUrl,
    /// It cannot be sent in a header.
    #[error("the secret key is empty or not printable")]
    SecretKey,
    /// Not a merchant code.
    #[error("the merchant code (cid) has 1 to {CID_CHARS_MAX} characters")]
    Cid,
    /// Not a merchant code's secret.
    #[error("the merchant code's secret has 1 to {CID_SECRET_CHARS_MAX} characters")]
    CidSecret,
    /// The time limits do not fit into one another.
    #[error("time limits must be above zero, and together below 2 minutes")]
    TimeLimits,
    /// TLS could not be set up.
    #[error("the HTTP client could not be built")]
    Client(#[source] reqwest::Error),
}

impl KakaoPaySettings {
    /// The API of KakaoPay itself.
    pub const BASE_URL: &str = "https://open-api.kakaopay.com";
    /// The merchant code for tests of one-time payments.
    pub const TEST_CID: &str = "TC0ONETIME";

    /// The merchant code for tests of recurring payments.
    pub const TEST_RECURRING_CID: &str = "TCSUBSCRIP";

    /// Settings for tests with KakaoPay or its simulator; change the fields that differ.
    pub fn new(base_url: impl Into<String>, secret_key: SecretString) -> Self {
        Self {
            base_url: base_url.into(),
            secret_key,
            cid: Self::TEST_CID.to_owned(),
            cid_secret: None,
            recurring_cid: Self::TEST_RECURRING_CID.to_owned(),
            recurring_cid_secret: None,
            connection: ConnectionLimits::default(),
        }
    }

    pub(super) fn check(&self) -> Result<(), SettingsError> {
        if !is_api(&self.base_url) {
            return Err(SettingsError::BaseUrl);
        }
        if self.secret_key.expose_secret().is_empty() {
            return Err(SettingsError::SecretKey);
        }
        for cid in [&self.cid, &self.recurring_cid] {
            if !(1..=CID_CHARS_MAX).contains(&cid.chars().count()) {
                return Err(SettingsError::Cid);
            }
        }
        for secret in [&self.cid_secret, &self.recurring_cid_secret].into_iter().flatten() {
            if !(1..=CID_SECRET_CHARS_MAX).contains(&secret.expose_secret().chars().count()) {
                return Err(SettingsError::CidSecret);
            }
        }
        if !self.connection.are_possible(HORIZON) {
            return Err(SettingsError::TimeLimits);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::KakaoPay;
    use super::*;

    fn settings() -> KakaoPaySettings {
        let mut settings = KakaoPaySettings::new(KakaoPaySettings::BASE_URL, "s3cr3t-key".into());
        settings.cid_secret = Some("s3cr3t-cid".into());
        settings
    }

    fn refused(change: impl FnOnce(&mut KakaoPaySettings)) -> SettingsError {
        let mut settings = settings();
        change(&mut settings);
        KakaoPay::new(settings).unwrap_err()
    }

    #[test]
    fn secrets_are_in_no_debug_output() {
        let settings = settings();
        let text = format!("{settings:?}");
        assert!(!text.contains("s3cr3t"), "{text}");
        let text = format!("{:?}", KakaoPay::new(settings).unwrap());
        assert!(text.contains("TC0ONETIME"), "{text}");
        assert!(!text.contains("s3cr3t"), "{text}");
    }

    #[test]
    fn settings_without_sense_are_refused() {
        for url in ["", "open-api.kakaopay.com", "ftp://x", "https://u:p@x", "https://x/?a=b"] {
            let error = refused(|s| url.clone_into(&mut s.base_url));
            assert!(matches!(error, SettingsError::BaseUrl), "{url}: {error}");
        }
        for key in ["", "line\nbreak"] {
            let error = refused(|s| s.secret_key = key.into());
            assert!(matches!(error, SettingsError::SecretKey), "{error}");
            assert!(!format!("{error:?}").contains("line"), "{error:?}");
        }
        let error = refused(|s| "TC0ONETIME1".clone_into(&mut s.cid));
        assert!(matches!(error, SettingsError::Cid), "{error}");
        let error = refused(|s| s.cid_secret = Some("x".repeat(25).into()));
        assert!(matches!(error, SettingsError::CidSecret), "{error}");
        for change in [
            |s: &mut KakaoPaySettings| s.connection.response_timeout = Duration::ZERO,
            |s: &mut KakaoPaySettings| s.connection.connect_timeout = Duration::from_mins(2),
            |s: &mut KakaoPaySettings| s.connection.response_timeout = Duration::from_secs(110),
        ] {
            let error = refused(change);
            assert!(matches!(error, SettingsError::TimeLimits), "{error}");
        }
    }
}
