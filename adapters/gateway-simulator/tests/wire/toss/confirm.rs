//! Confirm and look up.

use std::time::Duration;

use jangbogo_gateway_simulator::{Action, Call, Fault, LedgerOp, Provider, When};
use reqwest::{Method, StatusCode};
use serde_json::json;

use super::shop::{Agreed, TossShop, refusal};

const CONFIRM: &str = "/v1/payments/confirm";

#[tokio::test]
async fn a_confirmed_payment_is_done_and_in_the_ledger() {
    let shop = TossShop::open().await;
    let agreed = shop.agreed("order-0001", 22_000).await;
    assert_eq!(shop.looked_up(&agreed).await["status"], json!("IN_PROGRESS"));
    let payment = shop.ok(CONFIRM, &agreed.body()).await;
    for (field, value) in [
        ("status", json!("DONE")),
        ("version", json!("2022-11-16")),
        ("type", json!("NORMAL")),
        ("orderId", json!("order-0001")),
        ("totalAmount", json!(22_000)),
        ("balanceAmount", json!(22_000)),
        ("suppliedAmount", json!(20_000)),
        ("vat", json!(2_000)),
        ("currency", json!("KRW")),
        ("method", json!("카드")),
        ("cancels", json!(null)),
    ] {
        assert_eq!(payment[field], value, "{field}");
    }
    assert!(payment["approvedAt"].as_str().unwrap().ends_with("+09:00"));
    assert_eq!(payment["card"]["amount"], json!(22_000));
    assert!(payment["lastTransactionKey"].is_string());

    let ledger = shop.simulator.ledger().await.unwrap();
    assert_eq!(ledger.len(), 1);
    assert_eq!((ledger[0].provider.as_str(), ledger[0].op), ("tosspayments", LedgerOp::Capture));
    assert_eq!(ledger[0].pg_tx_id, agreed.payment_key);
    assert_eq!((ledger[0].merchant_ref.as_str(), ledger[0].amount), ("order-0001", 22_000));
    assert_eq!(shop.looked_up(&agreed).await, payment);
    let (_, by_order) = shop.get("/v1/payments/orders/order-0001").await;
    assert_eq!(by_order, payment);
}

#[tokio::test]
async fn what_the_buyer_did_not_agree_to_is_not_confirmed() {
    let shop = TossShop::open().await;
    let agreed = shop.agreed("order-0001", 22_000).await;
    let other_amount = Agreed { amount: 2_200, ..agreed.clone() };
    let other_order = Agreed { order_id: "order-0002".to_owned(), ..agreed.clone() };
    let unknown = Agreed { payment_key: "tjang0".to_owned(), ..agreed.clone() };
    for (wrong, expected) in [
        (other_amount, refusal(403, "FORBIDDEN_REQUEST")),
        (other_order, refusal(403, "FORBIDDEN_REQUEST")),
        (unknown, refusal(404, "NOT_FOUND_PAYMENT")),
    ] {
        assert_eq!(shop.refused(CONFIRM, &wrong.body()).await, expected);
    }
    assert!(shop.simulator.ledger().await.unwrap().is_empty());
    shop.ok(CONFIRM, &agreed.body()).await;
    let twice = shop.refused(CONFIRM, &agreed.body()).await;
    assert_eq!(twice, refusal(400, "ALREADY_PROCESSED_PAYMENT"));
    assert_eq!(shop.simulator.ledger().await.unwrap().len(), 1);
}

#[tokio::test]
async fn an_order_is_paid_once_through_whichever_payment() {
    let shop = TossShop::open().await;
    let (first, second) =
        (shop.agreed("order-0001", 1_000).await, shop.agreed("order-0001", 1_000).await);
    shop.ok(CONFIRM, &second.body()).await;
    let refused = shop.refused(CONFIRM, &first.body()).await;
    assert_eq!(refused, refusal(400, "DUPLICATED_ORDER_ID"));
    let (_, by_order) = shop.get("/v1/payments/orders/order-0001").await;
    assert_eq!(by_order["paymentKey"], json!(second.payment_key));
}

#[tokio::test]
async fn consent_is_good_for_ten_minutes() {
    let shop = TossShop::open().await;
    let agreed = shop.agreed("order-0001", 1_000).await;
    shop.simulator.advance(Duration::from_mins(10)).await;
    assert_eq!(shop.looked_up(&agreed).await["status"], json!("EXPIRED"));
    let refused = shop.refused(CONFIRM, &agreed.body()).await;
    assert_eq!(refused, refusal(404, "NOT_FOUND_PAYMENT_SESSION"));
}

