//! A small shop in which nothing may change.

use jangbogo_tests::{Actor, Reply, ShopOptions, TestShop};
use serde_json::{Value, json};

use super::endpoints::Endpoint;

/// Bodies above this are too large here.
pub(super) const BODY_BYTES_MAX: usize = 64 * 1024;

/// A shop with one thing of everything.
pub(super) struct World {
    pub(super) shop: TestShop,
    pub(super) buyer: Actor,
    pub(super) seller: Actor,
    pub(super) product: String,
    pub(super) address: String,
    pub(super) subscription: String,
}

/// How a bad request is answered.
#[derive(Debug, Clone)]
pub(super) struct Expected {
    status: u16,
    code: Option<&'static str>,
    pointer: Option<String>,
}

impl World {
    pub(super) async fn open() -> Self {
        let mut options = ShopOptions::default();
        options.config.server.body_bytes_max = BODY_BYTES_MAX;
        let shop = TestShop::open_with(options).await;
        let (buyer, seller) = (shop.buyer().await, shop.seller().await);
        let product = seller.lists("루테인", 12_900, 10).await;
        buyer.puts_into_cart(&product, 2).await.expect(200);
        let address = buyer.posts("/api/v1/members/me/addresses", Actor::receiver()).await;
        let address = address.expect(201).text_at("/id");
        let subscription = buyer.subscribes(&shop, &product, 1, 30).await;
        Self { shop, buyer, seller, product, address, subscription }
    }

    /// All that a request could have changed: what the two see, and the events that wait, because
    /// no effect is without one.
    pub(super) async fn snapshot(&self) -> Vec<Value> {
        let mut seen = vec![];
        for (actor, path) in [
            (&self.buyer, "/api/v1/members/me"),
            (&self.seller, "/api/v1/members/me"),
            (&self.buyer, "/api/v1/members/me/addresses"),
            (&self.seller, "/api/v1/members/me/addresses"),
            (&self.buyer, "/api/v1/cart"),
            (&self.seller, "/api/v1/cart"),
            (&self.buyer, "/api/v1/subscription-cart"),
            (&self.buyer, "/api/v1/orders"),
            (&self.buyer, &format!("/api/v1/subscriptions/{}", self.subscription)),
            (&self.buyer, "/api/v1/subscriptions"),
            (&self.buyer, "/api/v1/products?limit=100"),
            (&self.buyer, &format!("/api/v1/products/{}", self.product)),
            (&self.buyer, "/readyz"),
        ] {
            seen.push(actor.gets(path).await.expect(200).json);
        }
        seen
    }

    pub(super) async fn sends_json(&self, endpoint: &Endpoint, body: Vec<u8>) -> Reply {
        let request = endpoint.request(self).header("content-type", "application/json");
        self.shop.visitor().sends(request.body(body)).await
    }
}

impl Expected {
    pub(super) fn new(status: u16, code: &'static str) -> Self {
        Self { status, code: Some(code), pointer: None }
    }

    /// Refused with any code of this status.
    pub(super) fn status(status: u16) -> Self {
        Self { status, code: None, pointer: None }
    }

    /// `validation-failed` at this field.
    pub(super) fn field(name: &str) -> Self {
        let pointer = Some(format!("/{name}"));
        Self { pointer, ..Self::new(400, "validation-failed") }
    }

    #[track_caller]
    pub(super) fn check(&self, reply: &Reply, what: &str) {
        assert_eq!(reply.status, self.status, "{what}: {}", reply.text);
        if let Some(code) = self.code {
            assert_eq!(reply["code"], code, "{what}: {}", reply.text);
        }
        assert!(reply.json["title"].is_string(), "{what}: {}", reply.text);
        assert_eq!(reply.header("content-type"), Some("application/problem+json"), "{what}");
        if let Some(pointer) = &self.pointer {
            let found = reply.text_at("/errors/0/pointer");
            let is_there = found == *pointer || found.starts_with(&format!("{pointer}/"));
            assert!(is_there, "{what}: {}", reply.text);
            assert_ne!(reply["errors"][0]["detail"], json!(""), "{what}");
        }
    }
}
