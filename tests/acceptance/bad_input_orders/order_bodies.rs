//! Bodies of orders.

use jangbogo_tests::{Actor, Scene};
use serde_json::{Value, json};

use super::{Before, NOBODYS_ORDER, NOBODYS_PRODUCT, Row, line, order_of, with};

fn bad_lines(product: &str) -> Vec<Row<'static>> {
    let many = |lines: i64| json!((0..lines).map(|n| line(&numbered(n), 1)).collect::<Vec<_>>());
    let mut rows = vec![
        (order_of(json!([])), 400, "order-empty"),
        (order_of(many(101)), 400, "validation-failed"),
        (order_of(many(100)), 422, "product-not-found"),
        (order_of(json!([line(product, 1), line(product, 1)])), 400, "validation-failed"),
        (order_of(json!([line(NOBODYS_PRODUCT, 1)])), 422, "product-not-found"),
        (order_of(json!([line(product, 101)])), 409, "out-of-stock"),
        (order_of(json!([line(product, 999)])), 409, "out-of-stock"),
        (order_of(json!({"0": line(product, 1)})), 400, "validation-failed"),
        (order_of(json!("all")), 400, "validation-failed"),
        (order_of(json!([product])), 400, "validation-failed"),
        (order_of(json!([null])), 400, "validation-failed"),
        (order_of(json!([{"product_id": product}])), 400, "validation-failed"),
        (order_of(json!([{"quantity": 1}])), 400, "validation-failed"),
    ];
    let quantities = [
        json!(0),
        json!(-1),
        json!(1_000),
        json!(i64::MAX),
        json!(i64::MIN),
        json!(u64::MAX),
        json!(1e300),
        json!(1.5),
        json!("1"),
        json!(true),
        json!(null),
        json!([1]),
        json!({}),
    ];
    for quantity in quantities {
        rows.push((order_of(json!([line(product, quantity)])), 400, "validation-failed"));
    }
    let long = format!("pro_{}", "0".repeat(100_000));
    let ids = ["", "x", "pro_", "pro_zz", NOBODYS_ORDER, "1 OR 1=1", "pro_\u{0}", "🥕", &long];
    for id in ids {
        rows.push((order_of(json!([line(id, 1)])), 400, "validation-failed"));
    }
    rows
}

fn numbered(n: i64) -> String {
    format!("pro_{n:032x}")
}

fn bad_receivers(product: &str) -> Vec<Row<'static>> {
    let lines = json!([line(product, 1)]);
    let to = |receiver: Value| json!({"lines": lines, "receiver": receiver});
    let mut rows = Vec::new();
    for field in ["name", "phone", "postcode", "address1"] {
        let long = "가".repeat(1_000);
        for value in [None, Some(json!("")), Some(json!("  ")), Some(json!(long)), Some(json!(7))] {
            rows.push(to(with(Actor::receiver(), field, value)));
        }
    }
    for (field, value) in [
        ("name", json!("a\nb")),
        ("name", json!("\u{0}")),
        ("phone", json!("call me")),
        ("postcode", json!("1234")),
        ("postcode", json!("１２３４５")),
        ("address2", json!("가".repeat(201))),
        ("address2", json!([])),
        ("country", json!("KR")),
    ] {
        rows.push(to(with(Actor::receiver(), field, Some(value))));
    }
    rows.extend([
        to(json!(null)),
        to(json!("home")),
        to(json!([])),
        json!({"receiver": Actor::receiver()}),
        json!({"lines": lines}),
        json!({"lines": lines, "address_id": ""}),
        json!({"lines": lines, "address_id": NOBODYS_ORDER}),
        json!({"lines": lines, "address_id": 7}),
        json!({"lines": lines, "from_cart": true, "receiver": Actor::receiver()}),
        json!({"from_cart": "yes", "receiver": Actor::receiver()}),
        json!({"from_cart": false, "receiver": Actor::receiver()}),
        with(order_of(lines.clone()), "coupon", Some(json!("FREE"))),
        with(order_of(lines.clone()), "address_id", Some(json!(nobodys_address()))),
        json!({}),
        json!([]),
        json!("order"),
        json!(null),
    ]);
    let mut rows: Vec<Row> =
        rows.into_iter().map(|body| (body, 400, "validation-failed")).collect();
    let unknown = json!({"lines": lines, "address_id": nobodys_address()});
    rows.push((unknown, 422, "address-not-found"));
    rows
}

fn nobodys_address() -> String {
    NOBODYS_ORDER.replace("ord_", "adr_")
}

#[tokio::test]
async fn bad_orders_are_refused() {
    let before = Before::open().await;
    let Scene { buyer, product, .. } = &before.scene;
    for (body, status, code) in bad_lines(product).into_iter().chain(bad_receivers(product)) {
        let shown: String = body.to_string().chars().take(300).collect();
        let reply = buyer.posts("/api/v1/orders", body).await;
        let refused = (reply.status, reply.json["code"].as_str());
        assert_eq!(refused, (status, Some(code)), "{shown}: {}", reply.text);
        reply.expect_problem(status, code);
    }
    before.ends_unchanged().await;
}

#[tokio::test]
async fn refused_fields_are_pointed_at() {
    let before = Before::open().await;
    let Scene { buyer, product, .. } = &before.scene;
    let good = line(product, 1);
    for (body, pointer) in [
        (order_of(json!([good, line(product, 0)])), "/lines/1/quantity"),
        (order_of(json!([good, line("x", 1)])), "/lines/1/product_id"),
        (order_of(json!([good, good])), "/lines"),
        (order_of(json!([{"product_id": product}])), "/lines/0/quantity"),
        (order_of(json!([with(good.clone(), "price", Some(json!(1)))])), "/lines/0/price"),
        (
            json!({"lines": [good], "receiver": with(Actor::receiver(), "phone", None)}),
            "/receiver/phone",
        ),
        (
            json!({"lines": [good], "receiver": with(Actor::receiver(), "name", Some("".into()))}),
            "/receiver/name",
        ),
        (json!({"lines": [good]}), "/receiver"),
    ] {
        let reply = buyer.posts("/api/v1/orders", body).await;
        let reply = reply.expect_problem(400, "validation-failed");
        assert_eq!(reply.text_at("/errors/0/pointer"), pointer, "{}", reply.text);
    }
    before.ends_unchanged().await;
}
