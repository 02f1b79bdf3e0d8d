//! What waits for a person: an admin looks, says what the provider's books say, and it is settled.

use std::time::Duration;

use jangbogo_gateway_simulator::{Action, Call, When};
use jangbogo_tests::{Actor, Reply, Scene, TestShop};
use reqwest::Method;
use serde_json::{Value, json};

const REVIEWS: &str = "/api/v1/payment-reviews";
const REASON: &str = "seen in the provider's console";

/// A scene with an order whose capture was answered with another amount: only the answer lied.
async fn lied_to() -> (Scene, String, String) {
    let scene = Scene::open(5).await;
    let order = scene.buyer.orders(&scene.product, 1).await;
    let (page, back) = scene.buyer.agrees_to_pay(&order).await;
    let wrong = Action::WrongAmount { delta: -1_000 };
    scene.shop.provider_fails_once(Call::Approve, When::After, wrong).await;
    let told = scene.buyer.comes_back(&back).await.expect(202);
    assert_eq!(told["status"], "under_review");
    (scene, order, page.payment)
}

fn succeeded(movement: &str, amount: i64) -> Value {
    let movement = json!({"id": movement, "amount": amount});
    json!({"outcome": "succeeded", "movement": movement, "reason": REASON})
}

fn did_not_happen() -> Value {
    json!({"outcome": "did_not_happen", "reason": REASON})
}

async fn decides(admin: &Actor, payment: &str, body: Value) -> Reply {
    admin.puts(&format!("{REVIEWS}/{payment}/decision"), body).await
}

/// The provider's name for its newest movement.
async fn newest_movement(shop: &TestShop) -> String {
    shop.provider_ledger().await.last().unwrap().pg_tx_id.clone()
}

#[tokio::test]
async fn an_admin_sees_why_and_says_that_it_succeeded() {
    let (Scene { shop, buyer, product, .. }, order, payment) = lied_to().await;
    let admin = shop.admin().await;
    let listed = admin.gets(REVIEWS).await.expect(200);
    let review = &listed["items"][0];
    assert_eq!((&review["id"], &review["order_id"]), (&json!(payment), &json!(order)));
    assert_eq!(
        (&review["operation"], &review["status"]),
        (&"capture".into(), &"under_review".into())
    );
    assert!(review["problem"].as_str().unwrap().contains("11900"), "{review}");
    assert_eq!(review["amount"], json!({"amount": Scene::PRICE, "currency": "KRW"}));
    assert!(review["provider_reference"].as_str().unwrap().starts_with('T'), "{review}");
    let seen = admin.gets(&format!("{REVIEWS}/{payment}")).await.expect(200);
    let states: Vec<&str> = seen["history"].as_array().unwrap().iter().map(state).collect();
    assert_eq!(states, ["CREATED", "SENT", "MANUAL"]);
    assert!(seen["provider_answer"].as_str().unwrap().contains("11900"), "{}", seen.text);

    let movement = newest_movement(&shop).await;
    let decided = decides(&admin, &payment, succeeded(&movement, Scene::PRICE)).await.expect(200);
    assert_eq!(decided["attempt"]["status"], "succeeded");
    assert_eq!(decided["attempt"]["movement_id"], movement);
    let last = decided["history"].as_array().unwrap().last().unwrap().clone();
    let me = admin.me().await["id"].as_str().unwrap().to_owned();
    assert_eq!(last["reason"], format!("stated by {me}: {REASON}"));
    assert_eq!(buyer.order(&order).await["status"], "paid");
    assert_eq!(buyer.payment(&payment).await["status"], "succeeded");
    assert_eq!(buyer.stock_of(&product).await, 4);
    assert_eq!(admin.gets(REVIEWS).await.expect(200)["items"], json!([]));

    // Said again it is the same; the opposite is refused.
    let again = decides(&admin, &payment, succeeded(&movement, Scene::PRICE)).await.expect(200);
    assert_eq!(again.text, decided.text);
    let refused = decides(&admin, &payment, did_not_happen()).await;
    refused.expect_problem(409, "payment-not-under-review");
    assert_eq!(shop.money_moved().await, [Scene::PRICE]);
    shop.close().await;
}

