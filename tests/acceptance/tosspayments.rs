//! The second provider from outside: the buyer chooses it, and its hints are only hints.

use jangbogo_gateway_simulator::{Action, Call, Fault, Provider, When};
use jangbogo_tests::{Actor, PaymentPage, Scene, ShopOptions, eventually};
use serde_json::json;

const TOSS: &str = "tosspayments";

/// The buyer goes to TossPayments and agrees there; where the browser is sent back to.
async fn agrees_to_pay(buyer: &Actor, order: &str) -> (PaymentPage, String) {
    let path = format!("/api/v1/orders/{order}/payments");
    let begun = buyer.posts(&path, json!({"provider": TOSS})).await.expect(201);
    let page =
        PaymentPage { payment: begun.text_at("/id"), url: begun.text_at("/redirect_url/pc") };
    let back = buyer.presses("pay", &page).await;
    (page, back)
}

#[tokio::test]
async fn a_buyer_pays_through_tosspayments_and_gets_it_back() {
    let Scene { shop, buyer, product, .. } = Scene::open(5).await;
    let order = buyer.orders(&product, 1).await;
    let (page, back) = agrees_to_pay(&buyer, &order).await;
    buyer.comes_back(&back).await.expect(200);
    buyer.comes_back(&back).await.expect(200);
    let payment = buyer.payment(&page.payment).await;
    assert_eq!((&payment["status"], &payment["provider"]), (&json!("succeeded"), &json!(TOSS)));
    assert_eq!(buyer.order(&order).await["status"], "paid");
    buyer.asks_for_refund(&order, json!({"reason": "바꿨어요"})).await.expect(202);
    shop.delivers_events().await;
    assert_eq!(buyer.order(&order).await["status"], "refunded");
    assert_eq!(shop.money_moved().await, [Scene::PRICE, -Scene::PRICE]);
    shop.close().await;
}

#[tokio::test]
async fn a_forged_return_takes_nothing() {
    let Scene { shop, buyer, product, .. } = Scene::open(5).await;
    let order = buyer.orders(&product, 1).await;
    let (_, back) = agrees_to_pay(&buyer, &order).await;
    let forged = back.replace(&format!("amount={}", Scene::PRICE), "amount=100");
    assert_ne!(forged, back);
    buyer.comes_back(&forged).await.expect_problem(409, "payment-over");
    assert_eq!(shop.money_moved().await, [0; 0]);
    shop.close().await;
}

#[tokio::test]
async fn a_webhook_is_a_hint_to_look() {
    let Scene { shop, buyer, product, .. } = Scene::open(5).await;
    let order = buyer.orders(&product, 1).await;
    let (page, back) = agrees_to_pay(&buyer, &order).await;
    let hook = "/api/v1/webhooks/tosspayments";
    let says_done = json!({"eventType": "PAYMENT_STATUS_CHANGED",
        "data": {"orderId": page.payment, "status": "DONE"}});
    // Invented: nothing was sent yet, so there is nothing to look for.
    shop.visitor().posts(hook, says_done.clone()).await.expect(200);
    // The simulator's own webhook is lost: only ours comes.
    let lost = Fault::new(Call::Webhook, When::Before, Action::Reset).at(Provider::TossPayments);
    let cut = Fault::new(Call::Approve, When::After, Action::Reset).times(1);
    shop.faults(vec![lost, cut]).await;
    buyer.comes_back(&back).await.expect(202);
    assert_eq!(buyer.order(&order).await["status"], "pending_payment");
    for notification in [json!({}), json!({"data": {"orderId": "pay_nobody"}}), says_done] {
        shop.visitor().posts(hook, notification).await.expect(200);
    }
    eventually(async || buyer.order(&order).await["status"] == "paid").await;
    let nowhere = shop.visitor().posts("/api/v1/webhooks/nobody", json!({})).await;
    nowhere.expect_problem(404, "not-found");
    assert_eq!(shop.money_moved().await, [Scene::PRICE]);
    shop.close().await;
}

#[tokio::test]
async fn while_one_provider_is_left_alone_the_others_are_offered() {
    let mut options = ShopOptions::default();
    options.config.resilience.breaker.window = 2;
    options.config.resilience.breaker.minimum_calls = 2;
    let Scene { shop, buyer, product, .. } = Scene::open_with(5, options).await;
    let order = buyer.orders(&product, 1).await;
    let path = format!("/api/v1/orders/{order}/payments");
    let sick = Fault::new(Call::Ready, When::Before, Action::Reset).at(Provider::KakaoPay);
    shop.faults(vec![sick]).await;
    for _ in 0..3 {
        let failed = buyer.posts(&path, json!({"provider": "kakaopay"})).await;
        let failed = failed.expect_problem(503, "payment-provider-unavailable");
        assert_eq!(failed.json["providers"], json!([TOSS]));
    }
    let ready = shop.visitor().gets("/readyz").await.expect(200);
    let kakaopay = &ready.json["payment_providers"][0];
    assert_eq!((&kakaopay["name"], &kakaopay["is_available"]), (&json!("kakaopay"), &json!(false)));
    assert_eq!(kakaopay["operations"][0]["circuit"], "open");
    let (_, back) = agrees_to_pay(&buyer, &order).await;
    buyer.comes_back(&back).await.expect(200);
    assert_eq!(buyer.order(&order).await["payments"].as_array().unwrap().len(), 3);
    shop.close().await;
}
