//! One attempt to move money; what news do to it is in `news.rs`.

use std::time::Duration;

use jangbogo_kernel::{Kind, Money, Timestamp, Transition};
use jangbogo_member::MemberId;
use jangbogo_ordering::{OrderId, Returned};

use crate::{
    AttemptId, AttemptState, Charge, IntentId, PaymentIntent, ProviderName, ProviderSession,
    RefundId, Way,
};

/// One attempt to capture or refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Identity; its text is our name for the payment at the provider.
    pub id: AttemptId,
    /// The intent that it serves.
    pub intent: IntentId,
    /// The order that is paid.
    pub order: OrderId,
    /// Who pays.
    pub buyer: MemberId,
    /// 1, 2, 3 … per intent.
    pub number: i64,
    /// Which way the money goes.
    pub operation: Operation,
    /// Through whom.
    pub provider: ProviderName,
    /// How the buyer agrees to it; a refund has its capture's.
    pub way: Way,
    /// Our name for the payment at the provider; a refund carries its capture's.
    pub merchant_ref: String,
    /// How much.
    pub amount: Money,
    /// What is known of it.
    pub state: AttemptState,
    /// 1 when created, one more with each step.
    pub version: i64,
    /// The buyer's session at the provider.
    pub session: Option<ProviderSession>,
    /// The movement in the provider's books.
    pub provider_transaction: Option<String>,
    /// Why it did not succeed: a stable code and the provider's words.
    pub problem: Option<String>,
    /// The provider's last answer, for the record.
    pub raw: Option<String>,
    /// When it was recorded.
    pub created_at: Timestamp,
    /// When it was sent.
    pub sent_at: Option<Timestamp>,
    /// When its outcome was known.
    pub settled_at: Option<Timestamp>,
    /// When the janitor takes it up: asks the provider what became of it, or sends a refund that
    /// nobody has sent.
    pub due_at: Option<Timestamp>,
    /// How often the provider was asked.
    pub lookups: i64,
    /// When the provider, asked after the horizon, first knew of nothing.
    pub missing_since: Option<Timestamp>,
    /// Whether it is money that no order takes: captured when the order was gone or paid otherwise,
    /// or, of a refund, the same money on its way back.
    pub is_surplus: bool,
}

/// Which way the money goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    /// From the buyer.
    Capture,
    /// Back to the buyer.
    Refund(RefundPart),
}

/// What a refund gives back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundPart {
    /// What the buyer knows the refund by: the value of its first attempt.
    pub request: RefundId,
    /// Refunded by others before this one.
    pub refunded_before: Money,
    /// Captured in all.
    pub captured: Money,
    /// Pieces that come back, and whether they can be sold again.
    pub returned: Vec<Returned>,
    /// The words of who asked for it.
    pub reason: String,
}

impl Kind for Attempt {
    const PREFIX: &'static str = "pay";
}

impl Kind for RefundPart {
    const PREFIX: &'static str = "rfd";
}

/// How long the event that carries a refund has before the janitor does; it doubles with each try
/// that was not sent.
const REFUND_WAIT: Duration = Duration::from_secs(30);
/// The longest wait between two tries of a refund.
const REFUND_WAIT_MAX: Duration = Duration::from_hours(1);

impl Attempt {
    /// The kind under which transitions are recorded.
    pub const ENTITY: &'static str = "attempt";

    /// Whether it takes money.
    pub fn is_capture(&self) -> bool {
        self.operation == Operation::Capture
    }

    /// Whether it takes money under an agreement and the provider's name for the payment is not
    /// known, so that only the provider's register can be asked.
    pub(crate) fn is_a_charge_without_name(&self) -> bool {
        self.is_capture() && self.way.agreement().is_some() && self.session.is_none()
    }

    /// A charge without the buyer, of which nothing has happened yet.
    pub fn charging(
        id: AttemptId,
        intent: &PaymentIntent,
        number: i64,
        provider: &ProviderName,
        charge: Charge,
        now: Timestamp,
    ) -> Self {
        Self { way: Way::Charge(charge), ..Self::capturing(id, intent, number, provider, now) }
    }

