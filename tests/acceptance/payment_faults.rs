//! Payments when providers, networks and processes fail: nothing is guessed, nothing taken twice.

use std::time::Duration;

use jangbogo_gateway_simulator::{Action, Call, Fault, When};
use jangbogo_payment::Proof;
use jangbogo_tests::{Scene, ShopOptions, TestShop, eventually};
use reqwest::Method;
use serde_json::json;
use tokio::net::TcpListener;

const KAKAOPAY: &str = "kakaopay";

fn always(call: Call, when: When, action: Action) -> Vec<Fault> {
    vec![Fault::new(call, when, action)]
}

fn status(code: u16, body: &str) -> Action {
    Action::Status { code, body: body.to_owned() }
}

/// Lets seconds go by, lets the janitor make a round, and tells how many attempts it looked after.
async fn after(shop: &TestShop, seconds: u64) -> u32 {
    shop.time_goes_by(Duration::from_secs(seconds)).await;
    let round = shop.resolves_attempts().await;
    assert_eq!(round.alarms, Vec::<String>::new());
    round.handled
}

#[tokio::test]
async fn an_answer_with_another_amount_waits_for_a_person() {
    let Scene { shop, buyer, product, .. } = Scene::open(5).await;
    let order = buyer.orders(&product, 1).await;
    let (page, back) = buyer.agrees_to_pay(&order).await;
    let wrong = Action::WrongAmount { delta: -1_000 };
    shop.provider_fails_once(Call::Approve, When::After, wrong).await;
    let told = buyer.comes_back(&back).await.expect(202);
    assert_eq!(told["status"], "under_review");
    let result = buyer.visits(Method::GET, &back).await.expect(303).location();
    let shown = buyer.visits(Method::GET, &result).await.expect(200);
    assert!(shown.text.contains("담당자가 결제를 확인하고 있습니다"), "{}", shown.text);

    assert_eq!(buyer.payment(&page.payment).await["status"], "under_review");
    assert_eq!(buyer.order(&order).await["status"], "pending_payment");
    buyer.cancels(&order).await.expect_problem(409, "payment-in-progress");
    let path = format!("/api/v1/orders/{order}/payments");
    let again = buyer.posts(&path, json!({"provider": KAKAOPAY})).await;
    again.expect_problem(409, "payment-in-progress");
    shop.time_goes_by(Duration::from_mins(10)).await;
    assert_eq!(shop.expires_orders().await, 0, "the pieces stay until a person has decided");
    assert_eq!(shop.money_moved().await, [Scene::PRICE]);
    shop.close_in_the_middle().await;
}

#[tokio::test]
async fn books_with_another_amount_raise_an_alarm() {
    let Scene { shop, buyer, product, .. } = Scene::open(5).await;
    let order = buyer.orders(&product, 1).await;
    let (page, back) = buyer.agrees_to_pay(&order).await;
    shop.provider_fails_once(Call::Approve, When::After, Action::Reset).await;
    buyer.comes_back(&back).await.expect(202);
    let wrong = Action::WrongAmount { delta: 1_000 };
    shop.provider_fails_once(Call::Order, When::After, wrong).await;
    shop.time_goes_by(Duration::from_secs(5)).await;
    let round = shop.resolves_attempts().await;
    assert_eq!((round.handled, round.alarms.len()), (1, 1), "{round:?}");
    assert!(round.alarms[0].contains("13900"), "{round:?}");
    assert_eq!(buyer.payment(&page.payment).await["status"], "under_review");
    assert_eq!(buyer.order(&order).await["status"], "pending_payment");
    shop.close_in_the_middle().await;
}

#[tokio::test]
async fn a_lost_reply_is_found_out() {
    let Scene { shop, buyer, product, .. } = Scene::open(5).await;
    let ways = [Action::Reset, status(500, ""), status(502, "<html>"), Action::Garbage];
    for lost in ways {
        let order = buyer.orders(&product, 1).await;
        let (page, back) = buyer.agrees_to_pay(&order).await;
        shop.provider_fails_once(Call::Approve, When::After, lost.clone()).await;
        let told = buyer.comes_back(&back).await.expect(202);
        assert_eq!(told["status"], "pending", "{lost:?}");
        assert_eq!(buyer.order(&order).await["status"], "pending_payment");
        let result = buyer.visits(Method::GET, &back).await.expect(303).location();
        let shown = buyer.visits(Method::GET, &result).await.expect(200);
        assert!(shown.text.contains("결제 결과를 확인하고 있습니다"), "{}", shown.text);

        assert_eq!(after(&shop, 4).await, 0, "not asked yet");
        assert_eq!(after(&shop, 1).await, 1);
        assert_eq!(buyer.payment(&page.payment).await["status"], "succeeded");
        assert_eq!(buyer.order(&order).await["status"], "paid");
        assert_eq!(after(&shop, 60).await, 0, "and never again");
        buyer.comes_back(&back).await.expect(200);
    }
    assert_eq!(shop.money_moved().await, [Scene::PRICE; 4]);
    shop.close().await;
}

