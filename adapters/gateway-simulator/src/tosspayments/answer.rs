//! The payment object, which nearly every call answers with.

use jiff::tz::{Offset, TimeZone};
use serde_json::{Value, json};
use sqlx::SqliteConnection;

use super::payment::{Payment, State};
use super::{MERCHANT, PROVIDER, TossPayments, VERSION};
use crate::clock::instant;
use crate::ledger::{self, LedgerEntry, LedgerOp};

/// Korean time with its offset.
pub(super) fn korean_time(us: i64) -> String {
    let korea = TimeZone::fixed(Offset::constant(9));
    instant(us).to_zoned(korea).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// Korean time to the microsecond and without offset, as webhooks write it.
pub(super) fn webhook_time(us: i64) -> String {
    let korea = TimeZone::fixed(Offset::constant(9));
    instant(us).to_zoned(korea).strftime("%Y-%m-%dT%H:%M:%S%.6f").to_string()
}

/// The payment as the API shows it, with its cancels from the ledger.
pub(super) async fn payment(
    tosspayments: &TossPayments,
    tx: &mut SqliteConnection,
    payment: &Payment,
    now_us: i64,
) -> sqlx::Result<Value> {
    let movements = match payment.capture_key {
        Some(_) => ledger::entries_of(tx, PROVIDER, &payment.payment_key).await?,
        None => Vec::new(),
    };
    let time = |us: Option<i64>| us.map(korean_time);
    let vat = Payment::vat(payment.balance, payment.tax_free_balance);
    let mut object = json!({
        "version": VERSION,
        "mId": MERCHANT,
        "type": payment.kind.as_str(),
        "paymentKey": payment.payment_key,
        "lastTransactionKey": payment.last_transaction_key,
        "orderId": payment.order_id,
        "orderName": payment.order_name,
        "currency": "KRW",
        "country": "KR",
        "method": payment.method,
        "status": payment.state_at(now_us).as_str(),
        "totalAmount": payment.amount,
        "balanceAmount": payment.balance,
        "suppliedAmount": payment.balance - payment.tax_free_balance - vat,
        "vat": vat,
        "taxFreeAmount": payment.tax_free_balance,
        "taxExemptionAmount": 0,
        "requestedAt": korean_time(payment.requested_at_us),
        "approvedAt": time(payment.approved_at_us),
        "useEscrow": false,
        "cultureExpense": false,
        "isPartialCancelable": true,
        "cancels": cancels(payment, &movements),
        "failure": payment.failure.as_ref().map(|code| json!({
            "code": code,
            "message": super::refusal::Refusal::new(code).message(),
        })),
        "card": null, "virtualAccount": null, "secret": null, "mobilePhone": null,
        "giftCertificate": null, "transfer": null, "easyPay": null, "cashReceipt": null,
        "cashReceipts": null, "discount": null, "metadata": null,
        "checkout": { "url": super::page::url(&tosspayments.public_url, &payment.payment_key) },
        "receipt": payment.capture_key.as_ref().map(|_| json!({
            "url": super::page::url(&tosspayments.public_url, &payment.payment_key),
        })),
    });
    means(payment, &mut object);
    Ok(object)
}

/// What it was paid with.
fn means(payment: &Payment, object: &mut Value) {
    match payment.method.as_deref() {
        Some("카드") if payment.capture_key.is_some() => object["card"] = card(payment),
        Some("간편결제") => {
            object["easyPay"] =
                json!({ "provider": "토스페이", "amount": payment.amount, "discountAmount": 0 });
        }
        Some("계좌이체") => {
            object["transfer"] = json!({ "bankCode": "92", "settlementStatus": "INCOMPLETED" });
        }
        _ => {}
    }
}

fn card(payment: &Payment) -> Value {
    json!({
        "amount": payment.amount,
        "issuerCode": "11",
        "acquirerCode": "11",
        "number": "94100012****789*",
        "installmentPlanMonths": 0,
        "approveNo": "00000000",
        "useCardPoint": false,
        "cardType": "신용",
        "ownerType": "개인",
        "acquireStatus": if payment.balance == 0 { "CANCELED" } else { "READY" },
        "isInterestFree": false,
        "interestPayer": null,
    })
}

/// The cancels, oldest first; null when there are none.
fn cancels(payment: &Payment, movements: &[(LedgerEntry, Option<String>)]) -> Value {
    let mut left = payment.amount;
    let refunds = movements.iter().filter(|(entry, _)| entry.op == LedgerOp::Refund);
    let cancels: Vec<Value> = refunds
        .map(|(entry, reason)| {
            left -= entry.amount;
            json!({
                "cancelAmount": entry.amount,
                "cancelReason": reason,
                "taxFreeAmount": 0,
                "taxExemptionAmount": 0,
                "refundableAmount": left,
                "transferDiscountAmount": 0,
                "easyPayDiscountAmount": 0,
                "canceledAt": korean_time(entry.at.as_microsecond()),
                "transactionKey": entry.pg_tx_id,
                "receiptKey": null,
                "cancelStatus": "DONE",
                "cancelRequestId": null,
            })
        })
        .collect();
    if cancels.is_empty() { Value::Null } else { Value::Array(cancels) }
}

/// The body of `PAYMENT_STATUS_CHANGED`; `None` for states that are not announced.
pub(super) fn status_changed(payment: &Value, at_us: i64) -> Option<Value> {
    let status = payment["status"].as_str()?;
    let announced =
        [State::Done, State::Canceled, State::PartialCanceled, State::Aborted, State::Expired];
    announced.iter().any(|state| state.as_str() == status).then(|| {
        json!({
            "eventType": "PAYMENT_STATUS_CHANGED",
            "createdAt": webhook_time(at_us),
            "data": payment,
        })
    })
}

/// Makes the answer lie about the amount; the ledger keeps the truth.
pub(super) fn falsify(body: &str, delta: i64) -> String {
    let Ok(mut answer) = serde_json::from_str::<Value>(body) else {
        return body.to_owned();
    };
    if delta == 0 {
        return body.to_owned();
    }
    for name in ["totalAmount", "balanceAmount", "amount"] {
        if let Some(number) = answer.get(name).and_then(Value::as_i64) {
            answer[name] = json!(number.saturating_add(delta));
        }
    }
    answer.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_korean() {
        // 2026-11-20T15:04:05.6Z is the next day in Korea.
        let at: jiff::Timestamp = "2026-11-20T15:04:05.6Z".parse().unwrap();
        assert_eq!(korean_time(at.as_microsecond()), "2026-11-21T00:04:05+09:00");
        assert_eq!(webhook_time(at.as_microsecond()), "2026-11-21T00:04:05.600000");
    }
}
