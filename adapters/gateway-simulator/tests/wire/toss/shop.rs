//! A small merchant of TossPayments.

use std::time::Duration;

use jangbogo_gateway_simulator::{Simulator, SimulatorConfig};
use reqwest::{Client, Method, RequestBuilder, StatusCode, Url, redirect};
use serde_json::{Value, json};

const KEY: &str = "test_sk_secret";

pub(crate) struct TossShop {
    pub(crate) simulator: Simulator,
    pub(crate) client: Client,
}

/// A payment that the buyer agreed to: what the browser brought back.
#[derive(Clone)]
pub(crate) struct Agreed {
    pub(crate) payment_key: String,
    pub(crate) order_id: String,
    pub(crate) amount: i64,
}

impl Agreed {
    pub(crate) fn body(&self) -> Value {
        json!({
            "paymentKey": self.payment_key,
            "orderId": self.order_id,
            "amount": self.amount,
        })
    }
}

impl TossShop {
    pub(crate) async fn open() -> Self {
        Self::open_with(SimulatorConfig::new("kakao")).await
    }

    pub(crate) async fn open_with(config: SimulatorConfig) -> Self {
        let key = Some(KEY.to_owned());
        let config = SimulatorConfig { tosspayments_secret_key: key, ..config };
        let simulator = Simulator::start(config).await.unwrap();
        let client = Client::builder()
            .redirect(redirect::Policy::none())
            .timeout(Duration::from_secs(20))
            .no_proxy()
            .build()
            .unwrap();
        Self { simulator, client }
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}{path}", self.simulator.base_url());
        self.client.request(method, url).basic_auth(KEY, Some(""))
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> (StatusCode, Value) {
        let response = self.request(Method::POST, path).json(body).send().await.unwrap();
        (response.status(), response.json().await.unwrap())
    }

    pub(crate) async fn get(&self, path: &str) -> (StatusCode, Value) {
        let response = self.request(Method::GET, path).send().await.unwrap();
        (response.status(), response.json().await.unwrap())
    }

    /// A call that must succeed.
    pub(crate) async fn ok(&self, path: &str, body: &Value) -> Value {
        let (status, answer) = self.post(path, body).await;
        assert_eq!(status, StatusCode::OK, "{path}: {answer}");
        answer
    }

    /// A call that must be refused: its status and code.
    pub(crate) async fn refused(&self, path: &str, body: &Value) -> (u16, String) {
        let (status, answer) = self.post(path, body).await;
        assert!(answer["message"].is_string(), "{answer}");
        (status.as_u16(), answer["code"].as_str().unwrap().to_owned())
    }

    pub(crate) async fn looked_up(&self, agreed: &Agreed) -> Value {
        let (status, payment) = self.get(&format!("/v1/payments/{}", agreed.payment_key)).await;
        assert_eq!(status, StatusCode::OK, "{payment}");
        payment
    }

    /// Announced by the server; the address of the page.
    pub(crate) async fn announced(&self, order_id: &str, amount: i64) -> String {
        let body = json!({
            "method": "CARD",
            "amount": amount,
            "orderId": order_id,
            "orderName": "제주 감귤 3kg",
            "successUrl": "http://shop.test/approve",
            "failUrl": "http://shop.test/fail",
        });
        let payment = self.ok("/v1/payments", &body).await;
        assert_eq!(payment["status"], json!("READY"));
        payment["checkout"]["url"].as_str().unwrap().to_owned()
    }

    /// Presses a button of a page; where the browser is sent.
    pub(crate) async fn press(&self, page: &str, button: &str) -> Url {
        let pressed = self.client.post(format!("{page}/{button}")).send().await.unwrap();
        assert_eq!(pressed.status(), StatusCode::SEE_OTHER);
        pressed.headers()["location"].to_str().unwrap().parse().unwrap()
    }

    /// The buyer agrees on the page.
    pub(crate) async fn agreed(&self, order_id: &str, amount: i64) -> Agreed {
        let page = self.announced(order_id, amount).await;
        brought_back(&self.press(&page, "pay").await)
    }

    pub(crate) async fn paid(&self, order_id: &str, amount: i64) -> Agreed {
        let agreed = self.agreed(order_id, amount).await;
        self.ok("/v1/payments/confirm", &agreed.body()).await;
        agreed
    }
}

/// What the browser brings to the success address.
pub(crate) fn brought_back(url: &Url) -> Agreed {
    assert_eq!(url.path(), "/approve");
    let field = |name: &str| {
        let pair = url.query_pairs().find(|(key, _)| key == name);
        pair.unwrap().1.into_owned()
    };
    assert_eq!(field("paymentType"), "NORMAL");
    Agreed {
        payment_key: field("paymentKey"),
        order_id: field("orderId"),
        amount: field("amount").parse().unwrap(),
    }
}

pub(crate) fn cancel_path(agreed: &Agreed) -> String {
    format!("/v1/payments/{}/cancel", agreed.payment_key)
}

/// A refusal as tests expect it.
pub(crate) fn refusal(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}
