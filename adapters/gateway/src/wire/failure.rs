//! Why a call has no answer that could be used, and what that means for money.

use jangbogo_payment::{
    Firmness, Looked, NotSentCause, Outcome, ProviderError, ProviderTransaction, RefundRequest,
    UnknownCause,
};

use jangbogo_kernel::Money;

/// What is kept of a provider's words.
const MESSAGE_CHARS_MAX: usize = 300;

/// No usable answer.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Nothing was sent: there was no connection.
    NotSent(String),
    /// Nothing was sent: the request cannot be expressed.
    Unfit(String),
    /// It was, or may have been, sent, and nobody knows what came of it.
    NoAnswer(String),
    /// The provider answered, and its answer proves nothing.
    NoProof(String),
    /// The provider says no.
    Refused(Refusal),
}

/// A provider's error answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) code: String,
    /// Its words.
    pub(crate) message: String,
    /// What to do about it.
    pub(crate) class: CodeClass,
}

/// What to do about a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CodeClass {
    /// Throttled or closed: nothing was done, later it may be.
    Closed,
    /// It may have been done, or may still be.
    Unknown,
    /// The payment is not in the state that we believed, perhaps because another request has
    /// landed or is under way: its books tell.
    Raced,
    /// The capture was made before.
    AlreadyDone,
    /// Declined; another day or another amount may pass.
    Soft,
    /// Declined for as long as the buyer changes nothing.
    Hard,
    /// Declined without a reason.
    Ambiguous,
    /// Declined because of a bug or the configuration.
    OurFault,
}

impl Refusal {
    pub(crate) fn new(code: String, message: &str, class: CodeClass) -> Self {
        Self { code, message: message.chars().take(MESSAGE_CHARS_MAX).collect(), class }
    }

    fn reason(&self) -> String {
        format!("{}: {}", self.code, self.message)
    }

    fn into_declined(self) -> Outcome {
        Outcome::Declined { code: self.code, message: self.message }
    }
}

impl Failure {
    /// What it means for a call that moves money.
    pub(crate) fn into_outcome(self) -> Outcome {
        let not_sent = |cause, reason| Outcome::NotSent { cause, reason };
        let unknown = |cause, reason| Outcome::Unknown { cause, reason };
        let refusal = match self {
            Self::NotSent(reason) => return not_sent(NotSentCause::Unreachable, reason),
            Self::Unfit(reason) => return not_sent(NotSentCause::Unfit, reason),
            Self::NoAnswer(reason) => return unknown(UnknownCause::Silence, reason),
            Self::NoProof(reason) => return unknown(UnknownCause::Answer, reason),
            Self::Refused(refusal) => refusal,
        };
        let reason = refusal.reason();
        match refusal.class {
            CodeClass::Closed => not_sent(NotSentCause::Closed, reason),
            CodeClass::Unknown | CodeClass::Raced | CodeClass::AlreadyDone => {
                unknown(UnknownCause::Answer, reason)
            }
            CodeClass::OurFault => {
                tracing::warn!(code = refusal.code, "the provider finds fault with the request");
                refusal.into_declined()
            }
            CodeClass::Soft | CodeClass::Hard | CodeClass::Ambiguous => refusal.into_declined(),
        }
    }

    /// How final a no is; silence is none.
    pub(crate) fn firmness(&self) -> Option<Firmness> {
        let Self::Refused(refusal) = self else {
            return None;
        };
        match refusal.class {
            CodeClass::Soft => Some(Firmness::Soft),
            CodeClass::Hard => Some(Firmness::Hard),
            CodeClass::Ambiguous => Some(Firmness::Ambiguous),
            CodeClass::OurFault => Some(Firmness::Ours),
            CodeClass::Closed | CodeClass::Unknown | CodeClass::Raced | CodeClass::AlreadyDone => {
                None
            }
        }
    }

