//! The subscription cart: what a member means to subscribe to.

use futures::future::join_all;
use jangbogo_kernel::Quantity;
use jangbogo_subscription::{RecurringCart, RecurringWish};
use jangbogo_tests::{Actor, Reply, Scene, TestShop};
use serde_json::{Value, json};

const CART: &str = "/api/v1/subscription-cart";

fn item(product: &str) -> String {
    format!("{CART}/items/{product}")
}

fn won(amount: i64) -> Value {
    json!({"amount": amount, "currency": "KRW"})
}

async fn cart(buyer: &Actor) -> Value {
    buyer.gets(CART).await.expect(200)["periods"].clone()
}

fn from_cart(days: i64) -> Value {
    json!({"from_cart": true, "period_days": days, "receiver": Actor::receiver()})
}

async fn subscribes(buyer: &Actor, days: i64) -> Reply {
    buyer.posts("/api/v1/subscriptions", from_cart(days)).await
}

/// The old cart subtracted the discount a second time from a price that had it already.
#[tokio::test]
async fn a_subscription_cart_shows_what_each_charge_would_take() {
    let shop = TestShop::open().await;
    let (seller, buyer) = (shop.seller().await, shop.buyer().await);
    assert_eq!(cart(&buyer).await, json!([]));
    let lutein = seller.lists("루테인", 12_900, 10).await;
    let iron = seller.lists("철분", 5_000, 10).await;
    let reduced = json!({
        "name": "오메가3", "maker": "참들녘", "original_price": 9_999, "discount_bps": 1_050, "stock": 3,
    });
    let omega = seller.adds_product(reduced).await["id"].as_str().unwrap().to_owned();
    buyer.wants_again(&iron, 1, 90).await.expect(200);
    buyer.wants_again(&lutein, 2, 30).await.expect(200);
    let reply = buyer.wants_again(&omega, 3, 30).await.expect(200);
    // 10.5 % of 9,999 is 1,049.9: 1,050.
    let expected = json!([
        {
            "period_days": 30,
            "lines": [
                {
                    "product_id": lutein, "name": "루테인", "unit_price": won(12_900), "quantity": 2,
                    "stock": 10, "available": true, "total": won(25_800),
                },
                {
                    "product_id": omega, "name": "오메가3", "unit_price": won(8_949), "quantity": 3,
                    "stock": 3, "available": true, "total": won(26_847),
                },
            ],
            "totals": {
                "pieces": 5, "original": won(55_797), "discount": won(3_150), "to_pay": won(52_647),
            },
        },
        {
            "period_days": 90,
            "lines": [{
                "product_id": iron, "name": "철분", "unit_price": won(5_000), "quantity": 1,
                "stock": 10, "available": true, "total": won(5_000),
            }],
            "totals": {
                "pieces": 1, "original": won(5_000), "discount": won(0), "to_pay": won(5_000),
            },
        },
    ]);
    assert_eq!(reply["periods"], expected);
    assert_eq!(cart(&buyer).await, expected);
    assert_eq!(buyer.stock_of(&omega).await, 3, "a cart holds nothing");
    let once = buyer.gets("/api/v1/cart").await.expect(200);
    assert_eq!(once["lines"], json!([]), "the one-time cart is another");
    shop.close().await;
}

/// The old cart did not compute its totals anew when a quantity changed, so that a removal later
/// made them negative.
#[tokio::test]
async fn a_wish_replaces_the_one_before() {
    let shop = TestShop::open().await;
    let (seller, buyer, other) = (shop.seller().await, shop.buyer().await, shop.buyer().await);
    let lutein = seller.lists("루테인", 12_900, 999).await;
    let omega = seller.lists("오메가3", 9_900, 10).await;
    buyer.wants_again(&lutein, 2, 30).await.expect(200);
    buyer.wants_again(&omega, 1, 30).await.expect(200);
    let more = buyer.wants_again(&lutein, 999, 30).await.expect(200);
    let period = &more["periods"][0];
    assert_eq!(period["lines"][0]["quantity"], 999, "the line keeps its place");
    assert_eq!(period["totals"]["to_pay"], won(999 * 12_900 + 9_900));
    let fewer = buyer.wants_again(&lutein, 1, 30).await.expect(200);
    assert_eq!(fewer["periods"][0]["totals"]["to_pay"], won(12_900 + 9_900));
    let moved = buyer.wants_again(&lutein, 1, 60).await.expect(200);
    let periods = moved["periods"].as_array().unwrap().iter();
    let periods: Vec<_> =
        periods.map(|one| (&one["period_days"], &one["totals"]["to_pay"])).collect();
    assert_eq!(periods, [(&json!(30), &won(9_900)), (&json!(60), &won(12_900))]);

    assert_eq!(cart(&other).await, json!([]), "carts are private");
    other.deletes(&item(&lutein)).await.expect(204);
    for _ in 0..2 {
        buyer.deletes(&item(&lutein)).await.expect(204);
    }
    let left = cart(&buyer).await;
    assert_eq!(left.as_array().unwrap().len(), 1);
    assert_eq!(left[0]["totals"]["to_pay"], won(9_900));
    buyer.deletes(&item(&omega)).await.expect(204);
    assert_eq!(cart(&buyer).await, json!([]));
    shop.close().await;
}

