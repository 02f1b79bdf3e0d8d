//! Programmed faults: what the client sees and what the ledger knows.

use jangbogo_gateway_simulator::{Action, Call, Fault, When};
use reqwest::StatusCode;
use serde_json::json;

use crate::shop::{Announced, Shop, approve_body, cancel_body};

async fn authenticated(shop: &Shop) -> (Announced, String) {
    let payment = shop.announce().await;
    let token = shop.authenticate(&payment).await;
    (payment, token)
}

fn decline(error_code: i64, method_result_code: &str) -> Action {
    Action::Decline { error_code, method_result_code: method_result_code.to_owned() }
}

#[tokio::test]
async fn a_reply_lost_after_the_effect_leaves_the_capture_in_the_ledger() {
    let shop = Shop::open().await;
    let (payment, token) = authenticated(&shop).await;
    shop.fault(Call::Approve, When::After, Action::Reset).await;
    let error = shop.request("approve").json(&approve_body(&payment, &token)).send().await;
    let error = error.unwrap_err();
    assert!(error.is_request() && !error.is_connect() && !error.is_timeout(), "{error:?}");

    let ledger = shop.simulator.ledger().await.unwrap();
    assert_eq!(ledger.len(), 1);
    let order = shop.order(&payment).await;
    assert_eq!(order["status"], json!("SUCCESS_PAYMENT"));
    assert_eq!(order["payment_action_details"][0]["aid"], json!(ledger[0].pg_tx_id));
    shop.simulator.faults(Vec::new()).await;
    assert_eq!(shop.refused("approve", &approve_body(&payment, &token)).await, -702);
}

#[tokio::test]
async fn a_reset_before_the_effect_leaves_nothing() {
    let shop = Shop::open().await;
    let (payment, token) = authenticated(&shop).await;
    shop.fault(Call::Approve, When::Before, Action::Reset).await;
    let lost = shop.request("approve").json(&approve_body(&payment, &token)).send().await;
    assert!(lost.is_err());
    assert!(shop.simulator.ledger().await.unwrap().is_empty());
    assert_eq!(shop.status(&payment).await, "AUTH_PASSWORD");
    shop.simulator.faults(Vec::new()).await;
    shop.ok("approve", &approve_body(&payment, &token)).await; // same token, as documented
}

#[tokio::test]
async fn the_effect_happens_though_the_client_has_left() {
    let shop = Shop::open().await;
    let (payment, token) = authenticated(&shop).await;
    shop.fault(Call::Approve, When::Before, Action::Latency { ms: 600 }).await;
    let body = approve_body(&payment, &token);
    let impatient = std::time::Duration::from_millis(200);
    let left = shop.request("approve").json(&body).timeout(impatient).send().await;
    assert!(left.unwrap_err().is_timeout());
    assert!(shop.simulator.ledger().await.unwrap().is_empty(), "the effect is late");
    // -785 as long as the first is under way; then it has been paid.
    let mut answer = shop.refused("approve", &body).await;
    while answer == -785 {
        tokio::task::yield_now().await;
        answer = shop.refused("approve", &body).await;
    }
    assert_eq!(answer, -702);
    assert_eq!(shop.simulator.ledger().await.unwrap().len(), 1);
}

#[tokio::test]
async fn broken_answers_before_and_after() {
    let shop = Shop::open().await;
    for (when, movements) in [(When::Before, 0), (When::After, 1)] {
        let (payment, token) = authenticated(&shop).await;
        let body = approve_body(&payment, &token);
        let status = Action::Status { code: 502, body: "<h1>Bad Gateway</h1>".to_owned() };
        shop.fault(Call::Approve, when, status).await;
        let before = shop.simulator.ledger().await.unwrap().len();
        let answer = shop.request("approve").json(&body).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::BAD_GATEWAY);
        assert_eq!(answer.text().await.unwrap(), "<h1>Bad Gateway</h1>");
        assert_eq!(shop.simulator.ledger().await.unwrap().len() - before, movements);

        let (payment, token) = authenticated(&shop).await;
        shop.fault(Call::Approve, when, Action::Garbage).await;
        let before = shop.simulator.ledger().await.unwrap().len();
        let body = approve_body(&payment, &token);
        let answer = shop.request("approve").json(&body).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        let text = answer.text().await.unwrap();
        assert!(text.starts_with('{'), "{text}");
        assert!(serde_json::from_str::<serde_json::Value>(&text).is_err(), "{text}");
        assert_eq!(shop.simulator.ledger().await.unwrap().len() - before, movements);
    }
}