    /// An attempt to capture, of which nothing has happened yet.
    pub(crate) fn capturing(
        id: AttemptId,
        intent: &PaymentIntent,
        number: i64,
        provider: &ProviderName,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            intent: intent.id,
            order: intent.order,
            buyer: intent.buyer,
            number,
            operation: Operation::Capture,
            provider: provider.clone(),
            way: if intent.is_recurring { Way::Agreeing } else { Way::Session },
            merchant_ref: id.to_string(),
            amount: intent.amount,
            state: AttemptState::Created,
            version: 1,
            session: None,
            provider_transaction: None,
            problem: None,
            raw: None,
            created_at: now,
            sent_at: None,
            settled_at: None,
            due_at: None,
            lookups: 0,
            missing_since: None,
            is_surplus: false,
        }
    }

    /// A refund of this capture, of which nothing has happened yet. The event carries it; if the
    /// event is lost, the janitor does.
    pub(crate) fn refunding(
        &self,
        (id, number): (AttemptId, i64),
        (amount, part): (Money, RefundPart),
        now: Timestamp,
    ) -> Self {
        Self {
            operation: Operation::Refund(part),
            amount,
            due_at: Some(Self::refund_due(0, now)),
            ..self.anew(id, number, now)
        }
    }

    /// The step that recorded it.
    pub fn created(&self) -> Transition {
        self.transition("", "created", self.created_at)
    }

    /// Goes out to the provider.
    #[must_use = "a step that is not recorded breaks the history"]
    pub fn send(&mut self, now: Timestamp) -> Option<Transition> {
        let step = self.step(AttemptState::Sent, "sent", now)?;
        self.sent_at = Some(now);
        self.due_at = None;
        Some(step)
    }

    /// Is given up before anything was sent.
    #[must_use = "a step that is not recorded breaks the history"]
    pub fn abort(&mut self, why: &str, now: Timestamp) -> Option<Transition> {
        let step = self.step(AttemptState::Aborted, why, now)?;
        self.problem = Some(why.to_owned());
        self.settled_at = Some(now);
        Some(step)
    }

    /// When a refund of which so many tries were not sent is due.
    pub fn refund_due(tries: u32, now: Timestamp) -> Timestamp {
        let wait = REFUND_WAIT.saturating_mul(2_u32.saturating_pow(tries));
        now.plus(wait.min(REFUND_WAIT_MAX))
    }

    /// The next try of a refund that was agreed to and surely not sent: a promise to give money
    /// back is kept. `None` for everything else.
    pub fn next_try(&self, earlier: &[Self], id: AttemptId, now: Timestamp) -> Option<Self> {
        let Operation::Refund(part) = &self.operation else {
            return None;
        };
        if self.state != AttemptState::NotSent {
            return None;
        }
        let same =
            |a: &&Self| matches!(&a.operation, Operation::Refund(p) if p.request == part.request);
        let tries = u32::try_from(earlier.iter().filter(same).count()).unwrap_or(u32::MAX);
        let last = earlier.iter().map(|attempt| attempt.number).max().unwrap_or(self.number);
        let due_at = Some(Self::refund_due(tries, now));
        Some(Self { due_at, ..self.anew(id, last + 1, now) })
    }

    /// The same attempt under a new name, of which nothing has happened yet.
    pub(crate) fn anew(&self, id: AttemptId, number: i64, now: Timestamp) -> Self {
        Self {
            id,
            number,
            state: AttemptState::Created,
            version: 1,
            provider_transaction: None,
            problem: None,
            raw: None,
            created_at: now,
            sent_at: None,
            settled_at: None,
            due_at: None,
            lookups: 0,
            missing_since: None,
            ..self.clone()
        }
    }

    /// Whether its money may still show itself though it was given up: a buyer's payment whose
    /// request may have had its effect later than anybody could wait for.
    pub(crate) fn may_come_late(&self) -> bool {
        self.is_capture() && self.state == AttemptState::NotSent && self.session.is_some()
    }

    /// The provider's name for the session that the attempt belongs to; empty without one.
    pub(crate) fn session_reference(&self) -> String {
        self.session.as_ref().map(|session| session.reference.clone()).unwrap_or_default()
    }

    pub(crate) fn step(
        &mut self,
        next: AttemptState,
        why: &str,
        now: Timestamp,
    ) -> Option<Transition> {
        if !self.state.may_become(next) {
            return None;
        }
        let from = self.state.name();
        self.state = next;
        self.version += 1;
        Some(self.transition(from, why, now))
    }

    fn transition(&self, from: &'static str, why: &str, at: Timestamp) -> Transition {
        Transition {
            entity: Self::ENTITY,
            entity_id: self.id.uuid(),
            version: self.version,
            from,
            to: self.state.name(),
            reason: why.to_owned(),
            at,
        }
    }
}
