//! Payments: begun by buyers, taken at most once.

use std::time::Duration;

use futures::future::join_all;
use jangbogo_gateway_simulator::{Action, Call, When};
use jangbogo_payment::Resolved;
use jangbogo_tests::Scene;
use reqwest::Method;
use serde_json::{Value, json};

const KAKAOPAY: &str = "kakaopay";

#[tokio::test]
async fn a_browser_ends_on_a_page_that_says_paid() {
    let Scene { shop, buyer, product, .. } = Scene::open(5).await;
    let order = buyer.orders(&product, 2).await;
    let page = buyer.goes_to_pay(&order).await;
    let shown = buyer.visits(Method::GET, &page.url).await.expect(200);
    assert!(shown.text.contains("25,800"), "{}", shown.text);
    let result = format!("/payments/{}/result", page.payment);
    let before = buyer.visits(Method::GET, &result).await.expect(200);
    assert!(before.text.contains("아직 결제하지 않으셨습니다"), "{}", before.text);

    let back = buyer.presses("pay", &page).await;
    let sent_on = buyer.visits(Method::GET, &back).await.expect(303);
    assert_eq!(sent_on.location(), result);
    let paid = buyer.visits(Method::GET, &result).await.expect(200);
    assert_eq!(paid.header("content-type"), Some("text/html; charset=utf-8"));
    for words in ["결제가 완료되었습니다", "결제 완료", "25,800원", "루테인", &order]
    {
        assert!(paid.text.contains(words), "{words} in {}", paid.text);
    }
    for secret in [buyer.email(), "59100", "완도군", "010-1234-5678", "01012345678"] {
        assert!(!paid.text.contains(secret), "{secret} in {}", paid.text);
    }
    assert_eq!(buyer.order(&order).await["status"], "paid");
    assert_eq!(shop.money_moved().await, [25_800]);
    shop.close().await;
}

#[tokio::test]
async fn a_program_is_told_in_json() {
    let Scene { shop, buyer, product, .. } = Scene::open(5).await;
    let order = buyer.orders(&product, 1).await;
    let (page, back) = buyer.agrees_to_pay(&order).await;
    let waiting = buyer.payment(&page.payment).await;
    assert_eq!(waiting["status"], "created");
    assert_eq!(waiting["settled_at"], Value::Null);
    let told = buyer.comes_back(&back).await.expect(200);
    let expected = json!({"payment_id": page.payment, "order_id": order, "status": "succeeded"});
    assert_eq!(told.json, expected);

    let payment = buyer.payment(&page.payment).await;
    assert_eq!(payment["id"], page.payment);
    assert_eq!(payment["order_id"], order);
    assert_eq!(payment["status"], "succeeded");
    assert_eq!(payment["provider"], KAKAOPAY);
    assert_eq!(payment["amount"], json!({"amount": Scene::PRICE, "currency": "KRW"}));
    assert!(payment["settled_at"].is_string());
    let path = format!("/api/v1/orders/{order}/payments");
    let again = buyer.posts(&path, json!({"provider": KAKAOPAY})).await;
    again.expect_problem(409, "order-not-payable");
    shop.close().await;
}

#[tokio::test]
async fn whoever_cancels_or_fails_at_the_provider_can_pay_again() {
    let Scene { shop, buyer, product, .. } = Scene::open(5).await;
    for (button, in_browser) in
        [("cancel", false), ("fail", false), ("cancel", true), ("fail", true)]
    {
        let order = buyer.orders(&product, 1).await;
        let page = buyer.goes_to_pay(&order).await;
        let back = buyer.presses(button, &page).await;
        if in_browser {
            let result = buyer.visits(Method::GET, &back).await.expect(303).location();
            let shown = buyer.visits(Method::GET, &result).await.expect(200);
            assert!(shown.text.contains("결제를 마치지 않으셨습니다"), "{}", shown.text);
        } else {
            let told = buyer.comes_back(&back).await.expect(200);
            assert_eq!(told["status"], "cancelled");
        }
        assert_eq!(buyer.payment(&page.payment).await["status"], "cancelled");
        assert_eq!(buyer.order(&order).await["status"], "pending_payment");

        let second = buyer.pays(&order).await;
        assert_ne!(second.payment, page.payment);
        let order = buyer.order(&order).await;
        assert_eq!(order["status"], "paid");
        assert_eq!(order["payments"][0]["status"], "cancelled");
        assert_eq!(order["payments"][1]["status"], "succeeded");
        // Whoever finds the old address in the browser's history changes nothing.
        let late = buyer.comes_back(&back).await.expect(200);
        assert_eq!(late["status"], "cancelled");
    }
    assert_eq!(shop.money_moved().await, [Scene::PRICE; 4]);
    shop.close().await;
}