    /// What it means for a call that moves none.
    pub(crate) fn into_error(self) -> ProviderError {
        let not_sent = |cause, reason| ProviderError::NotSent { cause, reason };
        let unavailable = |cause, reason| ProviderError::Unavailable { cause, reason };
        match self {
            Self::NotSent(reason) => not_sent(NotSentCause::Unreachable, reason),
            Self::Unfit(reason) => not_sent(NotSentCause::Unfit, reason),
            Self::NoAnswer(reason) => unavailable(UnknownCause::Silence, reason),
            Self::NoProof(reason) => unavailable(UnknownCause::Answer, reason),
            Self::Refused(refusal) => match refusal.class {
                CodeClass::Closed => not_sent(NotSentCause::Closed, refusal.reason()),
                CodeClass::Unknown => unavailable(UnknownCause::Answer, refusal.reason()),
                _ => ProviderError::Refused { code: refusal.code, message: refusal.message },
            },
        }
    }
}

/// The refund, if the books show exactly what they would after it: as much given back as there was
/// before and this amount, and this amount last.
pub(crate) fn landed(request: &RefundRequest, looked: &Looked) -> Option<ProviderTransaction> {
    let captured = looked.captured.as_ref()?.amount;
    let left = request.refundable.checked_sub(request.amount).ok()?;
    let expected = captured.checked_sub(left).ok()?;
    let mut refunded = Money::won(0);
    for refund in &looked.refunds {
        refunded = refunded.checked_add(refund.amount).ok()?;
    }
    let last = looked.refunds.last()?;
    (refunded == expected && last.amount == request.amount).then(|| last.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endless_words_are_cut() {
        let refusal = Refusal::new("1".to_owned(), &"가".repeat(1_000), CodeClass::Soft);
        assert_eq!(refusal.message.chars().count(), MESSAGE_CHARS_MAX);
    }

    #[test]
    fn questions_are_refused_or_not_answered() {
        let error =
            |class| Failure::Refused(Refusal::new("E1".to_owned(), "words", class)).into_error();
        let (code, message) = ("E1".to_owned(), "words".to_owned());
        assert_eq!(error(CodeClass::OurFault), ProviderError::Refused { code, message });
        let reason = "E1: words".to_owned();
        let cause = NotSentCause::Closed;
        assert_eq!(error(CodeClass::Closed), ProviderError::NotSent { cause, reason });
        let (cause, reason) = (UnknownCause::Answer, "E1: words".to_owned());
        assert_eq!(error(CodeClass::Unknown), ProviderError::Unavailable { cause, reason });
    }

    fn looked(refunds: &[i64]) -> Looked {
        let movement = |(place, amount): (usize, i64)| ProviderTransaction {
            id: format!("A{place}"),
            amount: Money::won(amount),
        };
        Looked {
            captured: Some(movement((0, 10_000))),
            refunds: (1..).zip(refunds.iter().copied()).map(movement).collect(),
            is_over: true,
        }
    }

    #[test]
    fn only_books_that_show_exactly_this_refund_prove_it() {
        let request = RefundRequest {
            refund_ref: "pay_2".to_owned(),
            reference: "T1".to_owned(),
            merchant_ref: "pay_1".to_owned(),
            amount: Money::won(3_000),
            refundable: Money::won(8_000),
        };
        let id = |refunds: &[i64]| landed(&request, &looked(refunds)).map(|found| found.id);
        assert_eq!(id(&[2_000, 3_000]).as_deref(), Some("A2"));
        assert_eq!(id(&[1_000, 1_000, 3_000]).as_deref(), Some("A3"));
        for others in [
            &[][..],
            &[2_000],
            &[3_000],
            &[3_000, 2_000],
            &[2_000, 3_000, 1_000],
            &[2_000, 1_500, 1_500],
            &[i64::MAX, 3_000],
        ] {
            assert_eq!(id(others), None, "{others:?}");
        }
        let nothing = Looked { captured: None, ..looked(&[2_000, 3_000]) };
        assert_eq!(landed(&request, &nothing), None);
    }
}
