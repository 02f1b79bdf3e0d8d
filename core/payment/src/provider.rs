//! The port to a payment provider.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jangbogo_kernel::{ErrorKind, Fault, Money};

use crate::{ProviderHealth, RecurringProvider};

/// A provider's stable name, for example `kakaopay`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProviderName(pub String);

/// What the use cases must know of a provider's ways.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderProfile {
    /// Its name.
    pub name: ProviderName,
    /// The query parameters that the buyer's browser brings back as proof.
    pub proof: Vec<String>,
    /// How long a buyer has on the provider's page.
    pub session_life: Duration,
    /// Longest time that one of our calls may take.
    pub call_deadline: Duration,
    /// How long after sending a request may still take effect at the provider; before that a "not
    /// found" proves nothing.
    pub horizon: Duration,
}

/// Where the provider sends the buyer's browser back to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnUrls {
    /// The buyer agreed.
    pub approve: String,
    /// The buyer gave up.
    pub cancel: String,
    /// The provider could not go on.
    pub fail: String,
}

/// What a provider needs to let a buyer pay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenRequest {
    /// Our name for the payment; the provider keeps it.
    pub merchant_ref: String,
    /// Our name for the buyer; no personal data.
    pub buyer_ref: String,
    /// What is bought, in a few words.
    pub item_name: String,
    /// Pieces.
    pub quantity: i64,
    /// To pay.
    pub amount: Money,
    /// Where the browser comes back to.
    pub urls: ReturnUrls,
}

/// A buyer's session at the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderSession {
    /// The provider's name for it; the key of every later question.
    pub reference: String,
    /// Where the buyer goes to pay.
    pub redirects: Redirects,
}

/// Addresses of the provider's pay page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redirects {
    /// For a desktop browser.
    pub pc: String,
    /// For a mobile browser.
    pub mobile: String,
    /// For an app.
    pub app: String,
}

/// Take the money that the buyer agreed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaptureRequest {
    /// The provider's name for the session.
    pub reference: String,
    /// Our name for the payment.
    pub merchant_ref: String,
    /// Our name for the buyer.
    pub buyer_ref: String,
    /// What to take.
    pub amount: Money,
    /// What the browser brought back.
    pub proof: BTreeMap<String, String>,
}

/// Give money back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundRequest {
    /// Our name for this very refund: it is the same when the request is repeated, and never
    /// another refund's.
    pub refund_ref: String,
    /// The provider's name for the session that was captured.
    pub reference: String,
    /// Our name for the payment.
    pub merchant_ref: String,
    /// What to give back.
    pub amount: Money,
    /// What we believe can still be given back, this request included.
    pub refundable: Money,
}

/// A movement of money in the provider's own books.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderTransaction {
    /// The provider's name for it.
    pub id: String,
    /// How much.
    pub amount: Money,
}

/// What became of a request that moves money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was done.
    Done {
        /// The movement in the provider's books.
        transaction: ProviderTransaction,
        /// The provider's answer as it came, for the record.
        raw: String,
    },
    /// The provider refused; nothing happened.
    Declined {
        /// The provider's code.
        code: String,
        /// The provider's words.
        message: String,
    },
    /// Nothing happened, surely.
    NotSent {
        /// How far the request came.
        cause: NotSentCause,
        /// What went wrong.
        reason: String,
    },
    /// Nobody knows.
    Unknown {
        /// Whether the provider spoke.
        cause: UnknownCause,
        /// What went wrong.
        reason: String,
    },
}

/// Why a request surely had no effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotSentCause {
    /// There was no connection to send it over.
    Unreachable,
    /// Not tried: the provider has been failing.
    CircuitOpen,
    /// Not tried: too many requests are under way.
    Busy,
    /// Not tried: the provider has no way to carry it out.
    Unfit,
    /// The provider said that it is closed or throttles, and did nothing.
    Closed,
}

/// Why nobody knows what became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnknownCause {
    /// The provider is silent, or what it sends makes no sense.
    Silence,
    /// The provider answered, and its answer proves nothing.
    Answer,
}

/// What the provider's books say about a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Looked {
    /// The capture, if there is one.
    pub captured: Option<ProviderTransaction>,
    /// Refunds, oldest first.
    pub refunds: Vec<ProviderTransaction>,
    /// Whether a capture can no longer come.
    pub is_over: bool,
}

