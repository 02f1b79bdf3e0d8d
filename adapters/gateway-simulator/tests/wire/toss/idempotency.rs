//! Idempotency keys.

use std::time::Duration;

use jangbogo_gateway_simulator::{Action, Call, Fault, When};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::shop::{Agreed, TossShop, cancel_path};

const CONFIRM: &str = "/v1/payments/confirm";

async fn keyed(shop: &TossShop, path: &str, key: &str, body: &Value) -> (StatusCode, String) {
    let request = shop.request(Method::POST, path).header("Idempotency-Key", key);
    let answer = request.json(body).send().await.unwrap();
    (answer.status(), answer.text().await.unwrap())
}

#[tokio::test]
async fn the_same_key_gets_the_same_answer_whatever_the_body() {
    let shop = TossShop::open().await;
    let agreed = shop.agreed("order-0001", 1_000).await;
    let first = keyed(&shop, CONFIRM, "key-1", &agreed.body()).await;
    assert_eq!(first.0, StatusCode::OK);
    assert_eq!(keyed(&shop, CONFIRM, "key-1", &agreed.body()).await, first);
    assert_eq!(keyed(&shop, CONFIRM, "key-1", &json!({"other": "body"})).await, first);
    // A key belongs to one address.
    let body = json!({"cancelReason": "변심", "cancelAmount": 400});
    let cancelled = keyed(&shop, &cancel_path(&agreed), "key-1", &body).await;
    assert_eq!(cancelled.0, StatusCode::OK);
    assert_ne!(cancelled.1, first.1);
    assert_eq!(keyed(&shop, &cancel_path(&agreed), "key-1", &body).await, cancelled);
    assert_eq!(shop.simulator.ledger().await.unwrap().len(), 2, "one capture, one refund");
}

#[tokio::test]
async fn refusals_are_repeated_too_until_the_key_is_forgotten() {
    let shop = TossShop::open().await;
    let agreed = shop.agreed("order-0001", 1_000).await;
    let wrong = Agreed { amount: 999, ..agreed.clone() };
    let first = keyed(&shop, CONFIRM, "key-1", &wrong.body()).await;
    assert_eq!(first.0, StatusCode::FORBIDDEN);
    assert_eq!(keyed(&shop, CONFIRM, "key-1", &agreed.body()).await, first, "put right too late");
    assert_eq!(keyed(&shop, CONFIRM, "key-2", &agreed.body()).await.0, StatusCode::OK);
    shop.simulator.advance(Duration::from_hours(15 * 24)).await;
    let later = keyed(&shop, CONFIRM, "key-1", &agreed.body()).await;
    assert!(later.1.contains("ALREADY_PROCESSED_PAYMENT"), "{later:?}");
    let long = keyed(&shop, CONFIRM, &"k".repeat(301), &agreed.body()).await;
    assert!(long.1.contains("INVALID_IDEMPOTENCY_KEY"), "{long:?}");
}

#[tokio::test]
async fn a_running_call_says_so_and_a_lost_answer_is_told_again() {
    let shop = TossShop::open().await;
    let agreed = shop.agreed("order-0001", 1_000).await;
    let late = Action::Late { ms: 300_000 };
    shop.simulator.faults(vec![Fault::new(Call::Approve, When::Before, late).attempts(1)]).await;
    let request = shop.request(Method::POST, CONFIRM).header("Idempotency-Key", "key-1");
    assert!(request.json(&agreed.body()).send().await.is_err());
    let running = keyed(&shop, CONFIRM, "key-1", &agreed.body()).await;
    assert_eq!(running.0, StatusCode::CONFLICT);
    assert!(running.1.contains("IDEMPOTENT_REQUEST_PROCESSING"), "{running:?}");
    let other = keyed(&shop, CONFIRM, "key-2", &agreed.body()).await;
    assert!(other.1.contains("FORBIDDEN_CONSECUTIVE_REQUEST"), "{other:?}");
    shop.simulator.advance(Duration::from_mins(5)).await;
    let (status, body) = keyed(&shop, CONFIRM, "key-1", &agreed.body()).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(serde_json::from_str::<Value>(&body).unwrap()["status"], json!("DONE"));
    assert_eq!(shop.simulator.ledger().await.unwrap().len(), 1);
}