#[tokio::test]
async fn malformed_and_foreign_calls_are_refused() {
    let shop = TossShop::open().await;
    for (body, code) in [
        (json!({}), "INVALID_REQUEST"),
        (json!({"paymentKey": "k", "orderId": "short", "amount": 1}), "INVALID_ORDER_ID"),
        (json!({"paymentKey": "k", "orderId": "order 0001", "amount": 1}), "INVALID_ORDER_ID"),
        (json!({"paymentKey": "k", "orderId": "order-0001", "amount": "much"}), "INVALID_REQUEST"),
        (json!({"paymentKey": 7, "orderId": "order-0001", "amount": 1}), "INVALID_REQUEST"),
    ] {
        assert_eq!(shop.refused(CONFIRM, &body).await, refusal(400, code), "{body}");
    }
    let url = format!("{}{CONFIRM}", shop.simulator.base_url());
    for (request, code, status) in [
        (shop.client.post(&url), "UNAUTHORIZED_KEY", StatusCode::UNAUTHORIZED),
        (
            shop.client.post(&url).basic_auth("test_sk_other", Some("")),
            "UNAUTHORIZED_KEY",
            StatusCode::UNAUTHORIZED,
        ),
        (
            shop.client.post(&url).bearer_auth("test_sk_secret"),
            "INCORRECT_BASIC_AUTH_FORMAT",
            StatusCode::FORBIDDEN,
        ),
    ] {
        let answer = request.json(&json!({})).send().await.unwrap();
        assert_eq!(answer.status(), status);
        assert!(answer.headers().contains_key("x-tosspayments-trace-id"));
        assert_eq!(answer.json::<serde_json::Value>().await.unwrap()["code"], json!(code));
    }
    let (status, answer) = shop.get("/v1/nothing").await;
    assert_eq!((status, &answer["code"]), (StatusCode::NOT_FOUND, &json!("NOT_FOUND")));
}

#[tokio::test]
async fn a_decline_aborts_the_payment_unless_it_passes() {
    let shop = TossShop::open().await;
    for (order_id, code, expected, status) in [
        ("order-0001", "REJECT_CARD_PAYMENT", 403, "ABORTED"),
        ("order-0002", "INVALID_STOPPED_CARD", 400, "ABORTED"),
        ("order-0003", "PROVIDER_ERROR", 400, "IN_PROGRESS"),
        ("order-0004", "FAILED_PAYMENT_INTERNAL_SYSTEM_PROCESSING", 500, "IN_PROGRESS"),
    ] {
        let agreed = shop.agreed(order_id, 1_000).await;
        let error = Action::Error { code: code.to_owned() };
        let fault = Fault::new(Call::Approve, When::Before, error).at(Provider::TossPayments);
        shop.simulator.faults(vec![fault]).await;
        assert_eq!(shop.refused(CONFIRM, &agreed.body()).await, refusal(expected, code));
        assert_eq!(shop.looked_up(&agreed).await["status"], json!(status), "{code}");
        shop.simulator.faults(Vec::new()).await;
    }
    assert!(shop.simulator.ledger().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_test_code_is_answered_before_the_payment_is_looked_at() {
    let shop = TossShop::open().await;
    for (wish, code) in
        [("REJECT_CARD_COMPANY", "REJECT_CARD_COMPANY"), ("NO_SUCH", "INVALID_TEST_CODE")]
    {
        let body = json!({"paymentKey": "k", "orderId": "order-0001", "amount": 1});
        let request = shop.request(Method::POST, CONFIRM).header("TossPayments-Test-Code", wish);
        let answer = request.json(&body).send().await.unwrap();
        assert_eq!(answer.json::<serde_json::Value>().await.unwrap()["code"], json!(code));
    }
}

#[tokio::test]
async fn a_lost_and_a_lying_answer_leave_the_truth_in_the_books() {
    let shop = TossShop::open().await;
    let agreed = shop.agreed("order-0001", 22_000).await;
    let lost = Fault::new(Call::Approve, When::After, Action::Reset).times(1);
    let lie = Fault::new(Call::Order, When::After, Action::WrongAmount { delta: -1_000 }).times(1);
    shop.simulator.faults(vec![lost, lie]).await;
    let answer = shop.request(Method::POST, CONFIRM).json(&agreed.body()).send().await;
    assert!(answer.is_err());
    assert_eq!(shop.simulator.ledger().await.unwrap().len(), 1);
    assert_eq!(shop.looked_up(&agreed).await["totalAmount"], json!(21_000));
    assert_eq!(shop.looked_up(&agreed).await["totalAmount"], json!(22_000));
}
