//! Requests that the order's state does not allow.

use std::time::Duration;

use jangbogo_tests::{Actor, Scene, TestShop};
use serde_json::json;

/// A shop with an order in this state.
async fn order_that_is(state: &str) -> (TestShop, Actor, String) {
    let Scene { shop, buyer, product, .. } = Scene::open(10).await;
    let order = buyer.orders(&product, 2).await;
    match state {
        "cancelled" => drop(buyer.cancels(&order).await.expect(200)),
        "expired" => {
            shop.time_goes_by(Duration::from_mins(5)).await;
            assert_eq!(shop.expires_orders().await, 1);
        }
        "paid" => drop(buyer.pays(&order).await),
        "refunded" => {
            buyer.pays(&order).await;
            buyer.asks_for_refund(&order, json!({"reason": "x"})).await.expect(202);
        }
        _ => {}
    }
    shop.delivers_events().await;
    assert_eq!(buyer.order(&order).await["status"], state);
    (shop, buyer, order)
}

#[tokio::test]
async fn what_the_orders_state_does_not_allow_is_refused() {
    let (no_pay, no_cancel) = ("order-not-payable", "order-not-cancellable");
    for (state, pay, cancel, refund) in [
        ("pending_payment", None, None, true),
        ("cancelled", Some(no_pay), None, true),
        ("expired", Some("order-expired"), Some(no_cancel), true),
        ("paid", Some(no_pay), Some(no_cancel), false),
        ("refunded", Some(no_pay), Some(no_cancel), true),
    ] {
        let (shop, buyer, order) = order_that_is(state).await;
        let seen = buyer.order(&order).await;
        if let Some(code) = pay {
            let path = format!("/api/v1/orders/{order}/payments");
            let reply = buyer.posts(&path, json!({"provider": "kakaopay"})).await;
            reply.expect_problem(409, code);
        }
        if let Some(code) = cancel {
            buyer.cancels(&order).await.expect_problem(409, code);
        }
        if refund {
            let reply = buyer.asks_for_refund(&order, json!({"reason": "x"})).await;
            reply.expect_problem(409, "order-not-refundable");
        }
        assert_eq!(buyer.order(&order).await, seen);
        shop.close().await;
    }
}