#[tokio::test]
async fn a_repeated_return_captures_once() {
    let Scene { shop, buyer, product, .. } = Scene::open(5).await;
    let order = buyer.orders(&product, 1).await;
    let (_, back) = buyer.agrees_to_pay(&order).await;
    let first = buyer.comes_back(&back).await.expect(200);
    let second = buyer.comes_back(&back).await.expect(200);
    assert_eq!(first.text, second.text);
    let other_token = back.replace("pg_token=", "pg_token=0");
    let third = buyer.comes_back(&other_token).await.expect(200);
    assert_eq!(first.text, third.text, "a settled payment asks for no proof");
    assert_eq!(shop.money_moved().await, [Scene::PRICE]);
    shop.close().await;
}

#[tokio::test]
async fn ten_returns_at_once_capture_once() {
    let Scene { shop, buyer, product, .. } = Scene::open(5).await;
    let order = buyer.orders(&product, 1).await;
    let (_, back) = buyer.agrees_to_pay(&order).await;
    let replies = join_all((0..10).map(|_| buyer.comes_back(&back))).await;
    for reply in &replies {
        let told = (reply.status, reply["status"].as_str().unwrap());
        assert!(matches!(told, (200, "succeeded") | (202, "pending")), "{}", reply.text);
    }
    assert!(replies.iter().any(|reply| reply.status == 200));
    buyer.comes_back(&back).await.expect(200);
    assert_eq!(shop.money_moved().await, [Scene::PRICE]);
    assert_eq!(buyer.order(&order).await["payments"].as_array().unwrap().len(), 1);
    shop.close().await;
}

#[tokio::test]
async fn nothing_is_captured_for_an_expired_order() {
    let Scene { shop, buyer, product, .. } = Scene::open(5).await;
    for is_swept in [false, true] {
        let order = buyer.orders(&product, 1).await;
        let (page, back) = buyer.agrees_to_pay(&order).await;
        shop.time_goes_by(Duration::from_mins(5)).await;
        if is_swept {
            assert_eq!(shop.expires_orders().await, 1);
        }
        buyer.comes_back(&back).await.expect_problem(409, "order-expired");
        assert_eq!(buyer.payment(&page.payment).await["status"], "cancelled");
        let result = buyer.visits(Method::GET, &back).await.expect(303).location();
        let shown = buyer.visits(Method::GET, &result).await.expect(200);
        assert!(shown.text.contains("결제 기한이 지났습니다"), "{}", shown.text);
        shop.expires_orders().await;
        assert_eq!(buyer.order(&order).await["status"], "expired");
    }
    assert!(shop.money_moved().await.is_empty());
    assert_eq!(buyer.stock_of(&product).await, 5);
    shop.close().await;
}

#[tokio::test]
async fn nothing_is_captured_for_a_cancelled_order() {
    let Scene { shop, buyer, product, .. } = Scene::open(5).await;
    let order = buyer.orders(&product, 1).await;
    let (page, back) = buyer.agrees_to_pay(&order).await;
    buyer.cancels(&order).await.expect(200);
    buyer.comes_back(&back).await.expect_problem(409, "order-not-payable");
    assert_eq!(buyer.payment(&page.payment).await["status"], "cancelled");
    let result = buyer.visits(Method::GET, &back).await.expect(303).location();
    let shown = buyer.visits(Method::GET, &result).await.expect(200);
    assert!(shown.text.contains("취소된 주문입니다"), "{}", shown.text);
    assert!(shop.money_moved().await.is_empty());
    assert_eq!(buyer.stock_of(&product).await, 5);
    shop.close().await;
}

#[tokio::test]
async fn a_forged_proof_is_declined_and_a_new_payment_works() {
    let Scene { shop, buyer, product, .. } = Scene::open(5).await;
    let order = buyer.orders(&product, 1).await;
    let (page, back) = buyer.agrees_to_pay(&order).await;
    let (address, _) = back.split_once('?').unwrap();
    let forged = format!("{address}?pg_token=0123456789abcdef0123");
    buyer.comes_back(&forged).await.expect_problem(409, "payment-declined");
    assert_eq!(buyer.payment(&page.payment).await["status"], "declined");
    // The true proof comes too late for this payment.
    buyer.comes_back(&back).await.expect_problem(409, "payment-declined");
    assert!(shop.money_moved().await.is_empty());

    buyer.pays(&order).await;
    assert_eq!(shop.money_moved().await, [Scene::PRICE]);
    shop.close().await;
}