#[tokio::test]
async fn what_cannot_be_subscribed_to_does_not_go_into_the_cart() {
    let Scene { shop, seller, buyer, product } = Scene::open(3).await;
    for days in [29, 366] {
        let refused = buyer.wants_again(&product, 1, days).await;
        refused.expect_problem(422, "period-out-of-range");
    }
    buyer.wants_again(&product, 4, 30).await.expect_problem(409, "out-of-stock");
    let unknown = "pro_00000000000000000000000000000000";
    buyer.wants_again(unknown, 1, 30).await.expect_problem(404, "product-not-found");
    assert_eq!(cart(&buyer).await, json!([]));
    seller.deletes(&format!("/api/v1/products/{product}")).await.expect(204);
    buyer.wants_again(&product, 1, 30).await.expect_problem(404, "product-not-found");
    shop.close().await;
}

#[tokio::test]
async fn a_subscription_cart_has_at_most_a_hundred_lines() {
    let shop = TestShop::open().await;
    let (seller, buyer) = (shop.seller().await, shop.buyer().await);
    let mut products = Vec::new();
    for number in 0..=RecurringCart::LINES_MAX {
        products.push(seller.lists(&format!("product {number}"), 1_000, 5).await);
    }
    for product in &products[..99] {
        buyer.wants_again(product, 1, 30).await.expect(200);
    }
    // The last place is taken once, however many want it at once.
    let replies = join_all(products[99..].iter().map(|last| buyer.wants_again(last, 1, 30))).await;
    let mut statuses: Vec<u16> = replies.iter().map(|reply| reply.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 422]);
    let refused = replies.into_iter().find(|reply| reply.status == 422).unwrap();
    refused.expect_problem(422, "cart-full");
    // A full cart can still be changed, and has room again when something is taken out.
    buyer.wants_again(&products[0], 5, 60).await.expect(200);
    buyer.deletes(&item(&products[1])).await.expect(204);
    buyer.wants_again(&products[1], 1, 30).await.expect(200);
    shop.close().await;
}

#[tokio::test]
async fn the_lines_of_one_period_become_one_subscription() {
    let Scene { shop, seller, buyer, product } = Scene::open(20).await;
    let omega = seller.lists("오메가3", 9_900, 10).await;
    let iron = seller.lists("철분", 5_000, 10).await;
    buyer.wants_again(&product, 2, 30).await.expect(200);
    buyer.wants_again(&iron, 1, 60).await.expect(200);
    buyer.wants_again(&omega, 3, 30).await.expect(200);
    buyer.puts_into_cart(&product, 5).await.expect(200);
    subscribes(&buyer, 45).await.expect_problem(400, "order-empty");

    let key = Actor::new_key();
    let begun = buyer.posts_under(&key, "/api/v1/subscriptions", from_cart(30)).await.expect(201);
    assert_eq!(begun["total"], won(2 * Scene::PRICE + 3 * 9_900));
    let left = cart(&buyer).await;
    assert_eq!(left.as_array().unwrap().len(), 1, "they have left the cart: {left}");
    assert_eq!(left[0]["period_days"], 60, "the other period stays");
    let again = buyer.posts_under(&key, "/api/v1/subscriptions", from_cart(30)).await.expect(201);
    assert_eq!(again.json, begun.json, "a repeat has the same answer");
    subscribes(&buyer, 30).await.expect_problem(400, "order-empty");

    buyer.pays(&begun.text_at("/order_id")).await;
    shop.delivers_events().await;
    let seen = buyer.subscription(&begun.text_at("/id")).await;
    assert_eq!(seen["status"], "active");
    assert_eq!(seen["period_days"], 30);
    let lines = seen["lines"].as_array().unwrap().iter();
    let lines: Vec<_> = lines.map(|line| (&line["product_id"], &line["quantity"])).collect();
    assert_eq!(lines, [(&json!(product), &json!(2)), (&json!(omega), &json!(3))]);
    assert_eq!(cart(&buyer).await, left);
    shop.close().await;
}

