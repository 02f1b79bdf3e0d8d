//! Idempotency keys: a repeated request has one effect and one answer.

use futures::future::join_all;
use jangbogo_tests::{Actor, Reply, Scene};
use reqwest::Method;
use reqwest::header::HeaderValue;
use serde_json::{Value, json};

fn order_of(product: &str, quantity: i64) -> Value {
    let lines = [json!({"product_id": product, "quantity": quantity})];
    json!({"lines": lines, "receiver": Actor::receiver()})
}

async fn number_of_orders(buyer: &Actor) -> usize {
    buyer.pages_through("/api/v1/orders", 100).await.len()
}

/// Sends the same request twenty times at once and gives the one answer to all of them.
async fn twenty_times(who: &Actor, path: &str, body: &Value, status: u16) -> Reply {
    let key = Actor::new_key();
    let replies = join_all((0..20).map(|_| who.posts_under(&key, path, body.clone()))).await;
    let first = replies[0].clone().expect(status);
    for reply in &replies {
        assert_eq!((reply.status, &reply.text), (status, &first.text));
        assert_eq!(reply.header("location"), first.header("location"));
    }
    let later = who.posts_under(&key, path, body.clone()).await.expect(status);
    assert_eq!(later.text, first.text);
    first
}

#[tokio::test]
async fn twenty_equal_orders_are_one() {
    let Scene { shop, buyer, product, .. } = Scene::open(100).await;
    let body = order_of(&product, 2);
    twenty_times(&buyer, "/api/v1/orders", &body, 201).await;
    assert_eq!(number_of_orders(&buyer).await, 1);
    assert_eq!(buyer.stock_of(&product).await, 98);
    twenty_times(&buyer, "/api/v1/orders", &body, 201).await;
    assert_eq!(number_of_orders(&buyer).await, 2, "another key is another order");
    shop.close().await;
}

#[tokio::test]
async fn the_answer_stays_the_same_when_the_order_moves_on() {
    let Scene { shop, buyer, product, .. } = Scene::open(5).await;
    let body = order_of(&product, 5);
    let first = buyer.posts_under("k", "/api/v1/orders", body.clone()).await.expect(201);
    buyer.cancels(&first.text_at("/id")).await.expect(200);
    let again = buyer.posts_under("k", "/api/v1/orders", body).await.expect(201);
    assert_eq!(again.text, first.text);
    assert_eq!(buyer.stock_of(&product).await, 5, "nothing is held anew");
    shop.close().await;
}

#[tokio::test]
async fn twenty_equal_payments_are_one() {
    let Scene { shop, buyer, product, .. } = Scene::open(5).await;
    let order = buyer.orders(&product, 1).await;
    let path = format!("/api/v1/orders/{order}/payments");
    twenty_times(&buyer, &path, &json!({"provider": "kakaopay"}), 201).await;
    assert_eq!(buyer.order(&order).await["payments"].as_array().unwrap().len(), 1);
    shop.close().await;
}

#[tokio::test]
async fn twenty_equal_refunds_are_one() {
    let Scene { shop, buyer, product, .. } = Scene::open(5).await;
    let order = buyer.orders(&product, 1).await;
    buyer.pays(&order).await;
    let path = format!("/api/v1/orders/{order}/refunds");
    let body = json!({"amount": 1_000, "reason": "came late"});
    let first = twenty_times(&buyer, &path, &body, 202).await;
    shop.delivers_events().await;
    let refunds = &buyer.order(&order).await["refunds"];
    assert_eq!(refunds.as_array().unwrap().len(), 1);
    assert_eq!((&refunds[0]["id"], &refunds[0]["status"]), (&first["id"], &"succeeded".into()));
    twenty_times(&buyer, &path, &body, 202).await;
    shop.delivers_events().await;
    assert_eq!(shop.money_moved().await, [Scene::PRICE, -1_000, -1_000]);
    shop.close().await;
}

#[tokio::test]
async fn a_key_belongs_to_one_request() {
    let Scene { shop, buyer, product, .. } = Scene::open(5).await;
    let [one, two] = [1, 2].map(|quantity| order_of(&product, quantity));
    let first = buyer.posts_under("k", "/api/v1/orders", one).await.expect(201);
    let other = buyer.posts_under("k", "/api/v1/orders", two).await;
    other.expect_problem(422, "idempotency-key-reused");

    let orders = [first.text_at("/id"), buyer.orders(&product, 1).await];
    let provider = json!({"provider": "kakaopay"});
    let [this, that] = orders.clone().map(|order| format!("/api/v1/orders/{order}/payments"));
    // Keys are counted per operation.
    buyer.posts_under("k", &this, provider.clone()).await.expect(201);
    let other = buyer.posts_under("k", &that, provider).await;
    other.expect_problem(422, "idempotency-key-reused");

    for order in &orders {
        buyer.pays(order).await;
    }
    let [this, that] = orders.map(|order| format!("/api/v1/orders/{order}/refunds"));
    let refund = |won: i64| json!({"amount": won, "reason": "came late"});
    buyer.posts_under("k", &this, refund(1)).await.expect(202);
    for (path, won) in [(&this, 2), (&that, 1)] {
        let other = buyer.posts_under("k", path, refund(won)).await;
        other.expect_problem(422, "idempotency-key-reused");
    }
    assert_eq!(buyer.stock_of(&product).await, 3);
    shop.close().await;
}