fn state(step: &Value) -> &str {
    step["state"].as_str().unwrap()
}

/// Loses a capture on its way and lets a day go by without an answer to any question.
async fn unanswered_for_a_day() -> (Scene, String, String) {
    let scene = Scene::open(5).await;
    let Scene { shop, buyer, product, .. } = &scene;
    let order = buyer.orders(product, 1).await;
    let (page, back) = buyer.agrees_to_pay(&order).await;
    shop.provider_fails_once(Call::Approve, When::Before, Action::Reset).await;
    buyer.comes_back(&back).await.expect(202);
    let silent = jangbogo_gateway_simulator::Fault::new(Call::Order, When::Before, Action::Reset);
    shop.faults(vec![silent]).await;
    shop.time_goes_by(Duration::from_hours(24)).await;
    let round = shop.resolves_attempts().await;
    assert_eq!(round.alarms, ["no proof for a day"]);
    shop.faults(Vec::new()).await;
    (scene, order, page.payment)
}

#[tokio::test]
async fn an_admin_says_that_it_did_not_happen_and_the_pieces_are_free_again() {
    let (Scene { shop, mut buyer, product, .. }, order, payment) = unanswered_for_a_day().await;
    let admin = shop.admin().await;
    assert_eq!(shop.expires_orders().await, 0, "the pieces stay until a person has decided");
    let decided = decides(&admin, &payment, did_not_happen()).await.expect(200);
    assert_eq!(decided["attempt"]["status"], "failed");
    assert_eq!(decides(&admin, &payment, did_not_happen()).await.expect(200).text, decided.text);
    assert_eq!(shop.expires_orders().await, 1);
    buyer.logs_in().await;
    assert_eq!(buyer.order(&order).await["status"], "expired");
    assert_eq!(buyer.stock_of(&product).await, 5);
    // The buyer learns nothing of who decided and how.
    for text in [buyer.order(&order).await.to_string(), buyer.payment(&payment).await.to_string()] {
        assert!(!text.contains(REASON) && !text.contains("stated"), "{text}");
    }
    assert!(shop.money_moved().await.is_empty());
    shop.close().await;
}

#[tokio::test]
async fn a_refund_that_did_not_happen_is_sent_again() {
    let Scene { shop, buyer, product, .. } = Scene::open(5).await;
    let order = buyer.orders(&product, 1).await;
    buyer.pays(&order).await;
    let wrong = Action::WrongAmount { delta: 500 };
    shop.provider_fails_once(Call::Cancel, When::Before, Action::Reset).await;
    let body = json!({"amount": 4_000, "reason": "came late"});
    buyer.asks_for_refund(&order, body).await.expect(202);
    shop.delivers_events().await;
    shop.provider_fails_once(Call::Order, When::After, wrong).await;
    shop.time_goes_by(Duration::from_hours(24)).await;
    shop.resolves_attempts().await;
    let admin = shop.admin().await;
    let listed = admin.gets(REVIEWS).await.expect(200);
    let review = &listed["items"][0];
    assert_eq!(
        (&review["operation"], &review["amount"]["amount"]),
        (&"refund".into(), &4_000.into())
    );
    let refund = review["id"].as_str().unwrap();
    decides(&admin, refund, did_not_happen()).await.expect(200);
    shop.time_goes_by(Duration::from_mins(1)).await;
    shop.resolves_attempts().await;
    assert_eq!(shop.money_moved().await, [Scene::PRICE, -4_000]);
    shop.close().await;
}

