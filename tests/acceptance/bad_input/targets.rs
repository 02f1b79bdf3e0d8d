//! Ids, queries and headers that make no sense.

use jangbogo_tests::Actor;
use reqwest::Method;
use serde_json::{Value, json};

use super::world::{Expected, World};

/// Ids that are no id of the wanted kind, whatever the kind.
const MALFORMED: [&str; 22] = [
    "x",
    "0",
    "1",
    "-1",
    "9223372036854775808",
    "null",
    "undefined",
    "%00",
    "%FF",
    "%20",
    "..%2F..",
    "%2e%2e",
    "pro_",
    "pro_7",
    "PRO_0199f2a77c5e7d2c9d3f1d6a4c2b8e10",
    "pro_0199F2A77C5E7D2C9D3F1D6A4C2B8E10",
    "pro_0199f2a7-7c5e-7d2c-9d3f-1d6a4c2b8e10",
    "0199f2a77c5e7d2c9d3f1d6a4c2b8e10",
    "mem_0199f2a77c5e7d2c9d3f1d6a4c2b8e10",
    "ord_0199f2a77c5e7d2c9d3f1d6a4c2b8e10",
    "'%20OR%201=1%20--",
    "pro_0199f2a77c5e7d2c9d3f1d6a4c2b8e10%20",
];

