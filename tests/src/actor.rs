//! Somebody who uses the shop over HTTP.

use std::sync::atomic::{AtomicU64, Ordering};

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::{Reply, TestShop};

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

    /// The same person at another address of the shop.
    #[must_use]
    pub fn at(&self, url: &str) -> Self {
        Self { url: url.to_owned(), ..self.clone() }
    }

    /// Logs in and keeps the tokens.
    pub async fn logs_in(&mut self) -> Reply {
        self.logs_in_with(Self::PASSWORD).await
    }

    /// Logs in with a password of one's own and keeps the tokens.
    pub async fn logs_in_with(&mut self, password: &str) -> Reply {
        let body = json!({"email": self.email, "password": password});
        let reply = self.posts("/api/v1/sessions", body).await.expect(201);
        self.access_token = Some(reply.text_at("/access_token"));
        self.refresh_token = Some(reply.text_at("/refresh_token"));
        reply
    }

    /// Signs up over HTTP with this person's address.
    pub async fn signs_up(&self, nickname: &str) -> Reply {
        let body = json!({
            "email": self.email, "password": Self::PASSWORD, "nickname": nickname,
        });
        self.posts("/api/v1/members", body).await
    }

    /// The member's account as they see it.
    pub async fn me(&self) -> Value {
        self.gets("/api/v1/members/me").await.expect(200).json
    }

    /// Exchanges a refresh token.
    pub async fn refreshes(&self, token: &str) -> Reply {
        self.posts("/api/v1/sessions/refresh", json!({"refresh_token": token})).await
    }

    /// Ends the session.
    pub async fn logs_out(&self) -> Reply {
        self.deletes("/api/v1/sessions/current").await
    }

    /// Leaves the shop for good.
    pub async fn leaves(&self) -> Reply {
        let request = self.request(Method::DELETE, "/api/v1/members/me");
        self.sends(request.json(&json!({"password": Self::PASSWORD}))).await
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

    /// Sends any request to a shop that may be gone before it has answered.
    pub async fn tries(&self, request: RequestBuilder) -> Result<Reply, reqwest::Error> {
        Reply::read(request.send().await?).await
    }

    /// Visits any address as a browser does: no token, HTML wanted.
    pub async fn visits(&self, method: Method, url: &str) -> Reply {
        let url = if url.starts_with('/') { format!("{}{url}", self.url) } else { url.to_owned() };
        self.sends(self.http.request(method, url).header("Accept", "text/html")).await
    }

    /// Reads a list page by page, `limit` items at a time, and gives all items.
    pub async fn pages_through(&self, path: &str, limit: usize) -> Vec<Value> {
        let glue = if path.contains('?') { '&' } else { '?' };
        let path = format!("{path}{glue}limit={limit}");
        let mut page = self.gets(&path).await.expect(200);
        let mut all = vec![];
        loop {
            let items = page["items"].as_array().unwrap();
            assert!(items.len() <= limit, "{}", page.text);
            all.extend_from_slice(items);
            let Some(cursor) = page["next_cursor"].as_str() else { return all };
            assert_eq!(items.len(), limit, "only the last page is short: {}", page.text);
            page = self.gets(&format!("{path}&cursor={cursor}")).await.expect(200);
        }
    }

    // --- a seller's words

    /// Adds a product and gives it as the shop shows it.
    pub async fn adds_product(&self, body: Value) -> Value {
        self.posts("/api/v1/products", body).await.expect(201).json
    }

    /// Corrects the stock of a product, under a key of its own.
    pub async fn adjusts_stock(&self, product: &str, delta: i64) -> Reply {
        let path = format!("/api/v1/products/{product}/stock-adjustments");
        self.posts(&path, json!({"delta": delta, "reason": "inventory"})).await
    }

    /// Lists a product and gives its id.
    pub async fn lists(&self, name: &str, price: i64, stock: i64) -> String {
        let body =
            json!({"name": name, "maker": "참들녘", "original_price": price, "stock": stock});
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

    /// Puts pieces into the subscription cart, for every so many days.
    pub async fn wants_again(&self, product: &str, quantity: i64, days: i64) -> Reply {
        let path = format!("/api/v1/subscription-cart/items/{product}");
        self.puts(&path, json!({"quantity": quantity, "period_days": days})).await
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

    /// The product as this person sees it.
    pub async fn product(&self, id: &str) -> Value {
        self.gets(&format!("/api/v1/products/{id}")).await.expect(200).json
    }

    /// The payment as this person sees it.
    pub async fn payment(&self, id: &str) -> Value {
        self.gets(&format!("/api/v1/payments/{id}")).await.expect(200).json
    }

    /// Begins a subscription and gives its first order as the shop answered.
    pub async fn begins_subscription(&self, product: &str, quantity: i64, days: i64) -> Reply {
        let lines = json!([{"product_id": product, "quantity": quantity}]);
        let body = json!({"lines": lines, "period_days": days, "receiver": Self::receiver()});
        self.posts("/api/v1/subscriptions", body).await
    }

    /// Subscribes and pays the first order, which makes the subscription active; gives its id.
    pub async fn subscribes(
        &self,
        shop: &TestShop,
        product: &str,
        quantity: i64,
        days: i64,
    ) -> String {
        let begun = self.begins_subscription(product, quantity, days).await.expect(201);
        self.pays(&begun.text_at("/order_id")).await;
        shop.delivers_events().await;
        begun.text_at("/id")
    }

    /// The subscription as this person sees it.
    pub async fn subscription(&self, id: &str) -> Value {
        self.gets(&format!("/api/v1/subscriptions/{id}")).await.expect(200).json
    }

    /// Gives an unpaid order up.
    pub async fn cancels(&self, order: &str) -> Reply {
        self.sends(self.request(Method::POST, &format!("/api/v1/orders/{order}/cancel"))).await
    }

    /// Goes to pay and agrees at the provider; the second text is where the browser is sent, which
    /// it does not visit yet.
    pub async fn agrees_to_pay(&self, order: &str) -> (PaymentPage, String) {
        let page = self.goes_to_pay(order).await;
        let back = self.presses("pay", &page).await;
        (page, back)
    }
}
