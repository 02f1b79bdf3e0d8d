//! A small merchant: one simulator, one HTTP client, and the calls a shop makes.

use std::path::PathBuf;
use std::time::Duration;

use jangbogo_gateway_simulator::{Action, Call, Fault, Simulator, SimulatorConfig, When};
use reqwest::{Client, Response, StatusCode, redirect};
use serde_json::{Value, json};

pub(crate) const KEY: &str = "test-secret";

pub(crate) struct Shop {
    pub(crate) simulator: Simulator,
    pub(crate) client: Client,
}

/// A payment after `ready`.
pub(crate) struct Announced {
    pub(crate) tid: String,
    pub(crate) page: String,
}

impl Shop {
    pub(crate) async fn open() -> Self {
        Self::open_with(None, 7).await
    }

    pub(crate) async fn open_with(ledger: Option<PathBuf>, seed: u64) -> Self {
        let config = SimulatorConfig { ledger, seed, ..SimulatorConfig::new(KEY) };
        let simulator = Simulator::start(config).await.unwrap();
        let client = Client::builder()
            .redirect(redirect::Policy::none())
            .timeout(Duration::from_secs(20))
            .build()
            .unwrap();
        Self { simulator, client }
    }

    pub(crate) fn request(&self, call: &str) -> reqwest::RequestBuilder {
        self.client
            .post(format!("{}/online/v1/payment/{call}", self.simulator.base_url()))
            .header("Authorization", format!("SECRET_KEY {KEY}"))
    }

    pub(crate) async fn call(&self, call: &str, body: &Value) -> (StatusCode, Value) {
        let response = self.request(call).json(body).send().await.unwrap();
        (response.status(), response.json().await.unwrap())
    }

    /// A call that must succeed.
    pub(crate) async fn ok(&self, call: &str, body: &Value) -> Value {
        let (status, answer) = self.call(call, body).await;
        assert_eq!(status, StatusCode::OK, "{call}: {answer}");
        answer
    }

    /// A call that must be refused with HTTP 400; the error code it got.
    pub(crate) async fn refused(&self, call: &str, body: &Value) -> i64 {
        let (status, answer) = self.call(call, body).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{call}: {answer}");
        assert!(answer["error_message"].is_string(), "{answer}");
        answer["error_code"].as_i64().unwrap()
    }

    pub(crate) async fn announce(&self) -> Announced {
        self.announce_with(&ready_body()).await
    }

    pub(crate) async fn announce_with(&self, body: &Value) -> Announced {
        let answer = self.ok("ready", body).await;
        Announced {
            tid: answer["tid"].as_str().unwrap().to_owned(),
            page: answer["next_redirect_pc_url"].as_str().unwrap().to_owned(),
        }
    }

    pub(crate) async fn press(&self, payment: &Announced, button: &str) -> Response {
        self.client.post(format!("{}/{button}", payment.page)).send().await.unwrap()
    }

    /// The buyer opens the page and presses pay; the token the shop gets.
    pub(crate) async fn authenticate(&self, payment: &Announced) -> String {
        let page = self.client.get(&payment.page).send().await.unwrap();
        assert_eq!(page.status(), StatusCode::OK);
        let pressed = self.press(payment, "pay").await;
        assert_eq!(pressed.status(), StatusCode::SEE_OTHER);
        let target = location(&pressed);
        target.split_once("pg_token=").unwrap().1.to_owned()
    }

    /// Announced, authenticated and approved.
    pub(crate) async fn paid(&self) -> Announced {
        self.paid_with(&ready_body()).await
    }

    pub(crate) async fn paid_with(&self, body: &Value) -> Announced {
        let payment = self.announce_with(body).await;
        let token = self.authenticate(&payment).await;
        self.ok("approve", &approve_body(&payment, &token)).await;
        payment
    }

    pub(crate) async fn order(&self, payment: &Announced) -> Value {
        self.ok("order", &json!({ "cid": "TC0ONETIME", "tid": payment.tid })).await
    }

    pub(crate) async fn status(&self, payment: &Announced) -> String {
        self.order(payment).await["status"].as_str().unwrap().to_owned()
    }

    /// One fault that always strikes.
    pub(crate) async fn fault(&self, call: Call, when: When, action: Action) {
        self.simulator.faults(vec![Fault::new(call, when, action)]).await;
    }
}

pub(crate) fn location(response: &Response) -> String {
    response.headers()["location"].to_str().unwrap().to_owned()
}

pub(crate) fn ready_body() -> Value {
    json!({
        "cid": "TC0ONETIME",
        "partner_order_id": "ord_1",
        "partner_user_id": "mem_1",
        "item_name": "제주 감귤 3kg",
        "quantity": 1,
        "total_amount": 22_000,
        "tax_free_amount": 0,
        "approval_url": "http://shop.test/approve?order=ord_1",
        "cancel_url": "http://shop.test/cancel",
        "fail_url": "http://shop.test/fail",
    })
}

pub(crate) fn approve_body(payment: &Announced, token: &str) -> Value {
    json!({
        "cid": "TC0ONETIME",
        "tid": payment.tid,
        "partner_order_id": "ord_1",
        "partner_user_id": "mem_1",
        "pg_token": token,
    })
}

pub(crate) fn cancel_body(payment: &Announced, amount: i64) -> Value {
    json!({
        "cid": "TC0ONETIME",
        "tid": payment.tid,
        "cancel_amount": amount,
        "cancel_tax_free_amount": 0,
    })
}

/// A body with one field changed; null takes it away, as null counts as absent.
pub(crate) fn with(mut body: Value, field: &str, value: Value) -> Value {
    body[field] = value;
    body
}
