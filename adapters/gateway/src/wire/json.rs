//! Reading answers, leniently: numbers may be strings, null counts as absent, and what is not
//! asked for does not matter.

use jangbogo_kernel::{Currency, Money};
use serde_json::Value;

/// The longest record of an answer.
const RECORD_BYTES_MAX: usize = 4 * 1024;

/// An amount as Korean providers count it: won, nothing else.
pub(crate) fn won(amount: Money) -> Option<i64> {
    (amount.currency() == Currency::Krw).then(|| amount.minor())
}

/// A whole number, be it written as a string.
pub(crate) fn int(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// A text, be it written as a number.
pub(crate) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A number below `answer`, by JSON pointer.
pub(crate) fn int_at(answer: &Value, pointer: &str) -> Option<i64> {
    answer.pointer(pointer).and_then(int)
}

/// A text that is not empty below `answer`, by JSON pointer.
pub(crate) fn text_at(answer: &Value, pointer: &str) -> Option<String> {
    let text = answer.pointer(pointer).and_then(text);
    text.filter(|text| !text.is_empty())
}

/// Whether the answer carries exactly these identities; one that is missing is not the same.
pub(crate) fn is_about(answer: &Value, identities: &[(&str, &str)]) -> bool {
    identities
        .iter()
        .all(|(pointer, expected)| text_at(answer, pointer).as_deref() == Some(*expected))
}

/// What is kept of an answer for the record: so much and no more.
pub(crate) fn record(answer: &Value) -> String {
    let mut text = answer.to_string();
    text.truncate(text.floor_char_boundary(RECORD_BYTES_MAX));
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_may_be_strings_and_absence_is_nothing() {
        for (value, expected) in [
            (json!(22_000), Some(22_000)),
            (json!("22000"), Some(22_000)),
            (json!(" -5 "), Some(-5)),
            (json!(i64::MAX), Some(i64::MAX)),
            (json!(0.5), None),
            (json!("22,000"), None),
            (json!(""), None),
            (json!(null), None),
            (json!({}), None),
        ] {
            assert_eq!(int(&value), expected, "{value}");
        }
        let answer = json!({"tid": "T1", "aid": "", "sid": null, "amount": {"total": "7"}});
        assert_eq!(int_at(&answer, "/amount/total"), Some(7));
        assert_eq!(int_at(&answer, "/amount/vat"), None);
        assert_eq!(text_at(&answer, "/tid").as_deref(), Some("T1"));
        for absent in ["/aid", "/sid", "/cid"] {
            assert_eq!(text_at(&answer, absent), None, "{absent}");
        }
    }

    #[test]
    fn an_answer_is_about_a_payment_only_by_all_its_identities() {
        let answer = json!({"tid": "T1", "partner_order_id": "pay_1"});
        assert!(is_about(&answer, &[("/tid", "T1"), ("/partner_order_id", "pay_1")]));
        assert!(!is_about(&answer, &[("/tid", "T2")]));
        assert!(!is_about(&answer, &[("/tid", "T1"), ("/partner_user_id", "mem_1")]));
        assert!(!is_about(&json!({}), &[("/tid", "")]));
    }

    #[test]
    fn a_record_is_bounded_and_stays_text() {
        let kept = record(&json!({ "item_name": "가".repeat(4_000) }));
        assert!((RECORD_BYTES_MAX - 3..=RECORD_BYTES_MAX).contains(&kept.len()));
    }

    #[test]
    fn other_currencies_are_not_won() {
        assert_eq!(won(Money::won(5)), Some(5));
        assert_eq!(won(Money::new(5, Currency::Usd)), None);
    }
}
