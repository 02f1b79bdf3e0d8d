//! `cargo xtask bench NAME`: figures over real HTTP, against a shop of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use jangbogo_api_server::process::Process;
use jangbogo_setup::Config;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::client::Client;
use crate::scratch::Scratch;

/// Measure one thing.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What to measure.
    #[arg(value_enum)]
    name: Name,
    /// How many requests.
    #[arg(long, default_value_t = 20_000)]
    requests: usize,
    /// How many clients at once.
    #[arg(long, default_value_t = 64)]
    clients: usize,
}

/// What can be measured.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Name {
    /// Orders of one piece, spread over the demo catalogue; yardstick: one client at a time
    Orders,
    /// The first page of the product list; yardstick: `/healthz`
    List,
}

/// Runs one bench and prints its figure, the yardstick's, and their ratio as the last line.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    if cfg!(debug_assertions) {
        println!("note: a debug build; measure with `cargo run --release -p xtask -- bench …`");
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let scratch = Scratch::new("bench")?;
        let mut config = Config { data_dir: scratch.path().to_owned(), ..Config::default() };
        config.server.bind.set_port(0);
        config.simulator.bind.set_port(0);
        config.simulator.admin_bind.set_port(0);
        config.limits.enabled = false;
        let process = Process::start(config).await?;
        let url = format!("http://{}", process.addr());
        let measured = match args.name {
            Name::Orders => orders(&url, args).await,
            Name::List => list(&url, args).await,
        };
        process.stop().await;
        measured
    })
}

async fn orders(url: &str, args: &Args) -> anyhow::Result<()> {
    let client = buyer(url).await?;
    let products = Arc::new(products_in_stock(&client).await?);
    let order = move |client: Client, n: usize| {
        let products = Arc::clone(&products);
        async move {
            let product = products.get(n % products.len()).context("no product in stock")?;
            let body = json!({
                "lines": [{"product_id": product, "quantity": 1}],
                "receiver": {"name": "장보고", "phone": "01012345678", "postcode": "59100",
                             "address1": "전라남도 완도군 완도읍 청해진로 1"},
            });
            let status = client.post("/api/v1/orders", &body).await?.status;
            // A product may sell out on the way; the refusal is as much work.
            ensure!(matches!(status, StatusCode::CREATED | StatusCode::CONFLICT), "{status}");
            Ok(())
        }
    };
    let one = measure("orders, one client", &client, args.requests / 20, 1, &order).await?;
    let many = measure("orders", &client, args.requests, args.clients, &order).await?;
    println!("ratio {:.1}", many / one);
    Ok(())
}

async fn list(url: &str, args: &Args) -> anyhow::Result<()> {
    let client = Client::new(url)?;
    let get = |path: &'static str| {
        move |client: Client, _| async move {
            let status = client.get(path).await?.status;
            ensure!(status == StatusCode::OK, "{status}");
            Ok(())
        }
    };
    let (n, clients) = (args.requests, args.clients);
    let yardstick = measure("/healthz", &client, n, clients, &get("/healthz")).await?;
    let page = get("/api/v1/products?sort=newest");
    let listed = measure("first page, newest", &client, n, clients, &page).await?;
    println!("ratio {:.2}", listed / yardstick);
    Ok(())
}

/// Sends `requests` requests from `clients` clients at once; prints and returns the rate.
async fn measure<F, W>(
    what: &str,
    client: &Client,
    requests: usize,
    clients: usize,
    request: &F,
) -> anyhow::Result<f64>
where
    F: Fn(Client, usize) -> W + Clone + Send + Sync + 'static,
    W: Future<Output = anyhow::Result<()>> + Send,
{
    let next = Arc::new(AtomicUsize::new(0));
    let started = Instant::now();
    let workers: Vec<_> = (0..clients)
        .map(|_| {
            let (next, client, request) = (Arc::clone(&next), client.clone(), request.clone());
            tokio::spawn(async move {
                let mut times = Vec::new();
                loop {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    if n >= requests {
                        return Ok::<_, anyhow::Error>(times);
                    }
                    let begun = Instant::now();
                    request(client.clone(), n).await?;
                    times.push(begun.elapsed());
                }
            })
        })
        .collect();
    let mut times: Vec<Duration> = Vec::with_capacity(requests);
    for worker in workers {
        times.extend(worker.await??);
    }
    let rate = f64::from(u32::try_from(times.len())?) / started.elapsed().as_secs_f64();
    times.sort_unstable();
    let at = |percent: usize| times.get(times.len() * percent / 100).copied().unwrap_or_default();
    println!("{what}: {rate:.0}/s with {clients} clients, p50 {:?}, p99 {:?}", at(50), at(99));
    Ok(rate)
}

async fn buyer(url: &str) -> anyhow::Result<Client> {
    let mut client = Client::new(url)?;
    let (email, password) = ("bench@jangbogo.example", "measure twice, cut once");
    let body = json!({"email": email, "password": password, "nickname": "bench"});
    client.post("/api/v1/members", &body).await?;
    let body = json!({"email": email, "password": password});
    let tokens: Value = serde_json::from_str(&client.post("/api/v1/sessions", &body).await?.body)?;
    let token = tokens["access_token"].as_str().context("no access token")?;
    client.bearer(token.to_owned());
    Ok(client)
}

async fn products_in_stock(client: &Client) -> anyhow::Result<Vec<String>> {
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("/api/v1/products?limit=100&cursor={cursor}");
        let page: Value = serde_json::from_str(&client.get(&path).await?.body)?;
        for item in page["items"].as_array().into_iter().flatten() {
            if item["stock"].as_i64() > Some(100) {
                found.extend(item["id"].as_str().map(str::to_owned));
            }
        }
        match page["next_cursor"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => return Ok(found),
        }
    }
}