#[tokio::test]
async fn a_provider_that_does_not_answer_questions_is_asked_again() {
    let Scene { shop, buyer, product, .. } = Scene::open(5).await;
    let order = buyer.orders(&product, 1).await;
    let (_, back) = buyer.agrees_to_pay(&order).await;
    shop.provider_fails_once(Call::Approve, When::After, Action::Reset).await;
    buyer.comes_back(&back).await.expect(202);
    shop.faults(always(Call::Order, When::Before, Action::Reset)).await;
    assert_eq!(after(&shop, 5).await, 1);
    assert_eq!(after(&shop, 14).await, 0);
    assert_eq!(after(&shop, 1).await, 1);
    assert_eq!(after(&shop, 30).await, 1);
    assert_eq!(buyer.order(&order).await["status"], "pending_payment");
    shop.faults(Vec::new()).await;
    assert_eq!(after(&shop, 59).await, 0);
    assert_eq!(after(&shop, 1).await, 1);
    assert_eq!(buyer.order(&order).await["status"], "paid");
    shop.close().await;
}

#[tokio::test]
async fn what_never_happened_is_proven_after_the_horizon() {
    let Scene { shop, buyer, product, .. } = Scene::open(5).await;
    for is_paid_again in [true, false] {
        let order = buyer.orders(&product, 1).await;
        let (page, back) = buyer.agrees_to_pay(&order).await;
        shop.provider_fails_once(Call::Approve, When::Before, Action::Reset).await;
        buyer.comes_back(&back).await.expect(202);
        assert_eq!(after(&shop, 5).await, 1, "nothing found proves nothing before two minutes");
        assert_eq!(buyer.payment(&page.payment).await["status"], "pending");
        buyer.cancels(&order).await.expect_problem(409, "payment-in-progress");
        assert_eq!(after(&shop, 115).await, 1, "nor does finding nothing once");
        assert_eq!(buyer.payment(&page.payment).await["status"], "pending");
        assert_eq!(after(&shop, 30).await, 1);
        assert_eq!(buyer.payment(&page.payment).await["status"], "failed");
        buyer.comes_back(&back).await.expect_problem(409, "payment-over");

        if is_paid_again {
            buyer.pays(&order).await;
            assert_eq!(buyer.order(&order).await["status"], "paid");
        } else {
            shop.time_goes_by(Duration::from_secs(150)).await;
            assert_eq!(shop.expires_orders().await, 1);
            assert_eq!(buyer.order(&order).await["status"], "expired");
        }
    }
    assert_eq!(shop.money_moved().await, [Scene::PRICE]);
    assert_eq!(buyer.stock_of(&product).await, 4);
    shop.close().await;
}

#[tokio::test]
async fn an_order_waits_for_its_unknown_capture_beyond_its_time() {
    let Scene { shop, buyer, product, .. } = Scene::open(5).await;
    let order = buyer.orders(&product, 1).await;
    let (_, back) = buyer.agrees_to_pay(&order).await;
    shop.provider_fails_once(Call::Approve, When::After, Action::Reset).await;
    buyer.comes_back(&back).await.expect(202);
    buyer.cancels(&order).await.expect_problem(409, "payment-in-progress");
    let path = format!("/api/v1/orders/{order}/payments");
    let again = buyer.posts(&path, json!({"provider": KAKAOPAY})).await;
    again.expect_problem(409, "payment-in-progress");
    shop.time_goes_by(Duration::from_mins(6)).await;
    assert_eq!(shop.expires_orders().await, 0);
    assert_eq!(after(&shop, 0).await, 1);
    assert_eq!(buyer.order(&order).await["status"], "paid");
    assert_eq!(buyer.stock_of(&product).await, 4);
    shop.close().await;
}

