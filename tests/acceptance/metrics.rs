//! What an operator can read about a running shop, and what a starved pool answers.

use std::time::{Duration, Instant};

use jangbogo_tests::servers::Engine;
use jangbogo_tests::{Actor, Reply, Scene, ShopOptions, TestShop, eventually};
use reqwest::Method;
use serde_json::json;

const METRICS: &str = "/metrics";

/// The pool that writes.
fn writers() -> &'static str {
    match Engine::of_the_run() {
        Engine::Sqlite => "write",
        Engine::Postgres => "all",
    }
}

fn shown_here() -> ShopOptions {
    let mut options = ShopOptions::default();
    options.config.server.metrics_from = vec!["127.0.0.0/8".parse().unwrap()];
    options
}

/// The value of a series; its labels are written as Prometheus writes them.
fn value(text: &str, series: &str) -> f64 {
    let found = text.lines().find_map(|line| line.strip_prefix(series));
    assert!(found.is_some(), "no {series} in {text}");
    found.unwrap().trim().parse().unwrap()
}

async fn read(visitor: &Actor) -> String {
    let reply = visitor.gets(METRICS).await.expect(200);
    assert_eq!(reply.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    reply.text
}

#[tokio::test]
async fn requests_are_counted_by_route_and_never_by_id() {
    let Scene { shop, buyer, product, .. } = Scene::open_with(3, shown_here()).await;
    let get = r#"http_requests_total{method="GET",route="/api/v1/products/{id}",status="2xx"}"#;
    buyer.product(&product).await;
    let before = value(&read(&buyer).await, get);
    for _ in 0..3 {
        buyer.product(&product).await;
    }
    buyer.gets("/api/v1/products/pro_00000000000000000000000000000000").await.expect(404);
    buyer.gets("/nowhere").await.expect(404);
    buyer.orders(&product, 1).await;
    let brewed = buyer.request(Method::from_bytes(b"BREW").unwrap(), "/nowhere");
    buyer.sends(brewed).await;

    let text = read(&buyer).await;
    assert!(value(&text, get) >= before + 3.0, "{text}");
    for series in [
        r#"http_requests_total{method="GET",route="/api/v1/products/{id}",status="4xx"}"#,
        r#"http_requests_total{method="GET",route="none",status="4xx"}"#,
        r#"http_requests_total{method="other",route="none",status="4xx"}"#,
        concat!(
            r#"http_request_seconds_bucket{method="POST",route="/api/v1/sessions","#,
            r#"status="2xx",le="20"}"#
        ),
        &format!(r#"database_acquire_seconds_count{{pool="{}"}}"#, writers()),
        "outbox_waiting_events",
        "combiner_batch_size_count",
    ] {
        assert!(value(&text, series) >= 1.0, "{series} in {text}");
    }
    assert!(value(&text, "http_requests_in_flight") >= 1.0, "this very request");
    let pools: &[(&str, f64)] = match Engine::of_the_run() {
        Engine::Sqlite => &[("write", 1.0), ("read", 4.0)],
        Engine::Postgres => &[("all", 20.0)],
    };
    for (pool, max) in pools {
        let gauge = |name| value(&text, &format!(r#"database_pool_{name}{{pool="{pool}"}}"#));
        let sum = gauge("idle") + gauge("in_use");
        assert!((sum - gauge("open")).abs() < 0.5, "{text}");
        assert!((gauge("max") - max).abs() < 0.5, "{text}");
    }
    assert!(!text.contains(&product), "an id would make a series of its own: {text}");
    shop.close().await;
}

#[tokio::test]
async fn metrics_do_not_exist_for_the_public() {
    let asked = async |proxies: usize, header: Option<(&str, &str)>| -> Reply {
        let mut options = shown_here();
        options.config.server.trusted_proxies = proxies;
        let shop = TestShop::open_with(options).await;
        let visitor = shop.visitor();
        let mut request = visitor.request(Method::GET, METRICS);
        if let Some((name, value)) = header {
            request = request.header(name, value);
        }
        let reply = visitor.sends(request).await;
        shop.close().await;
        reply
    };
    asked(0, None).await.expect(200);
    asked(1, Some(("x-forwarded-for", "127.0.0.9"))).await.expect(200);
    for (proxies, header, value) in [
        (1, "x-forwarded-for", "203.0.113.7"),
        (1, "x-forwarded-for", "127.0.0.1, 203.0.113.7"),
        // A proxy that the settings do not know of speaks for anybody.
        (0, "x-forwarded-for", "127.0.0.1"),
        (0, "forwarded", "for=127.0.0.1"),
    ] {
        asked(proxies, Some((header, value))).await.expect_problem(404, "not-found");
    }
}

#[tokio::test]
async fn a_starved_pool_is_an_outage_that_passes() {
    let mut options = shown_here();
    options.config.database.acquire_timeout_ms = 300;
    options.config.database.pool_max = 2;
    let Scene { shop, buyer, product, .. } = Scene::open_with(9, options).await;
    let pool = writers();
    let waiting = format!(r#"database_pool_waiting{{pool="{pool}"}}"#);
    let timeouts = format!(r#"database_acquire_timeouts_total{{pool="{pool}"}}"#);
    // An embedded database has one writer; of two connections one is for whoever reads.
    let hoarded = shop.opened().shop.inbox.begin().await.unwrap();
    let since = Instant::now();
    let body = json!({"quantity": 1});
    let path = format!("/api/v1/cart/items/{product}");
    let starving = buyer.puts(&path, body.clone());
    let watching = eventually(async || value(&read(&buyer).await, &waiting) >= 1.0);
    let (refused, ()) = tokio::join!(starving, watching);
    let took = since.elapsed();
    let refused = refused.expect_problem(503, "unavailable");
    assert_eq!(refused.header("retry-after"), Some("1"));
    // The limit itself, and what a busy machine adds.
    assert!((Duration::from_millis(300)..Duration::from_secs(3)).contains(&took), "{took:?}");
    buyer.gets("/api/v1/products").await.expect(200);
    assert!(value(&read(&buyer).await, &timeouts) >= 1.0);

    drop(hoarded);
    buyer.puts(&path, body).await.expect(200);
    shop.close().await;
}
