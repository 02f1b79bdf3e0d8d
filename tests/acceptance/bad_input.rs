//! Requests that make no sense: each is refused with the right problem, and nothing happens.

mod bodies;
mod endpoints;
mod recurring;
mod targets;
mod world;

use bodies::{broken_bodies, wrong_bodies, wrong_types};
use endpoints::{Endpoint, all};
use world::{Expected, World};

/// One endpoint under every sort of bad body.
async fn refuses_nonsense(world: &World, endpoint: &Endpoint) {
    let before = world.snapshot().await;
    let cases = [wrong_bodies(endpoint), broken_bodies(endpoint), endpoint.refused()].concat();
    assert!(cases.len() > 30, "{}", endpoint.name());
    for (what, body, expected) in cases {
        let reply = world.sends_json(endpoint, body).await;
        expected.check(&reply, &format!("{}: {what}", endpoint.name()));
    }
    for (what, content_type) in wrong_types() {
        let request = endpoint.request(world).body(endpoint.good.to_string());
        let request = match content_type {
            Some(content_type) => request.header("content-type", content_type),
            None => request,
        };
        let reply = world.shop.visitor().sends(request).await;
        let expected = Expected::new(415, "unsupported-media-type");
        expected.check(&reply, &format!("{}: {what}", endpoint.name()));
    }
    let after = world.snapshot().await;
    assert_eq!(after, before, "{}: something has changed", endpoint.name());
    // The body that all of these were made from is good: it was refused for what was spoilt.
    let reply = world.sends_json(endpoint, endpoint.good.to_string().into_bytes()).await;
    assert_eq!(reply.status, endpoint.answers, "{}: {}", endpoint.name(), reply.text);
}

macro_rules! one_test_each {
    ($($name:ident: $endpoint:literal,)*) => {
        $(#[tokio::test]
        async fn $name() {
            let world = World::open().await;
            let endpoints = all(&world);
            let endpoint = endpoints.iter().find(|e| e.name() == $endpoint).unwrap();
            refuses_nonsense(&world, endpoint).await;
            world.shop.close().await;
        })*

        #[tokio::test]
        async fn every_endpoint_with_a_body_has_a_test() {
            let world = World::open().await;
            let tested = [$($endpoint),*];
            for endpoint in all(&world) {
                assert!(tested.contains(&&*endpoint.name()), "{}", endpoint.name());
            }
            world.shop.close().await;
        }
    };
}

one_test_each! {
    signing_up: "POST /api/v1/members",
    editing_the_profile: "PATCH /api/v1/members/me",
    changing_the_password: "PUT /api/v1/members/me/password",
    leaving: "DELETE /api/v1/members/me",
    writing_an_address_down: "POST /api/v1/members/me/addresses",
    replacing_an_address: "PUT /api/v1/members/me/addresses/{id}",
    logging_in: "POST /api/v1/sessions",
    refreshing: "POST /api/v1/sessions/refresh",
    adding_a_product: "POST /api/v1/products",
    editing_a_product: "PATCH /api/v1/products/{id}",
    adjusting_stock: "POST /api/v1/products/{id}/stock-adjustments",
    putting_into_the_cart: "PUT /api/v1/cart/items/{product_id}",
    putting_into_the_subscription_cart: "PUT /api/v1/subscription-cart/items/{product_id}",
    subscribing: "POST /api/v1/subscriptions",
    changing_a_subscription: "PATCH /api/v1/subscriptions/{id}",
    skipping_a_cycle: "POST /api/v1/subscriptions/{id}/skip",
}
