//! Somebody who uses the shop over HTTP.

use std::sync::atomic::{AtomicU64, Ordering};

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::Reply;

/// A visitor or member with their own connection to the shop.
#[derive(Clone)]
pub struct Actor {
    http: reqwest::Client,
    url: String,
    email: String,
    access_token: Option<String>,
    refresh_token: Option<String>,
}

/// A payment that waits for the buyer on the provider's page.
#[derive(Debug, Clone)]
pub struct PaymentPage {
    /// The payment.
    pub payment: String,
    /// The provider's page.
    pub url: String,
}

static KEYS: AtomicU64 = AtomicU64::new(1);

impl Actor {
    /// Everybody's password here.
    pub const PASSWORD: &'static str = "wando island 828";

    pub(crate) fn new(http: reqwest::Client, url: String, email: String) -> Self {
        Self { http, url, email, access_token: None, refresh_token: None }
    }

    /// The member's address.
    pub fn email(&self) -> &str {
        &self.email
    }

    /// The member's access token.
    pub fn access_token(&self) -> &str {
        self.access_token.as_deref().unwrap()
    }

    /// The member's refresh token.
    pub fn refresh_token(&self) -> &str {
        self.refresh_token.as_deref().unwrap()
    }

    /// The same person with another access token.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        Self { access_token: Some(token.to_owned()), ..self.clone() }
    }

    /// Logs in and keeps the tokens.
    pub async fn logs_in(&mut self) -> Reply {
        let body = json!({"email": self.email, "password": Self::PASSWORD});
        let reply = self.posts("/api/v1/sessions", body).await.expect(201);
        self.access_token = Some(reply.text_at("/access_token"));
        self.refresh_token = Some(reply.text_at("/refresh_token"));
        reply
    }

    /// A key that nobody has used.
    pub fn new_key() -> String {
        let number = KEYS.fetch_add(1, Ordering::Relaxed);
        format!("key-{}-{number:08}", std::process::id())
    }

    /// A request to the API with this person's token, to be completed by the test.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.url));
        match &self.access_token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// GET.
    pub async fn gets(&self, path: &str) -> Reply {
        self.sends(self.request(Method::GET, path)).await
    }

    /// POST, under a key of its own.
    pub async fn posts(&self, path: &str, body: Value) -> Reply {
        self.posts_under(&Self::new_key(), path, body).await
    }

    /// POST, under a given key.
    pub async fn posts_under(&self, key: &str, path: &str, body: Value) -> Reply {
        let request = self.request(Method::POST, path).header("Idempotency-Key", key);
        self.sends(request.json(&body)).await
    }

    /// PUT.
    pub async fn puts(&self, path: &str, body: Value) -> Reply {
        self.sends(self.request(Method::PUT, path).json(&body)).await
    }

    /// PATCH.
    pub async fn patches(&self, path: &str, body: Value) -> Reply {
        self.sends(self.request(Method::PATCH, path).json(&body)).await
    }

    /// DELETE.
    pub async fn deletes(&self, path: &str) -> Reply {
        self.sends(self.request(Method::DELETE, path)).await
    }

    /// Sends any request.
    pub async fn sends(&self, request: RequestBuilder) -> Reply {
        Reply::of(request.send().await.unwrap()).await
    }

    /// Visits any address as a browser does: no token, HTML wanted.
    pub async fn visits(&self, method: Method, url: &str) -> Reply {
        let url = if url.starts_with('/') { format!("{}{url}", self.url) } else { url.to_owned() };
        self.sends(self.http.request(method, url).header("Accept", "text/html")).await
    }

    // --- a seller's words

    /// Lists a product and gives its id.
    pub async fn lists(&self, name: &str, price: i64, stock: i64) -> String {
        let body = json!({"name": name, "maker": "참들녘", "original_price": price, "stock": stock});
        self.posts("/api/v1/products", body).await.expect(201).text_at("/id")
    }

    // --- a buyer's words

    /// A place that parcels reach.
    pub fn receiver() -> Value {
        json!({
            "name": "장보고", "phone": "010-1234-5678", "postcode": "59100",
            "address1": "전라남도 완도군 완도읍 청해진로 1", "address2": "101호",
        })
    }

    /// Puts pieces into the cart.
    pub async fn puts_into_cart(&self, product: &str, quantity: i64) -> Reply {
        let path = format!("/api/v1/cart/items/{product}");
        self.puts(&path, json!({"quantity": quantity})).await
    }

    /// Tries to order pieces of one product.
    pub async fn tries_to_order(&self, product: &str, quantity: i64) -> Reply {
        let lines = json!([{"product_id": product, "quantity": quantity}]);
        let body = json!({"lines": lines, "receiver": Self::receiver()});
        self.posts("/api/v1/orders", body).await
    }

    /// Orders pieces of one product and gives the order's id.
    pub async fn orders(&self, product: &str, quantity: i64) -> String {
        self.tries_to_order(product, quantity).await.expect(201).text_at("/id")
    }

    /// The order as this person sees it.
    pub async fn order(&self, id: &str) -> Value {
        self.gets(&format!("/api/v1/orders/{id}")).await.expect(200).json
    }

    /// Pieces of a product that can be ordered now.
    pub async fn stock_of(&self, product: &str) -> i64 {
        let reply = self.gets(&format!("/api/v1/products/{product}")).await.expect(200);
        reply["stock"].as_i64().unwrap()
    }

    /// Goes to pay and stands before the provider's page.
    pub async fn goes_to_pay(&self, order: &str) -> PaymentPage {
        let path = format!("/api/v1/orders/{order}/payments");
        let reply = self.posts(&path, json!({"provider": "kakaopay"})).await.expect(201);
        PaymentPage { payment: reply.text_at("/id"), url: reply.text_at("/redirect_url/pc") }
    }

    /// Presses a button of the provider's page (`pay`, `cancel`, `fail`) and tells where the
    /// browser is sent.
    pub async fn presses(&self, button: &str, page: &PaymentPage) -> String {
        let reply = self.visits(Method::POST, &format!("{}/{button}", page.url)).await;
        assert!(matches!(reply.status, 302 | 303), "{} {}", reply.status, reply.text);
        reply.location()
    }

    /// Comes back from the provider's page, as a program that wants JSON.
    pub async fn comes_back(&self, url: &str) -> Reply {
        self.sends(self.http.get(url).header("Accept", "application/json")).await
    }

    /// Pays an order from the first click to the return.
    pub async fn pays(&self, order: &str) -> PaymentPage {
        let page = self.goes_to_pay(order).await;
        let back = self.presses("pay", &page).await;
        self.comes_back(&back).await.expect(200);
        page
    }

    /// Asks for money back.
    pub async fn asks_for_refund(&self, order: &str, body: Value) -> Reply {
        self.posts(&format!("/api/v1/orders/{order}/refunds"), body).await
    }
}
