//! The parts that KakaoPay's answers have in common.

use jiff::tz::{Offset, TimeZone};
use serde_json::{Value, json};

use super::KakaoPay;
use super::payment::{Amount, Method, Payment};
use crate::clock::instant;
use crate::fault::Call;

/// Korean time without an offset, as KakaoPay writes every time.
pub(super) fn korean_time(us: i64) -> String {
    let korea = TimeZone::fixed(Offset::constant(9));
    instant(us).to_zoned(korea).strftime("%Y-%m-%dT%H:%M:%S").to_string()
}

/// The same for a time that may not have come yet.
pub(super) fn optional_time(us: Option<i64>) -> Option<String> {
    us.map(korean_time)
}

/// An amount object. Points and discounts are never used here.
pub(super) fn amount(amount: Amount) -> Value {
    json!({
        "total": amount.total,
        "tax_free": amount.tax_free,
        "vat": amount.vat,
        "point": 0,
        "discount": 0,
        "green_deposit": amount.green_deposit,
    })
}

/// The fields that `approve`, `order` and `cancel` share.
pub(super) fn common(payment: &Payment) -> Value {
    json!({
        "tid": payment.tid,
        "cid": payment.cid,
        "partner_order_id": payment.partner_order_id,
        "partner_user_id": payment.partner_user_id,
        "payment_method_type": payment.method.map(Method::as_str),
        "amount": amount(payment.amount),
        "item_name": payment.item_name,
        "item_code": payment.item_code,
        "quantity": payment.quantity,
        "created_at": korean_time(payment.created_at_us),
        "approved_at": optional_time(payment.approved_at_us),
    })
}

/// Adds a field that no document lists to every other answer, as the real service does: a client
/// that minds breaks here and not in production.
pub(super) fn sprinkle(kakaopay: &KakaoPay, call: Call, reference: &str, answer: &mut Value) {
    match kakaopay.luck(&format!("unlisted {call:?}"), reference, 6) {
        0 => answer["tms_result"] = Value::Bool(false),
        1 => answer["reserved_info"] = Value::Null,
        2 => answer["promotion"] = json!({ "applied": [] }),
        _ => {}
    }
}

/// Makes the answer lie about the amount; the ledger keeps the truth.
pub(super) fn falsify(answer: &mut Value, delta: i64) {
    let shift = |value: &mut Value| {
        if let Some(number) = value.as_i64() {
            *value = json!(number.saturating_add(delta));
        }
    };
    if let Some(total) = answer.pointer_mut("/amount/total") {
        shift(total);
    }
    let actions = answer.get_mut("payment_action_details").and_then(Value::as_array_mut);
    for action in actions.into_iter().flatten() {
        if action["payment_action_type"] == "PAYMENT" {
            shift(&mut action["amount"]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_korean_and_carry_no_offset() {
        // 2026-11-20T15:04:05.6Z is the next day in Korea.
        let at: jiff::Timestamp = "2026-11-20T15:04:05.6Z".parse().unwrap();
        assert_eq!(korean_time(at.as_microsecond()), "2026-11-21T00:04:05");
    }
}
