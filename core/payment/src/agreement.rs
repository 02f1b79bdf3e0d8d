//! A buyer's standing agreement: what is due later is charged without them.

use std::fmt;

use jangbogo_kernel::{Kind, Timestamp, Transition};
use jangbogo_member::MemberId;

use crate::{AgreementId, Attempt, AttemptId, ProviderName};

/// That a buyer agreed, at one provider, to charges without them. It is granted by their first
/// payment and stored in the transaction that settles it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreement {
    /// Identity.
    pub id: AgreementId,
    /// Who agreed.
    pub buyer: MemberId,
    /// Where.
    pub provider: ProviderName,
    /// What the provider charges by.
    pub key: AgreementKey,
    /// The payment that it came with; no other agreement did.
    pub granted_by: AttemptId,
    /// Whether it can be charged.
    pub state: AgreementState,
    /// 1 when granted, one more with each step.
    pub version: i64,
    /// When it was granted.
    pub created_at: Timestamp,
    /// When the shop decided to charge it no more.
    pub ended_at: Option<Timestamp>,
}

/// What a provider charges by: KakaoPay's SID, TossPayments' billing key. Whoever has it and our
/// key can take money, so it is shown nowhere.
#[derive(Clone, PartialEq, Eq)]
pub struct AgreementKey(String);

/// Whether an agreement can be charged: active → ending → ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AgreementState {
    /// It can.
    Active,
    /// Not any more; the provider has not been told yet.
    Ending,
    /// Not any more, and the provider knows.
    Ended,
}

impl Kind for Agreement {
    const PREFIX: &'static str = "agr";
}

impl AgreementKey {
    /// Wraps a provider's key.
    pub fn new(key: impl Into<String>) -> Self {
        Self(key.into())
    }

    /// The key itself; for adapters that send or store it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for AgreementKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AgreementKey(…)")
    }
}

impl AgreementState {
    /// All states.
    pub const ALL: [Self; 3] = [Self::Active, Self::Ending, Self::Ended];

    /// Whether the step from here to `next` is legal.
    pub const fn may_become(self, next: Self) -> bool {
        matches!((self, next), (Self::Active, Self::Ending) | (Self::Ending, Self::Ended))
    }

    /// The state's stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Ending => "ENDING",
            Self::Ended => "ENDED",
        }
    }

    /// The state of a stable name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

impl Agreement {
    /// The kind under which transitions are recorded.
    pub const ENTITY: &'static str = "agreement";

    /// The agreement that came with a payment, and the step that records it.
    pub fn granted(
        id: AgreementId,
        by: &Attempt,
        key: AgreementKey,
        now: Timestamp,
    ) -> (Self, Transition) {
        let agreement = Self {
            id,
            buyer: by.buyer,
            provider: by.provider.clone(),
            key,
            granted_by: by.id,
            state: AgreementState::Active,
            version: 1,
            created_at: now,
            ended_at: None,
        };
        let step = agreement.transition("", "granted", now);
        (agreement, step)
    }

    /// Is charged no more from here on; the provider is told later.
    #[must_use = "a step that is not recorded breaks the history"]
    pub fn end(&mut self, why: &str, now: Timestamp) -> Option<Transition> {
        let step = self.step(AgreementState::Ending, why, now)?;
        self.ended_at = Some(now);
        Some(step)
    }

    /// The provider knows that it has ended.
    #[must_use = "a step that is not recorded breaks the history"]
    pub fn deactivated(&mut self, now: Timestamp) -> Option<Transition> {
        self.step(AgreementState::Ended, "deactivated at the provider", now)
    }

    fn step(&mut self, next: AgreementState, why: &str, now: Timestamp) -> Option<Transition> {
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
mod tests {
    use super::*;

    #[test]
    fn a_key_is_shown_nowhere() {
        let key = AgreementKey::new("S1234567890");
        assert_eq!(format!("{key:?}"), "AgreementKey(…)");
        assert_eq!(key.expose(), "S1234567890");
    }

    #[test]
    fn what_has_ended_is_never_charged_again() {
        for state in [AgreementState::Ending, AgreementState::Ended] {
            assert!(!state.may_become(AgreementState::Active));
        }
        assert!(!AgreementState::Active.may_become(AgreementState::Ended));
    }
}