#[tokio::test]
async fn a_lying_answer_does_not_change_the_ledger() {
    let shop = Shop::open().await;
    let (payment, token) = authenticated(&shop).await;
    let lie = |call| Fault::new(call, When::After, Action::WrongAmount { delta: -1_000 }).times(1);
    shop.simulator.faults(vec![lie(Call::Approve), lie(Call::Order)]).await;
    let answer = shop.ok("approve", &approve_body(&payment, &token)).await;
    assert_eq!(answer["amount"]["total"], json!(21_000));
    let order = shop.order(&payment).await;
    assert_eq!(order["amount"]["total"], json!(21_000));
    assert_eq!(order["payment_action_details"][0]["amount"], json!(21_000));
    assert_eq!(shop.order(&payment).await["amount"]["total"], json!(22_000), "only once");
    assert_eq!(shop.simulator.ledger().await.unwrap()[0].amount, 22_000);
}

#[tokio::test]
async fn a_decline_ends_the_payment_unless_it_will_pass() {
    let shop = Shop::open().await;
    for (code, state, again) in
        [("NOT_ENOUGH_BALANCE", "FAIL_PAYMENT", -783), ("USER_LOCKED", "AUTH_PASSWORD", 0)]
    {
        let (payment, token) = authenticated(&shop).await;
        shop.fault(Call::Approve, When::Before, decline(-780, code)).await;
        let (status, answer) = shop.call("approve", &approve_body(&payment, &token)).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert_eq!(answer["error_code"], json!(-780));
        assert_eq!(answer["error_message"], json!("approval failure!"));
        assert_eq!(answer["extras"]["method_result_code"], json!(code));
        assert!(answer["extras"]["method_result_message"].is_string());
        assert_eq!(shop.status(&payment).await, state);
        assert!(shop.simulator.ledger().await.unwrap().is_empty());
        shop.simulator.faults(Vec::new()).await;
        if again == 0 {
            shop.ok("approve", &approve_body(&payment, &token)).await;
        } else {
            assert_eq!(shop.refused("approve", &approve_body(&payment, &token)).await, again);
        }
    }
}

#[tokio::test]
async fn a_declined_or_lost_cancel() {
    let shop = Shop::open().await;
    let payment = shop.paid().await;
    shop.fault(Call::Cancel, When::Before, decline(-781, "INVALID_CANCEL_STATUS")).await;
    let (_, answer) = shop.call("cancel", &cancel_body(&payment, 22_000)).await;
    assert_eq!(answer["error_message"], json!("cancel failure!"));
    assert_eq!(shop.simulator.ledger().await.unwrap().len(), 1);

    shop.fault(Call::Cancel, When::After, Action::Reset).await;
    assert!(shop.request("cancel").json(&cancel_body(&payment, 22_000)).send().await.is_err());
    assert_eq!(shop.simulator.ledger().await.unwrap().len(), 2);
    assert_eq!(shop.status(&payment).await, "CANCEL_PAYMENT");
}

#[tokio::test]
async fn a_refused_call_does_not_use_up_a_fault_after_the_effect() {
    let shop = Shop::open().await;
    let fault = Fault::new(Call::Approve, When::After, Action::Reset).times(1);
    shop.simulator.faults(vec![fault]).await;
    let (payment, token) = authenticated(&shop).await;
    assert_eq!(shop.refused("approve", &approve_body(&payment, "wrong")).await, -708);
    assert!(shop.request("approve").json(&approve_body(&payment, &token)).send().await.is_err());
}

#[tokio::test]
async fn a_fifth_of_the_calls_fails_the_same_way_under_the_same_seed() {
    async fn failures(seed: u64) -> Vec<usize> {
        let shop = Shop::open_with(None, seed).await;
        let payment = shop.announce().await;
        let closed = Action::Status { code: 503, body: String::new() };
        let fault = Fault::new(Call::Order, When::Before, closed).share(20);
        shop.simulator.faults(vec![fault]).await;
        let body = json!({ "cid": "TC0ONETIME", "tid": payment.tid });
        let mut failures = Vec::new();
        for call in 0..100 {
            let answer = shop.request("order").json(&body).send().await.unwrap();
            if answer.status() == StatusCode::SERVICE_UNAVAILABLE {
                failures.push(call);
            }
        }
        failures
    }
    let first = failures(21).await;
    assert!((8..=35).contains(&first.len()), "{first:?}");
    assert_eq!(first, failures(21).await);
    assert_ne!(first, failures(22).await);
}
