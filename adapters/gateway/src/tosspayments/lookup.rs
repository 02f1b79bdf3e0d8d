//! What TossPayments' books say about a payment.

use jangbogo_kernel::Money;
use jangbogo_payment::{Looked, ProviderError, ProviderTransaction};
use serde_json::Value;

use super::TossPayments;
use super::client::is_key;
use crate::wire::failure::Failure;
use crate::wire::json;

pub(super) async fn run(toss: &TossPayments, reference: &str) -> Result<Looked, ProviderError> {
    if !is_key(reference) {
        return Err(Failure::Unfit("this is no payment's key".to_owned()).into_error());
    }
    let path = format!("/v1/payments/{reference}");
    let answer = toss.client.get(&path, reference, toss.client.deadline()).await;
    let answer = answer.map_err(Failure::into_error)?;
    let lost = |why: &str| Failure::NoAnswer(why.to_owned()).into_error();
    if !json::is_about(&answer, &[("/paymentKey", reference)]) {
        return Err(lost("TossPayments answered about another payment"));
    }
    read(&answer).map_err(lost)
}

/// What cannot be read completely is not read at all: half of the truth would pass for proof.
///
/// The capture is called by the payment's key: the key of its transaction is replaced by that of
/// the last cancel.
pub(super) fn read(payment: &Value) -> Result<Looked, &'static str> {
    let status = json::text_at(payment, "/status").unwrap_or_default();
    let was_approved = json::text_at(payment, "/approvedAt").is_some();
    let (is_captured, is_over) = match status.as_str() {
        "READY" | "IN_PROGRESS" | "WAITING_FOR_DEPOSIT" => (false, false),
        "DONE" | "PARTIAL_CANCELED" => (true, false),
        // A payment can be cancelled before it is paid.
        "CANCELED" => (was_approved, !was_approved),
        "ABORTED" | "EXPIRED" => (false, true),
        _ => return Err("the payment's status is not known"),
    };
    if !is_captured {
        return Ok(Looked { captured: None, refunds: Vec::new(), is_over });
    }
    let (Some(id), Some(total), Some(balance)) = (
        json::text_at(payment, "/paymentKey"),
        json::int_at(payment, "/totalAmount"),
        json::int_at(payment, "/balanceAmount"),
    ) else {
        return Err("the payment lacks its name or amounts");
    };
    let refunds = refunds(payment)?;
    let refunded: i64 = refunds.iter().map(|refund| refund.amount.minor()).sum();
    if total.checked_sub(refunded) != Some(balance) {
        return Err("the payment's balance and cancels contradict each other");
    }
    let captured = Some(ProviderTransaction { id, amount: Money::won(total) });
    Ok(Looked { captured, refunds, is_over: false })
}

/// The cancels, oldest first; within a second as TossPayments lists them.
fn refunds(payment: &Value) -> Result<Vec<ProviderTransaction>, &'static str> {
    let cancels = match payment.get("cancels") {
        None | Some(Value::Null) => &[][..],
        Some(Value::Array(cancels)) => cancels,
        Some(_) => return Err("the payment's cancels make no sense"),
    };
    let mut found = Vec::with_capacity(cancels.len());
    for cancel in cancels {
        let status = json::text_at(cancel, "/cancelStatus");
        if status.is_some_and(|status| status != "DONE") {
            return Err("a cancel is not done yet");
        }
        let id = json::text_at(cancel, "/transactionKey");
        let amount = json::int_at(cancel, "/cancelAmount").filter(|amount| *amount > 0);
        let (Some(id), Some(amount)) = (id, amount) else {
            return Err("a cancel lacks its name or amount");
        };
        let at = json::text_at(cancel, "/canceledAt");
        found.push((at, ProviderTransaction { id, amount: Money::won(amount) }));
    }
    found.sort_by(|(earlier, _), (later, _)| earlier.cmp(later));
    Ok(found.into_iter().map(|(_, refund)| refund).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn movement(id: &str, amount: i64) -> ProviderTransaction {
        ProviderTransaction { id: id.to_owned(), amount: Money::won(amount) }
    }

    fn cancel(key: &str, amount: i64, second: u32) -> Value {
        json!({"transactionKey": key, "cancelAmount": amount, "cancelStatus": "DONE",
            "canceledAt": format!("2026-11-20T10:00:{second}+09:00")})
    }

    fn payment(status: &str, balance: i64, cancels: &Value) -> Value {
        json!({"paymentKey": "k", "orderId": "pay_1", "status": status, "totalAmount": 1_000,
            "balanceAmount": balance, "approvedAt": "2026-11-20T10:00:00+09:00",
            "cancels": cancels})
    }

    #[test]
    fn captured_payments_have_their_movements() {
        let looked =
            |refunds| Looked { captured: Some(movement("k", 1_000)), refunds, is_over: false };
        let done = payment("DONE", 1_000, &json!(null));
        assert_eq!(read(&done), Ok(looked(Vec::new())));
        // The rest after a part: still "partial", and nothing is left.
        let cancels = json!([cancel("c2", 700, 20), cancel("c1", 300, 10)]);
        let expected = vec![movement("c1", 300), movement("c2", 700)];
        assert_eq!(read(&payment("PARTIAL_CANCELED", 0, &cancels)), Ok(looked(expected)));
        let all = json!([cancel("c1", 1_000, 10)]);
        let expected = vec![movement("c1", 1_000)];
        assert_eq!(read(&payment("CANCELED", 0, &all)), Ok(looked(expected)));
    }

    #[test]
    fn payments_without_capture_are_pending_or_over() {
        let nothing = |is_over| Ok(Looked { captured: None, refunds: Vec::new(), is_over });
        for status in ["READY", "IN_PROGRESS", "WAITING_FOR_DEPOSIT"] {
            assert_eq!(read(&json!({"status": status, "approvedAt": null})), nothing(false));
        }
        for status in ["ABORTED", "EXPIRED", "CANCELED"] {
            assert_eq!(read(&json!({"status": status, "approvedAt": null})), nothing(true));
        }
    }

    #[test]
    fn what_makes_no_sense_proves_nothing() {
        let pending = json!([{"transactionKey": "c1", "cancelAmount": 300,
            "cancelStatus": "IN_PROGRESS"}]);
        let nameless = json!([{"cancelAmount": 300, "cancelStatus": "DONE"}]);
        let negative = json!([cancel("c1", -300, 10)]);
        for answer in [
            json!({}),
            json!({"status": "NEW"}),
            json!({"status": "DONE", "paymentKey": "k"}),
            payment("DONE", 900, &json!(null)),
            payment("DONE", 1_000, &json!("none")),
            payment("PARTIAL_CANCELED", 700, &pending),
            payment("PARTIAL_CANCELED", 700, &nameless),
            payment("PARTIAL_CANCELED", 1_300, &negative),
        ] {
            assert!(read(&answer).is_err(), "{answer}");
        }
    }
}
