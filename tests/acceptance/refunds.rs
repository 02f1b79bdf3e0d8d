//! Refunds: never more than was paid, each at most once, and pieces only where pieces come back.

use std::time::Duration;

use futures::future::join_all;
use jangbogo_gateway_simulator::{Action, Call, LedgerOp, When};
use jangbogo_tests::{Actor, Scene, TestShop};
use serde_json::{Value, json};

const ALL: i64 = 3 * Scene::PRICE;

/// A scene with ten pieces, of which the buyer has paid three.
async fn paid() -> (Scene, String) {
    let scene = Scene::open(10).await;
    let order = scene.buyer.orders(&scene.product, 3).await;
    scene.buyer.pays(&order).await;
    scene.shop.delivers_events().await;
    (scene, order)
}

fn everything() -> Value {
    json!({"reason": "changed my mind"})
}

fn amount(won: i64) -> Value {
    json!({"amount": won, "reason": "came late"})
}

fn pieces(product: &str, quantity: i64) -> Value {
    let lines = [json!({"product_id": product, "quantity": quantity})];
    json!({"lines": lines, "reason": "broken"})
}

/// Asks for a refund, has it carried out, and gives the order as it is then.
async fn refunded(shop: &TestShop, who: &Actor, order: &str, body: Value) -> Value {
    who.asks_for_refund(order, body).await.expect(202);
    shop.delivers_events().await;
    who.order(order).await
}

/// Pieces in stock and pieces sold.
async fn counters(buyer: &Actor, product: &str) -> (i64, i64) {
    let product = buyer.product(product).await;
    (product["stock"].as_i64().unwrap(), product["sales"].as_i64().unwrap())
}

#[tokio::test]
async fn a_full_refund_gives_money_and_pieces_back() {
    let (Scene { shop, buyer, product, .. }, order) = paid().await;
    assert_eq!(counters(&buyer, &product).await, (7, 3));
    let agreed = buyer.asks_for_refund(&order, everything()).await.expect(202);
    let id = agreed.text_at("/id");
    assert!(id.starts_with("rfd_"), "{id}");
    assert_eq!(agreed["status"], "pending");
    assert_eq!(agreed["amount"], json!({"amount": ALL, "currency": "KRW"}));
    assert_eq!(agreed.location(), format!("/api/v1/orders/{order}"));
    let before = buyer.order(&order).await;
    assert_eq!(
        (&before["status"], &before["refunds"][0]["status"]),
        (&"paid".into(), &"pending".into())
    );

    shop.delivers_events().await;
    let after = buyer.order(&order).await;
    assert_eq!(after["status"], "refunded");
    assert_eq!(after["refunded"]["amount"], ALL);
    assert_eq!(after["lines"][0]["returned"], 3);
    let refund = &after["refunds"][0];
    assert_eq!(refund["id"], id);
    assert_eq!(refund["status"], "succeeded");
    assert_eq!(refund["amount"]["amount"], ALL);
    assert_eq!(refund["reason"], "changed my mind");
    assert!(refund["settled_at"].is_string());
    assert_eq!(counters(&buyer, &product).await, (10, 0));
    let books = shop.provider_ledger().await;
    assert_eq!(books.len(), 2);
    assert_eq!((books[1].op, books[1].amount), (LedgerOp::Refund, ALL));
    assert_eq!(books[1].parent_tx_id.as_ref(), Some(&books[0].pg_tx_id));
    assert_eq!(shop.mails_to(buyer.email()).len(), 2, "confirmation and refund");

    let again = buyer.asks_for_refund(&order, everything()).await;
    again.expect_problem(409, "order-not-refundable");
    shop.close().await;
}

#[tokio::test]
async fn an_amount_goes_back_without_pieces() {
    let (Scene { shop, buyer, product, .. }, order) = paid().await;
    let order = refunded(&shop, &buyer, &order, amount(5_000)).await;
    assert_eq!(order["status"], "partially_refunded");
    assert_eq!(order["refunded"]["amount"], 5_000);
    assert_eq!(order["lines"][0]["returned"], 0);
    assert_eq!(counters(&buyer, &product).await, (7, 3));
    assert_eq!(shop.money_moved().await, [ALL, -5_000]);
    shop.close().await;
}

