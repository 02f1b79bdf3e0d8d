//! One attempt to move money, and what news do to it.

use std::time::Duration;

use jangbogo_kernel::{Kind, Money, Timestamp, Transition};
use jangbogo_member::MemberId;
use jangbogo_ordering::{OrderId, Returned};

use crate::{
    AttemptId, AttemptState, Charge, IntentId, Looked, Outcome, PaymentIntent, ProviderName,
    ProviderProfile, ProviderSession, ProviderTransaction, RefundId, Sought, Way,
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

/// What somebody learnt about an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// The answer to the request itself.
    Answer(Outcome),
    /// The answer to a question about it.
    Lookup(Looked),
    /// What the provider's register says of a charge without the buyer.
    Sought(Sought),
    /// A question about it was not answered.
    LookupFailed(String),
    /// The process that sent it is gone.
    Orphaned,
    /// What a person says that the provider's books say.
    Stated(Statement),
}

/// A person's word for what the provider's books say of an attempt that waits for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Who says so.
    pub by: MemberId,
    /// What the books say.
    pub verdict: Verdict,
    /// How they know.
    pub reason: String,
}

/// What the provider's books say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The money moved.
    Moved(ProviderTransaction),
    /// Nothing moved, and nothing will.
    DidNotHappen,
}

/// What decides besides the attempt itself.
#[derive(Debug, Clone, Copy)]
pub struct Setting<'a> {
    /// The provider's ways.
    pub profile: &'a ProviderProfile,
    /// Whether the order can take in this movement of money.
    pub order_takes_it: bool,
}

/// What news change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settlement {
    /// The attempt made this step.
    Step(Transition),
    /// Nothing is proven yet; the provider will be asked again.
    Wait,
    /// The news are known already.
    Known,
    /// The news contradict what is proven; nothing changes and a person must look.
    Contradiction(String),
}

impl Kind for Attempt {
    const PREFIX: &'static str = "pay";
}

impl Kind for RefundPart {
    const PREFIX: &'static str = "rfd";
}

