//! KakaoPay's JSON: what is sent, and how answers are read.
//!
//! Integers are sent as integers. Answers are read leniently: numbers may be strings, null counts
//! as absent, and what is not asked for does not matter.

use jangbogo_kernel::{Currency, Money};
use serde::Serialize;
use serde_json::Value;

/// The longest reference, user or item name.
pub(super) const NAME_CHARS_MAX: usize = 100;
/// The longest address.
pub(super) const URL_CHARS_MAX: usize = 255;

/// The fields with which every request begins.
#[derive(Serialize)]
pub(super) struct Merchant<'a> {
    pub(super) cid: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cid_secret: Option<&'a str>,
}

/// `ready`.
#[derive(Serialize)]
pub(super) struct ReadyBody<'a> {
    #[serde(flatten)]
    pub(super) merchant: Merchant<'a>,
    pub(super) partner_order_id: &'a str,
    pub(super) partner_user_id: &'a str,
    pub(super) item_name: &'a str,
    pub(super) quantity: i64,
    pub(super) total_amount: i64,
    pub(super) tax_free_amount: i64,
    pub(super) approval_url: &'a str,
    pub(super) cancel_url: &'a str,
    pub(super) fail_url: &'a str,
}

/// `approve`.
#[derive(Serialize)]
pub(super) struct ApproveBody<'a> {
    #[serde(flatten)]
    pub(super) merchant: Merchant<'a>,
    pub(super) tid: &'a str,
    pub(super) partner_order_id: &'a str,
    pub(super) partner_user_id: &'a str,
    pub(super) pg_token: &'a str,
    pub(super) total_amount: i64,
}

/// `cancel`.
#[derive(Serialize)]
pub(super) struct CancelBody<'a> {
    #[serde(flatten)]
    pub(super) merchant: Merchant<'a>,
    pub(super) tid: &'a str,
    pub(super) cancel_amount: i64,
    pub(super) cancel_tax_free_amount: i64,
    /// What we believe is left, this cancel included: KakaoPay refuses when it is not so.
    pub(super) cancel_available_amount: i64,
}

/// `order`.
#[derive(Serialize)]
pub(super) struct OrderBody<'a> {
    #[serde(flatten)]
    pub(super) merchant: Merchant<'a>,
    pub(super) tid: &'a str,
}

/// An amount as KakaoPay counts it: won, nothing else.
pub(super) fn won(amount: Money) -> Option<i64> {
    (amount.currency() == Currency::Krw).then(|| amount.minor())
}

/// A whole number, be it written as a string.
pub(super) fn int(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// A text, be it written as a number.
pub(super) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A number below `answer`, by JSON pointer.
pub(super) fn int_at(answer: &Value, pointer: &str) -> Option<i64> {
    answer.pointer(pointer).and_then(int)
}

/// A text that is not empty below `answer`, by JSON pointer.
pub(super) fn text_at(answer: &Value, pointer: &str) -> Option<String> {
    let text = answer.pointer(pointer).and_then(text);
    text.filter(|text| !text.is_empty())
}

/// Whether the answer carries exactly these identities; one that is missing is not the same.
pub(super) fn is_about(answer: &Value, identities: &[(&str, &str)]) -> bool {
    identities
        .iter()
        .all(|(pointer, expected)| text_at(answer, pointer).as_deref() == Some(*expected))
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
    fn requests_carry_integers_and_no_empty_secret() {
        let order = |cid_secret| OrderBody {
            merchant: Merchant { cid: "TC0ONETIME", cid_secret },
            tid: "T1",
        };
        let body = serde_json::to_value(order(None)).unwrap();
        assert_eq!(body, json!({"cid": "TC0ONETIME", "tid": "T1"}));
        let body = serde_json::to_value(order(Some("s"))).unwrap();
        assert_eq!(body["cid_secret"], json!("s"));
        let cancel = CancelBody {
            merchant: order(None).merchant,
            tid: "T1",
            cancel_amount: 700,
            cancel_tax_free_amount: 0,
            cancel_available_amount: 1_000,
        };
        let expected = json!({"cid": "TC0ONETIME", "tid": "T1", "cancel_amount": 700,
            "cancel_tax_free_amount": 0, "cancel_available_amount": 1_000});
        assert_eq!(serde_json::to_value(cancel).unwrap(), expected);
    }

    #[test]
    fn other_currencies_are_not_won() {
        assert_eq!(won(Money::won(5)), Some(5));
        assert_eq!(won(Money::new(5, Currency::Usd)), None);
    }
}
