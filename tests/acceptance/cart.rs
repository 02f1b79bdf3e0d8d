//! The cart.

use futures::{StreamExt as _, stream};
use jangbogo_tests::{Actor, TestShop};
use serde_json::{Value, json};

const CART: &str = "/api/v1/cart";

fn item(product: &str) -> String {
    format!("{CART}/items/{product}")
}

fn won(amount: i64) -> Value {
    json!({"amount": amount, "currency": "KRW"})
}

fn empty() -> Value {
    let totals = json!({"pieces": 0, "original": won(0), "discount": won(0), "to_pay": won(0)});
    json!({"lines": [], "totals": totals})
}

async fn cart(buyer: &Actor) -> Value {
    buyer.gets(CART).await.expect(200).json
}

#[tokio::test]
async fn a_cart_shows_what_it_would_cost() {
    let shop = TestShop::open().await;
    let (seller, buyer) = (shop.seller().await, shop.buyer().await);
    assert_eq!(cart(&buyer).await, empty());
    let lutein = seller.lists("루테인", 12_900, 10).await;
    let reduced = json!({
        "name": "오메가3", "maker": "참들녘", "original_price": 9_999, "discount_bps": 1_050, "stock": 3,
    });
    let omega = seller.adds_product(reduced).await["id"].as_str().unwrap().to_owned();
    buyer.puts_into_cart(&lutein, 2).await.expect(200);
    let reply = buyer.puts_into_cart(&omega, 3).await.expect(200);
    // 10.5 % of 9,999 is 1,049.9: 1,050.
    let expected = json!({
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
    });
    assert_eq!(reply.json, expected);
    assert_eq!(cart(&buyer).await, expected);
    shop.close().await;
}

#[tokio::test]
async fn a_quantity_replaces_the_one_before() {
    let shop = TestShop::open().await;
    let (seller, buyer) = (shop.seller().await, shop.buyer().await);
    let lutein = seller.lists("루테인", 12_900, 999).await;
    let omega = seller.lists("오메가3", 9_900, 10).await;
    buyer.puts_into_cart(&lutein, 2).await.expect(200);
    buyer.puts_into_cart(&omega, 1).await.expect(200);
    let reply = buyer.puts_into_cart(&lutein, 999).await.expect(200);
    assert_eq!(reply["lines"][0]["quantity"], 999, "and the line keeps its place");
    assert_eq!(reply["lines"].as_array().unwrap().len(), 2);
    assert_eq!(buyer.stock_of(&lutein).await, 999, "a cart holds nothing");

    buyer.deletes(&item(&lutein)).await.expect(204);
    buyer.deletes(&item(&lutein)).await.expect(204);
    let left = cart(&buyer).await;
    assert_eq!(left["lines"].as_array().unwrap().len(), 1);
    assert_eq!(left["totals"]["to_pay"], won(9_900));
    buyer.deletes(&item(&omega)).await.expect(204);
    assert_eq!(cart(&buyer).await, empty());
    shop.close().await;
}

#[tokio::test]
async fn more_than_there_is_does_not_go_into_a_cart() {
    let shop = TestShop::open().await;
    let (seller, buyer) = (shop.seller().await, shop.buyer().await);
    let lutein = seller.lists("루테인", 12_900, 3).await;
    buyer.puts_into_cart(&lutein, 4).await.expect_problem(409, "out-of-stock");
    assert_eq!(cart(&buyer).await, empty());
    buyer.puts_into_cart(&lutein, 3).await.expect(200);
    buyer.puts_into_cart(&lutein, 4).await.expect_problem(409, "out-of-stock");
    assert_eq!(cart(&buyer).await["lines"][0]["quantity"], 3, "the former quantity stays");

    let unknown = "pro_00000000000000000000000000000000";
    buyer.puts_into_cart(unknown, 1).await.expect_problem(404, "product-not-found");
    seller.deletes(&format!("/api/v1/products/{lutein}")).await.expect(204);
    buyer.puts_into_cart(&lutein, 1).await.expect_problem(404, "product-not-found");
    shop.close().await;
}