#[tokio::test]
async fn pieces_go_back_at_the_price_that_was_paid() {
    let (Scene { shop, seller, buyer, product }, order) = paid().await;
    let dearer = json!({"original_price": 99_000});
    seller.patches(&format!("/api/v1/products/{product}"), dearer).await.expect(200);
    let order = refunded(&shop, &buyer, &order, pieces(&product, 2)).await;
    assert_eq!(order["status"], "partially_refunded");
    assert_eq!(order["refunded"]["amount"], 2 * Scene::PRICE);
    assert_eq!(order["lines"][0]["returned"], 2);
    assert_eq!(counters(&buyer, &product).await, (9, 1));
    assert_eq!(shop.money_moved().await, [ALL, -2 * Scene::PRICE]);
    shop.close().await;
}

#[tokio::test]
async fn parts_go_back_until_nothing_is_left() {
    let (Scene { shop, buyer, product, .. }, id) = paid().await;
    let steps = [
        (pieces(&product, 1), "partially_refunded", (8, 2)),
        (amount(900), "partially_refunded", (8, 2)),
        (amount(12_000), "partially_refunded", (8, 2)),
        // All that is left brings back all the pieces that are left.
        (amount(Scene::PRICE), "refunded", (10, 0)),
    ];
    for (body, status, expected) in steps {
        let order = refunded(&shop, &buyer, &id, body).await;
        assert_eq!(order["status"], status);
        assert_eq!(counters(&buyer, &product).await, expected);
    }
    let order = buyer.order(&id).await;
    assert_eq!(order["refunded"]["amount"], ALL);
    assert_eq!(order["lines"][0]["returned"], 3);
    assert_eq!(order["refunds"].as_array().unwrap().len(), 4);
    let moved = shop.money_moved().await;
    assert_eq!(moved, [ALL, -Scene::PRICE, -900, -12_000, -Scene::PRICE]);
    shop.close().await;
}

#[tokio::test]
async fn more_than_is_left_is_refused() {
    let (Scene { shop, seller, buyer, product }, order) = paid().await;
    let other = seller.lists("오메가3", 1_000, 5).await;
    for (body, code) in [
        (amount(ALL + 1), "refund-amount-refused"),
        (amount(0), "refund-amount-refused"),
        (amount(-1), "refund-amount-refused"),
        (amount(i64::MAX), "refund-amount-refused"),
        (amount(i64::MIN), "amount-out-of-range"),
        (pieces(&product, 4), "refund-pieces-refused"),
        (pieces(&other, 1), "refund-pieces-refused"),
        (json!({"lines": [], "reason": "nothing"}), "refund-amount-refused"),
        (
            json!({"reason": "twice", "lines": [
                {"product_id": product, "quantity": 1}, {"product_id": product, "quantity": 1},
            ]}),
            "refund-pieces-refused",
        ),
    ] {
        buyer.asks_for_refund(&order, body).await.expect_problem(422, code);
    }
    refunded(&shop, &buyer, &order, pieces(&product, 1)).await;
    refunded(&shop, &buyer, &order, amount(20_000)).await;
    let left = ALL - Scene::PRICE - 20_000;
    for (body, code) in [
        (amount(left + 1), "refund-amount-refused"),
        (pieces(&product, 3), "refund-pieces-refused"),
        (pieces(&product, 1), "refund-amount-refused"),
    ] {
        buyer.asks_for_refund(&order, body).await.expect_problem(422, code);
    }
    assert_eq!(shop.money_moved().await, [ALL, -Scene::PRICE, -20_000]);
    shop.close().await;
}

#[tokio::test]
async fn one_refund_is_under_way_at_a_time() {
    let (Scene { shop, buyer, .. }, order) = paid().await;
    let asked = (0..10).map(|_| buyer.asks_for_refund(&order, amount(1_000)));
    let mut statuses: Vec<u16> = join_all(asked).await.iter().map(|reply| reply.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [202, 409, 409, 409, 409, 409, 409, 409, 409, 409]);
    let second = buyer.asks_for_refund(&order, everything()).await;
    second.expect_problem(409, "refund-in-progress");
    shop.delivers_events().await;
    assert_eq!(shop.money_moved().await, [ALL, -1_000]);
    let order = refunded(&shop, &buyer, &order, everything()).await;
    assert_eq!(order["status"], "refunded");
    shop.close().await;
}

#[tokio::test]
async fn only_a_paid_order_can_be_refunded() {
    let Scene { shop, buyer, product, .. } = Scene::open(10).await;
    let unpaid = buyer.orders(&product, 1).await;
    let cancelled = buyer.orders(&product, 1).await;
    buyer.cancels(&cancelled).await.expect(200);
    for order in [&unpaid, &cancelled] {
        let refused = buyer.asks_for_refund(order, everything()).await;
        refused.expect_problem(409, "order-not-refundable");
    }
    shop.time_goes_by(Duration::from_mins(5)).await;
    assert_eq!(shop.expires_orders().await, 1);
    let refused = buyer.asks_for_refund(&unpaid, everything()).await;
    refused.expect_problem(409, "order-not-refundable");
    assert!(shop.money_moved().await.is_empty());
    shop.close().await;
}