/// A question without effect was not answered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProviderError {
    /// The provider answered no.
    #[error("the payment provider refused: {message} ({code})")]
    Refused {
        /// The provider's code.
        code: String,
        /// The provider's words.
        message: String,
    },
    /// The question surely did not reach the provider, or it is closed.
    #[error("the payment provider cannot be asked: {reason}")]
    NotSent {
        /// How far the question came.
        cause: NotSentCause,
        /// What went wrong.
        reason: String,
    },
    /// The provider is silent or makes no sense.
    #[error("the payment provider is not available: {reason}")]
    Unavailable {
        /// Whether the provider spoke.
        cause: UnknownCause,
        /// What went wrong.
        reason: String,
    },
}

impl Fault for ProviderError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Refused { .. } => ErrorKind::Unprocessable,
            Self::NotSent { .. } | Self::Unavailable { .. } => ErrorKind::Unavailable,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Refused { .. } => "payment-provider-refused",
            Self::NotSent { .. } | Self::Unavailable { .. } => "payment-provider-unavailable",
        }
    }
}

/// A payment provider.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait PaymentProvider: Send + Sync {
    /// The provider's ways.
    fn profile(&self) -> ProviderProfile;

    /// Opens a session in which the buyer can agree. Moves no money; repeating it is harmless.
    async fn open(&self, request: &OpenRequest) -> Result<ProviderSession, ProviderError>;

    /// Takes the money.
    ///
    /// # Guarantees
    /// [`Outcome::Declined`] and [`Outcome::NotSent`] are proofs that nothing was taken; whatever
    /// is less certain is [`Outcome::Unknown`]. Never repeats the request by itself unless it
    /// surely did not arrive.
    async fn capture(&self, request: &CaptureRequest) -> Outcome;

    /// Gives money back, with the guarantees of [`capture`](Self::capture).
    async fn refund(&self, request: &RefundRequest) -> Outcome;

    /// What the provider's books say about a session.
    async fn lookup(&self, reference: &str) -> Result<Looked, ProviderError>;

    /// How well its calls have gone, as far as this process can tell.
    fn health(&self) -> ProviderHealth {
        ProviderHealth::default()
    }

    /// Our name for the payment that a notification of the provider is about. Nobody signs
    /// notifications: they say where to look, never what happened. `None` when it is about none.
    fn mentioned(&self, notification: &str) -> Option<String> {
        let _ = notification; // most providers send none
        None
    }
}

/// The providers that the shop works with.
#[derive(Clone, Default)]
pub struct Providers {
    all: BTreeMap<ProviderName, Arc<dyn PaymentProvider>>,
    recurring: BTreeMap<ProviderName, Arc<dyn RecurringProvider>>,
}

impl Providers {
    /// Providers by the names in their profiles.
    pub fn new(providers: impl IntoIterator<Item = Arc<dyn PaymentProvider>>) -> Self {
        let all = providers.into_iter().map(|p| (p.profile().name, p)).collect();
        Self { all, recurring: BTreeMap::new() }
    }

    /// The same, and those of them that charge without the buyer.
    #[must_use]
    pub fn with_recurring(
        self,
        providers: impl IntoIterator<Item = Arc<dyn RecurringProvider>>,
    ) -> Self {
        let recurring = providers.into_iter().map(|p| (p.recurring_profile().name, p)).collect();
        Self { recurring, ..self }
    }

    /// The provider of this name.
    pub fn get(&self, name: &ProviderName) -> Option<Arc<dyn PaymentProvider>> {
        self.all.get(name).cloned()
    }

    /// The provider of this name, if it charges without the buyer.
    pub fn recurring(&self, name: &ProviderName) -> Option<Arc<dyn RecurringProvider>> {
        self.recurring.get(name).cloned()
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = &Arc<dyn PaymentProvider>> {
        self.all.values()
    }

    /// The names of those through whom a payment can be begun now.
    pub fn available(&self) -> Vec<ProviderName> {
        let able = self.all.iter().filter(|(_, provider)| provider.health().is_available());
        able.map(|(name, _)| name.clone()).collect()
    }
}
