//! Orders: placed from lines or the cart, read, listed, cancelled, expired.

use std::time::Duration;

use jangbogo_kernel::Timestamp;
use jangbogo_tests::{Actor, Scene};
use serde_json::{Value, json};

fn line(product: &str, quantity: i64) -> Value {
    json!({"product_id": product, "quantity": quantity})
}

fn states(order: &Value) -> Vec<&str> {
    let history = order["history"].as_array().unwrap();
    history.iter().map(|step| step["status"].as_str().unwrap()).collect()
}

fn time(value: &Value) -> Timestamp {
    value.as_str().unwrap().parse().unwrap()
}

fn ids(page: &Value) -> Vec<String> {
    let items = page["items"].as_array().unwrap();
    items.iter().map(|order| order["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn several_lines_make_one_order_with_prices_of_that_moment() {
    let Scene { shop, seller, buyer, product } = Scene::open(10).await;
    let body = json!({
        "name": "밀크씨슬", "maker": "참들녘", "original_price": 20_000, "discount_bps": 1_500, "stock": 5,
    });
    let thistle = seller.posts("/api/v1/products", body).await.expect(201).text_at("/id");

    let lines = [line(&product, 2), line(&thistle, 3)];
    let body = json!({"lines": lines, "receiver": Actor::receiver()});
    let placed = buyer.posts("/api/v1/orders", body).await.expect(201);
    let id = placed.text_at("/id");
    assert_eq!(placed.location(), format!("/api/v1/orders/{id}"));
    assert_eq!(placed["status"], "pending_payment");
    assert_eq!(placed["total"], json!({"amount": 2 * 12_900 + 3 * 17_000, "currency": "KRW"}));

    let changes = json!({"name": "루테인 골드", "original_price": 99_000, "discount_bps": 1_000});
    let path = format!("/api/v1/products/{product}");
    seller.patches(&path, changes).await.expect(200);
    assert_eq!(buyer.product(&product).await["name"], "루테인 골드");

    let order = buyer.order(&id).await;
    assert_eq!(order["total"]["amount"], 76_800);
    assert_eq!(order["refunded"]["amount"], 0);
    let lines = order["lines"].as_array().unwrap();
    assert_eq!(lines.len(), 2);
    for (at, product, name, price, quantity) in
        [(0, &product, "루테인", 12_900, 2), (1, &thistle, "밀크씨슬", 17_000, 3)]
    {
        let line = &lines[at];
        assert_eq!(line["number"], at + 1);
        assert_eq!(line["product_id"], *product);
        assert_eq!(line["product_name"], name);
        assert_eq!(line["unit_price"]["amount"], price);
        assert_eq!(line["quantity"], quantity);
        assert_eq!(line["total"]["amount"], price * quantity);
        assert_eq!(line["returned"], 0);
    }
    assert_eq!(buyer.stock_of(&product).await, 8);
    assert_eq!(buyer.stock_of(&thistle).await, 2);

    buyer.pays(&id).await;
    assert_eq!(shop.money_moved().await, [76_800], "the price of the moment of placing");
    shop.close().await;
}

#[tokio::test]
async fn the_cart_becomes_an_order() {
    let Scene { shop, seller, buyer, product } = Scene::open(10).await;
    let omega = seller.lists("오메가3", 30_000, 10).await;
    let body = json!({"from_cart": true, "receiver": Actor::receiver()});
    let empty = buyer.posts("/api/v1/orders", body.clone()).await;
    empty.expect_problem(400, "order-empty");

    buyer.puts_into_cart(&product, 1).await.expect(200);
    buyer.puts_into_cart(&omega, 2).await.expect(200);
    let placed = buyer.posts("/api/v1/orders", body).await.expect(201);
    assert_eq!(placed["total"]["amount"], 72_900);
    let cart = buyer.gets("/api/v1/cart").await.expect(200);
    assert_eq!(cart["lines"].as_array().unwrap().len(), 2, "it empties with the payment");
    assert_eq!(buyer.stock_of(&omega).await, 8);
    shop.close().await;
}

#[tokio::test]
async fn an_order_goes_to_an_entry_of_the_buyers_own_address_book() {
    let Scene { shop, buyer, product, .. } = Scene::open(10).await;
    let book = "/api/v1/members/me/addresses";
    let home = buyer.posts(book, Actor::receiver()).await.expect(201).text_at("/id");
    let body = json!({"lines": [line(&product, 1)], "address_id": home});
    let id = buyer.posts("/api/v1/orders", body.clone()).await.expect(201).text_at("/id");

    let elsewhere = json!({
        "name": "정년", "phone": "010-9999-0000", "postcode": "04524", "address1": "세종대로 110",
    });
    buyer.puts(&format!("{book}/{home}"), elsewhere).await.expect(200);
    let receiver = &buyer.order(&id).await["receiver"];
    assert_eq!(receiver["name"], "장보고", "the order has a copy");
    assert_eq!(receiver["postcode"], "59100");
    assert_eq!(receiver["address2"], "101호");

    let stranger = shop.buyer().await;
    let theirs = stranger.posts("/api/v1/orders", body.clone()).await;
    theirs.expect_problem(422, "address-not-found");
    buyer.deletes(&format!("{book}/{home}")).await.expect(204);
    let gone = buyer.posts("/api/v1/orders", body).await;
    gone.expect_problem(422, "address-not-found");
    assert_eq!(buyer.stock_of(&product).await, 9);
    shop.close().await;
}

#[tokio::test]
async fn orders_are_listed_by_state_in_pages_newest_first() {
    let Scene { shop, buyer, product, .. } = Scene::open(100).await;
    let mut newest_first = Vec::new();
    for n in 0..7 {
        let id = buyer.orders(&product, 1).await;
        if n % 3 == 0 {
            buyer.cancels(&id).await.expect(200);
        }
        newest_first.insert(0, id);
        // Two orders of one instant are told apart by their ids.
        if n % 2 == 0 {
            shop.time_goes_by(Duration::from_secs(1)).await;
        }
    }
    let stranger = shop.buyer().await;
    stranger.orders(&product, 1).await;

    let mut seen = Vec::new();
    let mut path = "/api/v1/orders?limit=3".to_owned();
    loop {
        let page = buyer.gets(&path).await.expect(200);
        assert!(ids(&page.json).len() <= 3);
        seen.extend(ids(&page.json));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/api/v1/orders?limit=3&cursor={cursor}");
        // What is placed while somebody reads does not shift the pages.
        if seen.len() == 3 {
            newest_first.push(buyer.orders(&product, 1).await);
        }
    }
    let newest = newest_first.pop().unwrap();
    assert_eq!(seen, newest_first);

    let all = buyer.gets("/api/v1/orders").await.expect(200);
    assert_eq!(ids(&all.json).first(), Some(&newest));
    assert_eq!(ids(&all.json).len(), 8);
    assert_eq!(all["next_cursor"], Value::Null);
    let cancelled = buyer.gets("/api/v1/orders?status=cancelled&limit=2").await.expect(200);
    assert_eq!(ids(&cancelled.json), [seen[0].as_str(), seen[3].as_str()]);
    let cursor = cancelled.text_at("/next_cursor");
    let path = format!("/api/v1/orders?status=cancelled&limit=2&cursor={cursor}");
    let rest = buyer.gets(&path).await.expect(200);
    assert_eq!(ids(&rest.json), [seen[6].as_str()]);
    assert_eq!(rest["next_cursor"], Value::Null);
    let paid = buyer.gets("/api/v1/orders?status=paid").await.expect(200);
    assert_eq!(paid.json, json!({"items": [], "next_cursor": null, "prev_cursor": null}));
    shop.close().await;
}

#[tokio::test]
async fn an_order_tells_its_steps() {
    let Scene { shop, buyer, product, .. } = Scene::open(10).await;
    let id = buyer.orders(&product, 1).await;
    let order = buyer.order(&id).await;
    assert_eq!(states(&order), ["pending_payment"]);
    let window = time(&order["expires_at"]).since(time(&order["placed_at"]));
    assert_eq!(window, Duration::from_mins(5));
    assert_eq!((&order["payments"], &order["refunds"]), (&json!([]), &json!([])));

    shop.time_goes_by(Duration::from_mins(1)).await;
    let page = buyer.pays(&id).await;
    let order = buyer.order(&id).await;
    assert_eq!(states(&order), ["pending_payment", "paid"]);
    let steps = order["history"].as_array().unwrap();
    assert_eq!(time(&steps[0]["at"]), time(&order["placed_at"]));
    assert_eq!(time(&steps[1]["at"]), time(&order["placed_at"]).plus(Duration::from_mins(1)));
    let payments = order["payments"].as_array().unwrap();
    assert_eq!(payments.len(), 1);
    assert_eq!(payments[0]["id"], page.payment);
    assert_eq!(payments[0]["status"], "succeeded");
    assert_eq!(payments[0]["provider"], "kakaopay");
    assert_eq!(payments[0]["amount"]["amount"], Scene::PRICE);
    shop.close().await;
}

#[tokio::test]
async fn an_order_of_somebody_else_does_not_exist() {
    let Scene { shop, seller, buyer, product } = Scene::open(10).await;
    let id = buyer.orders(&product, 1).await;
    let path = format!("/api/v1/orders/{id}");
    let stranger = shop.buyer().await;
    for other in [&stranger, &seller] {
        other.gets(&path).await.expect_problem(404, "not-found");
        other.cancels(&id).await.expect_problem(404, "not-found");
        let body = json!({"provider": "kakaopay"});
        let pays = other.posts(&format!("{path}/payments"), body).await;
        pays.expect_problem(404, "not-found");
        let refund = other.asks_for_refund(&id, json!({"reason": "mine"})).await;
        refund.expect_problem(404, "not-found");
        let list = other.gets("/api/v1/orders").await.expect(200);
        assert_eq!(list["items"], json!([]));
    }
    shop.visitor().gets(&path).await.expect_problem(401, "authentication-required");
    assert_eq!(shop.admin().await.order(&id).await["status"], "pending_payment");
    assert_eq!(buyer.order(&id).await["status"], "pending_payment");
    shop.close().await;
}

#[tokio::test]
async fn only_the_server_decides_what_an_order_costs() {
    let Scene { shop, buyer, product, .. } = Scene::open(10).await;
    let receiver = Actor::receiver();
    let priced = json!({"product_id": product, "quantity": 1, "unit_price": 1});
    for (body, pointer) in [
        (json!({"lines": [line(&product, 1)], "receiver": receiver, "total": 1}), "/total"),
        (json!({"lines": [line(&product, 1)], "receiver": receiver, "discount": 1}), "/discount"),
        (json!({"lines": [line(&product, 1)], "receiver": receiver, "buyer": "x"}), "/buyer"),
        (json!({"lines": [priced], "receiver": receiver}), "/lines/0/unit_price"),
    ] {
        let refused = buyer.posts("/api/v1/orders", body).await;
        let refused = refused.expect_problem(400, "validation-failed");
        assert_eq!(refused.text_at("/errors/0/pointer"), pointer);
    }
    let id = buyer.orders(&product, 1).await;
    let body = json!({"provider": "kakaopay", "amount": 1});
    let refused = buyer.posts(&format!("/api/v1/orders/{id}/payments"), body).await;
    refused.expect_problem(400, "validation-failed");
    assert_eq!(buyer.order(&id).await["total"]["amount"], Scene::PRICE);
    assert_eq!(buyer.stock_of(&product).await, 9);
    shop.close().await;
}

#[tokio::test]
async fn a_cancelled_order_gives_its_pieces_back_once() {
    let Scene { shop, buyer, product, .. } = Scene::open(5).await;
    let id = buyer.orders(&product, 5).await;
    buyer.tries_to_order(&product, 1).await.expect_problem(409, "out-of-stock");

    let cancelled = buyer.cancels(&id).await.expect(200);
    assert_eq!(cancelled["status"], "cancelled");
    assert_eq!(states(&cancelled.json), ["pending_payment", "cancelled"]);
    assert_eq!(buyer.stock_of(&product).await, 5);

    let again = buyer.cancels(&id).await.expect(200);
    assert_eq!(again.text, cancelled.text, "a repeat is harmless");
    let at_once = futures::future::join_all((0..10).map(|_| buyer.cancels(&id))).await;
    assert!(at_once.iter().all(|reply| reply.status == 200));
    assert_eq!(buyer.stock_of(&product).await, 5);

    let body = json!({"provider": "kakaopay"});
    let pays = buyer.posts(&format!("/api/v1/orders/{id}/payments"), body).await;
    pays.expect_problem(409, "order-not-payable");
    shop.time_goes_by(Duration::from_mins(6)).await;
    assert_eq!(shop.expires_orders().await, 0, "what is cancelled does not expire");
    shop.close().await;
}

#[tokio::test]
async fn a_paid_order_is_refunded_and_not_cancelled() {
    let Scene { shop, buyer, product, .. } = Scene::open(5).await;
    let id = buyer.orders(&product, 2).await;
    buyer.pays(&id).await;
    buyer.cancels(&id).await.expect_problem(409, "order-not-cancellable");
    assert_eq!(buyer.order(&id).await["status"], "paid");
    assert_eq!(buyer.stock_of(&product).await, 3);
    shop.close().await;
}

#[tokio::test]
async fn an_order_that_is_not_paid_within_five_minutes_expires() {
    let Scene { shop, buyer, product, .. } = Scene::open(5).await;
    let id = buyer.orders(&product, 5).await;
    let page = buyer.goes_to_pay(&id).await;

    shop.time_goes_by(Duration::from_secs(299)).await;
    assert_eq!(shop.expires_orders().await, 0, "a second is left");
    assert_eq!(buyer.stock_of(&product).await, 0);
    shop.time_goes_by(Duration::from_secs(1)).await;
    let body = json!({"provider": "kakaopay"});
    let path = format!("/api/v1/orders/{id}/payments");
    // Before any sweeper has come by.
    let late = buyer.posts(&path, body.clone()).await;
    late.expect_problem(409, "order-expired");

    assert_eq!(shop.expires_orders().await, 1);
    assert_eq!(shop.expires_orders().await, 0, "once");
    let order = buyer.order(&id).await;
    assert_eq!(order["status"], "expired");
    assert_eq!(states(&order), ["pending_payment", "expired"]);
    assert_eq!(buyer.stock_of(&product).await, 5);
    buyer.cancels(&id).await.expect_problem(409, "order-not-cancellable");
    buyer.posts(&path, body).await.expect_problem(409, "order-expired");

    assert_eq!(shop.mails_to(buyer.email()), Vec::<String>::new());
    shop.delivers_events().await;
    let mails = shop.mails_to(buyer.email());
    assert_eq!(mails.len(), 1, "the event of the expiry was delivered: {mails:?}");

    let back = buyer.presses("pay", &page).await;
    buyer.comes_back(&back).await.expect_problem(409, "order-expired");
    assert!(shop.money_moved().await.is_empty());
    shop.close().await;
}

#[tokio::test]
async fn many_orders_expire_in_batches() {
    let Scene { shop, buyer, product, .. } = Scene::open(60).await;
    let placed = (0..60).map(|_| buyer.orders(&product, 1));
    assert_eq!(futures::future::join_all(placed).await.len(), 60);
    assert_eq!(buyer.stock_of(&product).await, 0);
    shop.time_goes_by(Duration::from_mins(5)).await;
    assert_eq!((shop.expires_orders().await, shop.expires_orders().await), (50, 10));
    assert_eq!(buyer.stock_of(&product).await, 60);
    shop.close().await;
}

#[tokio::test]
async fn a_withdrawn_product_cannot_be_ordered() {
    let Scene { shop, seller, buyer, product } = Scene::open(5).await;
    buyer.puts_into_cart(&product, 1).await.expect(200);
    let placed_before = buyer.orders(&product, 1).await;
    seller.deletes(&format!("/api/v1/products/{product}")).await.expect(204);

    let refused = buyer.tries_to_order(&product, 1).await;
    refused.expect_problem(422, "product-not-found");
    let body = json!({"from_cart": true, "receiver": Actor::receiver()});
    let refused = buyer.posts("/api/v1/orders", body).await;
    refused.expect_problem(422, "product-not-found");
    buyer.pays(&placed_before).await;
    assert_eq!(buyer.order(&placed_before).await["status"], "paid", "what is held can be paid");
    shop.close().await;
}

#[tokio::test]
async fn an_order_is_placed_with_all_its_lines_or_not_at_all() {
    let Scene { shop, seller, buyer, product } = Scene::open(5).await;
    let rare = seller.lists("산삼", 900_000, 1).await;
    let unknown = "pro_00000000000000000000000000000001";
    for (bad, status, code) in
        [(line(&rare, 2), 409, "out-of-stock"), (line(unknown, 1), 422, "product-not-found")]
    {
        for lines in [json!([line(&product, 1), bad]), json!([bad, line(&product, 1)])] {
            let body = json!({"lines": lines, "receiver": Actor::receiver()});
            buyer.posts("/api/v1/orders", body).await.expect_problem(status, code);
        }
    }
    let refused = buyer.tries_to_order(&rare, 2).await.expect_problem(409, "out-of-stock");
    assert!(refused.text_at("/detail").contains(&rare), "{}", refused.text);
    assert_eq!((buyer.stock_of(&product).await, buyer.stock_of(&rare).await), (5, 1));
    let list = buyer.gets("/api/v1/orders").await.expect(200);
    assert_eq!(list["items"], json!([]));
    shop.close().await;
}