/// The waits between questions about an unknown outcome; then every hour.
const LOOKUP_WAITS: [Duration; 7] = [
    Duration::from_secs(5),
    Duration::from_secs(15),
    Duration::from_secs(30),
    Duration::from_mins(1),
    Duration::from_mins(2),
    Duration::from_mins(5),
    Duration::from_mins(15),
];
/// How long the event that carries a refund has before the janitor does; it doubles with each try
/// that was not sent.
const REFUND_WAIT: Duration = Duration::from_secs(30);
/// The longest wait between two tries of a refund.
const REFUND_WAIT_MAX: Duration = Duration::from_hours(1);
/// Two "not found" must lie this far apart to prove something.
const MISSING_TWICE: Duration = Duration::from_secs(30);
/// After so long without proof a person decides.
const LOOKUP_LIFE: Duration = Duration::from_hours(24);

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

    /// The provider's name for the session that the attempt belongs to; empty without one.
    pub(crate) fn session_reference(&self) -> String {
        self.session.as_ref().map(|session| session.reference.clone()).unwrap_or_default()
    }

    /// Takes in news. The same news in any order and number lead to the same state.
    pub fn take(&mut self, news: &News, setting: Setting<'_>, now: Timestamp) -> Settlement {
        match news {
            News::Answer(Outcome::Done { transaction, raw }) => {
                self.raw = Some(raw.clone());
                self.done(transaction, setting, now)
            }
            News::Answer(Outcome::Declined { code, message }) => {
                self.refused(AttemptState::Declined, &format!("{code}: {message}"), now)
            }
            News::Answer(Outcome::NotSent { reason, .. }) => {
                self.refused(AttemptState::NotSent, reason, now)
            }
            News::Answer(Outcome::Unknown { reason, .. }) | News::LookupFailed(reason) => {
                self.unproven(reason, now)
            }
            News::Orphaned => self.unproven("the process that sent it is gone", now),
            News::Stated(statement) => self.stated(statement, setting, now),
            News::Lookup(looked) => self.looked(looked, setting, now),
            News::Sought(Sought::Done { transaction, .. }) => self.done(transaction, setting, now),
            News::Sought(Sought::Nothing) => self.missing(setting, now),
            News::Sought(Sought::Odd(why)) if self.state.is_open() => self.hand_over(why, now),
            News::Sought(Sought::Odd(why)) => self.contradiction(why),
        }
    }

    fn looked(&mut self, looked: &Looked, setting: Setting<'_>, now: Timestamp) -> Settlement {
        if let Some(transaction) = self.found_in(looked) {
            return self.done(&transaction, setting, now);
        }
        if self.is_capture() && looked.is_over {
            return self.refused(AttemptState::Declined, "the provider's session is over", now);
        }
        self.missing(setting, now)
    }

    /// The provider, asked now, knows of nothing.
    fn missing(&mut self, setting: Setting<'_>, now: Timestamp) -> Settlement {
        let sent_at = self.sent_at.unwrap_or(self.created_at);
        if now.since(sent_at) >= setting.profile.horizon {
            let first = *self.missing_since.get_or_insert(now);
            if now.since(first) >= MISSING_TWICE {
                return self.refused(AttemptState::NotSent, "the provider knows of nothing", now);
            }
        }
        self.unproven("the provider knows of nothing yet", now)
    }

    /// The movement that this attempt made, if the provider's books have it.
    pub(crate) fn found_in(&self, looked: &Looked) -> Option<ProviderTransaction> {
        match &self.operation {
            Operation::Capture => looked.captured.clone(),
            Operation::Refund(part) => {
                let total: i64 = looked.refunds.iter().map(|r| r.amount.minor()).sum();
                let expected = part.refunded_before.checked_add(self.amount).ok()?;
                let last = looked.refunds.last()?;
                (total >= expected.minor()).then(|| last.clone())
            }
        }
    }

    fn done(
        &mut self,
        transaction: &ProviderTransaction,
        setting: Setting<'_>,
        now: Timestamp,
    ) -> Settlement {
        if self.state == AttemptState::Succeeded {
            return if self.provider_transaction.as_ref() == Some(&transaction.id) {
                Settlement::Known
            } else {
                Settlement::Contradiction(format!("a second movement {}", transaction.id))
            };
        }
        if transaction.amount != self.amount {
            let why = format!("the provider moved {} instead", transaction.amount);
            return self.hand_over(&why, now);
        }
        if !setting.order_takes_it {
            return self.hand_over("the money moved and the order cannot take it in", now);
        }
        self.succeeded(transaction, "done", now)
    }

    fn succeeded(
        &mut self,
        transaction: &ProviderTransaction,
        why: &str,
        now: Timestamp,
    ) -> Settlement {
        match self.step(AttemptState::Succeeded, why, now) {
            Some(step) => {
                self.provider_transaction = Some(transaction.id.clone());
                self.problem = None;
                self.settled_at = Some(now);
                self.due_at = None;
                Settlement::Step(step)
            }
            None => self.contradiction("it was done"),
        }
    }

    fn refused(&mut self, state: AttemptState, why: &str, now: Timestamp) -> Settlement {
        if self.state == state {
            return Settlement::Known;
        }
        self.ended(state, why, why, now)
    }

    /// Ends without a movement; `problem` is what the attempt tells of it, `why` the history.
    fn ended(
        &mut self,
        state: AttemptState,
        problem: &str,
        why: &str,
        now: Timestamp,
    ) -> Settlement {
        match self.step(state, why, now) {
            Some(step) => {
                self.problem = Some(problem.to_owned());
                self.settled_at = Some(now);
                self.due_at = None;
                Settlement::Step(step)
            }
            None => self.contradiction(why),
        }
    }

    /// A person decides only what waits for a person. Another amount is not adopted from them
    /// either, nor a movement that the order cannot take in.
    fn stated(
        &mut self,
        statement: &Statement,
        setting: Setting<'_>,
        now: Timestamp,
    ) -> Settlement {
        let is_known = match &statement.verdict {
            Verdict::Moved(moved) => {
                self.state == AttemptState::Succeeded
                    && self.provider_transaction.as_ref() == Some(&moved.id)
            }
            Verdict::DidNotHappen => self.state == AttemptState::NotSent,
        };
        if is_known {
            return Settlement::Known;
        }
        if self.state != AttemptState::Manual {
            return self.contradiction("a person says otherwise");
        }
        let why = format!("stated by {}: {}", statement.by, statement.reason);
        match &statement.verdict {
            Verdict::Moved(moved) if moved.amount != self.amount => {
                self.contradiction("a person says that another amount moved")
            }
            Verdict::Moved(_) if !setting.order_takes_it => {
                self.contradiction("it moved, and the order cannot take it in")
            }
            Verdict::Moved(moved) => self.succeeded(moved, &why, now),
            Verdict::DidNotHappen => {
                let problem = "a person found that it did not happen";
                self.ended(AttemptState::NotSent, problem, &why, now)
            }
        }
    }

    fn unproven(&mut self, why: &str, now: Timestamp) -> Settlement {
        if !self.state.is_open() {
            return Settlement::Known; // silence contradicts nothing
        }
        if self.state == AttemptState::Manual {
            return Settlement::Wait;
        }
        if now.since(self.sent_at.unwrap_or(self.created_at)) >= LOOKUP_LIFE {
            return self.hand_over("no proof for a day", now);
        }
        let wait = usize::try_from(self.lookups).ok().and_then(|n| LOOKUP_WAITS.get(n));
        self.due_at = Some(now.plus(wait.copied().unwrap_or(Duration::from_hours(1))));
        self.lookups += 1;
        self.problem = Some(why.to_owned());
        match self.step(AttemptState::Unknown, why, now) {
            Some(step) => Settlement::Step(step),
            None => Settlement::Wait,
        }
    }

    fn hand_over(&mut self, why: &str, now: Timestamp) -> Settlement {
        match self.step(AttemptState::Manual, why, now) {
            Some(step) => {
                self.problem = Some(why.to_owned());
                self.due_at = None;
                Settlement::Step(step)
            }
            None => self.contradiction(why),
        }
    }

    fn contradiction(&self, news: &str) -> Settlement {
        Settlement::Contradiction(format!("{} is {}, and now: {news}", self.id, self.state.name()))
    }

    fn step(&mut self, next: AttemptState, why: &str, now: Timestamp) -> Option<Transition> {
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

#[cfg(test)]
#[path = "attempt_tests.rs"]
mod tests;
