//! `cargo xtask demo`: a whole purchase over HTTP against a shop of its own, as a timeline.

use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use jangbogo_api_server::process::Process;
use jangbogo_setup::Config;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::client::{Client, Reply};
use crate::scratch::Scratch;

/// Play a whole purchase: buy and pay, let an order expire, get money back.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

/// Unpaid orders of the demo's shop live this long; long enough to pay, short enough to watch.
const PAYMENT_WINDOW_S: u64 = 5;
/// Nothing in the demo takes longer than this.
const PATIENCE: Duration = Duration::from_secs(30);

/// Plays the demo; fails at the first step that is not as it should be.
pub(crate) fn run(_args: &Args) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let scratch = Scratch::new("demo")?;
        let mut config = Config { data_dir: scratch.path().to_owned(), ..Config::default() };
        config.server.bind.set_port(0);
        config.simulator.bind.set_port(0);
        config.simulator.admin_bind.set_port(0);
        config.orders.payment_window_s = PAYMENT_WINDOW_S;
        let process = Process::start(config).await?;
        let admin = process.simulator_admin_url().context("the demo's shop has a simulator")?;
        let played = Demo::new(&format!("http://{}", process.addr()), admin)?.play(&scratch).await;
        process.stop().await;
        played
    })
}

struct Demo {
    shop: Client,
    simulator_admin: String,
    started: Instant,
}

/// A product that the demo buys, and how many pieces of it there were before.
struct Choice {
    id: String,
    name: String,
    stock: i64,
}

impl Demo {
    fn new(url: &str, simulator_admin: String) -> anyhow::Result<Self> {
        Ok(Self { shop: Client::new(url)?, simulator_admin, started: Instant::now() })
    }

    async fn play(mut self, scratch: &Scratch) -> anyhow::Result<()> {
        println!("\n장보고 — a purchase from the first click to the refund\n");
        self.sign_up().await?;
        let choice = self.search().await?;
        let order = self.fill_cart_and_order(&choice).await?;
        self.pay(&order).await?;
        self.see_what_changed(&order, &choice, scratch).await?;
        self.let_an_order_expire(&choice).await?;
        self.get_the_money_back(&order, &choice).await?;
        println!("\nEvery step was as it should be.\n");
        Ok(())
    }

    fn tell(&self, what: &str, detail: &str) {
        let elapsed = self.started.elapsed();
        println!("  {:>7.3} s  {what:<28} {detail}", elapsed.as_secs_f64());
    }

    async fn sign_up(&mut self) -> anyhow::Result<()> {
        let (email, password) = ("admiral@cheonghae.example", "wando island 828");
        let body = json!({"email": email, "password": password, "nickname": "청해진"});
        self.shop.post("/api/v1/members", &body).await?.expect(StatusCode::CREATED)?;
        self.tell("sign up", email);
        let body = json!({"email": email, "password": password});
        let tokens =
            self.shop.post("/api/v1/sessions", &body).await?.expect(StatusCode::CREATED)?;
        self.shop.bearer(text(&tokens, "/access_token")?);
        self.tell("log in", &format!("for {} s", tokens["expires_in"]));
        Ok(())
    }

    async fn search(&self) -> anyhow::Result<Choice> {
        let path = "/api/v1/products?q=%EB%A3%A8%ED%85%8C%EC%9D%B8&sort=price_asc&limit=50";
        let found = self.shop.get(path).await?.expect(StatusCode::OK)?;
        let items = found["items"].as_array().context("a list has items")?;
        ensure!(!items.is_empty(), "the search for 루테인 finds nothing");
        let item = items.iter().find(|item| item["stock"].as_i64() > Some(10));
        let item = item.context("nothing that was found is in stock")?;
        let choice = Choice {
            id: text(item, "/id")?,
            name: text(item, "/name")?,
            stock: item["stock"].as_i64().context("a product has stock")?,
        };
        self.tell("search 루테인", &format!("{} found, choosing {}", items.len(), choice.name));
        Ok(choice)
    }

