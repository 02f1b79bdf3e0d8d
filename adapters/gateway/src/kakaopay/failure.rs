//! Why a call has no answer that could be used, and what that means for money.

use jangbogo_payment::{NotSentCause, Outcome, ProviderError, UnknownCause};
use serde_json::Value;

use super::code::{self, CodeClass};
use super::wire;

/// What is kept of a provider's words.
const MESSAGE_CHARS_MAX: usize = 300;

/// No usable answer.
#[derive(Debug)]
pub(super) enum Failure {
    /// Nothing was sent: there was no connection.
    NotSent(String),
    /// Nothing was sent: the request cannot be expressed.
    Unfit(String),
    /// It was, or may have been, sent, and nobody knows what came of it.
    NoAnswer(String),
    /// KakaoPay answered, and its answer proves nothing.
    NoProof(String),
    /// KakaoPay says no.
    Refused(Refusal),
}

/// KakaoPay's error answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) code: i64,
    /// Its words, those of the bank or card company included.
    pub(super) message: String,
    /// What to do about it, by its code and that of the bank (words) or card company (digits).
    pub(super) class: CodeClass,
}

impl Refusal {
    /// Reads `{"error_code", "error_message", "extras"}`; only the code must be there.
    pub(super) fn read(body: &Value) -> Option<Self> {
        let code = wire::int(body.get("error_code")?)?;
        let text = |value: Option<&Value>| value.and_then(wire::text).filter(|t| !t.is_empty());
        let extras = body.get("extras");
        let method_code = text(extras.and_then(|e| e.get("method_result_code")));
        let method_words = text(extras.and_then(|e| e.get("method_result_message")));
        let mut message = text(body.get("error_message")).unwrap_or_default();
        let method: Vec<&str> =
            [&method_code, &method_words].into_iter().flatten().map(String::as_str).collect();
        if !method.is_empty() {
            message = format!("{message} ({})", method.join(": "));
        }
        Some(Self {
            code,
            message: message.chars().take(MESSAGE_CHARS_MAX).collect(),
            class: code::class(code, method_code.as_deref()),
        })
    }

    fn reason(&self) -> String {
        format!("{}: {}", self.code, self.message)
    }
}

impl Failure {
    /// What it means for a call that moves money.
    pub(super) fn into_outcome(self) -> Outcome {
        let refusal = match self {
            Self::NotSent(reason) => {
                return Outcome::NotSent { cause: NotSentCause::Unreachable, reason };
            }
            Self::Unfit(reason) => return Outcome::NotSent { cause: NotSentCause::Unfit, reason },
            Self::NoAnswer(reason) => {
                return Outcome::Unknown { cause: UnknownCause::Silence, reason };
            }
            Self::NoProof(reason) => {
                return Outcome::Unknown { cause: UnknownCause::Answer, reason };
            }
            Self::Refused(refusal) => refusal,
        };
        let reason = refusal.reason();
        match refusal.class {
            CodeClass::Closed => Outcome::NotSent { cause: NotSentCause::Closed, reason },
            CodeClass::Unknown | CodeClass::Raced | CodeClass::AlreadyDone => {
                Outcome::Unknown { cause: UnknownCause::Answer, reason }
            }
            CodeClass::OurFault => {
                tracing::warn!(code = refusal.code, "KakaoPay finds fault with the request");
                refusal.into_declined()
            }
            CodeClass::Soft | CodeClass::Hard | CodeClass::Ambiguous => refusal.into_declined(),
        }
    }

    /// What it means for a call that moves none.
    pub(super) fn into_error(self) -> ProviderError {
        match self {
            Self::NotSent(reason) => {
                ProviderError::NotSent { cause: NotSentCause::Unreachable, reason }
            }
            Self::Unfit(reason) => ProviderError::NotSent { cause: NotSentCause::Unfit, reason },
            Self::NoAnswer(reason) => {
                ProviderError::Unavailable { cause: UnknownCause::Silence, reason }
            }
            Self::NoProof(reason) => {
                ProviderError::Unavailable { cause: UnknownCause::Answer, reason }
            }
            Self::Refused(refusal) => match refusal.class {
                CodeClass::Closed => {
                    let reason = refusal.reason();
                    ProviderError::NotSent { cause: NotSentCause::Closed, reason }
                }
                CodeClass::Unknown => {
                    let reason = refusal.reason();
                    ProviderError::Unavailable { cause: UnknownCause::Answer, reason }
                }
                _ => ProviderError::Refused {
                    code: refusal.code.to_string(),
                    message: refusal.message,
                },
            },
        }
    }
}

impl Refusal {
    fn into_declined(self) -> Outcome {
        Outcome::Declined { code: self.code.to_string(), message: self.message }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn error_bodies_are_read_in_all_their_shapes() {
        let cases = [
            (
                json!({"error_code": -780, "error_message": "approval failure!", "extras":
                    {"method_result_code": "USER_LOCKED", "method_result_message": "진행중"}}),
                "approval failure! (USER_LOCKED: 진행중)",
                CodeClass::Closed,
            ),
            (
                json!({"error_code": "-780", "error_message": "approval failure!", "other": 1}),
                "approval failure!",
                CodeClass::Soft,
            ),
            (
                json!({"error_code": -780, "error_message": null, "extras": null}),
                "",
                CodeClass::Soft,
            ),
            (json!({"error_code": "-780", "extras": "none"}), "", CodeClass::Soft),
            (
                json!({"error_code": -780, "error_message": "no",
                    "extras": {"method_result_code": "0010", "method_result_message": null}}),
                "no (0010)",
                CodeClass::Unknown,
            ),
            (
                json!({"error_code": -780, "extras": {"method_result_code": 8350}}),
                " (8350)",
                CodeClass::Hard,
            ),
        ];
        for (body, message, class) in cases {
            let expected = Refusal { code: -780, message: message.to_owned(), class };
            assert_eq!(Refusal::read(&body), Some(expected), "{body}");
        }
        for body in [
            json!({}),
            json!([]),
            json!({"error_code": null}),
            json!({"error_code": "failure"}),
            json!({"code": -780, "msg": "the old API"}),
        ] {
            assert_eq!(Refusal::read(&body), None, "{body}");
        }
    }

    #[test]
    fn endless_words_are_cut() {
        let body = json!({"error_code": -780, "error_message": "가".repeat(1_000)});
        let refusal = Refusal::read(&body).unwrap();
        assert_eq!(refusal.message.chars().count(), MESSAGE_CHARS_MAX);
    }

    #[test]
    fn questions_are_refused_or_not_answered() {
        let error = |code: i64| {
            let body = json!({"error_code": code, "error_message": "words"});
            Failure::Refused(Refusal::read(&body).unwrap()).into_error()
        };
        let refused =
            ProviderError::Refused { code: "-721".to_owned(), message: "words".to_owned() };
        assert_eq!(error(-721), refused);
        for code in [-429, -503] {
            let reason = format!("{code}: words");
            let closed = ProviderError::NotSent { cause: NotSentCause::Closed, reason };
            assert_eq!(error(code), closed);
        }
        for code in [-500, -999_999] {
            let reason = format!("{code}: words");
            let unproven = ProviderError::Unavailable { cause: UnknownCause::Answer, reason };
            assert_eq!(error(code), unproven);
        }
    }
}
