//! Subscriptions through TossPayments: a billing key, idempotency keys, and books to look into.

use std::time::Duration;

use jangbogo_gateway_simulator::{Action, Call, Fault, When};
use jangbogo_payment::Firmness;
use jangbogo_subscription::CycleOutcome;
use jangbogo_tests::{Actor, Scene, TestShop};
use reqwest::{Method, Url};
use serde_json::json;

use super::days_go_by;

/// Subscribes and agrees in the provider's window; gives the subscription and the way back.
async fn agrees(buyer: &Actor, product: &str) -> (String, String, String) {
    let begun = buyer.begins_subscription(product, 1, 30).await.expect(201);
    let order = begun.text_at("/order_id");
    let path = format!("/api/v1/orders/{order}/payments");
    let started = buyer.posts(&path, json!({"provider": "tosspayments"})).await.expect(201);
    let window: Url = started.text_at("/redirect_url/pc").parse().unwrap();
    let shown = buyer.visits(Method::GET, window.as_str()).await.expect(200).text;
    let form = shown.split("action=\"").nth(1).unwrap().split('"').next().unwrap();
    let agree = window.join(form).unwrap();
    let back = buyer.visits(Method::POST, agree.as_str()).await.location();
    (begun.text_at("/id"), order, back)
}

async fn subscribed() -> (TestShop, Actor, String, String) {
    let Scene { shop, buyer, product, .. } = Scene::open(9).await;
    let (id, order, back) = agrees(&buyer, &product).await;
    buyer.comes_back(&back).await.expect(200);
    shop.delivers_events().await;
    assert_eq!(buyer.subscription(&id).await["status"], "active");
    (shop, buyer, id, order)
}

#[tokio::test]
async fn a_billing_key_is_charged_every_period_and_given_back() {
    let (shop, mut buyer, id, first) = subscribed().await;
    days_go_by(&shop, &mut buyer, 30).await;
    assert_eq!(shop.bills_what_is_due().await, [CycleOutcome::Charged]);
    let seen = buyer.subscription(&id).await;
    let second = seen["cycles"][1]["order_id"].as_str().unwrap().to_owned();
    for order in [first, second] {
        buyer.asks_for_refund(&order, json!({"reason": "too many"})).await.expect(202);
        shop.delivers_events().await;
        assert_eq!(buyer.order(&order).await["status"], "refunded");
    }
    buyer.deletes(&format!("/api/v1/subscriptions/{id}")).await.expect(200);
    shop.delivers_events().await;
    assert_eq!(shop.opened().shop.end_agreement.waiting().await.unwrap(), 0, "the key is gone");
    days_go_by(&shop, &mut buyer, 60).await;
    assert_eq!(shop.bills_what_is_due().await, []);
    let moved = [Scene::PRICE, Scene::PRICE, -Scene::PRICE, -Scene::PRICE];
    assert_eq!(shop.money_moved().await, moved);
    shop.close().await;
}

#[tokio::test]
async fn a_lost_answer_is_found_in_the_books() {
    let (shop, mut buyer, id, _) = subscribed().await;
    for (when, charges) in [(When::After, 2), (When::Before, 3)] {
        days_go_by(&shop, &mut buyer, 30).await;
        shop.provider_fails_once(Call::Charge, when, Action::Reset).await;
        assert_eq!(shop.bills_what_is_due().await, [CycleOutcome::Pending]);
        for _ in 0..4 {
            shop.time_goes_by(Duration::from_mins(2)).await;
            shop.resolves_attempts().await;
        }
        shop.delivers_events().await;
        // What was found is paid; what surely was not sent is charged now.
        while !shop.bills_what_is_due().await.is_empty() {}
        assert_eq!(shop.money_moved().await, vec![Scene::PRICE; charges]);
    }
    days_go_by(&shop, &mut buyer, 0).await;
    assert_eq!(buyer.subscription(&id).await["status"], "active");
    shop.close().await;
}

#[tokio::test]
async fn a_declined_key_is_dunned_and_a_removed_one_ends() {
    let (shop, mut buyer, id, _) = subscribed().await;
    let error = |code: &str| {
        let action = Action::Error { code: code.to_owned() };
        vec![Fault::new(Call::Charge, When::Before, action).times(1)]
    };
    days_go_by(&shop, &mut buyer, 30).await;
    shop.faults(error("EXCEED_MAX_AMOUNT")).await;
    assert_eq!(shop.bills_what_is_due().await, [CycleOutcome::Declined(Firmness::Soft)]);
    days_go_by(&shop, &mut buyer, 1).await;
    shop.faults(error("ALREADY_REMOVED_BILLING_KEY")).await;
    assert_eq!(shop.bills_what_is_due().await, [CycleOutcome::Declined(Firmness::Hard)]);
    assert_eq!(buyer.subscription(&id).await["status"], "cancelled");
    shop.close().await;
}

#[tokio::test]
async fn another_buyer_s_consent_takes_nothing() {
    let Scene { shop, buyer, product, .. } = Scene::open(9).await;
    let (_, _, back) = agrees(&buyer, &product).await;
    let me = buyer.me().await;
    let forged = back.replace(me["id"].as_str().unwrap(), "mem_00000000000000000000000000000007");
    assert_ne!(forged, back);
    buyer.comes_back(&forged).await.expect_problem(409, "payment-over");
    assert_eq!(shop.money_moved().await, [] as [i64; 0]);
    shop.expires_orders().await;
    shop.close().await;
}
