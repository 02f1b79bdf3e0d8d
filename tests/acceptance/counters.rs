//! Sales and views, which are counted behind the shop's back.

use std::time::Duration;

use futures::future::join_all;
use jangbogo_tests::{Actor, Scene, ShopOptions, TestShop};
use reqwest::Method;

/// A shop behind one proxy of ours, so that a test can come from anywhere.
fn behind_a_proxy() -> ShopOptions {
    let mut options = ShopOptions::default();
    options.config.server.trusted_proxies = 1;
    options
}

/// Looks at a product from an address, with a browser.
async fn looks(actor: &Actor, product: &str, from: &str, browser: &str) {
    let request = actor.request(Method::GET, &format!("/api/v1/products/{product}"));
    let request = request.header("x-forwarded-for", from).header("user-agent", browser);
    actor.sends(request).await.expect(200);
}

async fn views(shop: &TestShop, actor: &Actor, product: &str) -> i64 {
    shop.writes_counters().await;
    // What a list shows of them may be as old as its cache allows.
    shop.time_goes_by(Duration::from_secs(6)).await;
    // The list shows views and is no view.
    let list = actor.gets("/api/v1/products?limit=100").await.expect(200);
    let items = list["items"].as_array().unwrap();
    let item = items.iter().find(|item| item["id"] == product).unwrap();
    item["views"].as_i64().unwrap()
}

#[tokio::test]
async fn a_visitor_counts_once_a_day_and_a_proxy_is_no_visitor() {
    let Scene { shop, seller, buyer, product } = Scene::open_with(1, behind_a_proxy()).await;
    let visitor = shop.visitor();
    assert_eq!(views(&shop, &visitor, &product).await, 0);
    for _ in 0..3 {
        looks(&visitor, &product, "203.0.113.1", "a browser").await;
    }
    assert_eq!(views(&shop, &visitor, &product).await, 1, "one came three times");
    looks(&visitor, &product, "203.0.113.2", "a browser").await;
    looks(&visitor, &product, "203.0.113.2", "another browser").await;
    // What a client writes in front of the proxy's word makes nobody of them.
    looks(&visitor, &product, "198.51.100.9, 203.0.113.2", "a browser").await;
    assert_eq!(views(&shop, &visitor, &product).await, 3);
    for from in ["203.0.113.1", "203.0.113.7"] {
        looks(&buyer, &product, from, "a browser").await;
    }
    assert_eq!(views(&shop, &visitor, &product).await, 4, "a member is one, wherever they are");

    let other = seller.lists("홍삼정", 49_000, 1).await;
    looks(&visitor, &other, "203.0.113.1", "a browser").await;
    assert_eq!(views(&shop, &visitor, &other).await, 1, "each product has visitors of its own");
    assert_eq!(views(&shop, &visitor, &product).await, 4);
    visitor.gets("/api/v1/products/pro_00000000000000000000000000000000").await.expect(404);
    shop.writes_counters().await;
    shop.close().await;
}

#[tokio::test]
async fn views_are_the_sum_of_days_and_never_go_down() {
    let Scene { shop, buyer, product, .. } = Scene::open(1).await;
    buyer.product(&product).await;
    assert_eq!(views(&shop, &buyer, &product).await, 1);
    buyer.product(&product).await;
    assert_eq!(views(&shop, &buyer, &product).await, 1);
    shop.time_goes_by(Duration::from_hours(24)).await;
    // The access token is over, so that it is a stranger who comes.
    buyer.product(&product).await;
    buyer.product(&product).await;
    assert_eq!(views(&shop, &buyer, &product).await, 2, "a new day counts anew, once");
    shop.close().await;
}

/// What is counted is added to what others have counted: no flush overwrites another's, whichever
/// comes first.
#[tokio::test]
async fn sales_are_quantities_and_flushes_at_once_lose_none() {
    let Scene { shop, seller, buyer, product } = Scene::open(100).await;
    let other = seller.lists("홍삼정", 49_000, 100).await;
    for (product, quantity) in [(&product, 2), (&other, 1), (&product, 3), (&product, 4)] {
        let order = buyer.orders(product, quantity).await;
        buyer.pays(&order).await;
    }
    shop.opened().relay.drain().await.unwrap();
    assert_eq!(buyer.product(&product).await["sales"], 0, "events alone write no hot row");
    let order = buyer.orders(&product, 5).await;
    buyer.pays(&order).await;
    let flush = || async { shop.opened().shop.flush_sales.run().await.unwrap() };
    let delivered = async { shop.opened().relay.drain().await.unwrap() };
    tokio::join!(delivered, join_all((0..8).map(|_| flush())));
    shop.writes_counters().await;
    assert_eq!(buyer.product(&product).await["sales"], 14, "pieces, not lines");
    assert_eq!(buyer.product(&other).await["sales"], 1);

    let body = serde_json::json!({"reason": "changed my mind"});
    buyer.asks_for_refund(&order, body).await.expect(202);
    shop.delivers_events().await;
    assert_eq!(buyer.product(&product).await["sales"], 9, "what came back is not sold");
    shop.writes_counters().await;
    assert_eq!(buyer.product(&product).await["sales"], 9);
    shop.close().await;
}
