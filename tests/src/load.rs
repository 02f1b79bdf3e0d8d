//! A buyer who goes on buying whatever happens, and notes what the shop has acknowledged.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedSender;
use tokio::time::Interval;

use crate::{Actor, PaymentPage, Reply};

/// What the shop calls itself in addresses that it gives away; the test knows where it is.
pub const PUBLIC_URL: &str = "http://shop.invalid";

/// One buyer, with their place in the middle of a purchase.
pub struct Buyer {
    actor: Actor,
    products: Vec<String>,
    dice: StdRng,
    next: Step,
    /// What was acknowledged.
    pub notes: Notes,
}

/// What the shop has said and must be true from then on.
#[derive(Debug, Default)]
pub struct Notes {
    /// Orders that were placed.
    pub placed: BTreeSet<String>,
    /// Orders whose payment succeeded.
    pub paid: BTreeSet<String>,
    /// Orders that were cancelled.
    pub cancelled: BTreeSet<String>,
    /// Refunds that were agreed to, and their orders.
    pub refunds: BTreeMap<String, String>,
    /// Requests that were never answered.
    pub broken_off: u32,
    /// Requests that were answered with "not now".
    pub put_off: u32,
}

/// Why a step has to be made again: under its key, because it may have been made.
#[derive(Debug)]
pub enum NotDone {
    /// The shop is gone.
    BrokenOff,
    /// The shop is there and cannot serve now.
    PutOff,
}

impl From<reqwest::Error> for NotDone {
    fn from(_: reqwest::Error) -> Self {
        Self::BrokenOff
    }
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
    /// Somebody who is logged in and will buy of these products; the seed decides what and when.
    pub fn new(actor: Actor, products: Vec<String>, seed: u64) -> Self {
        let dice = StdRng::seed_from_u64(seed);
        Self { actor, products, dice, next: Step::Rest, notes: Notes::default() }
    }

    /// Goes to where the shop is now.
    pub fn finds_the_shop_at(&mut self, url: &str) {
        self.actor = self.actor.at(url);
    }

    /// Buys until the shop does not answer, or nobody listens any more, and tells of each answer.
    pub async fn buys(&mut self, heard: UnboundedSender<()>) {
        let mut patience = patience();
        loop {
            match self.makes_a_step().await {
                Ok(()) if heard.send(()).is_err() => break,
                Ok(()) => {}
                Err(NotDone::PutOff) => {
                    self.notes.put_off += 1;
                    patience.tick().await;
                }
                Err(NotDone::BrokenOff) => {
                    self.notes.broken_off += 1;
                    break;
                }
            }
        }
    }

    /// Ends what was begun.
    pub async fn finishes(&mut self) {
        let mut patience = patience();
        while !matches!(self.next, Step::Rest) {
            match self.makes_a_step().await {
                Ok(()) => {}
                Err(NotDone::PutOff) => drop(patience.tick().await),
                Err(NotDone::BrokenOff) => panic!("the shop is gone"),
            }
        }
    }

    async fn makes_a_step(&mut self) -> Result<(), NotDone> {
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

    async fn posts(&self, key: &str, path: &str, body: &Value) -> Result<Reply, NotDone> {
        let request = self.actor.request(Method::POST, path).header("Idempotency-Key", key);
        self.tries(request.json(body)).await
    }

    async fn tries(&self, request: RequestBuilder) -> Result<Reply, NotDone> {
        let reply = self.actor.tries(request).await?;
        if reply.status == 503 { Err(NotDone::PutOff) } else { Ok(reply) }
    }

    async fn orders(
        &mut self,
        key: String,
        product: String,
        quantity: u32,
    ) -> Result<Step, NotDone> {
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

    async fn goes_to_pay(&mut self, key: String, order: String) -> Result<Step, NotDone> {
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

    async fn comes_back(&mut self, order: String, path: String) -> Result<Step, NotDone> {
        let request = self.actor.request(Method::GET, &path).header("Accept", "application/json");
        let reply = self.tries(request).await?;
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
    ) -> Result<Step, NotDone> {
        let path = format!("/api/v1/orders/{order}/refunds");
        let reply = self.posts(&key, &path, &body).await?;
        if !is_refused(&reply, 202) {
            self.notes.refunds.insert(reply.text_at("/id"), order);
        }
        Ok(Step::Rest)
    }

    async fn cancels(&mut self, order: String) -> Result<Step, NotDone> {
        let path = format!("/api/v1/orders/{order}/cancel");
        let reply = self.tries(self.actor.request(Method::POST, &path)).await?;
        if !is_refused(&reply, 200) {
            self.notes.cancelled.insert(order);
        }
        Ok(Step::Rest)
    }

    /// Everything that was acknowledged is there, and, after the last request, nothing else.
    pub async fn finds_everything(&self, after_the_last_request: bool) {
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

fn patience() -> Interval {
    tokio::time::interval(Duration::from_millis(20))
}

/// Whether the shop refused for a reason that may happen to anybody; it must not fail otherwise.
fn is_refused(reply: &Reply, success: u16) -> bool {
    let refused = reply.status == 409;
    assert!(refused || reply.status == success, "{}: {}", reply.status, reply.text);
    refused
}