#[tokio::test]
async fn what_was_surely_not_sent_can_be_repeated_at_once() {
    let Scene { shop, buyer, product, .. } = Scene::open(5).await;
    let order = buyer.orders(&product, 1).await;
    let (page, back) = buyer.agrees_to_pay(&order).await;
    let closed = json!({"error_code": -503, "error_message": "closed for maintenance"});
    let closed = status(503, &closed.to_string());
    shop.provider_fails_once(Call::Approve, When::Before, closed).await;
    buyer.comes_back(&back).await.expect_problem(409, "payment-over");
    assert_eq!(buyer.payment(&page.payment).await["status"], "failed");
    let result = buyer.visits(Method::GET, &back).await.expect(303).location();
    let shown = buyer.visits(Method::GET, &result).await.expect(200);
    assert!(shown.text.contains("결제사에 연결하지 못했습니다"), "{}", shown.text);
    assert_eq!(after(&shop, 5).await, 0, "there is nothing to find out");
    buyer.pays(&order).await;
    assert_eq!(shop.money_moved().await, [Scene::PRICE]);
    shop.close().await;
}

#[tokio::test]
async fn a_slow_provider_is_waited_for_without_the_browser() {
    let Scene { shop, buyer, product, .. } = Scene::open(5).await;
    let order = buyer.orders(&product, 1).await;
    let (page, back) = buyer.agrees_to_pay(&order).await;
    let slow = Action::Latency { ms: 9_000 };
    shop.provider_fails_once(Call::Approve, When::Before, slow).await;
    let told = buyer.comes_back(&back).await.expect(202);
    assert_eq!(told["status"], "pending");
    buyer.comes_back(&back).await.expect(202);
    eventually(async || buyer.payment(&page.payment).await["status"] == "succeeded").await;
    assert_eq!(buyer.order(&order).await["status"], "paid");
    assert_eq!(shop.money_moved().await, [Scene::PRICE]);
    shop.close().await;
}

#[tokio::test]
async fn a_capture_that_comes_after_our_patience_is_found_out() {
    let mut options = ShopOptions::default();
    options.config.kakaopay.response_timeout_ms = 1_000;
    let Scene { shop, buyer, product, .. } = Scene::open_with(5, options).await;
    let order = buyer.orders(&product, 1).await;
    let (page, back) = buyer.agrees_to_pay(&order).await;
    let late = Action::Latency { ms: 2_000 };
    shop.provider_fails_once(Call::Approve, When::Before, late).await;
    let told = buyer.comes_back(&back).await.expect(202);
    assert_eq!(told["status"], "pending");
    eventually(async || shop.money_moved().await == [Scene::PRICE]).await;
    assert_eq!(buyer.payment(&page.payment).await["status"], "pending");
    assert_eq!(after(&shop, 5).await, 1);
    assert_eq!(buyer.order(&order).await["status"], "paid");
    assert_eq!(shop.money_moved().await, [Scene::PRICE]);
    shop.close().await;
}

#[tokio::test]
async fn a_browser_that_goes_away_stops_nothing() {
    let Scene { shop, buyer, product, .. } = Scene::open(5).await;
    let order = buyer.orders(&product, 1).await;
    let (page, back) = buyer.agrees_to_pay(&order).await;
    let slow = Action::Latency { ms: 1_000 };
    shop.provider_fails_once(Call::Approve, When::Before, slow).await;
    let browser = buyer.clone();
    let visit = tokio::spawn(async move { browser.comes_back(&back).await });
    eventually(async || buyer.payment(&page.payment).await["status"] == "pending").await;
    visit.abort();
    assert!(visit.await.unwrap_err().is_cancelled(), "the browser was still waiting");
    eventually(async || buyer.payment(&page.payment).await["status"] == "succeeded").await;
    assert_eq!(buyer.order(&order).await["status"], "paid");
    shop.close().await;
}

#[tokio::test]
async fn a_payment_that_could_not_be_opened_is_continued_under_its_key() {
    let Scene { shop, buyer, product, .. } = Scene::open(5).await;
    let order = buyer.orders(&product, 1).await;
    let path = format!("/api/v1/orders/{order}/payments");
    let body = json!({"provider": KAKAOPAY});
    for fault in [Action::Reset, status(500, ""), Action::Garbage] {
        shop.provider_fails_once(Call::Ready, When::Before, fault).await;
        let failed = buyer.posts_under("pay-1", &path, body.clone()).await;
        let failed = failed.expect_problem(503, "payment-provider-unavailable");
        assert_eq!(failed.header("retry-after"), Some("1"));
    }
    let begun = buyer.posts_under("pay-1", &path, body.clone()).await.expect(201);
    let again = buyer.posts_under("pay-1", &path, body.clone()).await.expect(201);
    assert_eq!(begun.text, again.text);
    assert_eq!(buyer.order(&order).await["payments"].as_array().unwrap().len(), 1);

    let method_result_code = String::new();
    let refusal = Action::Decline { error_code: -722, method_result_code };
    shop.provider_fails_once(Call::Ready, When::Before, refusal).await;
    let refused = buyer.posts_under("pay-2", &path, body.clone()).await;
    refused.expect_problem(422, "payment-provider-refused");
    // Nobody comes back to it: the janitor gives it up, and its key with it.
    shop.time_goes_by(Duration::from_secs(30)).await;
    assert_eq!(shop.resolves_attempts().await.aborted, 1);
    let over = buyer.posts_under("pay-2", &path, body).await;
    over.expect_problem(409, "payment-over");
    buyer.pays(&order).await;
    assert_eq!(shop.money_moved().await, [Scene::PRICE]);
    shop.close().await;
}

