//! A buyer who goes on buying whatever happens, and notes what the shop has acknowledged.

use std::collections::{BTreeMap, BTreeSet};

use jangbogo_tests::{Actor, PaymentPage, Reply};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedSender;

/// What the shop calls itself in addresses that it gives away; the test knows where it is.
pub(crate) const PUBLIC_URL: &str = "http://shop.invalid";

/// One buyer, with their place in the middle of a purchase.
pub(crate) struct Buyer {
    actor: Actor,
    products: Vec<String>,
    dice: StdRng,
    next: Step,
    pub(crate) notes: Notes,
}

/// What the shop has said and must be true from then on.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    /// Orders that were placed.
    pub(crate) placed: BTreeSet<String>,
    /// Orders whose payment succeeded.
    pub(crate) paid: BTreeSet<String>,
    /// Orders that were cancelled.
    pub(crate) cancelled: BTreeSet<String>,
    /// Refunds that were agreed to, and their orders.
    pub(crate) refunds: BTreeMap<String, String>,
    /// Requests that were never answered.
    pub(crate) broken_off: u32,
}

/// What the buyer does next. A request that breaks off is repeated, under its key.
#[derive(Debug, Clone)]
enum Step {
    Rest,
    Order { key: String, product: String, quantity: u32 },
    Pay { key: String, order: String },
    Press { order: String, page: PaymentPage },
    ComeBack { order: String, path: String },
    Refund { key: String, order: String, body: Value },
    Cancel { order: String },
}

impl Buyer {
    pub(crate) fn new(actor: Actor, products: Vec<String>, seed: u64) -> Self {
        let dice = StdRng::seed_from_u64(seed);
        Self { actor, products, dice, next: Step::Rest, notes: Notes::default() }
    }

    /// Goes to where the shop is now.
    pub(crate) fn finds_the_shop_at(&mut self, url: &str) {
        self.actor = self.actor.at(url);
    }

    /// Buys until the shop does not answer, and tells of each answer.
    pub(crate) async fn buys(&mut self, heard: UnboundedSender<()>) {
        while self.makes_a_step().await.is_ok() {
            let _ = heard.send(());
        }
        self.notes.broken_off += 1;
    }

    /// Ends what was begun.
    pub(crate) async fn finishes(&mut self) {
        while !matches!(self.next, Step::Rest) {
            self.makes_a_step().await.unwrap();
        }
    }

    async fn makes_a_step(&mut self) -> Result<(), reqwest::Error> {
        if matches!(self.next, Step::Rest) {
            let product = self.products[self.dice.random_range(0..self.products.len())].clone();
            let quantity = self.dice.random_range(1..=3);
            self.next = Step::Order { key: Actor::new_key(), product, quantity };
        }
        self.next = match self.next.clone() {
            Step::Rest => Step::Rest,
            Step::Order { key, product, quantity } => self.orders(key, product, quantity).await?,
            Step::Pay { key, order } => self.goes_to_pay(key, order).await?,
            Step::Press { order, page } => self.presses(order, page).await,
            Step::ComeBack { order, path } => self.comes_back(order, path).await?,
            Step::Refund { key, order, body } => self.wants_it_back(key, order, body).await?,
            Step::Cancel { order } => self.cancels(order).await?,
        };
        Ok(())
    }

    async fn posts(&self, key: &str, path: &str, body: &Value) -> Result<Reply, reqwest::Error> {
        let request = self.actor.request(Method::POST, path).header("Idempotency-Key", key);
        self.actor.tries(request.json(body)).await
    }

    async fn orders(
        &mut self,
        key: String,
        product: String,
        quantity: u32,
    ) -> Result<Step, reqwest::Error> {
        let lines = json!([{"product_id": product, "quantity": quantity}]);
        let body = json!({"lines": lines, "receiver": Actor::receiver()});
        let reply = self.posts(&key, "/api/v1/orders", &body).await?;
        if is_refused(&reply, 201) {
            return Ok(Step::Rest);
        }
        let order = reply.text_at("/id");
        self.notes.placed.insert(order.clone());
        let key = Actor::new_key();
        Ok(match self.dice.random_range(0..100) {
            0..75 => Step::Pay { key, order },
            75..88 => Step::Cancel { order },
            _ => Step::Rest, // left to expire
        })
    }

