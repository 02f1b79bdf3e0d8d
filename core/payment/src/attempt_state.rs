//! The states of an attempt and the steps between them.

/// What is known of an attempt. Moves only along [`AttemptState::TRANSITIONS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AttemptState {
    /// Recorded; nothing was sent that could move money.
    Created,
    /// On its way to the provider, or the process died meanwhile.
    Sent,
    /// Sent, and nobody knows what became of it. Only proof ends this.
    Unknown,
    /// The provider moved the money.
    Succeeded,
    /// The provider refused.
    Declined,
    /// The request had no effect as far as anybody could find out.
    NotSent,
    /// Given up before anything was sent.
    Aborted,
    /// A person must decide: the provider contradicts us or stays silent for a day.
    Manual,
}

impl AttemptState {
    /// All states.
    pub const ALL: [Self; 8] = [
        Self::Created,
        Self::Sent,
        Self::Unknown,
        Self::Succeeded,
        Self::Declined,
        Self::NotSent,
        Self::Aborted,
        Self::Manual,
    ];

    /// Every legal step.
    pub const TRANSITIONS: [(Self, Self); 15] = [
        (Self::Created, Self::Sent),
        (Self::Created, Self::Aborted),
        (Self::Sent, Self::Succeeded),
        (Self::Sent, Self::Declined),
        (Self::Sent, Self::NotSent),
        (Self::Sent, Self::Unknown),
        (Self::Sent, Self::Manual),
        (Self::Unknown, Self::Succeeded),
        (Self::Unknown, Self::Declined),
        (Self::Unknown, Self::NotSent),
        (Self::Unknown, Self::Manual),
        (Self::Manual, Self::Succeeded),
        (Self::Manual, Self::Declined),
        (Self::Manual, Self::NotSent),
        // It had an effect after all, later than anybody could wait for.
        (Self::NotSent, Self::Succeeded),
    ];

    /// Whether the step from here to `next` is legal.
    pub fn may_become(self, next: Self) -> bool {
        Self::TRANSITIONS.contains(&(self, next))
    }

    /// Whether money may have moved and it is not yet known.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Sent | Self::Unknown | Self::Manual)
    }

    /// The state's stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Created => "CREATED",
            Self::Sent => "SENT",
            Self::Unknown => "UNKNOWN",
            Self::Succeeded => "SUCCEEDED",
            Self::Declined => "DECLINED",
            Self::NotSent => "NOT_SENT",
            Self::Aborted => "ABORTED",
            Self::Manual => "MANUAL",
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
    fn what_is_proven_stays() {
        for proven in [AttemptState::Succeeded, AttemptState::Declined, AttemptState::Aborted] {
            assert!(AttemptState::ALL.iter().all(|next| !proven.may_become(*next)), "{proven:?}");
        }
    }

    #[test]
    fn nothing_is_sent_twice() {
        let into_sent = AttemptState::ALL.iter().filter(|s| s.may_become(AttemptState::Sent));
        assert_eq!(into_sent.collect::<Vec<_>>(), [&AttemptState::Created]);
    }
}
