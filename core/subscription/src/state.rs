//! The states of subscriptions and cycles, and the steps between them.

/// Where a subscription is. Moves only along [`SubscriptionState::TRANSITIONS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SubscriptionState {
    /// Its first order is not paid yet.
    AwaitingFirstPayment,
    /// The next cycle is ahead.
    Active,
    /// A charge was declined and will be tried again.
    PastDue,
    /// The member wants nothing for a while.
    Paused,
    /// The member has ended it while a charge was under way, whose outcome must be known first.
    Ending,
    /// Nothing more will be charged.
    Cancelled,
}

/// Where a cycle is. Moves only along [`CycleState::TRANSITIONS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CycleState {
    /// Written ahead; due when its time comes.
    Scheduled,
    /// Its subscription is paused.
    Held,
    /// A charge is under way, or nobody knows what became of it.
    Charging,
    /// Declined; due again on one of the days of the dunning.
    Retrying,
    /// Charged.
    Paid,
    /// Declined for good.
    Failed,
    /// The member did not want it.
    Skipped,
    /// There was too little in stock; nothing was charged.
    LeftOut,
    /// Its subscription ended before.
    Cancelled,
}

impl SubscriptionState {
    /// All states.
    pub const ALL: [Self; 6] = [
        Self::AwaitingFirstPayment,
        Self::Active,
        Self::PastDue,
        Self::Paused,
        Self::Ending,
        Self::Cancelled,
    ];

    /// Every legal step; a step to the same state changes something else.
    pub const TRANSITIONS: [(Self, Self); 16] = [
        (Self::AwaitingFirstPayment, Self::Active),
        (Self::AwaitingFirstPayment, Self::Cancelled),
        (Self::Active, Self::Active),
        (Self::Active, Self::PastDue),
        (Self::Active, Self::Paused),
        (Self::Active, Self::Ending),
        (Self::Active, Self::Cancelled),
        (Self::PastDue, Self::PastDue),
        (Self::PastDue, Self::Active),
        (Self::PastDue, Self::Ending),
        (Self::PastDue, Self::Cancelled),
        (Self::Paused, Self::Paused),
        (Self::Paused, Self::Active),
        (Self::Paused, Self::Cancelled),
        (Self::Ending, Self::Cancelled),
        (Self::AwaitingFirstPayment, Self::AwaitingFirstPayment),
    ];

    /// Whether the step from here to `next` is legal.
    pub fn may_become(self, next: Self) -> bool {
        Self::TRANSITIONS.contains(&(self, next))
    }

    /// Whether what is due may be charged.
    pub const fn is_chargeable(self) -> bool {
        matches!(self, Self::Active | Self::PastDue)
    }

    /// Whether the member has ended it, or somebody else has.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Ending | Self::Cancelled)
    }

    /// The state's stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AwaitingFirstPayment => "awaiting_first_payment",
            Self::Active => "active",
            Self::PastDue => "past_due",
            Self::Paused => "paused",
            Self::Ending => "ending",
            Self::Cancelled => "cancelled",
        }
    }

    /// The state of a stable name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

impl CycleState {
    /// All states.
    pub const ALL: [Self; 9] = [
        Self::Scheduled,
        Self::Held,
        Self::Charging,
        Self::Retrying,
        Self::Paid,
        Self::Failed,
        Self::Skipped,
        Self::LeftOut,
        Self::Cancelled,
    ];

    /// Every legal step; a step to the same state moves its day.
    pub const TRANSITIONS: [(Self, Self); 24] = [
        (Self::Scheduled, Self::Scheduled),
        (Self::Scheduled, Self::Held),
        (Self::Scheduled, Self::Charging),
        (Self::Scheduled, Self::Failed),
        (Self::Scheduled, Self::Skipped),
        (Self::Scheduled, Self::LeftOut),
        (Self::Scheduled, Self::Cancelled),
        (Self::Scheduled, Self::Paid),
        (Self::Held, Self::Scheduled),
        (Self::Held, Self::Cancelled),
        (Self::Charging, Self::Scheduled),
        (Self::Charging, Self::Retrying),
        (Self::Charging, Self::Paid),
        (Self::Charging, Self::Failed),
        (Self::Charging, Self::Skipped),
        (Self::Charging, Self::Cancelled),
        (Self::Retrying, Self::Charging),
        (Self::Retrying, Self::Paid),
        (Self::Retrying, Self::Failed),
        (Self::Retrying, Self::Skipped),
        (Self::Retrying, Self::Cancelled),
        (Self::Retrying, Self::Retrying),
        (Self::Held, Self::Paid),
        (Self::Held, Self::Skipped),
    ];

    /// Whether the step from here to `next` is legal.
    pub fn may_become(self, next: Self) -> bool {
        Self::TRANSITIONS.contains(&(self, next))
    }

    /// Whether something may still be charged for it.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Scheduled | Self::Held | Self::Charging | Self::Retrying)
    }

    /// The state's stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Scheduled => "SCHEDULED",
            Self::Held => "HELD",
            Self::Charging => "CHARGING",
            Self::Retrying => "RETRYING",
            Self::Paid => "PAID",
            Self::Failed => "FAILED",
            Self::Skipped => "SKIPPED",
            Self::LeftOut => "LEFT_OUT",
            Self::Cancelled => "CANCELLED",
        }
    }

    /// The state of a stable name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_ended_stays_ended() {
        for next in SubscriptionState::ALL {
            assert!(!SubscriptionState::Cancelled.may_become(next), "{next:?}");
            let is_end = next == SubscriptionState::Cancelled;
            assert_eq!(SubscriptionState::Ending.may_become(next), is_end, "{next:?}");
        }
        for over in CycleState::ALL.into_iter().filter(|state| !state.is_open()) {
            for next in CycleState::ALL {
                assert!(!over.may_become(next), "{over:?} → {next:?}");
            }
        }
    }

    #[test]
    fn names_are_names_of_their_own() {
        for state in SubscriptionState::ALL {
            assert_eq!(SubscriptionState::from_name(state.name()), Some(state));
        }
        for state in CycleState::ALL {
            assert_eq!(CycleState::from_name(state.name()), Some(state));
        }
    }
}
