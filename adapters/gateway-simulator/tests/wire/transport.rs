//! Faults of the connection: refused, cut short, drop by drop, and effects that come late.

use std::time::Duration;

use jangbogo_gateway_simulator::{Action, Call, Fault, SimulatorConfig, When};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::shop::{Shop, approve_body};
use crate::toss::TossShop;

#[tokio::test]
async fn while_the_door_is_closed_connections_are_refused() {
    let shop = Shop::open().await;
    let payment = shop.announce().await; // and a connection is kept
    let closed = Fault::new(Call::Connect, When::Before, Action::Refuse);
    for _ in 0..2 {
        shop.simulator.faults(vec![closed.clone()]).await;
        let body = json!({ "cid": "TC0ONETIME", "tid": payment.tid });
        // The kept connection may be found dead first; a new one is refused by the system.
        let mut refused = false;
        for _ in 0..3 {
            let error = shop.request("order").json(&body).send().await.unwrap_err();
            refused |= error.is_connect();
        }
        assert!(refused);
        shop.simulator.faults(Vec::new()).await;
        assert_eq!(shop.status(&payment).await, "READY");
    }
}

#[tokio::test]
async fn a_truncated_answer_ends_before_its_length() {
    let shop = Shop::open().await;
    let payment = shop.paid().await;
    shop.fault(Call::Order, When::After, Action::Truncated).await;
    let body = json!({ "cid": "TC0ONETIME", "tid": payment.tid });
    let answer = shop.request("order").json(&body).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    let length = answer.content_length().unwrap();
    assert!(length > 200, "{length}");
    assert!(answer.text().await.is_err(), "the whole body came");
}

#[tokio::test]
async fn a_dripping_answer_is_slow_and_whole() {
    let shop = Shop::open().await;
    let payment = shop.paid().await;
    shop.fault(Call::Order, When::After, Action::Drip { pieces: 4, pause_ms: 20 }).await;
    let body = json!({ "cid": "TC0ONETIME", "tid": payment.tid });
    let mut answer = shop.request("order").json(&body).send().await.unwrap();
    let (mut pieces, mut whole) = (0, Vec::new());
    while let Some(piece) = answer.chunk().await.unwrap() {
        pieces += 1;
        whole.extend_from_slice(&piece);
    }
    assert!(pieces > 1, "it came at once");
    let answer: Value = serde_json::from_slice(&whole).unwrap();
    assert_eq!(answer["status"], json!("SUCCESS_PAYMENT"));
}

#[tokio::test]
async fn a_late_effect_comes_with_the_clock_and_nothing_moves_before() {
    let frozen = Some("2026-11-20T03:00:00Z".parse().unwrap());
    let late = Fault::new(Call::Approve, When::Before, Action::Late { ms: 30_000 });

    let shop = Shop::open().await;
    let payment = shop.announce().await;
    let token = shop.authenticate(&payment).await;
    shop.simulator.faults(vec![late.clone()]).await;
    let body = approve_body(&payment, &token);
    assert!(shop.request("approve").json(&body).send().await.is_err());
    assert!(shop.simulator.ledger().await.unwrap().is_empty());
    assert_eq!(shop.refused("approve", &body).await, -785, "it is under way");
    shop.simulator.advance(Duration::from_secs(30)).await;
    assert_eq!(shop.simulator.ledger().await.unwrap().len(), 1);
    assert_eq!(shop.status(&payment).await, "SUCCESS_PAYMENT");

    let config = SimulatorConfig { frozen_at: frozen, ..SimulatorConfig::new("kakao") };
    let shop = TossShop::open_with(config).await;
    let agreed = shop.agreed("order-0001", 1_000).await;
    shop.simulator.faults(vec![late]).await;
    let request = shop.request(Method::POST, "/v1/payments/confirm").json(&agreed.body());
    assert!(request.header("Idempotency-Key", "k").send().await.is_err());
    shop.simulator.advance(Duration::from_secs(29)).await;
    assert_eq!(shop.looked_up(&agreed).await["status"], json!("IN_PROGRESS"));
    shop.simulator.advance(Duration::from_secs(1)).await;
    assert_eq!(shop.looked_up(&agreed).await["status"], json!("DONE"));
    assert_eq!(shop.simulator.ledger().await.unwrap().len(), 1);
}
