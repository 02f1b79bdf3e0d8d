//! KakaoPay's one-time payments (API host `open-api.kakaopay.com`).

mod body;
mod capture;
mod charge;
mod client;
mod code;
mod lookup;
mod open;
mod record;
mod recurring;
mod reference;
mod refund;
mod refusal;
mod settings;
mod sid;

pub use settings::{KakaoPaySettings, SettingsError};

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use jangbogo_payment::{
    CaptureRequest, Looked, OpenRequest, Outcome, PaymentProvider, ProviderError, ProviderName,
    ProviderProfile, ProviderSession, RefundRequest,
};
use secrecy::{ExposeSecret, SecretString};

use body::Merchant;
use client::Client;
use reference::{Reference, Terms};

/// The query parameter that the buyer's browser brings back.
const PG_TOKEN: &str = "pg_token";
/// From `ready` on; after that KakaoPay answers -723.
const SESSION_LIFE: Duration = Duration::from_mins(15);
/// KakaoPay ends its own work on a request after about 11 s; the rest is margin.
const HORIZON: Duration = Duration::from_mins(2);

/// KakaoPay as a [`PaymentProvider`].
pub struct KakaoPay {
    client: Client,
    cid: String,
    cid_secret: Option<SecretString>,
    recurring_cid: String,
    recurring_cid_secret: Option<SecretString>,
    call_deadline: Duration,
}

impl KakaoPay {
    /// Checks the settings and prepares the connections; nothing is sent.
    pub fn new(settings: KakaoPaySettings) -> Result<Self, SettingsError> {
        settings.check()?;
        Ok(Self {
            client: Client::new(&settings)?,
            cid: settings.cid,
            cid_secret: settings.cid_secret,
            recurring_cid: settings.recurring_cid,
            recurring_cid_secret: settings.recurring_cid_secret,
            call_deadline: settings.connection.call_deadline(),
        })
    }

    /// The fields with which every request begins.
    fn merchant(&self, terms: Terms) -> Merchant<'_> {
        let (cid, secret) = match terms {
            Terms::OneTime => (&self.cid, &self.cid_secret),
            Terms::Recurring => (&self.recurring_cid, &self.recurring_cid_secret),
        };
        Merchant { cid, cid_secret: secret.as_ref().map(ExposeSecret::expose_secret) }
    }
}

impl fmt::Debug for KakaoPay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KakaoPay").field("cid", &self.cid).finish_non_exhaustive()
    }
}

#[async_trait]
impl PaymentProvider for KakaoPay {
    fn profile(&self) -> ProviderProfile {
        ProviderProfile {
            name: ProviderName("kakaopay".to_owned()),
            proof: vec![PG_TOKEN.to_owned()],
            session_life: SESSION_LIFE,
            call_deadline: self.call_deadline,
            horizon: HORIZON,
        }
    }

    async fn open(&self, request: &OpenRequest) -> Result<ProviderSession, ProviderError> {
        open::run(self, request, Terms::OneTime).await
    }

    async fn capture(&self, request: &CaptureRequest) -> Outcome {
        capture::run(self, request).await.outcome
    }

    async fn refund(&self, request: &RefundRequest) -> Outcome {
        refund::run(self, request).await
    }

    async fn lookup(&self, reference: &str) -> Result<Looked, ProviderError> {
        lookup::run(self, reference).await
    }
}
