//! Bad input to orders, payments and refunds: each is refused with its own status and code, and
//! none leaves anything behind.

use jangbogo_tests::{Actor, Reply, Scene};
use reqwest::Method;
use serde_json::{Value, json};

mod lists;
mod money;
mod order_bodies;
mod requests;
mod states;

/// A table's row: what is sent, and what comes back.
type Row<'a> = (Value, u16, &'a str);

const NOBODYS_ORDER: &str = "ord_00000000000000000000000000000001";
const NOBODYS_PAYMENT: &str = "pay_00000000000000000000000000000001";
const NOBODYS_PRODUCT: &str = "pro_00000000000000000000000000000001";

/// A scene with one open order, and everything that a refused request must not change.
struct Before {
    scene: Scene,
    order: String,
    seen: [String; 4],
}

impl Before {
    async fn open() -> Self {
        let scene = Scene::open(100).await;
        scene.buyer.puts_into_cart(&scene.product, 1).await.expect(200);
        let order = scene.buyer.orders(&scene.product, 1).await;
        let seen = look(&scene, &order).await;
        Self { scene, order, seen }
    }

    /// Demands that nothing has changed, and closes the shop.
    async fn ends_unchanged(self) {
        assert_eq!(look(&self.scene, &self.order).await, self.seen);
        assert!(self.scene.shop.money_moved().await.is_empty());
        self.scene.shop.is_sound().await;
        self.scene.shop.close().await;
    }
}

async fn look(scene: &Scene, order: &str) -> [String; 4] {
    let product = format!("/api/v1/products/{}", scene.product);
    let order = format!("/api/v1/orders/{order}");
    let paths = ["/api/v1/orders", "/api/v1/cart", &product, &order];
    let mut seen = Vec::new();
    for path in paths {
        seen.push(scene.buyer.gets(path).await.expect(200).text);
    }
    seen.try_into().unwrap()
}

fn order_of(lines: Value) -> Value {
    json!({"lines": lines, "receiver": Actor::receiver()})
}

fn line(product: &str, quantity: impl Into<Value>) -> Value {
    json!({"product_id": product, "quantity": quantity.into()})
}

/// The same with another value of one field, or without it.
fn with(mut object: Value, field: &str, value: Option<Value>) -> Value {
    let fields = object.as_object_mut().unwrap();
    match value {
        Some(value) => fields.insert(field.to_owned(), value),
        None => fields.remove(field),
    };
    object
}

/// Paths of every endpoint that takes a JSON body.
fn paths_with_bodies(order: &str) -> [String; 3] {
    [
        "/api/v1/orders".to_owned(),
        format!("/api/v1/orders/{order}/payments"),
        format!("/api/v1/orders/{order}/refunds"),
    ]
}

/// Every endpoint that wants to know who asks, with a good body.
fn endpoints(order: &str, payment: &str, product: &str) -> Vec<(Method, String, Option<Value>)> {
    let [orders, payments, refunds] = paths_with_bodies(order);
    vec![
        (Method::POST, orders.clone(), Some(order_of(json!([line(product, 1)])))),
        (Method::GET, orders.clone(), None),
        (Method::GET, format!("{orders}/{order}"), None),
        (Method::POST, format!("{orders}/{order}/cancel"), None),
        (Method::POST, payments, Some(json!({"provider": "kakaopay"}))),
        (Method::GET, format!("/api/v1/payments/{payment}"), None),
        (Method::POST, refunds, Some(json!({"reason": "x"}))),
    ]
}

async fn sends(who: &Actor, method: &Method, path: &str, body: Option<&Value>) -> Reply {
    let request = who.request(method.clone(), path).header("Idempotency-Key", Actor::new_key());
    who.sends(match body {
        Some(body) => request.json(body),
        None => request,
    })
    .await
}