#[tokio::test]
async fn what_cannot_be_is_not_decided() {
    let (Scene { shop, buyer, product, .. }, order, payment) = lied_to().await;
    let admin = shop.admin().await;
    let movement = newest_movement(&shop).await;
    // A payment that is under way, one that is done, and one that does not exist.
    let other = buyer.orders(&product, 1).await;
    let open = buyer.goes_to_pay(&other).await.payment;
    for body in [did_not_happen(), succeeded("A-unheard-of", Scene::PRICE)] {
        let refused = decides(&admin, &open, body).await;
        refused.expect_problem(409, "payment-not-under-review");
    }
    buyer.pays(&other).await;
    let taken = newest_movement(&shop).await;
    let unknown = "pay_0199f2a77c5e7d2c9d3f1d6a4c2b8e10";
    for (id, body, status, code) in [
        (&*payment, succeeded(&movement, Scene::PRICE - 1_000), 422, "payment-amount-differs"),
        (&payment, succeeded(&movement, i64::MIN), 422, "payment-amount-differs"),
        (&payment, succeeded(&taken, Scene::PRICE), 422, "payment-movement-taken"),
        (unknown, did_not_happen(), 404, "not-found"),
        ("x", did_not_happen(), 404, "not-found"),
    ] {
        decides(&admin, id, body).await.expect_problem(status, code);
    }
    admin.gets(&format!("{REVIEWS}/{unknown}")).await.expect_problem(404, "not-found");
    admin.gets(&format!("{REVIEWS}?limit=0")).await.expect_problem(400, "validation-failed");
    admin.gets(&format!("{REVIEWS}?cursor=x")).await.expect_problem(400, "cursor-invalid");
    assert_eq!(buyer.order(&order).await["status"], "pending_payment");
    decides(&admin, &payment, succeeded(&movement, Scene::PRICE)).await.expect(200);
    shop.close().await;
}

#[tokio::test]
async fn nonsense_decides_nothing() {
    let (Scene { shop, .. }, _, payment) = lied_to().await;
    let admin = shop.admin().await;
    let path = format!("{REVIEWS}/{payment}/decision");
    let (long, huge) = ("x".repeat(201), "9".repeat(40));
    let movement = |id: Value, amount: Value| {
        let movement = json!({"id": id, "amount": amount});
        json!({"outcome": "succeeded", "movement": movement, "reason": REASON})
    };
    let because = |reason: Value| json!({"outcome": "did_not_happen", "reason": reason});
    for body in [
        json!({}),
        json!([]),
        json!(null),
        json!({"outcome": "did_not_happen"}),
        json!({"reason": REASON}),
        json!({"outcome": "SUCCEEDED", "reason": REASON}),
        json!({"outcome": "", "reason": REASON}),
        json!({"outcome": 7, "reason": REASON}),
        json!({"outcome": "succeeded", "reason": REASON}),
        json!({"outcome": "succeeded", "movement": null, "reason": REASON}),
        json!({"outcome": "succeeded", "movement": "A1", "reason": REASON}),
        json!({"outcome": "succeeded", "movement": ["A1", 1], "reason": REASON}),
        json!({"outcome": "did_not_happen", "reason": REASON, "by": "somebody else"}),
        json!({"outcome": "did_not_happen", "reason": REASON, "movement": {"id": "A"}}),
        movement(json!(""), json!(Scene::PRICE)),
        movement(json!("two words"), json!(Scene::PRICE)),
        movement(json!("열쇠"), json!(Scene::PRICE)),
        movement(json!(long), json!(Scene::PRICE)),
        movement(json!(7), json!(Scene::PRICE)),
        movement(json!("A1"), json!(12_900.5)),
        movement(json!("A1"), json!("12900")),
        movement(json!("A1"), json!(null)),
        because(json!("")),
        because(json!("  ")),
        because(json!("two\nlines")),
        because(json!(long)),
        because(json!(7)),
        because(json!(null)),
    ] {
        let reply = admin.puts(&path, body.clone()).await;
        assert_eq!(reply.status, 400, "{body}: {}", reply.text);
        assert_eq!(reply["code"], "validation-failed", "{body}");
    }
    for text in ["", "{", &huge, "{\"outcome\":"] {
        let request = admin.request(Method::PUT, &path).header("content-type", "application/json");
        let reply = admin.sends(request.body(text.to_owned())).await;
        assert_eq!(reply.status, 400, "{text}: {}", reply.text);
    }
    let plain = admin.request(Method::PUT, &path).header("content-type", "text/plain");
    let reply = admin.sends(plain.body(did_not_happen().to_string())).await;
    reply.expect_problem(415, "unsupported-media-type");
    let seen = admin.gets(&format!("{REVIEWS}/{payment}")).await.expect(200);
    assert_eq!(seen["attempt"]["status"], "under_review");
    shop.close_in_the_middle().await;
}
