//! News of an attempt, and what they do to it.

use std::time::Duration;

use jangbogo_kernel::{Timestamp, Transition};
use jangbogo_member::MemberId;

use crate::{
    Attempt, AttemptState, Looked, Operation, Outcome, ProviderProfile, ProviderTransaction, Sought,
};

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
/// Two "not found" must lie this far apart to prove something.
const MISSING_TWICE: Duration = Duration::from_secs(30);
/// After so long without proof a person decides.
const LOOKUP_LIFE: Duration = Duration::from_hours(24);

impl Attempt {
    /// Takes in news. The same news in any order and number lead to the same state.
    pub fn take(&mut self, news: &News, setting: Setting<'_>, now: Timestamp) -> Settlement {
        match news {
            News::Answer(Outcome::Done { transaction, raw }) => {
                self.raw = Some(raw.clone());
                self.done(transaction, setting, now)
            }
            News::Answer(Outcome::Declined { code, message }) => {
                let why = format!("{code}: {message}");
                if self.is_surplus && self.state.is_open() {
                    // It is not ours to keep: a person must find another way.
                    return self.hand_over(&why, now);
                }
                self.refused(AttemptState::Declined, &why, now)
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
        // Who takes late money is found out when it is there.
        if !setting.order_takes_it && !self.may_come_late() {
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
}

#[cfg(test)]
#[path = "news_tests.rs"]
mod tests;
