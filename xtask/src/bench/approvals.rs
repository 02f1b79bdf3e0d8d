//! Payments at a provider that takes two seconds, in a shop with ten connections to its database,
//! and the product list beside them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use jangbogo_catalog::ProductId;
use jangbogo_gateway_simulator::{Action, Call, Fault, When};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::http::write_request;
use super::load::{Measured, Traffic, offered};
use super::server;
use super::shop::BenchShop;
use crate::client::Client;

/// 1,000 approvals at a provider that takes 2 s, with 10 connections to PostgreSQL; ratio: the
/// product list's p99 beside them to its p99 alone, reach for 1.2.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How many approvals.
    #[arg(long, default_value_t = 1_000)]
    approvals: usize,
    /// How many buyers at once.
    #[arg(long, default_value_t = 100)]
    users: usize,
    /// How long the provider takes, milliseconds.
    #[arg(long, default_value_t = 2_000)]
    latency_ms: u64,
    /// Connections to the database.
    #[arg(long, default_value_t = 10)]
    pool: u32,
    /// Product lists a second, beside the approvals and alone.
    #[arg(long, default_value_t = 100)]
    lists: u32,
    #[command(flatten)]
    server: server::Args,
}

const LIST: &str = "/api/v1/products?sort=newest&limit=20";
/// Payments begun at the same time while everything is prepared.
const AT_ONCE: usize = 8;

/// The first page of the product list, read from the database each time.
struct Lists;

impl Traffic for Lists {
    fn request(&self, _: usize, out: &mut Vec<u8>) {
        write_request(out, "GET", LIST, "", None);
    }

    fn is_right(&self, status: u16) -> bool {
        status == 200
    }
}

pub(crate) async fn run(args: &Args) -> anyhow::Result<()> {
    let server = args.server.open()?;
    let shop = BenchShop::open(Some(server.url()), |config| {
        config.database.pool_max = args.pool;
        config.orders.payment_window_s = 900;
        // A list out of the cache would not notice that there are no connections left.
        config.cache.enabled = false;
    })
    .await?;
    let products = shop.products(1_000, 1_000_000).await?;
    let agreed = agreed(&shop, &products, args.approvals).await?;
    println!("{} buyers have agreed and come back now", agreed.len());
    slow_down(&shop, args.latency_ms).await?;

    let lasting = lasting(args);
    let load = (args.lists, lasting);
    let before = offered("lists alone", shop.address(), load, Arc::new(Lists)).await?;
    println!("{before}");
    let beside = tokio::spawn(offered("lists beside", shop.address(), load, Arc::new(Lists)));
    let begun = Instant::now();
    let statuses = approve(agreed, args.users).await?;
    println!("{} approvals in {:.1?}: {statuses:?}", args.approvals, begun.elapsed());
    let beside = beside.await??;
    println!("{beside}");
    let after = offered("lists alone", shop.address(), load, Arc::new(Lists)).await?;
    println!("{after}");
    shop.close().await;

    let p99 = |measured: &Measured| measured.percentile(99).as_secs_f64() * 1_000.0;
    let alone = f64::midpoint(p99(&before), p99(&after));
    println!("p99_ms alone {alone:.1} beside {:.1}", p99(&beside));
    let done = statuses.get(&200).copied().unwrap_or(0);
    ensure!(done == args.approvals, "not all were taken: {statuses:?}");
    println!("ratio {:.2}", p99(&beside) / alone);
    Ok(())
}

/// About as long as the approvals take, of which as many as a bulkhead lets through run at once.
fn lasting(args: &Args) -> Duration {
    let rounds = args.approvals.div_ceil(args.users.clamp(1, 50));
    let rounds = u32::try_from(rounds).unwrap_or(u32::MAX);
    let whole = Duration::from_millis(args.latency_ms).saturating_mul(rounds).as_secs();
    Duration::from_secs(whole.max(1))
}

/// So many payments whose buyers have agreed: where their browsers come back to.
async fn agreed(
    shop: &BenchShop,
    products: &[ProductId],
    count: usize,
) -> anyhow::Result<Vec<String>> {
    let mut buyers = Vec::new();
    for token in shop.buyers(AT_ONCE).await? {
        let mut buyer = Client::new(&shop.url())?;
        buyer.bearer(token);
        buyers.push(buyer);
    }
    let buyers = &buyers;
    stream::iter(0..count)
        .map(|n| agrees(&buyers[n % AT_ONCE], products[n % products.len()]))
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await
}

async fn agrees(buyer: &Client, product: ProductId) -> anyhow::Result<String> {
    let order = json!({
        "lines": [{"product_id": product.to_string(), "quantity": 1}],
        "receiver": {"name": "장보고", "phone": "01012345678", "postcode": "59100",
            "address1": "전라남도 완도군 완도읍 청해진로 1"},
    });
    let order = created(buyer, "/api/v1/orders", &order).await?;
    let order = order["id"].as_str().context("an order without id")?;
    let path = format!("/api/v1/orders/{order}/payments");
    let payment = created(buyer, &path, &json!({"provider": "kakaopay"})).await?;
    let page = payment["redirect_url"]["pc"].as_str().context("a payment without page")?;
    let pressed = buyer.visit(Method::POST, &format!("{page}/pay")).await?;
    pressed.location.context("the pay page leads nowhere")
}

async fn created(buyer: &Client, path: &str, body: &Value) -> anyhow::Result<Value> {
    let reply = buyer.post(path, body).await?;
    ensure!(reply.status == StatusCode::CREATED, "{}: {}", reply.status, reply.body);
    Ok(serde_json::from_str(&reply.body)?)
}

/// From now on the provider takes its time to capture.
async fn slow_down(shop: &BenchShop, latency_ms: u64) -> anyhow::Result<()> {
    let admin = shop.simulator_admin_url().context("there is no simulator")?;
    let latency = Action::Latency { ms: latency_ms };
    let slow = vec![Fault::new(Call::Approve, When::Before, latency)];
    let client = reqwest::Client::builder().timeout(Duration::from_secs(10)).build()?;
    let answer = client.put(format!("{admin}/admin/faults")).json(&slow);
    answer.send().await?.error_for_status()?;
    Ok(())
}

/// Every browser comes back, so many at once; how they were answered.
async fn approve(agreed: Vec<String>, users: usize) -> anyhow::Result<BTreeMap<u16, usize>> {
    let browser = reqwest::Client::builder().timeout(Duration::from_mins(1)).build()?;
    let (agreed, next) = (Arc::new(agreed), Arc::new(AtomicUsize::new(0)));
    let mut buyers = JoinSet::new();
    for _ in 0..users {
        let (agreed, next, browser) = (Arc::clone(&agreed), Arc::clone(&next), browser.clone());
        buyers.spawn(async move {
            let mut statuses = Vec::new();
            while let Some(back) = agreed.get(next.fetch_add(1, Ordering::Relaxed)) {
                let request = browser.get(back).header("accept", "application/json");
                statuses.push(request.send().await?.status().as_u16());
            }
            anyhow::Ok(statuses)
        });
    }
    let mut counts = BTreeMap::new();
    while let Some(statuses) = buyers.join_next().await {
        for status in statuses?? {
            *counts.entry(status).or_default() += 1;
        }
    }
    Ok(counts)
}
