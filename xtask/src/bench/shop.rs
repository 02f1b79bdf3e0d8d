//! A shop for benches: no limits, no demo catalogue, own folder, own people and products.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Context as _;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use jangbogo_api_server::process::Process;
use jangbogo_catalog::{NewProduct, ProductChanges, ProductId};
use jangbogo_inventory::AddProductCommand;
use jangbogo_kernel::Id;
use jangbogo_member::{Caller, MemberId, Role, SignUpCommand};
use jangbogo_setup::{Config, OrderPlacer};
use secrecy::SecretString;
use serde_json::{Value, json};

use super::http::write_request;
use super::load::Traffic;
use crate::client::Client;
use crate::scratch::Scratch;

/// A shop of its own over real HTTP.
pub(crate) struct BenchShop {
    process: Process,
    _scratch: Scratch,
}

/// Everybody's password here.
const PASSWORD: &str = "measure twice, cut once";

impl BenchShop {
    /// Opens a shop on the database of this URL, or on an embedded one. Nothing runs in the
    /// background: events and expiry are other processes' work in a shop that is worth measuring.
    pub(crate) async fn open(
        database: Option<&str>,
        settings: impl FnOnce(&mut Config),
    ) -> anyhow::Result<Self> {
        let scratch = Scratch::new("bench")?;
        let mut config = Config { data_dir: scratch.path().to_owned(), ..Config::default() };
        config.database.url = database.map(SecretString::from);
        config.server.bind.set_port(0);
        config.simulator.bind.set_port(0);
        config.simulator.admin_bind.set_port(0);
        config.limits.enabled = false;
        config.background.enabled = false;
        config.demo.enabled = false;
        settings(&mut config);
        Ok(Self { process: Process::start(config).await?, _scratch: scratch })
    }

    /// Where it is.
    pub(crate) fn address(&self) -> SocketAddr {
        self.process.addr()
    }

    /// Its root address.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address())
    }

    /// Where its payment simulator's admin port is.
    pub(crate) fn simulator_admin_url(&self) -> Option<String> {
        self.process.simulator_admin_url()
    }

    /// The access tokens of so many new buyers.
    pub(crate) async fn buyers(&self, count: usize) -> anyhow::Result<Vec<String>> {
        stream::iter(0..count).map(|n| self.buyer(n)).buffered(4).try_collect().await
    }

    async fn buyer(&self, n: usize) -> anyhow::Result<String> {
        let client = Client::new(&self.url())?;
        let (email, nickname) = (format!("buyer{n}@bench.example"), format!("buyer{n}"));
        let body = json!({"email": email, "password": PASSWORD, "nickname": nickname});
        client.post("/api/v1/members", &body).await?;
        let body = json!({"email": email, "password": PASSWORD});
        let tokens = client.post("/api/v1/sessions", &body).await?.body;
        let tokens: Value = serde_json::from_str(&tokens)?;
        Ok(tokens["access_token"].as_str().context("no access token")?.to_owned())
    }

    /// The id of one more buyer.
    pub(crate) async fn buyer_id(&self) -> anyhow::Result<MemberId> {
        let mut buyer = Client::new(&self.url())?;
        buyer.bearer(self.buyers(1).await?.pop().context("no buyer")?);
        let me: Value = serde_json::from_str(&buyer.get("/api/v1/members/me").await?.body)?;
        Ok(me["id"].as_str().context("no id")?.parse()?)
    }

    /// The way of orders without HTTP.
    pub(crate) fn placer(&self) -> Arc<OrderPlacer> {
        Arc::clone(&self.process.shop().place_orders)
    }

    /// So many new products with so many pieces each.
    pub(crate) async fn products(
        &self,
        count: usize,
        pieces: i64,
    ) -> anyhow::Result<Vec<ProductId>> {
        let shop = self.process.shop();
        let seller = SignUpCommand::parse("seller@bench.example", PASSWORD, "seller")?;
        shop.sign_up.run(seller.with_role(Role::Seller)).await?;
        let client = Client::new(&self.url())?;
        let body = json!({"email": "seller@bench.example", "password": PASSWORD});
        let tokens: Value =
            serde_json::from_str(&client.post("/api/v1/sessions", &body).await?.body)?;
        let mut seller = client.clone();
        seller.bearer(tokens["access_token"].as_str().context("no access token")?.to_owned());
        let me: Value = serde_json::from_str(&seller.get("/api/v1/members/me").await?.body)?;
        let member: MemberId = me["id"].as_str().context("no id")?.parse()?;
        let nil = jangbogo_kernel::Uuid::nil();
        let caller = Caller { member, role: Role::Seller, session: Id::new(nil) };
        stream::iter(0..count)
            .map(|n| self.product(caller, n, pieces))
            .buffered(16)
            .try_collect()
            .await
    }

    async fn product(&self, caller: Caller, n: usize, pieces: i64) -> anyhow::Result<ProductId> {
        let product = NewProduct::parse(ProductChanges {
            name: Some(format!("홍삼 {n}")),
            maker: Some("장보고".to_owned()),
            original_price: Some(10_000),
            discount_bps: Some(1_000),
            ..ProductChanges::default()
        })?;
        let command = AddProductCommand { product, stock: pieces, key: None };
        let added = self.process.shop().add_product.run(&caller, command).await?;
        Ok(added.product.id)
    }

    /// Closes everything.
    pub(crate) async fn close(self) {
        self.process.stop().await;
    }
}

/// Orders of one piece, by these buyers in turn, of these products.
pub(crate) struct Orders {
    /// Access tokens.
    pub(crate) buyers: Vec<String>,
    /// What is ordered.
    pub(crate) products: Vec<ProductId>,
    /// Whether a product may sell out on the way.
    pub(crate) may_sell_out: bool,
}

/// Where everything goes.
const RECEIVER: &str = r#"{"name":"장보고","phone":"01012345678","postcode":"59100",
    "address1":"전라남도 완도군 완도읍 청해진로 1"}"#;

/// Makes every order's idempotency key its own.
static KEYS: AtomicU64 = AtomicU64::new(1);

impl Traffic for Orders {
    fn request(&self, n: usize, out: &mut Vec<u8>) {
        let key = KEYS.fetch_add(1, Ordering::Relaxed);
        // A step that has no factor in common with the number of products visits all of them,
        // and neighbours in time are not neighbours in the tables.
        let product = self.products[n.wrapping_mul(7_919) % self.products.len()];
        let token = &self.buyers[n % self.buyers.len()];
        let headers =
            format!("authorization: Bearer {token}\r\nidempotency-key: bench-{key:016}\r\n");
        let line = format!(r#"{{"product_id":"{product}","quantity":1}}"#);
        let body = format!(r#"{{"lines":[{line}],"receiver":{RECEIVER}}}"#);
        write_request(out, "POST", "/api/v1/orders", &headers, Some(&body));
    }

    fn is_right(&self, status: u16) -> bool {
        status == 201 || (status == 409 && self.may_sell_out)
    }
}
