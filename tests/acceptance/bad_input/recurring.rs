//! The endpoints around subscriptions that take a body.

use jangbogo_tests::Actor;
use reqwest::Method;
use serde_json::{Value, json};

use super::endpoints::{Endpoint, Refused, Who, because, numbers, of, texts};
use super::world::World;

const PERIODS: [i64; 7] = [0, -30, 1, 29, 366, i64::MAX, i64::MIN];

fn bad_periods() -> Refused {
    because("period_days", &PERIODS.map(|days| json!(days)), 422, "period-out-of-range")
}

fn recurring_lines(product: &str, quantity: i64) -> Value {
    json!([{"product_id": product, "quantity": quantity}])
}

/// What begins a subscription, and what skips one of its cycles.
pub(super) fn begun(world: &World) -> [Endpoint; 2] {
    let lines = |quantity| recurring_lines(&world.product, quantity);
    let unknown = recurring_lines("pro_0199f2a77c5e7d2c9d3f1d6a4c2b8e10", 1);
    let twice = json!([lines(1)[0], lines(1)[0]]);
    let begin = Endpoint {
        method: Method::POST,
        path: "/api/v1/subscriptions",
        id: String::new(),
        who: Who::Buyer,
        good: json!({"lines": lines(1), "period_days": 30, "receiver": Actor::receiver()}),
        answers: 201,
        required: &["lines", "period_days", "receiver"],
        nullable: &[],
        refused: [
            bad_periods(),
            because("lines", &[json!([])], 400, "order-empty"),
            because("lines", &[lines(11), lines(999)], 409, "out-of-stock"),
            because("lines", &[unknown], 422, "product-not-found"),
            of("lines", [lines(0), lines(-1), lines(1_000), recurring_lines("x", 1), twice]),
            of("from_cart", [json!(true)]),
            because("from_cart", &[json!("yes"), json!(1)], 400, "validation-failed"),
            of("address_id", [json!("adr_0199f2a77c5e7d2c9d3f1d6a4c2b8e10"), json!("home")]),
        ]
        .concat(),
    };
    let skip = Endpoint {
        method: Method::POST,
        path: "/api/v1/subscriptions/{id}/skip",
        id: world.subscription.clone(),
        who: Who::Buyer,
        good: json!({"day": "2001-01-01"}),
        answers: 409,
        required: &["day"],
        nullable: &[],
        refused: texts(
            "day",
            &[
                "",
                "tomorrow",
                "2026-02-30",
                "2026-13-01",
                "2026-1-1",
                "20260101",
                "2026-01-01T00:00:00Z",
                "+002026-01-01",
                "２０２６-01-01",
            ],
        ),
    };
    [begin, skip]
}

/// What changes a subscription, and the cart for more of them.
pub(super) fn changed(world: &World) -> [Endpoint; 2] {
    let lines = |quantity| recurring_lines(&world.product, quantity);
    let unknown = recurring_lines("pro_0199f2a77c5e7d2c9d3f1d6a4c2b8e10", 1);
    let change = Endpoint {
        method: Method::PATCH,
        path: "/api/v1/subscriptions/{id}",
        id: world.subscription.clone(),
        who: Who::Buyer,
        good: json!({"period_days": 45, "lines": lines(2)}),
        answers: 200,
        required: &[],
        nullable: &["period_days", "lines"],
        refused: [
            bad_periods(),
            because("lines", &[unknown], 422, "product-not-found"),
            of("lines", [lines(0), lines(-1), lines(1_000), recurring_lines("x", 1)]),
        ]
        .concat(),
    };
    let put = Endpoint {
        method: Method::PUT,
        path: "/api/v1/subscription-cart/items/{product_id}",
        id: world.product.clone(),
        who: Who::Buyer,
        good: json!({"quantity": 3, "period_days": 30}),
        answers: 200,
        required: &["quantity", "period_days"],
        nullable: &[],
        refused: [
            bad_periods(),
            numbers("quantity", &[0, -1, 1_000, 65_537, 4_294_967_297, i64::MAX, i64::MIN]),
            because("quantity", &[json!(11), json!(999)], 409, "out-of-stock"),
        ]
        .concat(),
    };
    [change, put]
}
