//! Answers that lie, break off, or come from somebody else.

use jangbogo_gateway_simulator::{Action, Call, When};
use jangbogo_kernel::Money;
use jangbogo_payment::{PaymentProvider as _, ProviderError};
use serde_json::json;

use crate::shop::{Shop, decline, declined, done, not_sent, unknown};

#[tokio::test]
async fn broken_answers_are_unknown_before_and_after_the_effect() {
    let shop = Shop::open().await;
    for (when, movements) in [(When::Before, 0), (When::After, 1)] {
        let before = shop.movements().await;
        for code in [500, 502, 404, 302, 200] {
            let request = shop.agreed().await;
            let body = "<h1>proxy</h1>".to_owned();
            let action = Action::Status { code, body };
            shop.fault(Call::Approve, when, action).await;
            unknown(shop.kakaopay.capture(&request).await);
        }
        let request = shop.agreed().await;
        shop.fault(Call::Approve, when, Action::Garbage).await;
        unknown(shop.kakaopay.capture(&request).await);
        assert_eq!(shop.movements().await - before, 6 * movements);
    }
}

#[tokio::test]
async fn what_the_codes_mean_for_money() {
    let shop = Shop::open().await;
    let request = shop.agreed().await;
    for (status, body) in [
        (400, r#"{"error_code":-10,"error_message":"slow down"}"#),
        (429, r#"{"error_code":"-429"}"#),
        (503, r#"{"error_code":-503,"error_message":"maintenance"}"#),
    ] {
        shop.answers(Call::Approve, status, body).await;
        not_sent(shop.kakaopay.capture(&request).await);
    }
    for (status, body) in [
        (400, r#"{"error_code":-785,"error_message":"in progress"}"#),
        (400, r#"{"error_code":-1}"#),
        (400, r#"{"error_code":-123456}"#),
        (429, ""),
        (503, ""),
        (500, r#"{"error_code":-500,"error_message":"internal error!"}"#),
    ] {
        shop.answers(Call::Approve, status, body).await;
        unknown(shop.kakaopay.capture(&request).await);
    }
    for method_code in ["BANK_FIRM_UNKNOWN", "INTERNAL_ERROR", "0010", "8250"] {
        shop.fault(Call::Approve, When::Before, decline(-780, method_code)).await;
        unknown(shop.kakaopay.capture(&request).await);
    }
    let body = r#"{"error_code":"-780","error_message":"approval failure!"}"#;
    shop.answers(Call::Approve, 400, body).await;
    let expected = ("-780".to_owned(), "approval failure!".to_owned());
    assert_eq!(declined(shop.kakaopay.capture(&request).await), expected);
    assert_eq!(shop.movements().await, 0);
}

#[tokio::test]
async fn numbers_may_be_strings_and_fields_may_be_null() {
    let shop = Shop::open().await;
    let request = shop.agreed().await;
    let answer = json!({"aid": "A1", "tid": request.reference, "partner_order_id": "pay_1",
        "partner_user_id": "mem_1", "amount": {"total": "22000", "vat": null}, "new": [1]});
    shop.answers(Call::Approve, 200, &answer.to_string()).await;
    let (transaction, _) = done(shop.kakaopay.capture(&request).await);
    assert_eq!(transaction.id, "A1");
    assert_eq!(transaction.amount, Money::won(22_000));
}

#[tokio::test]
async fn an_answer_about_another_payment_is_never_adopted() {
    let shop = Shop::open().await;
    let request = shop.agreed().await;
    let right = json!({"aid": "A1", "tid": request.reference, "partner_order_id": "pay_1",
        "partner_user_id": "mem_1", "amount": {"total": 22_000}});
    for field in ["tid", "partner_order_id", "partner_user_id"] {
        for other in [json!("other"), json!(null)] {
            let mut answer = right.clone();
            answer[field] = other;
            shop.answers(Call::Approve, 200, &answer.to_string()).await;
            let reason = unknown(shop.kakaopay.capture(&request).await);
            assert!(reason.contains("another payment"), "{field}: {reason}");
        }
    }
    for field in ["aid", "amount"] {
        let mut answer = right.clone();
        answer[field] = json!(null);
        shop.answers(Call::Approve, 200, &answer.to_string()).await;
        unknown(shop.kakaopay.capture(&request).await);
    }
    let books = json!({"tid": "other", "status": "QUIT_PAYMENT"});
    shop.answers(Call::Order, 200, &books.to_string()).await;
    let error = shop.kakaopay.lookup(&request.reference).await;
    assert!(matches!(error, Err(ProviderError::Unavailable { .. })), "{error:?}");
}

#[tokio::test]
async fn books_of_another_payment_do_not_prove_an_already_paid_one() {
    let shop = Shop::open().await;
    let (request, _) = shop.captured().await;
    let books = json!({"tid": request.reference, "partner_order_id": "pay_2",
        "partner_user_id": "mem_1", "status": "SUCCESS_PAYMENT", "payment_action_details":
        [{"payment_action_type": "PAYMENT", "aid": "A1", "amount": 22_000}]});
    shop.answers(Call::Order, 200, &books.to_string()).await;
    let reason = unknown(shop.kakaopay.capture(&request).await);
    assert!(reason.contains("another payment"), "{reason}");
}

#[tokio::test]
async fn an_endless_answer_is_not_read_to_its_end() {
    let shop = Shop::open().await;
    let request = shop.agreed().await;
    let answer = json!({ "filler": "x".repeat(70 * 1024) });
    shop.answers(Call::Approve, 200, &answer.to_string()).await;
    let reason = unknown(shop.kakaopay.capture(&request).await);
    assert!(reason.contains("too long"), "{reason}");
}