#[tokio::test]
async fn a_lost_reply_of_a_refund_is_found_out() {
    let (Scene { shop, buyer, product, .. }, order) = paid().await;
    let ways = [Action::Reset, Action::Garbage, Action::Status { code: 500, body: String::new() }];
    for lost in ways {
        shop.provider_fails_once(Call::Cancel, When::After, lost).await;
        let waiting = refunded(&shop, &buyer, &order, pieces(&product, 1)).await;
        let refunds = waiting["refunds"].as_array().unwrap();
        assert_eq!(refunds.last().unwrap()["status"], "pending");
        let second = buyer.asks_for_refund(&order, amount(1)).await;
        second.expect_problem(409, "refund-in-progress");

        shop.time_goes_by(Duration::from_secs(4)).await;
        assert_eq!(shop.resolves_attempts().await.handled, 0);
        shop.time_goes_by(Duration::from_secs(1)).await;
        assert_eq!(shop.resolves_attempts().await.handled, 1);
        let settled = buyer.order(&order).await;
        let refunds = settled["refunds"].as_array().unwrap();
        assert_eq!(refunds.last().unwrap()["status"], "succeeded");
    }
    assert_eq!(buyer.order(&order).await["status"], "refunded");
    shop.delivers_events().await;
    assert_eq!(counters(&buyer, &product).await, (10, 0));
    assert_eq!(shop.money_moved().await, [ALL, -Scene::PRICE, -Scene::PRICE, -Scene::PRICE]);
    shop.close().await;
}

#[tokio::test]
async fn a_refund_that_was_never_sent_is_sent_again_by_itself() {
    let (Scene { shop, buyer, .. }, order) = paid().await;
    shop.provider_fails_once(Call::Cancel, When::Before, Action::Reset).await;
    refunded(&shop, &buyer, &order, amount(1_000)).await;
    for seconds in [5, 115, 30] {
        let waiting = buyer.asks_for_refund(&order, everything()).await;
        waiting.expect_problem(409, "refund-in-progress");
        shop.time_goes_by(Duration::from_secs(seconds)).await;
        assert_eq!(shop.resolves_attempts().await.handled, 1, "after {seconds} s");
    }
    // Now it is proven that nothing was sent; a further try waits for its time.
    let waiting = buyer.order(&order).await;
    assert_eq!(waiting["refunds"][0]["status"], "pending");
    assert_eq!(waiting["refunds"].as_array().unwrap().len(), 1, "one refund to the buyer");
    assert_eq!(shop.money_moved().await, [ALL]);
    shop.time_goes_by(Duration::from_mins(1)).await;
    shop.resolves_attempts().await;
    assert_eq!(shop.money_moved().await, [ALL, -1_000]);
    assert_eq!(buyer.order(&order).await["refunds"][0]["status"], "succeeded");
    let order = refunded(&shop, &buyer, &order, everything()).await;
    assert_eq!(order["status"], "refunded");
    assert_eq!(shop.money_moved().await, [ALL, -1_000, 1_000 - ALL]);
    shop.close().await;
}

#[tokio::test]
async fn a_declined_refund_changes_nothing() {
    let (Scene { shop, buyer, product, .. }, order) = paid().await;
    let method_result_code = "BANK_ACCOUNT_BLOCKED".to_owned();
    let decline = Action::Decline { error_code: -781, method_result_code };
    shop.provider_fails_once(Call::Cancel, When::Before, decline).await;
    let after = refunded(&shop, &buyer, &order, everything()).await;
    assert_eq!(after["status"], "paid");
    assert_eq!(after["refunds"][0]["status"], "declined");
    assert_eq!(counters(&buyer, &product).await, (7, 3));
    let after = refunded(&shop, &buyer, &order, everything()).await;
    assert_eq!(after["status"], "refunded");
    assert_eq!(shop.money_moved().await, [ALL, -ALL]);
    shop.close().await;
}

#[tokio::test]
async fn a_refund_whose_event_is_lost_is_carried_out_by_the_janitor() {
    let (Scene { shop, buyer, .. }, order) = paid().await;
    buyer.asks_for_refund(&order, everything()).await.expect(202);
    shop.time_goes_by(Duration::from_secs(29)).await;
    assert_eq!(shop.resolves_attempts().await.handled, 0);
    shop.time_goes_by(Duration::from_secs(1)).await;
    assert_eq!(shop.resolves_attempts().await.handled, 1);
    assert_eq!(buyer.order(&order).await["status"], "refunded");
    // And then the event comes after all.
    shop.delivers_events().await;
    assert_eq!(shop.money_moved().await, [ALL, -ALL]);
    shop.close().await;
}