    async fn fill_cart_and_order(&self, choice: &Choice) -> anyhow::Result<String> {
        let path = format!("/api/v1/cart/items/{}", choice.id);
        let cart = self.shop.send(Method::PUT, &path, Some(&json!({"quantity": 2}))).await?;
        let cart = cart.expect(StatusCode::OK)?;
        self.tell("cart", &format!("2 pieces, {} KRW", cart["totals"]["to_pay"]["amount"]));
        let body = json!({"from_cart": true, "receiver": receiver()});
        let order = self.shop.post("/api/v1/orders", &body).await?.expect(StatusCode::CREATED)?;
        ensure!(order["status"] == "pending_payment", "a new order awaits payment: {order}");
        let id = text(&order, "/id")?;
        self.tell("order", &format!("{id}, {} KRW", order["total"]["amount"]));
        let stock = self.stock(&choice.id).await?;
        ensure!(stock == choice.stock - 2, "an order holds its pieces: {stock} left");
        self.tell("", &format!("holds 2 pieces: stock {} → {stock}", choice.stock));
        Ok(id)
    }

    async fn pay(&self, order: &str) -> anyhow::Result<()> {
        let path = format!("/api/v1/orders/{order}/payments");
        let ready = self.shop.post(&path, &json!({"provider": "kakaopay"})).await?;
        let ready = ready.expect(StatusCode::CREATED)?;
        let page = text(&ready, "/redirect_url/pc")?;
        self.tell("KakaoPay ready", &page);
        let seen = self.shop.visit(Method::GET, &page).await?;
        ensure!(seen.status == StatusCode::OK, "the pay page opens: {}", seen.status);
        let agreed = self.shop.visit(Method::POST, &format!("{page}/pay")).await?;
        let back = agreed.location.context("the pay page sends the buyer back")?;
        self.tell("the buyer presses 결제하기", "KakaoPay sends the browser back with a pg_token");
        let approved = self.shop.visit(Method::GET, &back).await?;
        ensure!(approved.status == StatusCode::SEE_OTHER, "approve answers {}", approved.status);
        let result = approved.location.context("approve leads to the result page")?;
        let page = self.shop.visit(Method::GET, &result).await?;
        ensure!(page.status == StatusCode::OK, "the result page opens: {}", page.status);
        self.tell("approve", &format!("→ {result}"));
        Ok(())
    }

    async fn see_what_changed(
        &self,
        order: &str,
        choice: &Choice,
        scratch: &Scratch,
    ) -> anyhow::Result<()> {
        let paid = self.wait_for_order(order, "paid").await?;
        self.tell("order paid", &format!("history {}", states(&paid)));
        let stock = self.stock(&choice.id).await?;
        ensure!(stock == choice.stock - 2, "paid pieces are sold: {stock} left");
        self.tell("stock", &format!("{} → {stock}", choice.stock));
        self.wait("the cart is empty", async || {
            let cart = self.shop.get("/api/v1/cart").await?.expect(StatusCode::OK)?;
            Ok(cart["lines"].as_array().is_some_and(Vec::is_empty))
        })
        .await?;
        self.tell("event → cart", "the ordered lines have left the cart");
        let before = self.product(&choice.id).await?;
        ensure!(before["sales"].is_i64(), "a product counts its sales: {before}");
        self.wait("the mail is written", async || {
            let mails = std::fs::read_dir(scratch.path().join("outbox-mail"))?;
            Ok(mails.filter_map(Result::ok).any(|m| m.path().extension() == Some("eml".as_ref())))
        })
        .await?;
        self.tell("event → mail", "the confirmation lies in outbox-mail");
        self.wait("all events are delivered", async || {
            let ready = self.shop.get("/readyz").await?.expect(StatusCode::OK)?;
            Ok(ready.to_string().contains("\"waiting\":0"))
        })
        .await?;
        self.tell("events delivered", "nothing waits in the outbox");
        Ok(())
    }