#[tokio::test]
async fn without_proof_nothing_happens_and_the_true_proof_still_works() {
    let Scene { shop, buyer, product, .. } = Scene::open(5).await;
    let order = buyer.orders(&product, 1).await;
    let (page, back) = buyer.agrees_to_pay(&order).await;
    let (address, _) = back.split_once('?').unwrap();
    let long = format!("{address}?pg_token={}", "x".repeat(501));
    let control = format!("{address}?pg_token=a%00b");
    let other = format!("{address}?token=x");
    let empty = format!("{address}?pg_token=");
    for bad in [address, &empty, &other, &long, &control] {
        buyer.comes_back(bad).await.expect_problem(400, "payment-proof-missing");
    }
    assert_eq!(buyer.payment(&page.payment).await["status"], "created");
    // What a provider may add to the address later is no reason to refuse.
    buyer.comes_back(&format!("{back}&campaign=x")).await.expect(200);
    assert_eq!(shop.money_moved().await, [Scene::PRICE]);
    shop.close().await;
}

#[tokio::test]
async fn a_second_payment_takes_the_place_of_the_first() {
    let Scene { shop, buyer, product, .. } = Scene::open(5).await;
    let order = buyer.orders(&product, 1).await;
    let first = buyer.goes_to_pay(&order).await;
    let second = buyer.goes_to_pay(&order).await;
    let back = buyer.presses("pay", &first).await;
    buyer.comes_back(&back).await.expect_problem(409, "payment-over");
    assert_eq!(buyer.payment(&first.payment).await["status"], "cancelled");
    assert!(shop.money_moved().await.is_empty());

    let back = buyer.presses("pay", &second).await;
    buyer.comes_back(&back).await.expect(200);
    assert_eq!(buyer.order(&order).await["status"], "paid");
    assert_eq!(shop.money_moved().await, [Scene::PRICE]);
    shop.close().await;
}

#[tokio::test]
async fn a_declined_payment_can_be_repeated() {
    let Scene { shop, buyer, product, .. } = Scene::open(5).await;
    let order = buyer.orders(&product, 1).await;
    let (page, back) = buyer.agrees_to_pay(&order).await;
    let method_result_code = "NOT_ENOUGH_BALANCE".to_owned();
    let decline = Action::Decline { error_code: -780, method_result_code };
    shop.provider_fails_once(Call::Approve, When::Before, decline).await;
    let declined = buyer.comes_back(&back).await.expect_problem(409, "payment-declined");
    assert!(declined.text_at("/detail").contains("-780"), "{}", declined.text);
    let again = buyer.comes_back(&back).await.expect_problem(409, "payment-declined");
    assert_eq!(again["detail"], declined["detail"]);
    let result = buyer.visits(Method::GET, &back).await.expect(303).location();
    let shown = buyer.visits(Method::GET, &result).await.expect(200);
    assert!(shown.text.contains("결제가 거절되었습니다"), "{}", shown.text);
    assert_eq!(buyer.payment(&page.payment).await["status"], "declined");
    assert_eq!(buyer.order(&order).await["status"], "pending_payment");
    assert!(shop.money_moved().await.is_empty());

    buyer.pays(&order).await;
    assert_eq!(shop.money_moved().await, [Scene::PRICE]);
    shop.close().await;
}

#[tokio::test]
async fn a_page_that_nobody_comes_back_from_is_given_up() {
    let Scene { shop, mut buyer, product, .. } = Scene::open(5).await;
    let order = buyer.orders(&product, 1).await;
    let (page, back) = buyer.agrees_to_pay(&order).await;
    // TossPayments' page lives the longest: half an hour.
    shop.time_goes_by(Duration::from_secs(30 * 60 + 59)).await;
    assert_eq!(shop.resolves_attempts().await, Resolved::default());
    shop.time_goes_by(Duration::from_secs(1)).await;
    let round = shop.resolves_attempts().await;
    assert_eq!((round.aborted, round.handled), (1, 0));
    shop.expires_orders().await;
    buyer.logs_in().await;
    assert_eq!(buyer.payment(&page.payment).await["status"], "cancelled");
    buyer.comes_back(&back).await.expect_problem(409, "payment-over");
    assert!(shop.money_moved().await.is_empty());
    shop.close().await;
}

#[tokio::test]
async fn a_payment_of_somebody_else_does_not_exist() {
    let Scene { shop, seller, buyer, product } = Scene::open(5).await;
    let order = buyer.orders(&product, 1).await;
    let page = buyer.goes_to_pay(&order).await;
    let path = format!("/api/v1/payments/{}", page.payment);
    let stranger = shop.buyer().await;
    for other in [&stranger, &seller] {
        other.gets(&path).await.expect_problem(404, "not-found");
    }
    shop.visitor().gets(&path).await.expect_problem(401, "authentication-required");
    assert_eq!(shop.admin().await.payment(&page.payment).await["status"], "created");
    shop.close().await;
}