#[tokio::test]
async fn buyers_refund_their_own_orders_and_admins_any() {
    let (Scene { shop, seller, buyer, .. }, order) = paid().await;
    let stranger = shop.buyer().await;
    for other in [&stranger, &seller] {
        let refused = other.asks_for_refund(&order, everything()).await;
        refused.expect_problem(404, "not-found");
    }
    let visitor = shop.visitor().asks_for_refund(&order, everything()).await;
    visitor.expect_problem(401, "authentication-required");
    assert_eq!(buyer.order(&order).await["refunds"], json!([]));
    let order = refunded(&shop, &shop.admin().await, &order, everything()).await;
    assert_eq!(order["status"], "refunded");
    shop.close().await;
}

fn broken_pieces(product: &str, quantity: i64) -> Value {
    let lines = [json!({"product_id": product, "quantity": quantity, "restock": false})];
    json!({"lines": lines, "reason": "broken"})
}

#[tokio::test]
async fn each_line_comes_back_by_itself() {
    let Scene { shop, seller, buyer, product: lutein } = Scene::open(10).await;
    let omega = seller.lists("오메가3", 1_000, 10).await;
    let lines = json!([
        {"product_id": lutein, "quantity": 3}, {"product_id": omega, "quantity": 4},
    ]);
    let body = json!({"lines": lines, "receiver": Actor::receiver()});
    let id = buyer.posts("/api/v1/orders", body).await.expect(201).text_at("/id");
    buyer.pays(&id).await;
    let admin = shop.admin().await;
    // One onto the shelf, two written off; the other line is not touched by either.
    let order = refunded(&shop, &buyer, &id, pieces(&lutein, 1)).await;
    assert_eq!(
        (&order["lines"][0]["returned"], &order["lines"][1]["returned"]),
        (&1.into(), &0.into())
    );
    assert_eq!(counters(&buyer, &lutein).await, (8, 2));
    let order = refunded(&shop, &admin, &id, broken_pieces(&lutein, 2)).await;
    assert_eq!(
        (&order["lines"][0]["returned"], &order["lines"][1]["returned"]),
        (&3.into(), &0.into())
    );
    assert_eq!(counters(&buyer, &lutein).await, (8, 0), "nobody can buy what is broken");
    assert_eq!(counters(&buyer, &omega).await, (6, 4));
    // Of one refund each line goes its own way; an amount brings nothing back.
    let order = refunded(&shop, &buyer, &id, amount(500)).await;
    assert_eq!(order["lines"][1]["returned"], 0);
    let both = json!({"reason": "half of them broken", "lines": [
        {"product_id": omega, "quantity": 2, "restock": false},
        {"product_id": lutein, "quantity": 1},
    ]});
    admin.asks_for_refund(&id, both).await.expect_problem(422, "refund-pieces-refused");
    let order = refunded(&shop, &admin, &id, broken_pieces(&omega, 2)).await;
    assert_eq!(order["lines"][1]["returned"], 2);
    assert_eq!(counters(&buyer, &omega).await, (6, 2));
    // All that is left brings back what is left, onto the shelf.
    let order = refunded(&shop, &buyer, &id, everything()).await;
    assert_eq!((&order["status"], &order["lines"][1]["returned"]), (&"refunded".into(), &4.into()));
    assert_eq!(counters(&buyer, &omega).await, (8, 0));
    assert_eq!(shop.money_moved().await.iter().sum::<i64>(), 0);
    shop.close().await;
}

#[tokio::test]
async fn only_an_admin_writes_pieces_off() {
    let (Scene { shop, buyer, product, .. }, order) = paid().await;
    let refused = buyer.asks_for_refund(&order, broken_pieces(&product, 1)).await;
    refused.expect_problem(403, "forbidden");
    for nonsense in [json!("no"), json!(0), json!([])] {
        let line = json!({"product_id": product, "quantity": 1, "restock": nonsense});
        let body = json!({"lines": [line], "reason": "broken"});
        let refused = shop.admin().await.asks_for_refund(&order, body).await;
        refused.expect_problem(400, "validation-failed");
    }
    assert_eq!(buyer.order(&order).await["refunds"], json!([]));
    assert_eq!(counters(&buyer, &product).await, (7, 3));
    shop.close().await;
}
