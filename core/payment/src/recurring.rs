//! The port to a provider that charges without the buyer.

use std::time::Duration;

use async_trait::async_trait;
use jangbogo_kernel::{Money, Timestamp};

use crate::{
    AgreementId, AgreementKey, CaptureRequest, OpenRequest, Outcome, ProviderError, ProviderName,
    ProviderSession, ProviderTransaction,
};

/// How the money of an attempt is agreed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// By the buyer, in a session at the provider.
    Session,
    /// The same, and the buyer agrees to later charges with it.
    Agreeing,
    /// Under such an agreement, without the buyer.
    Charge(Charge),
}

/// A charge without the buyer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    /// What it is charged by.
    pub agreement: AgreementId,
    /// What the provider's register said before it was sent.
    pub witness: Option<Witness>,
    /// How final the provider's no was, if it said no.
    pub firmness: Option<Firmness>,
}

/// What a provider's register says of an agreement, in the provider's words; only its own adapter
/// reads it. Compared before and after a charge of which nobody heard again, it tells what became
/// of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witness(pub String);

/// How final a provider's no is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Firmness {
    /// Another day may pass.
    Soft,
    /// Without a reason: once more, then it counts as hard.
    Ambiguous,
    /// No for as long as the buyer changes nothing.
    Hard,
    /// Our configuration or request is wrong: nothing of the buyer's doing.
    Ours,
}

/// What the use cases must know of a provider's ways.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecurringProfile {
    /// Its name.
    pub name: ProviderName,
    /// The query parameters that the buyer's browser brings back when they agree.
    pub proof: Vec<String>,
    /// How long after sending a charge may still take effect: before that "nothing" proves nothing.
    pub horizon: Duration,
}

/// Whether an agreement can be charged now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The provider would take a charge.
    pub is_chargeable: bool,
    /// What to compare with later, if the provider needs that.
    pub witness: Option<Witness>,
}

/// What became of a first payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted {
    /// Of its money.
    pub outcome: Outcome,
    /// What later charges are made by, if the answer brought it.
    pub key: Option<AgreementKey>,
}

/// Charge what is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChargeRequest {
    /// What the provider charges by.
    pub key: AgreementKey,
    /// Our name for this very charge: the same when it is repeated, and never another one's.
    pub merchant_ref: String,
    /// Our name for the buyer, the same as when they agreed.
    pub buyer_ref: String,
    /// What is bought, in a few words.
    pub item_name: String,
    /// Pieces.
    pub quantity: i64,
    /// What to take.
    pub amount: Money,
}

/// What became of a charge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charged {
    /// Of its money.
    pub outcome: Outcome,
    /// The provider's name for the payment, by which it is looked up and refunded.
    pub reference: Option<String>,
    /// How final it is when declined.
    pub firmness: Option<Firmness>,
}

/// A charge of which nobody heard again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentCharge {
    /// What it was charged by.
    pub key: AgreementKey,
    /// Our name for it.
    pub merchant_ref: String,
    /// What it was to take.
    pub amount: Money,
    /// What the register said before.
    pub witness: Option<Witness>,
    /// When it was sent.
    pub sent_at: Timestamp,
}

/// What the provider's register proves about a charge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sought {
    /// It was made.
    Done {
        /// The movement.
        transaction: ProviderTransaction,
        /// The provider's name for the payment, if it tells.
        reference: Option<String>,
    },
    /// There is no sign of it; proof only after the horizon, and twice.
    Nothing,
    /// The register says what cannot be: a person must look.
    Odd(String),
}

/// What an answer teaches beside the outcome; kept with it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Learnt {
    /// What later charges are made by.
    pub key: Option<AgreementKey>,
    /// The provider's name for the payment.
    pub reference: Option<String>,
    /// How final its no is.
    pub firmness: Option<Firmness>,
}

/// A provider that charges without the buyer.
#[async_trait]
pub trait RecurringProvider: Send + Sync {
    /// The provider's ways.
    fn recurring_profile(&self) -> RecurringProfile;

    /// Opens a session in which the buyer can pay and agree. Moves no money; repeating it is
    /// harmless.
    async fn open_agreeing(&self, request: &OpenRequest) -> Result<ProviderSession, ProviderError>;

    /// Takes the first money, and with it the agreement.
    ///
    /// # Guarantees
    /// Those of [`capture`](crate::PaymentProvider::capture). The session's reference is looked up
    /// and refunded like any other.
    async fn capture_agreeing(&self, request: &CaptureRequest) -> Granted;

    /// Whether an agreement can be charged now.
    async fn standing(&self, key: &AgreementKey) -> Result<Standing, ProviderError>;

    /// Charges what is due.
    ///
    /// # Guarantees
    /// [`Outcome::Declined`] and [`Outcome::NotSent`] are proofs that nothing was taken; whatever
    /// is less certain is [`Outcome::Unknown`], and is not repeated.
    async fn charge(&self, request: &ChargeRequest) -> Charged;

    /// What the provider's register says of a charge whose answer did not come.
    async fn seek(&self, charge: &SentCharge) -> Result<Sought, ProviderError>;

    /// Ends an agreement.
    ///
    /// # Guarantees
    /// It is not charged again. One that has ended already is a success.
    async fn deactivate(&self, key: &AgreementKey) -> Result<(), ProviderError>;
}

impl Firmness {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Soft, Self::Ambiguous, Self::Hard, Self::Ours];

    /// The stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Soft => "SOFT",
            Self::Ambiguous => "AMBIGUOUS",
            Self::Hard => "HARD",
            Self::Ours => "OURS",
        }
    }

    /// The firmness of a stable name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|firmness| firmness.name() == name)
    }
}

impl Way {
    /// The agreement that is charged.
    pub const fn agreement(&self) -> Option<AgreementId> {
        match self {
            Self::Charge(charge) => Some(charge.agreement),
            Self::Session | Self::Agreeing => None,
        }
    }
}
