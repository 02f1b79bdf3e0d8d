//! Bodies of payments and refunds.

use jangbogo_tests::Scene;
use serde_json::{Value, json};

use super::{Before, NOBODYS_PRODUCT, Row, line, with};

#[tokio::test]
async fn bad_payments_are_refused() {
    let before = Before::open().await;
    let buyer = &before.scene.buyer;
    let path = format!("/api/v1/orders/{}/payments", before.order);
    let long = "x".repeat(10_000);
    let rows: [Row; 13] = [
        (json!({"provider": "paypal"}), 422, "payment-provider-unknown"),
        (json!({"provider": "KakaoPay"}), 422, "payment-provider-unknown"),
        (json!({"provider": ""}), 422, "payment-provider-unknown"),
        (json!({"provider": "\u{0}"}), 422, "payment-provider-unknown"),
        (json!({"provider": long}), 422, "payment-provider-unknown"),
        (json!({"provider": null}), 400, "validation-failed"),
        (json!({"provider": 1}), 400, "validation-failed"),
        (json!({"provider": ["kakaopay"]}), 400, "validation-failed"),
        (json!({"provider": "kakaopay", "amount": 1}), 400, "validation-failed"),
        (json!({}), 400, "validation-failed"),
        (json!([]), 400, "validation-failed"),
        (json!(["kakaopay"]), 400, "validation-failed"),
        (json!(null), 400, "validation-failed"),
    ];
    for (body, status, code) in rows {
        buyer.posts(&path, body).await.expect_problem(status, code);
    }
    before.ends_unchanged().await;
}

#[tokio::test]
async fn bad_refunds_are_refused() {
    let Scene { shop, buyer, product, .. } = Scene::open(100).await;
    let order = buyer.orders(&product, 2).await;
    buyer.pays(&order).await;
    shop.delivers_events().await;
    let path = format!("/api/v1/orders/{order}/refunds");
    let seen = buyer.order(&order).await;
    let why = |part: Value| with(part, "reason", Some(json!("came late")));
    let pieces = |quantity: Value| why(json!({"lines": [line(&product, quantity)]}));
    let mut rows: Vec<Row> = vec![
        (why(json!({"amount": 0})), 422, "refund-amount-refused"),
        (why(json!({"amount": -1})), 422, "refund-amount-refused"),
        (why(json!({"amount": 25_801})), 422, "refund-amount-refused"),
        (why(json!({"amount": i64::MAX})), 422, "refund-amount-refused"),
        (why(json!({"amount": i64::MIN})), 422, "amount-out-of-range"),
        (why(json!({"lines": []})), 422, "refund-amount-refused"),
        (pieces(json!(3)), 422, "refund-pieces-refused"),
        (pieces(json!(999)), 422, "refund-pieces-refused"),
        (why(json!({"lines": [line(NOBODYS_PRODUCT, 1)]})), 422, "refund-pieces-refused"),
    ];
    let long = "가".repeat(201);
    for body in [
        why(json!({"amount": 1, "lines": [line(&product, 1)]})),
        why(json!({"amount": "1"})),
        why(json!({"amount": 1.5})),
        why(json!({"amount": u64::MAX})),
        why(json!({"amount": 1, "currency": "USD"})),
        why(json!({"lines": [line("x", 1)]})),
        why(json!({"lines": "all"})),
        pieces(json!(0)),
        pieces(json!(-1)),
        pieces(json!(1_000)),
        pieces(json!("1")),
        json!({"amount": 1}),
        json!({"reason": ""}),
        json!({"reason": "   "}),
        json!({"reason": long}),
        json!({"reason": 7}),
        json!({"reason": null}),
        json!({}),
        json!([null, null, "by position"]),
        json!(null),
    ] {
        rows.push((body, 400, "validation-failed"));
    }
    for (body, status, code) in rows {
        let shown = body.to_string();
        let reply = buyer.posts(&path, body).await;
        let refused = (reply.status, reply.json["code"].as_str());
        assert_eq!(refused, (status, Some(code)), "{shown}: {}", reply.text);
    }
    shop.delivers_events().await;
    assert_eq!(buyer.order(&order).await, seen);
    assert_eq!(shop.money_moved().await, [25_800]);
    shop.is_sound().await;
    shop.close().await;
}
