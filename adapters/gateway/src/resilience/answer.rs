//! What the layers read in an answer, whatever the call was.

use jangbogo_payment::{NotSentCause, Outcome, ProviderError, UnknownCause};

/// What an answer tells of the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    /// It works, be it that it says no.
    Well,
    /// It cannot be reached, is silent or makes no sense.
    Sick,
    /// Nothing: the call did not come that far.
    Nothing,
}

/// The answer to a call.
pub(super) trait Answer: Sized + Send {
    /// Surely not sent.
    fn not_sent(cause: NotSentCause, reason: &str) -> Self;

    /// Sent, and nobody heard of it again.
    fn silence(reason: &str) -> Self;

    /// Why it was not sent, if it was not.
    fn not_sent_cause(&self) -> Option<NotSentCause>;

    /// Why nobody knows, if nobody does.
    fn unknown_cause(&self) -> Option<UnknownCause>;

    /// What the breaker learns. Declines and other refusals come from a provider that works.
    fn sign(&self) -> Sign {
        match (self.not_sent_cause(), self.unknown_cause()) {
            (Some(NotSentCause::Unreachable), _) | (_, Some(UnknownCause::Silence)) => Sign::Sick,
            (Some(NotSentCause::Closed) | None, _) => Sign::Well,
            (Some(NotSentCause::CircuitOpen | NotSentCause::Busy | NotSentCause::Unfit), _) => {
                Sign::Nothing
            }
        }
    }

    /// A word for the metrics.
    fn result(&self) -> &'static str {
        match (self.not_sent_cause(), self.unknown_cause()) {
            (Some(NotSentCause::Unreachable), _) => "unreachable",
            (Some(NotSentCause::CircuitOpen), _) => "circuit_open",
            (Some(NotSentCause::Busy), _) => "busy",
            (Some(NotSentCause::Unfit), _) => "unfit",
            (Some(NotSentCause::Closed), _) => "closed",
            (None, Some(UnknownCause::Silence)) => "silence",
            (None, Some(UnknownCause::Answer) | None) => "answered",
        }
    }
}

impl Answer for Outcome {
    fn not_sent(cause: NotSentCause, reason: &str) -> Self {
        Self::NotSent { cause, reason: reason.to_owned() }
    }

    fn silence(reason: &str) -> Self {
        Self::Unknown { cause: UnknownCause::Silence, reason: reason.to_owned() }
    }

    fn not_sent_cause(&self) -> Option<NotSentCause> {
        match self {
            Self::NotSent { cause, .. } => Some(*cause),
            Self::Done { .. } | Self::Declined { .. } | Self::Unknown { .. } => None,
        }
    }

    fn unknown_cause(&self) -> Option<UnknownCause> {
        match self {
            Self::Unknown { cause, .. } => Some(*cause),
            Self::Done { .. } | Self::Declined { .. } | Self::NotSent { .. } => None,
        }
    }
}

impl<T: Send> Answer for Result<T, ProviderError> {
    fn not_sent(cause: NotSentCause, reason: &str) -> Self {
        Err(ProviderError::NotSent { cause, reason: reason.to_owned() })
    }

    fn silence(reason: &str) -> Self {
        let cause = UnknownCause::Silence;
        Err(ProviderError::Unavailable { cause, reason: reason.to_owned() })
    }

    fn not_sent_cause(&self) -> Option<NotSentCause> {
        match self {
            Err(ProviderError::NotSent { cause, .. }) => Some(*cause),
            _ => None,
        }
    }

    fn unknown_cause(&self) -> Option<UnknownCause> {
        match self {
            Err(ProviderError::Unavailable { cause, .. }) => Some(*cause),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_that_says_no_is_well() {
        let declined = Outcome::Declined { code: "-780".to_owned(), message: String::new() };
        assert_eq!(declined.sign(), Sign::Well);
        let refused = ProviderError::Refused { code: "-721".to_owned(), message: String::new() };
        assert_eq!(Err::<(), _>(refused).sign(), Sign::Well);
        let raced = Outcome::Unknown { cause: UnknownCause::Answer, reason: String::new() };
        assert_eq!(raced.sign(), Sign::Well);
        assert_eq!(Outcome::not_sent(NotSentCause::Closed, "-429").sign(), Sign::Well);
        assert_eq!(Ok::<_, ProviderError>(()).sign(), Sign::Well);
    }

    #[test]
    fn silence_and_missing_connections_are_signs_of_sickness() {
        for answer in [Outcome::silence("late"), Outcome::not_sent(NotSentCause::Unreachable, "")] {
            assert_eq!(answer.sign(), Sign::Sick, "{answer:?}");
        }
        let told: [Result<(), ProviderError>; 2] =
            [Answer::silence("late"), Answer::not_sent(NotSentCause::Unreachable, "")];
        for answer in told {
            assert_eq!(answer.sign(), Sign::Sick, "{answer:?}");
        }
    }

    #[test]
    fn what_our_side_refuses_says_nothing_of_the_provider() {
        for cause in [NotSentCause::CircuitOpen, NotSentCause::Busy, NotSentCause::Unfit] {
            assert_eq!(Outcome::not_sent(cause, "").sign(), Sign::Nothing, "{cause:?}");
        }
    }
}
