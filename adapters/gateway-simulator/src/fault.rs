//! Programmable faults: which call fails, how often, before or after the effect, and how.

mod program;
mod rules;

use serde::{Deserialize, Serialize};

pub(crate) use program::{FaultProgram, luck};
pub use rules::read_faults;

/// A simulated provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Provider {
    /// KakaoPay.
    KakaoPay,
    /// TossPayments.
    TossPayments,
}

impl Provider {
    /// Its name in the ledger.
    pub fn name(self) -> &'static str {
        match self {
            Self::KakaoPay => "kakaopay",
            Self::TossPayments => "tosspayments",
        }
    }
}

/// What a fault can hit, in words that fit every provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Call {
    /// A payment is announced.
    #[serde(alias = "open")]
    Ready,
    /// The authenticated payment is captured.
    #[serde(alias = "confirm")]
    Approve,
    /// The state of a payment is looked up.
    #[serde(alias = "lookup")]
    Order,
    /// A capture is refunded, in part or whole.
    Cancel,
    /// The movements of a time are listed.
    #[serde(alias = "transactions")]
    Report,
    /// A key for charges without the buyer is issued or taken back.
    BillingKey,
    /// A billing key is charged.
    Charge,
    /// The state of such a key is asked for.
    #[serde(alias = "status")]
    Standing,
    /// The provider calls the shop.
    Webhook,
    /// A connection is asked for.
    Connect,
}

/// On which side of the effect a fault strikes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// Before the transaction that moves the money: an action that ends the call leaves no effect.
    #[default]
    Before,
    /// After its commit: the effect is done, whatever the client sees.
    After,
}

/// What goes wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Action {
    /// Waits, then goes on, even when the client has left: `Before` makes a late effect, `After`
    /// a late answer. Of a webhook: it leaves so much later, on the simulator's clock, and others
    /// overtake it.
    Latency {
        /// How long, in milliseconds.
        ms: u64,
    },
    /// The client gets a TCP RST at once, and the effect happens so much later on the simulator's
    /// clock (`Before` only).
    Late {
        /// How long, in milliseconds.
        ms: u64,
    },
    /// Closes the connection with a TCP RST and no answer at all. Of a webhook: it is lost on the
    /// way, and repeated by the provider's schedule.
    Reset,
    /// No connection is accepted while the rule is in force, and those that exist are cut
    /// (`Connect` only).
    Refuse,
    /// Answers with this status and body, as a broken proxy would.
    Status {
        /// The HTTP status.
        code: u16,
        /// The body, sent as it is.
        body: String,
    },
    /// Answers 200 with JSON that breaks off.
    Garbage,
    /// Answers 200, announces the whole length, and cuts the connection in the middle of the body.
    Truncated,
    /// The answer's body comes in pieces with pauses between them.
    Drip {
        /// How many pieces.
        pieces: u32,
        /// How long to wait before each, in real milliseconds.
        pause_ms: u64,
    },
    /// Answers with an amount that differs from what was charged (where answers have amounts;
    /// `when` makes no difference).
    WrongAmount {
        /// Added to the true amount.
        delta: i64,
    },
    /// KakaoPay answers with a scripted decline. `Before` nothing is charged; `After` it is charged
    /// all the same, and the answer lies.
    Decline {
        /// For example -780 (approval failure) or -781 (cancel failure).
        error_code: i64,
        /// For example `NOT_ENOUGH_BALANCE`, or four digits of a card company.
        method_result_code: String,
    },
    /// TossPayments answers with one of its errors, as `Decline` does for KakaoPay.
    Error {
        /// For example `REJECT_CARD_PAYMENT`; the HTTP status goes with the code.
        code: String,
    },
    /// A webhook is sent so many times more (`Webhook` only).
    Duplicate {
        /// How many more.
        copies: u32,
    },
}

/// A share that grows with time on the simulator's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ramp {
    /// Where it ends.
    pub to_percent: u8,
    /// How long after the program began, in milliseconds.
    pub over_ms: u64,
}

/// One rule of the fault program.
///
/// Rules are asked in order, and every rule that fires acts, up to the first that ends the call.
/// Whether a rule fires is a hash of the simulator's seed, the rule's place, the provider, the
/// call, the merchant's own reference and the number of the attempt: the same calls meet the same
/// faults however they are interleaved. Only `times` depends on who comes first.
///
/// ```
/// use jangbogo_gateway_simulator::{Action, Call, Fault, Provider, When};
///
/// let lost = Fault::new(Call::Approve, When::After, Action::Reset)
///     .at(Provider::TossPayments)
///     .share(20)
///     .attempts(2);
/// let text = r#"{"provider": "tosspayments", "call": "confirm", "when": "after",
///                "share_percent": 20, "attempts": 2, "action": "reset"}"#;
/// assert_eq!(serde_json::from_str::<Fault>(text)?, lost);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Fault {
    /// The provider it hits; `None` is every one.
    #[serde(default)]
    pub provider: Option<Provider>,
    /// The call it hits.
    pub call: Call,
    /// The share of such calls it hits, 0 to 100.
    #[serde(default = "always")]
    pub share_percent: u8,
    /// The share grows, or shrinks, to another.
    #[serde(default)]
    pub ramp: Option<Ramp>,
    /// It hits only the first so many such calls of each payment; `None` means all.
    #[serde(default)]
    pub attempts: Option<u32>,
    /// It acts at most so many times in all; `None` means without end.
    #[serde(default)]
    pub times: Option<u32>,
    /// Before or after the effect. `After` rules are asked only when the call succeeded.
    #[serde(default)]
    pub when: When,
    /// What happens.
    pub action: Action,
}

impl Fault {
    /// A rule that strikes every such call of every provider.
    pub fn new(call: Call, when: When, action: Action) -> Self {
        Self {
            provider: None,
            call,
            share_percent: always(),
            ramp: None,
            attempts: None,
            times: None,
            when,
            action,
        }
    }

    /// Only at this provider.
    #[must_use]
    pub fn at(self, provider: Provider) -> Self {
        Self { provider: Some(provider), ..self }
    }

    /// Only this share of the calls.
    #[must_use]
    pub fn share(self, percent: u8) -> Self {
        Self { share_percent: percent, ..self }
    }

    /// The share becomes another in the course of time.
    #[must_use]
    pub fn ramp(self, to_percent: u8, over_ms: u64) -> Self {
        Self { ramp: Some(Ramp { to_percent, over_ms }), ..self }
    }

    /// Only the first so many calls of each payment.
    #[must_use]
    pub fn attempts(self, attempts: u32) -> Self {
        Self { attempts: Some(attempts), ..self }
    }

    /// At most so many times.
    #[must_use]
    pub fn times(self, times: u32) -> Self {
        Self { times: Some(times), ..self }
    }
}

fn always() -> u8 {
    100
}