#[tokio::test]
async fn a_provider_that_refuses_connections_is_unavailable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nobody = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let mut options = ShopOptions::default();
    options.config.kakaopay.base_url = Some(nobody);
    options.config.resilience.retry.wait_ms = 1;
    let Scene { shop, buyer, product, .. } = Scene::open_with(5, options).await;
    let order = buyer.orders(&product, 1).await;
    let path = format!("/api/v1/orders/{order}/payments");
    let failed = buyer.posts(&path, json!({"provider": KAKAOPAY})).await;
    let failed = failed.expect_problem(503, "payment-provider-unavailable");
    assert!(!failed.text.contains("127.0.0.1"), "{}", failed.text);
    assert_eq!(buyer.order(&order).await["status"], "pending_payment");
    shop.close().await;
}

/// Begins to capture in a task that dies while the provider works, as a process would.
async fn dies_while_capturing(scene: &Scene, faults: Vec<Fault>, is_captured: bool) -> String {
    let Scene { shop, buyer, product, .. } = scene;
    let order = buyer.orders(product, 1).await;
    let (page, back) = buyer.agrees_to_pay(&order).await;
    let (_, token) = back.split_once("pg_token=").unwrap();
    let proof = Proof::from([("pg_token".to_owned(), token.to_owned())]);
    let (approve, id) = (shop.opened().shop.approve_payment.clone(), page.payment.parse().unwrap());
    shop.faults(faults).await;
    let process = tokio::spawn(async move { approve.run(id, &proof).await });
    let captured = async || !is_captured || shop.money_moved().await == [Scene::PRICE];
    let is_sent = async || buyer.payment(&page.payment).await["status"] == "pending";
    eventually(async || is_sent().await && captured().await).await;
    process.abort();
    assert!(process.await.unwrap_err().is_cancelled(), "it was still waiting for the answer");
    shop.faults(Vec::new()).await;
    buyer.comes_back(&back).await.expect(202);
    assert_eq!(buyer.order(&order).await["status"], "pending_payment");
    order
}

#[tokio::test]
async fn a_crash_after_the_capture_loses_nothing() {
    let scene = Scene::open(5).await;
    let slow = always(Call::Approve, When::After, Action::Latency { ms: 5_000 });
    let order = dies_while_capturing(&scene, slow, true).await;
    let Scene { shop, buyer, .. } = scene;
    assert_eq!(after(&shop, 65).await, 0, "somebody may still be waiting for the answer");
    assert_eq!(after(&shop, 1).await, 1, "nobody is");
    assert_eq!(buyer.order(&order).await["status"], "pending_payment");
    assert_eq!(after(&shop, 5).await, 1);
    assert_eq!(buyer.order(&order).await["status"], "paid");
    assert_eq!(shop.money_moved().await, [Scene::PRICE]);
    shop.close().await;
}

#[tokio::test]
async fn a_crash_before_the_capture_leaves_the_order_payable() {
    let scene = Scene::open(5).await;
    let mut slow = always(Call::Approve, When::Before, Action::Latency { ms: 2_000 });
    slow.extend(always(Call::Approve, When::Before, Action::Reset));
    let order = dies_while_capturing(&scene, slow, false).await;
    let Scene { shop, buyer, .. } = scene;
    assert_eq!(after(&shop, 66).await, 1);
    assert_eq!(after(&shop, 54).await, 1);
    assert_eq!(after(&shop, 30).await, 1);
    assert_eq!(buyer.order(&order).await["payments"][0]["status"], "failed");
    buyer.pays(&order).await;
    assert_eq!(shop.money_moved().await, [Scene::PRICE]);
    shop.close().await;
}