#[tokio::test]
async fn lines_become_a_subscription_once() {
    let Scene { shop, buyer, product, .. } = Scene::open(20).await;
    buyer.wants_again(&product, 2, 30).await.expect(200);
    let replies = join_all((0..5).map(|_| subscribes(&buyer, 30))).await;
    let begun = replies.iter().filter(|reply| reply.status == 201).count();
    let empty = replies.iter().filter(|reply| reply.json["code"] == "order-empty").count();
    assert_eq!((begun, empty), (1, 4));
    assert_eq!(buyer.stock_of(&product).await, 18);
    shop.close().await;
}

#[tokio::test]
async fn a_refused_subscription_leaves_the_cart_as_it_was() {
    let Scene { shop, seller, buyer, product } = Scene::open(5).await;
    let omega = seller.lists("오메가3", 10_000, 5).await;
    buyer.wants_again(&product, 3, 30).await.expect(200);
    buyer.wants_again(&omega, 3, 30).await.expect(200);
    let mut elsewhere = from_cart(30);
    elsewhere.as_object_mut().unwrap().remove("receiver");
    elsewhere["address_id"] = json!("adr_00000000000000000000000000000007");
    let refused = buyer.posts("/api/v1/subscriptions", elsewhere).await;
    refused.expect_problem(422, "address-not-found");
    seller.adjusts_stock(&omega, -3).await.expect(201);
    subscribes(&buyer, 30).await.expect_problem(409, "out-of-stock");
    let seen = cart(&buyer).await;
    assert_eq!(seen[0]["lines"].as_array().unwrap().len(), 2);
    assert_eq!(seen[0]["totals"]["to_pay"], won(3 * Scene::PRICE), "what is not there is not paid");
    seller.deletes(&format!("/api/v1/products/{omega}")).await.expect(204);
    subscribes(&buyer, 30).await.expect_problem(422, "product-not-found");

    // A new price is shown at once, and is what the first order costs.
    let dearer = json!({"original_price": 20_000, "discount_bps": 2_500});
    seller.patches(&format!("/api/v1/products/{product}"), dearer).await.expect(200);
    let seen = cart(&buyer).await;
    let available = seen[0]["lines"].as_array().unwrap().iter().map(|line| &line["available"]);
    assert!(available.eq([true, false].iter()), "{seen}");
    let totals = json!({
        "pieces": 3, "original": won(60_000), "discount": won(15_000), "to_pay": won(45_000),
    });
    assert_eq!(seen[0]["totals"], totals);
    buyer.deletes(&item(&omega)).await.expect(204);
    let begun = subscribes(&buyer, 30).await.expect(201);
    assert_eq!(begun["total"], won(45_000));
    assert_eq!(buyer.stock_of(&product).await, 2);
    shop.close().await;
}

#[tokio::test]
async fn who_leaves_takes_the_carts_along() {
    let Scene { shop, buyer, product, .. } = Scene::open(9).await;
    buyer.wants_again(&product, 2, 30).await.expect(200);
    buyer.puts_into_cart(&product, 1).await.expect(200);
    let member = buyer.me().await["id"].as_str().unwrap().parse().unwrap();
    buyer.leaves().await.expect(204);
    let shop_of = &shop.opened().shop;
    let kept = async || {
        let once = shop_of.carts.get(member).await.unwrap().lines.len();
        (once, shop_of.recurring_carts.get(member).await.unwrap().lines.len())
    };
    assert_eq!(kept().await, (1, 1));
    shop.delivers_events().await;
    assert_eq!(kept().await, (0, 0));
    // A request that began before the member left, and comes last.
    let wanted = Some((Quantity::ONE, 30));
    let late = RecurringWish { member, product: product.parse().unwrap(), wanted };
    shop_of.change_recurring_cart.run(&late).await.unwrap_err();
    assert_eq!(kept().await, (0, 0));
    shop.close().await;
}