/// Method, path with `{}` for the id, and a good body.
fn routes_with_ids() -> [(Method, &'static str, Option<Value>); 16] {
    let product = "/api/v1/products/{}";
    let address = "/api/v1/members/me/addresses/{}";
    let item = "/api/v1/cart/items/{}";
    let again = "/api/v1/subscription-cart/items/{}";
    let subscription = "/api/v1/subscriptions/{}";
    [
        (Method::GET, product, None),
        (Method::PATCH, product, Some(json!({"name": "x"}))),
        (Method::DELETE, product, None),
        (Method::POST, "/api/v1/products/{}/stock-adjustments", Some(json!({"delta": 1}))),
        (Method::PUT, address, Some(Actor::receiver())),
        (Method::DELETE, address, None),
        (Method::PUT, item, Some(json!({"quantity": 1}))),
        (Method::DELETE, item, None),
        (Method::PUT, again, Some(json!({"quantity": 1, "period_days": 30}))),
        (Method::DELETE, again, None),
        (Method::GET, subscription, None),
        (Method::PATCH, subscription, Some(json!({"period_days": 45}))),
        (Method::DELETE, subscription, None),
        (Method::POST, "/api/v1/subscriptions/{}/skip", Some(json!({"day": "2001-01-01"}))),
        (Method::POST, "/api/v1/subscriptions/{}/pause", None),
        (Method::POST, "/api/v1/subscriptions/{}/resume", None),
    ]
}

async fn asks(
    actor: &Actor,
    method: &Method,
    path: &str,
    body: Option<&Value>,
) -> jangbogo_tests::Reply {
    let request = actor.request(method.clone(), path).header("Idempotency-Key", Actor::new_key());
    let request = match body {
        Some(body) => request.json(body),
        None => request,
    };
    actor.sends(request).await
}

#[tokio::test]
async fn what_is_no_id_names_nothing() {
    let world = World::open().await;
    let before = world.snapshot().await;
    let long = "x".repeat(5_000);
    for (method, path, body) in routes_with_ids() {
        for id in MALFORMED.into_iter().chain([&*long]) {
            let path = path.replace("{}", id);
            let reply = asks(&world.seller, &method, &path, body.as_ref()).await;
            Expected::new(404, "not-found").check(&reply, &format!("{method} {path:.100}"));
        }
    }
    assert_eq!(world.snapshot().await, before);
    world.shop.close().await;
}

#[tokio::test]
async fn unknown_and_foreign_things_are_not_found() {
    let world = World::open().await;
    let before = world.snapshot().await;
    let stranger = world.shop.seller().await;
    let unknown = |prefix: &str| format!("{prefix}_0199f2a77c5e7d2c9d3f1d6a4c2b8e10");
    for (method, path, body) in routes_with_ids() {
        let (own, kind) = if path.contains("addresses") {
            (&world.address, "adr")
        } else if path.contains("subscriptions") {
            (&world.subscription, "sub")
        } else {
            (&world.product, "pro")
        };
        let expected = match (&method, path.contains("/items/")) {
            // Whoever removes what is not there has what they want.
            (&Method::DELETE, true) => None,
            (_, true) => Some(Expected::new(404, "product-not-found")),
            _ => Some(Expected::new(404, "not-found")),
        };
        let cell = format!("{method} {path}");
        let reply =
            asks(&stranger, &method, &path.replace("{}", &unknown(kind)), body.as_ref()).await;
        match expected {
            Some(expected) => expected.check(&reply, &cell),
            None => assert_eq!(reply.status, 204, "{cell}: {}", reply.text),
        }
        // Products are public; everything else of another member is not there.
        let is_public = kind == "pro" && (method == Method::GET || path.contains("/items/"));
        if !is_public {
            let reply = asks(&stranger, &method, &path.replace("{}", own), body.as_ref()).await;
            Expected::new(404, "not-found").check(&reply, &format!("{cell} of another"));
        }
    }
    // Two events are waiting for the stranger's own sign-up; apart from that nothing happened.
    let after = world.snapshot().await;
    let last = before.len() - 1;
    assert_eq!(after[..last], before[..last]);
    world.shop.close().await;
}

#[tokio::test]
async fn nonsense_in_a_query_is_refused() {
    let world = World::open().await;
    world.seller.lists("오메가3", 9_900, 3).await;
    world.seller.lists("철분", 5_900, 3).await;
    let list = "/api/v1/products";
    let page = world.buyer.gets(&format!("{list}?sort=newest&limit=1")).await.expect(200);
    let newest = page.text_at("/next_cursor");
    let (cut, long) = (&newest[..newest.len() - 4], "x".repeat(101));
    let field = Expected::field;
    let cursor = || Expected::new(400, "cursor-invalid");
    let invalid = || Expected::new(400, "validation-failed");
    let cases = [
        ("sort=cheapest".to_owned(), field("sort")),
        ("sort=NEWEST".to_owned(), field("sort")),
        ("sort=newest;price_asc".to_owned(), field("sort")),
        ("sort=p.id)--".to_owned(), field("sort")),
        ("category=shoes".to_owned(), field("category")),
        ("category=eye,bone".to_owned(), field("category")),
        ("min_price=-1".to_owned(), field("min_price")),
        ("max_price=-1".to_owned(), field("min_price")),
        ("min_price=2&max_price=1".to_owned(), field("min_price")),
        ("min_price=abc".to_owned(), field("min_price")),
        ("max_price=1.5".to_owned(), field("max_price")),
        ("max_price=1e308".to_owned(), field("max_price")),
        ("max_price=9223372036854775808".to_owned(), field("max_price")),
        ("limit=0".to_owned(), field("limit")),
        ("limit=-1".to_owned(), field("limit")),
        ("limit=101".to_owned(), field("limit")),
        ("limit=9223372036854775807".to_owned(), field("limit")),
        ("limit=9223372036854775808".to_owned(), field("limit")),
        ("limit=ten".to_owned(), field("limit")),
        ("limit=%2010".to_owned(), field("limit")),
        (format!("q={long}"), field("q")),
        ("q=%00".to_owned(), field("q")),
        ("page=2".to_owned(), invalid()),
        ("offset=0".to_owned(), invalid()),
        ("seller=me".to_owned(), invalid()),
        ("status=withdrawn".to_owned(), invalid()),
        ("Sort=newest".to_owned(), invalid()),
        ("limit=1&limit=2".to_owned(), invalid()),
        ("q[]=x".to_owned(), invalid()),
        ("cursor=x".to_owned(), cursor()),
        ("cursor=%00".to_owned(), cursor()),
        ("cursor=bmV3ZXN0LjEuMg".to_owned(), cursor()),
        (format!("cursor={cut}"), cursor()),
        (format!("cursor={newest}%3D"), cursor()),
        (format!("sort=sales&cursor={newest}"), cursor()),
        (format!("sort=price_asc&cursor={newest}"), cursor()),
    ];
    for (query, expected) in cases {
        let reply = world.buyer.gets(&format!("{list}?{query}")).await;
        expected.check(&reply, &query);
    }
    // A cursor of another list, though it has the right form.
    let reply = world.buyer.gets(&format!("/api/v1/orders?cursor={newest}")).await;
    cursor().check(&reply, "a product's cursor in the list of orders");
    world.shop.close().await;
}

#[tokio::test]
async fn queries_that_look_strange_and_are_not_wrong() {
    let world = World::open().await;
    for query in [
        "q=%FF",
        "q=%",
        "q=%zz",
        "q=%00",
        "q=%F0%9F%8D%8A",
        "q='%20OR%201=1%20--",
        "q=%22;DROP%20TABLE%20product",
        "&&",
        "q",
        "min_price=0",
        "max_price=9223372036854775807",
        "limit=100",
        "limit=+5",
        "min_price=007",
    ] {
        let reply = world.buyer.gets(&format!("/api/v1/products?{query}")).await;
        assert!(matches!(reply.status, 200 | 400), "{query}: {}", reply.text);
    }
    world.shop.close().await;
}

#[tokio::test]
async fn stale_cursors_go_on_where_they_stopped() {
    let world = World::open().await;
    let list = "/api/v1/products?sort=price_asc&limit=1";
    let second = world.seller.lists("비싼 것", 99_000, 3).await;
    let page = world.buyer.gets(list).await.expect(200);
    let cursor = page.text_at("/next_cursor");
    world.seller.deletes(&format!("/api/v1/products/{}", world.product)).await.expect(204);
    let next = world.buyer.gets(&format!("{list}&cursor={cursor}")).await.expect(200);
    assert_eq!(next["items"][0]["id"], second);
    world.seller.deletes(&format!("/api/v1/products/{second}")).await.expect(204);
    let end = world.buyer.gets(&format!("{list}&cursor={cursor}")).await.expect(200);
    assert_eq!(end.json, json!({"items": [], "next_cursor": null, "prev_cursor": null}));
    world.shop.close().await;
}

#[tokio::test]
async fn an_idempotency_key_is_one_short_visible_word() {
    let world = World::open().await;
    let before = world.snapshot().await;
    let adjust = format!("/api/v1/products/{}/stock-adjustments", world.product);
    let product = json!({"name": "x", "maker": "x", "original_price": 1, "stock": 1});
    let long = "x".repeat(256);
    let request = |path: &str, body: &Value| world.seller.request(Method::POST, path).json(body);
    let delta = json!({"delta": 1});
    for (path, body) in [(&*adjust, &delta), ("/api/v1/products", &product)] {
        for bad in ["", "\"\"", "two words", "a\tb", "열쇠", &long] {
            let reply =
                world.seller.sends(request(path, body).header("Idempotency-Key", bad)).await;
            Expected::new(400, "idempotency-key-invalid").check(&reply, &format!("{path} {bad}"));
        }
        let two = request(path, body).header("Idempotency-Key", "a").header("Idempotency-Key", "b");
        let reply = world.seller.sends(two).await;
        Expected::new(400, "idempotency-key-invalid").check(&reply, path);
    }
    let reply = world.seller.sends(request(&adjust, &delta)).await;
    Expected::new(400, "idempotency-key-missing").check(&reply, &adjust);
    assert_eq!(world.snapshot().await, before);
    let longest = "x".repeat(255);
    let reply =
        world.seller.sends(request(&adjust, &delta).header("Idempotency-Key", longest)).await;
    assert_eq!(reply.status, 201);
    world.shop.close().await;
}