    async fn goes_to_pay(&mut self, key: String, order: String) -> Result<Step, reqwest::Error> {
        let path = format!("/api/v1/orders/{order}/payments");
        let reply = self.posts(&key, &path, &json!({"provider": "kakaopay"})).await?;
        if is_refused(&reply, 201) {
            return Ok(Step::Rest);
        }
        let (payment, url) = (reply.text_at("/id"), reply.text_at("/redirect_url/pc"));
        Ok(Step::Press { order, page: PaymentPage { payment, url } })
    }

    /// The provider's page does not die with the shop.
    async fn presses(&mut self, order: String, page: PaymentPage) -> Step {
        let button = match self.dice.random_range(0..100) {
            0..92 => "pay",
            92..96 => "cancel",
            _ => "fail",
        };
        let back = self.actor.presses(button, &page).await;
        let path = back.strip_prefix(PUBLIC_URL).unwrap().to_owned();
        Step::ComeBack { order, path }
    }

    async fn comes_back(&mut self, order: String, path: String) -> Result<Step, reqwest::Error> {
        let request = self.actor.request(Method::GET, &path).header("Accept", "application/json");
        let reply = self.actor.tries(request).await?;
        if reply.status == 202 || is_refused(&reply, 200) || reply["status"] != "succeeded" {
            return Ok(Step::Rest);
        }
        self.notes.paid.insert(order.clone());
        let key = Actor::new_key();
        Ok(match self.dice.random_range(0..100) {
            0..20 => {
                Step::Refund { key, order, body: json!({"reason": "마음이 바뀌었습니다"}) }
            }
            20..30 => {
                Step::Refund { key, order, body: json!({"amount": 1_000, "reason": "늦음"}) }
            }
            30..40 => Step::ComeBack { order, path }, // the page is reloaded
            _ => Step::Rest,
        })
    }

    async fn wants_it_back(
        &mut self,
        key: String,
        order: String,
        body: Value,
    ) -> Result<Step, reqwest::Error> {
        let path = format!("/api/v1/orders/{order}/refunds");
        let reply = self.posts(&key, &path, &body).await?;
        if !is_refused(&reply, 202) {
            self.notes.refunds.insert(reply.text_at("/id"), order);
        }
        Ok(Step::Rest)
    }

    async fn cancels(&mut self, order: String) -> Result<Step, reqwest::Error> {
        let path = format!("/api/v1/orders/{order}/cancel");
        let reply = self.actor.tries(self.actor.request(Method::POST, &path)).await?;
        if !is_refused(&reply, 200) {
            self.notes.cancelled.insert(order);
        }
        Ok(Step::Rest)
    }

    /// Everything that was acknowledged is there, and, after the last request, nothing else.
    pub(crate) async fn finds_everything(&self, after_the_last_request: bool) {
        let listed = self.actor.pages_through("/api/v1/orders", 100).await;
        let found: BTreeMap<&str, &str> = listed
            .iter()
            .map(|order| (order["id"].as_str().unwrap(), order["status"].as_str().unwrap()))
            .collect();
        let lost: Vec<&String> =
            self.notes.placed.iter().filter(|order| !found.contains_key(order.as_str())).collect();
        assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
        for order in &self.notes.paid {
            let status = found[order.as_str()];
            let paid = matches!(status, "paid" | "partially_refunded" | "refunded");
            assert!(paid, "{order} was acknowledged as paid and is {status}");
        }
        for order in &self.notes.cancelled {
            assert_eq!(found[order.as_str()], "cancelled", "{order}");
        }
        if after_the_last_request {
            assert_eq!(found.len(), self.notes.placed.len(), "an order was placed twice");
        }
    }
}

/// Whether the shop refused for a reason that may happen to anybody; it must not fail otherwise.
fn is_refused(reply: &Reply, success: u16) -> bool {
    let refused = matches!(reply.status, 409 | 503);
    assert!(refused || reply.status == success, "{}: {}", reply.status, reply.text);
    refused
}
