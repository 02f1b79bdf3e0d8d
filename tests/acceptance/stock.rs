//! Corrections of stock.

use futures::future::join_all;
use jangbogo_tests::{Actor, TestShop};
use serde_json::json;

/// The most pieces of one product.
const PIECES_MAX: i64 = 1_000_000_000;

fn adjustments(product: &str) -> String {
    format!("/api/v1/products/{product}/stock-adjustments")
}

#[tokio::test]
async fn a_seller_corrects_the_stock_by_differences() {
    let shop = TestShop::open().await;
    let seller = shop.seller().await;
    let lutein = seller.lists("루테인", 12_900, 5).await;
    let mut stock = 5;
    for delta in [3, -7, 100, -101, 1] {
        stock += delta;
        let reply = seller.adjusts_stock(&lutein, delta).await.expect(201);
        assert_eq!(reply.json, json!({"product_id": lutein, "stock": stock}));
        assert_eq!(seller.stock_of(&lutein).await, stock);
    }
    shop.close().await;
}

#[tokio::test]
async fn a_repeated_correction_counts_once() {
    let shop = TestShop::open().await;
    let seller = shop.seller().await;
    let lutein = seller.lists("루테인", 12_900, 5).await;
    let path = adjustments(&lutein);
    let (key, body) = (Actor::new_key(), json!({"delta": 2, "reason": "found in the cellar"}));
    let replies = join_all((0..20).map(|_| seller.posts_under(&key, &path, body.clone()))).await;
    for reply in replies {
        assert_eq!(reply.expect(201)["stock"], 7);
    }
    assert_eq!(seller.stock_of(&lutein).await, 7);
    seller.adjusts_stock(&lutein, 1).await.expect(201);
    let late = seller.posts_under(&format!("\"{key}\""), &path, body.clone()).await.expect(201);
    assert_eq!(late["stock"], 8, "a repeat tells the stock of now and changes nothing");

    // The key is for this request of this seller and no other.
    let other_delta = json!({"delta": 3, "reason": "found in the cellar"});
    let reused = seller.posts_under(&key, &path, other_delta).await;
    reused.expect_problem(422, "idempotency-key-reused");
    let omega = seller.lists("오메가3", 9_900, 1).await;
    let reused = seller.posts_under(&key, &adjustments(&omega), body.clone()).await;
    reused.expect_problem(422, "idempotency-key-reused");
    let other = shop.seller().await;
    let others = other.lists("루테인", 12_900, 5).await;
    other.posts_under(&key, &adjustments(&others), body).await.expect(201);
    let stocks = [&lutein, &omega, &others].map(|product| seller.stock_of(product));
    assert_eq!(join_all(stocks).await, [8, 1, 7]);
    shop.close().await;
}

#[tokio::test]
async fn corrections_at_once_all_count() {
    let shop = TestShop::open().await;
    let seller = shop.seller().await;
    let lutein = seller.lists("루테인", 12_900, 10).await;
    let deltas = (0..30).map(|n| if n % 3 == 0 { -1 } else { 2 });
    let replies = join_all(deltas.map(|delta| seller.adjusts_stock(&lutein, delta))).await;
    for reply in replies {
        reply.expect(201);
    }
    assert_eq!(seller.stock_of(&lutein).await, 40, "10 taken away, 40 added");
    shop.close().await;
}

#[tokio::test]
async fn the_stock_stays_between_nothing_and_a_thousand_million() {
    let shop = TestShop::open().await;
    let (seller, buyer) = (shop.seller().await, shop.buyer().await);
    let lutein = seller.lists("루테인", 12_900, 5).await;
    // Two pieces are promised to somebody and cannot be taken away.
    buyer.orders(&lutein, 2).await;
    for bad in [-4, i64::MIN, i64::MAX, PIECES_MAX - 2] {
        let refused = seller.adjusts_stock(&lutein, bad).await;
        refused.expect_problem(422, "stock-out-of-range");
    }
    assert_eq!(seller.stock_of(&lutein).await, 3);
    seller.adjusts_stock(&lutein, PIECES_MAX - 3).await.expect(201);
    seller.adjusts_stock(&lutein, 1).await.expect_problem(422, "stock-out-of-range");
    let emptied = seller.adjusts_stock(&lutein, -PIECES_MAX).await.expect(201);
    assert_eq!(emptied["stock"], 0);
    buyer.tries_to_order(&lutein, 1).await.expect_problem(409, "out-of-stock");
    shop.close().await;
}

#[tokio::test]
async fn only_the_seller_of_a_product_corrects_its_stock() {
    let shop = TestShop::open().await;
    let seller = shop.seller().await;
    let lutein = seller.lists("루테인", 12_900, 5).await;
    let visitor = shop.visitor().adjusts_stock(&lutein, 1).await;
    visitor.expect_problem(401, "authentication-required");
    shop.buyer().await.adjusts_stock(&lutein, 1).await.expect_problem(403, "forbidden");
    shop.seller().await.adjusts_stock(&lutein, 1).await.expect_problem(404, "not-found");
    assert_eq!(seller.stock_of(&lutein).await, 5);
    shop.admin().await.adjusts_stock(&lutein, 1).await.expect(201);

    seller.deletes(&format!("/api/v1/products/{lutein}")).await.expect(204);
    seller.adjusts_stock(&lutein, 1).await.expect_problem(404, "not-found");
    shop.close().await;
}