    async fn let_an_order_expire(&self, choice: &Choice) -> anyhow::Result<()> {
        let before = self.stock(&choice.id).await?;
        let lines = json!([{"product_id": choice.id, "quantity": 3}]);
        let body = json!({"lines": lines, "receiver": receiver()});
        let order = self.shop.post("/api/v1/orders", &body).await?.expect(StatusCode::CREATED)?;
        let id = text(&order, "/id")?;
        let held = self.stock(&choice.id).await?;
        ensure!(held == before - 3, "the second order holds 3 pieces: {held} left");
        self.tell("order, left unpaid", &format!("{id}, stock {before} → {held}"));
        self.wait_for_order(&id, "expired").await?;
        let after = self.stock(&choice.id).await?;
        ensure!(after == before, "an expired order gives its pieces back: {after}");
        self.tell("order expired", &format!("after {PAYMENT_WINDOW_S} s, stock {held} → {after}"));
        Ok(())
    }

    async fn get_the_money_back(&self, order: &str, choice: &Choice) -> anyhow::Result<()> {
        let path = format!("/api/v1/orders/{order}/refunds");
        let asked = self.shop.post(&path, &json!({"reason": "단순 변심"})).await?;
        let asked = asked.expect(StatusCode::ACCEPTED)?;
        self.tell("refund asked for", &format!("{} KRW", asked["amount"]["amount"]));
        let refunded = self.wait_for_order(order, "refunded").await?;
        let stock = self.stock(&choice.id).await?;
        ensure!(stock == choice.stock, "refunded pieces come back: {stock}");
        self.tell("refunded", &format!("stock {}, history {}", stock, states(&refunded)));
        let url = format!("{}/admin/ledger", self.simulator_admin);
        let ledger = self.shop.visit(Method::GET, &url).await?;
        let books: Value = serde_json::from_str(&ledger.body)?;
        let amounts = |op: &str| -> Vec<i64> {
            let rows = books.as_array().into_iter().flatten();
            rows.filter(|row| row["op"] == op).filter_map(|row| row["amount"].as_i64()).collect()
        };
        let (captures, refunds) = (amounts("CAPTURE"), amounts("REFUND"));
        ensure!(captures.len() == 1 && captures == refunds, "KakaoPay's own books: {books}");
        self.tell("KakaoPay's own books", &format!("captured {captures:?}, refunded {refunds:?}"));
        Ok(())
    }

    async fn product(&self, id: &str) -> anyhow::Result<Value> {
        self.shop.get(&format!("/api/v1/products/{id}")).await?.expect(StatusCode::OK)
    }

    async fn stock(&self, id: &str) -> anyhow::Result<i64> {
        self.product(id).await?["stock"].as_i64().context("a product's detail has `stock`")
    }

    async fn wait_for_order(&self, id: &str, state: &str) -> anyhow::Result<Value> {
        let path = format!("/api/v1/orders/{id}");
        self.wait(&format!("the order is {state}"), async || {
            let order = self.shop.get(&path).await?.expect(StatusCode::OK)?;
            Ok(order["status"] == state)
        })
        .await?;
        self.shop.get(&path).await?.expect(StatusCode::OK)
    }

    async fn wait(
        &self,
        what: &str,
        is_so: impl AsyncFn() -> anyhow::Result<bool>,
    ) -> anyhow::Result<()> {
        let begun = Instant::now();
        while !is_so().await? {
            if begun.elapsed() > PATIENCE {
                bail!("waited {} s and still it is not so that {what}", PATIENCE.as_secs());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }
}

fn receiver() -> Value {
    json!({
        "name": "장보고", "phone": "010-1234-5678", "postcode": "59100",
        "address1": "전라남도 완도군 완도읍 청해진로 1", "address2": "101호",
    })
}

fn text(value: &Value, pointer: &str) -> anyhow::Result<String> {
    let found = value.pointer(pointer).and_then(Value::as_str);
    Ok(found.with_context(|| format!("no {pointer} in {value}"))?.to_owned())
}

fn states(order: &Value) -> String {
    let history = order["history"].as_array().into_iter().flatten();
    let states: Vec<&str> = history.filter_map(|step| step["status"].as_str()).collect();
    states.join(" → ")
}

impl Reply {
    fn expect(self, wanted: StatusCode) -> anyhow::Result<Value> {
        ensure!(self.status == wanted, "wanted {wanted}, got {}: {}", self.status, self.body);
        if self.body.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_str(&self.body).with_context(|| format!("not JSON: {}", self.body))
    }
}