#[tokio::test]
async fn the_order_of_a_bodys_fields_does_not_matter() {
    let Scene { shop, buyer, product, .. } = Scene::open(5).await;
    let receiver = Actor::receiver();
    let text = format!(
        r#"{{ "receiver": {receiver},
              "lines": [{{"quantity": 1, "product_id": "{product}"}}], "from_cart": null }}"#
    );
    let first = buyer.posts_under("k", "/api/v1/orders", order_of(&product, 1)).await.expect(201);
    let request = buyer.request(Method::POST, "/api/v1/orders").header("Idempotency-Key", "k");
    let request = request.header("Content-Type", "application/json").body(text);
    let again = buyer.sends(request).await.expect(201);
    assert_eq!(again.text, first.text);
    shop.close().await;
}

#[tokio::test]
async fn members_do_not_share_keys() {
    let Scene { shop, buyer, product, .. } = Scene::open(5).await;
    let other = shop.buyer().await;
    let body = order_of(&product, 1);
    let one = buyer.posts_under("k", "/api/v1/orders", body.clone()).await.expect(201);
    let two = other.posts_under("k", "/api/v1/orders", body).await.expect(201);
    assert_ne!(one["id"], two["id"]);
    other.order(&two.text_at("/id")).await;
    assert_eq!(buyer.stock_of(&product).await, 3);
    shop.close().await;
}

#[tokio::test]
async fn a_quoted_key_is_the_bare_key() {
    let Scene { shop, buyer, product, .. } = Scene::open(5).await;
    let body = order_of(&product, 1);
    let bare = buyer.posts_under("k-1", "/api/v1/orders", body.clone()).await.expect(201);
    let quoted = buyer.posts_under("\"k-1\"", "/api/v1/orders", body).await.expect(201);
    assert_eq!(bare.text, quoted.text);
    assert_eq!(buyer.stock_of(&product).await, 4);
    shop.close().await;
}

#[tokio::test]
async fn a_missing_or_bad_key_is_refused() {
    let Scene { shop, buyer, product, .. } = Scene::open(5).await;
    let order = buyer.orders(&product, 1).await;
    let provider = json!({"provider": "kakaopay"});
    let long = "x".repeat(256);
    let bad: [&[u8]; 6] = [b"", b"\"\"", b"a b", b"a\tb", long.as_bytes(), b"\xed\x82\xa4"];
    for (path, body) in [
        ("/api/v1/orders".to_owned(), order_of(&product, 1)),
        (format!("/api/v1/orders/{order}/payments"), provider),
        (format!("/api/v1/orders/{order}/refunds"), json!({"reason": "x"})),
    ] {
        let request = || buyer.request(Method::POST, &path).json(&body);
        let missing = buyer.sends(request()).await;
        missing.expect_problem(400, "idempotency-key-missing");
        for key in bad {
            let key = HeaderValue::from_bytes(key).unwrap();
            let refused = buyer.sends(request().header("Idempotency-Key", key)).await;
            refused.expect_problem(400, "idempotency-key-invalid");
        }
        let twice = request().header("Idempotency-Key", "a").header("Idempotency-Key", "b");
        buyer.sends(twice).await.expect_problem(400, "idempotency-key-invalid");
    }
    assert_eq!(number_of_orders(&buyer).await, 1);
    let longest = "x".repeat(255);
    buyer.posts_under(&longest, "/api/v1/orders", order_of(&product, 1)).await.expect(201);
    shop.close().await;
}

#[tokio::test]
async fn a_refused_request_leaves_its_key_free() {
    let Scene { shop, seller, buyer, product } = Scene::open(1).await;
    let body = order_of(&product, 3);
    for _ in 0..2 {
        let refused = buyer.posts_under("k", "/api/v1/orders", body.clone()).await;
        refused.expect_problem(409, "out-of-stock");
    }
    seller.adjusts_stock(&product, 2).await.expect(201);
    let placed = buyer.posts_under("k", "/api/v1/orders", body.clone()).await.expect(201);
    let again = buyer.posts_under("k", "/api/v1/orders", body).await.expect(201);
    assert_eq!(placed.text, again.text);
    assert_eq!(buyer.stock_of(&product).await, 0);

    let order = placed.text_at("/id");
    let refunds = format!("/api/v1/orders/{order}/refunds");
    let refund = json!({"reason": "changed my mind"});
    let refused = buyer.posts_under("k", &refunds, refund.clone()).await;
    refused.expect_problem(409, "order-not-refundable");
    buyer.pays(&order).await;
    buyer.posts_under("k", &refunds, refund).await.expect(202);
    shop.close().await;
}
