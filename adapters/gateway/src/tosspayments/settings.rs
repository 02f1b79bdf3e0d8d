//! What TossPayments needs to be told.

use secrecy::{ExposeSecret as _, SecretString};

use super::HORIZON;
use crate::wire::limits::{ConnectionLimits, is_api};

/// How to reach TossPayments, and as whom.
#[derive(Debug, Clone)]
pub struct TossPaymentsSettings {
    /// Where its API is, without a path.
    pub base_url: String,
    /// The key sent with every call (`test_sk_…` or `live_sk_…`).
    pub secret_key: SecretString,
    /// How buyers pay, by the provider's Korean word.
    pub method: String,
    /// Where buyers agree to recurring charges: a page that opens the provider's billing window
    /// with `customerKey`, `successUrl` and `failUrl` of its query. Without it there are none.
    pub billing_window: Option<String>,
    /// How connections are made and kept.
    pub connection: ConnectionLimits,
}

/// The settings make no sense.
#[derive(Debug, thiserror::Error)]
pub enum TossPaymentsError {
    /// Not the address of an API.
    #[error("the base URL must be http:// or https:// and a host, without user name or query")]
    BaseUrl,
    /// It cannot be sent.
    #[error("the secret key is empty or not printable")]
    SecretKey,
    /// Not a method of paying that ends with the payment.
    #[error("the method is one of 카드, 계좌이체, 간편결제, 휴대폰")]
    Method,
    /// The time limits do not fit into one another.
    #[error("time limits must be above zero and together below 3 minutes")]
    TimeLimits,
    /// TLS could not be set up.
    #[error("the HTTP client could not be built")]
    Client(#[source] reqwest::Error),
}

/// Those whose payment is done when it is confirmed; a deposit that comes later is not.
const METHODS: [&str; 4] = ["카드", "계좌이체", "간편결제", "휴대폰"];

impl TossPaymentsSettings {
    /// The API of TossPayments itself.
    pub const BASE_URL: &str = "https://api.tosspayments.com";
    /// How buyers pay when nothing else is said.
    pub const METHOD: &str = "카드";

    /// Settings for TossPayments or its simulator; change the fields that differ.
    pub fn new(base_url: impl Into<String>, secret_key: SecretString) -> Self {
        Self {
            base_url: base_url.into(),
            secret_key,
            method: Self::METHOD.to_owned(),
            billing_window: None,
            connection: ConnectionLimits::default(),
        }
    }

    pub(super) fn check(&self) -> Result<(), TossPaymentsError> {
        let key = self.secret_key.expose_secret();
        if !is_api(&self.base_url) {
            return Err(TossPaymentsError::BaseUrl);
        }
        if key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_graphic() && byte != b':') {
            return Err(TossPaymentsError::SecretKey);
        }
        if !METHODS.contains(&self.method.as_str()) {
            return Err(TossPaymentsError::Method);
        }
        if !self.connection.are_possible(HORIZON) {
            return Err(TossPaymentsError::TimeLimits);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::TossPayments;
    use super::*;

    fn refused(change: impl FnOnce(&mut TossPaymentsSettings)) -> TossPaymentsError {
        let base_url = TossPaymentsSettings::BASE_URL;
        let mut settings = TossPaymentsSettings::new(base_url, "test_sk_s3cr3t".into());
        let text = format!("{settings:?} {:?}", TossPayments::new(settings.clone()).unwrap());
        assert!(!text.contains("s3cr3t"), "{text}");
        change(&mut settings);
        TossPayments::new(settings).unwrap_err()
    }

    #[test]
    fn settings_without_sense_are_refused() {
        let error = refused(|s| "api.tosspayments.com".clone_into(&mut s.base_url));
        assert!(matches!(error, TossPaymentsError::BaseUrl), "{error}");
        for key in ["", "line\nbreak", "with:colon"] {
            let error = refused(|s| s.secret_key = key.into());
            assert!(matches!(error, TossPaymentsError::SecretKey), "{error}");
        }
        let error = refused(|s| "가상계좌".clone_into(&mut s.method));
        assert!(matches!(error, TossPaymentsError::Method), "{error}");
        let error = refused(|s| s.connection.response_timeout = Duration::from_mins(3));
        assert!(matches!(error, TossPaymentsError::TimeLimits), "{error}");
    }
}