#[tokio::test]
async fn what_cannot_be_bought_any_more_does_not_count() {
    let shop = TestShop::open().await;
    let (seller, buyer) = (shop.seller().await, shop.buyer().await);
    let lutein = seller.lists("루테인", 10_000, 5).await;
    let omega = seller.lists("오메가3", 5_000, 5).await;
    let iron = seller.lists("철분", 1_000, 5).await;
    for product in [&lutein, &omega, &iron] {
        buyer.puts_into_cart(product, 3).await.expect(200);
    }
    seller.deletes(&format!("/api/v1/products/{lutein}")).await.expect(204);
    seller.adjusts_stock(&omega, -3).await.expect(201);
    let dearer = json!({"original_price": 2_000, "discount_bps": 2_500});
    seller.patches(&format!("/api/v1/products/{iron}"), dearer).await.expect(200);

    let now = cart(&buyer).await;
    let available = now["lines"].as_array().unwrap().iter().map(|line| &line["available"]);
    assert!(available.eq([false, false, true].iter()), "{now}");
    assert_eq!(now["lines"][1]["stock"], 2);
    let totals = json!({
        "pieces": 3, "original": won(6_000), "discount": won(1_500), "to_pay": won(4_500),
    });
    assert_eq!(now["totals"], totals, "at the price of now");
    buyer.deletes(&item(&lutein)).await.expect(204);
    seller.adjusts_stock(&omega, 1).await.expect(201);
    assert_eq!(cart(&buyer).await["totals"]["to_pay"], won(4_500 + 15_000));
    shop.close().await;
}

#[tokio::test]
async fn carts_are_private() {
    let shop = TestShop::open().await;
    let (seller, buyer, other) = (shop.seller().await, shop.buyer().await, shop.buyer().await);
    let lutein = seller.lists("루테인", 12_900, 5).await;
    buyer.puts_into_cart(&lutein, 3).await.expect(200);
    assert_eq!(cart(&other).await, empty());
    other.deletes(&item(&lutein)).await.expect(204);
    other.puts_into_cart(&lutein, 1).await.expect(200);
    assert_eq!(cart(&buyer).await["lines"][0]["quantity"], 3);
    let visitor = shop.visitor();
    visitor.gets(CART).await.expect_problem(401, "authentication-required");
    let refused = visitor.puts_into_cart(&lutein, 1).await;
    refused.expect_problem(401, "authentication-required");
    shop.close().await;
}

#[tokio::test]
async fn a_cart_has_at_most_a_hundred_lines() {
    let shop = TestShop::open().await;
    let (seller, buyer) = (shop.seller().await, shop.buyer().await);
    let mut products = vec![];
    for number in 0..105 {
        products.push(seller.lists(&format!("product {number}"), 1_000, 5).await);
    }
    // Many at once, so that none can be decided on a number that is no longer true.
    let puts = products.iter().map(|product| buyer.puts_into_cart(product, 1));
    let replies: Vec<_> = stream::iter(puts).buffered(20).collect().await;
    let (inside, outside): (Vec<_>, Vec<_>) =
        products.iter().zip(replies).partition(|(_, reply)| reply.status == 200);
    let others: Vec<_> = outside.iter().map(|(_, reply)| reply.status).collect();
    assert_eq!(inside.len(), 100, "{others:?}");
    for (product, refused) in outside {
        refused.expect_problem(422, "cart-full");
        buyer.puts_into_cart(product, 1).await.expect_problem(422, "cart-full");
    }
    // A full cart can still be changed, and has room again when something is taken out.
    buyer.puts_into_cart(inside[0].0, 5).await.expect(200);
    buyer.deletes(&item(inside[1].0)).await.expect(204);
    let full = buyer.puts_into_cart(inside[1].0, 1).await.expect(200);
    assert_eq!(full["lines"].as_array().unwrap().len(), 100);
    assert_eq!(full["totals"]["pieces"], 104);
    shop.close().await;
}

#[tokio::test]
async fn a_dear_cart_is_summed_without_overflow() {
    let shop = TestShop::open().await;
    let (seller, buyer) = (shop.seller().await, shop.buyer().await);
    for number in 0..3 {
        let product = seller.lists(&format!("gold {number}"), 1_000_000_000, 1_000_000_000).await;
        buyer.puts_into_cart(&product, 999).await.expect(200);
    }
    assert_eq!(cart(&buyer).await["totals"]["to_pay"], won(2_997_000_000_000));
    shop.close().await;
}
