//! What every answer has, whatever was asked: ids, languages, compression, headers, limits.

mod limits;

use std::collections::BTreeSet;

use jangbogo_tests::{Actor, Reply, ShopOptions, TestShop};
use reqwest::Method;
use serde_json::{Value, json};

const CATEGORIES: &str = "/api/v1/categories";
const REQUEST_ID: &str = "x-request-id";

async fn with_header(actor: &Actor, path: &str, name: &str, value: &str) -> Reply {
    actor.sends(actor.request(Method::GET, path).header(name, value)).await
}

#[tokio::test]
async fn a_request_s_id_comes_back() {
    let shop = TestShop::open().await;
    let visitor = shop.visitor();
    let longest = "x".repeat(64);
    for id in ["abc-123", "7", &longest, "{\"'<>"] {
        let reply = with_header(&visitor, CATEGORIES, REQUEST_ID, id).await.expect(200);
        assert_eq!(reply.header(REQUEST_ID), Some(id));
        let problem = with_header(&visitor, "/nowhere", REQUEST_ID, id).await;
        assert_eq!(problem.expect_problem(404, "not-found")["request_id"], id);
    }
    let mut made = BTreeSet::new();
    for bad in ["", "two words", &format!("{longest}x")] {
        for path in [CATEGORIES, "/healthz", "/docs/", "/nowhere"] {
            let reply = with_header(&visitor, path, REQUEST_ID, bad).await;
            let id = reply.header(REQUEST_ID).unwrap().to_owned();
            assert_eq!(id.len(), 36, "{id}");
            if path == "/nowhere" {
                assert_eq!(reply["request_id"], id);
            }
            assert!(made.insert(id), "each request has an id of its own");
        }
    }
    shop.close().await;
}

#[tokio::test]
async fn titles_are_written_in_the_reader_s_language() {
    let shop = TestShop::open().await;
    let visitor = shop.visitor();
    for (language, title) in [
        ("ko", "찾을 수 없습니다"),
        ("ko-KR,ko;q=0.9,en-US;q=0.8", "찾을 수 없습니다"),
        ("fr, ko;q=0.3", "찾을 수 없습니다"),
        ("en", "There is no such thing"),
        ("en;q=0.9, ko;q=0.1", "There is no such thing"),
        ("fr", "There is no such thing"),
        ("%%%", "There is no such thing"),
    ] {
        for path in ["/nowhere", "/api/v1/products/pro_00000000000000000000000000000000"] {
            let reply = with_header(&visitor, path, "accept-language", language).await;
            let reply = reply.expect_problem(404, "not-found");
            assert_eq!(reply["title"], title, "{language}");
            assert_eq!(reply["type"], "https://jangbogo.dev/problems/not-found");
        }
    }
    let get = visitor.request(Method::GET, "/api/v1/cart").header("accept-language", "ko");
    let reply = visitor.sends(get).await.expect_problem(401, "authentication-required");
    assert_eq!(reply["title"], "로그인이 필요합니다");
    shop.close().await;
}

#[tokio::test]
async fn answers_are_compressed_for_those_who_can_read_it() {
    let shop = TestShop::open().await;
    // The usual client reads gzip by itself, so the plain text is compared with what it made of it.
    let read = shop.visitor().gets("/openapi.json").await.expect(200);
    let client = reqwest::Client::builder().no_gzip().build().unwrap();
    let get = async |encoding: &str| {
        let url = format!("{}/openapi.json", shop.url());
        let reply = client.get(url).header("accept-encoding", encoding).send().await.unwrap();
        let headers = reply.headers().clone();
        (headers, reply.bytes().await.unwrap())
    };
    let (headers, plain) = get("identity").await;
    assert!(headers.get("content-encoding").is_none());
    assert_eq!(plain, read.text.as_bytes());
    for (accepted, encoding) in [("gzip", "gzip"), ("br", "br"), ("gzip;q=0.5, br", "br")] {
        let (headers, bytes) = get(accepted).await;
        assert_eq!(headers["content-encoding"], encoding, "{accepted}");
        assert!(headers["vary"].to_str().unwrap().contains("accept-encoding"));
        assert!(bytes.len() * 3 < plain.len(), "{} of {}", bytes.len(), plain.len());
    }
    let (_, bytes) = get("gzip").await;
    assert_eq!(bytes[..2], [0x1f, 0x8b], "gzip's mark");
    shop.close().await;
}

async fn asks_for(actor: &Actor, origin: &str, method: &str) -> Reply {
    let request = actor.request(Method::OPTIONS, "/api/v1/orders").header("origin", origin);
    let request = request.header("access-control-request-method", method);
    let names = "authorization,content-type,idempotency-key";
    actor.sends(request.header("access-control-request-headers", names)).await
}

#[tokio::test]
async fn only_pages_of_allowed_origins_may_call() {
    let mut options = ShopOptions::default();
    let allowed = ["https://shop.example", "http://localhost:3000"];
    options.config.server.cors_origins = allowed.map(str::to_owned).to_vec();
    let shop = TestShop::open_with(options).await;
    let visitor = shop.visitor();
    let allow_origin = "access-control-allow-origin";
    for origin in allowed {
        let reply = asks_for(&visitor, origin, "POST").await.expect(200);
        assert_eq!(reply.header(allow_origin), Some(origin));
        let methods = reply.header("access-control-allow-methods").unwrap();
        assert!(["GET", "POST", "PUT", "PATCH", "DELETE"].iter().all(|m| methods.contains(m)));
        let headers = reply.header("access-control-allow-headers").unwrap();
        assert!(headers.contains("authorization") && headers.contains("idempotency-key"));
        assert!(reply.header("access-control-allow-credentials").is_none());
        // The answers themselves say so too, refusals included.
        for (path, status) in [(CATEGORIES, 200), ("/nowhere", 404), ("/api/v1/cart", 401)] {
            let reply = with_header(&visitor, path, "origin", origin).await.expect(status);
            assert_eq!(reply.header(allow_origin), Some(origin), "{path}");
            let exposed = reply.header("access-control-expose-headers").unwrap();
            assert!(exposed.contains("retry-after") && exposed.contains(REQUEST_ID));
        }
    }
    for origin in ["https://evil.example", "https://shop.example.evil.example", "null"] {
        let reply = asks_for(&visitor, origin, "POST").await;
        assert!(reply.header(allow_origin).is_none(), "{origin}");
        let reply = with_header(&visitor, CATEGORIES, "origin", origin).await;
        assert!(reply.header(allow_origin).is_none(), "{origin}");
    }
    shop.close().await;
}

#[tokio::test]
async fn without_a_list_no_origin_is_allowed() {
    let shop = TestShop::open().await;
    let visitor = shop.visitor();
    let reply = asks_for(&visitor, "https://shop.example", "GET").await;
    assert!(reply.header("access-control-allow-origin").is_none());
    shop.close().await;
}

/// Requests that end in every layer.
async fn of_every_sort(shop: &TestShop) -> Vec<(&'static str, Reply)> {
    let (visitor, buyer) = (shop.visitor(), shop.buyer().await);
    let broken = buyer.request(Method::POST, "/api/v1/orders").body("{");
    vec![
        ("a list", visitor.gets(CATEGORIES).await.expect(200)),
        ("an account", buyer.gets("/api/v1/members/me").await.expect(200)),
        ("no token", visitor.gets("/api/v1/cart").await.expect(401)),
        ("nowhere", visitor.gets("/nowhere").await.expect(404)),
        ("no method", visitor.deletes("/api/v1/products").await.expect(405)),
        ("no JSON", buyer.sends(broken).await.expect(415)),
        ("a probe", visitor.gets("/healthz").await.expect(200)),
        ("the description", visitor.gets("/openapi.json").await.expect(200)),
        ("a page", visitor.gets("/docs/").await.expect(200)),
        ("a page of nothing", visitor.gets("/payments/x/result").await.expect(404)),
    ]
}

#[tokio::test]
async fn every_answer_protects_its_reader() {
    let shop = TestShop::open().await;
    for (what, reply) in of_every_sort(&shop).await {
        assert_eq!(reply.header("x-content-type-options"), Some("nosniff"), "{what}");
        assert_eq!(reply.header("referrer-policy"), Some("no-referrer"), "{what}");
        assert_eq!(reply.header("cache-control"), Some("no-store"), "{what}");
        let policy = reply.header("content-security-policy").unwrap();
        assert!(policy.contains("frame-ancestors 'none'"), "{what}: {policy}");
        let page = what.starts_with("a page");
        assert!(page || policy.starts_with("default-src 'none'"), "{what}: {policy}");
        assert!(!policy.contains("http") && !policy.contains('*'), "{what}: {policy}");
        assert_eq!(reply.header("strict-transport-security"), None, "{what}: not over HTTP");
        assert_eq!(reply.header("server"), None, "{what}");
    }
    shop.close().await;
}

#[tokio::test]
async fn a_shop_behind_https_says_so() {
    let mut options = ShopOptions::default();
    options.config.server.public_url = Some("https://shop.example".to_owned());
    let shop = TestShop::open_with(options).await;
    for (what, reply) in of_every_sort(&shop).await {
        let strict = reply.header("strict-transport-security");
        assert_eq!(strict, Some("max-age=31536000"), "{what}");
    }
    shop.close().await;
}

#[tokio::test]
async fn unknown_paths_and_methods_are_problems() {
    let shop = TestShop::open().await;
    let buyer = shop.buyer().await;
    for path in [
        "/",
        "/api",
        "/api/v1",
        "/api/v1/",
        "/api/v2/products",
        "/api/v1/products/",
        "/api/v1/%00",
        "/api/v1/%FF",
        "/api//v1/products",
        "/admin",
        "/metrics",
        "/.env",
        "/api/v1/../../etc/passwd",
        "/docs/../../Cargo.toml",
        "/docs/nothing.js",
    ] {
        let reply = buyer.gets(path).await;
        let text = &reply.text;
        assert_eq!((reply.status, &reply["code"]), (404, &"not-found".into()), "{path}: {text}");
    }
    for (method, path, allowed) in [
        ("DELETE", "/api/v1/products", "GET,HEAD,POST"),
        ("POST", CATEGORIES, "GET,HEAD"),
        ("PATCH", "/api/v1/sessions", "POST"),
        ("GET", "/api/v1/sessions/current", "DELETE"),
        ("PUT", "/api/v1/cart", "GET,HEAD"),
        ("POST", "/healthz", "GET,HEAD"),
        ("POST", "/openapi.json", "GET,HEAD"),
        ("TRACE", CATEGORIES, "GET,HEAD"),
        ("BREW", CATEGORIES, "GET,HEAD"),
    ] {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let reply = buyer.sends(buyer.request(method.clone(), path)).await;
        let reply = reply.expect_problem(405, "method-not-allowed");
        let allow = reply.header("allow").unwrap_or_default();
        let allow: BTreeSet<_> = allow.split(',').map(str::trim).collect();
        assert_eq!(allow, allowed.split(',').collect(), "{method} {path}");
    }
    let head = buyer.sends(buyer.request(Method::HEAD, CATEGORIES)).await.expect(200);
    assert_eq!(head.text, "");
    shop.close().await;
}

#[tokio::test]
async fn probes_tell_life_and_readiness() {
    let shop = TestShop::open().await;
    let visitor = shop.visitor();
    assert_eq!(visitor.gets("/healthz").await.expect(200).json, json!({"status": "ok"}));
    let ready = visitor.gets("/readyz").await.expect(200);
    let quiet = json!({"waiting": 0, "oldest_age_s": null});
    assert_eq!((&ready["status"], &ready["outbox"]), (&json!("ready"), &quiet));
    let providers = ready["payment_providers"].as_array().unwrap();
    assert!(!providers.is_empty(), "{}", ready.text);
    assert!(providers.iter().all(|provider| provider["is_available"] == true), "{}", ready.text);
    shop.buyer().await;
    shop.time_goes_by(std::time::Duration::from_secs(7)).await;
    let ready = visitor.gets("/readyz").await.expect(200);
    assert!(ready["outbox"]["waiting"].as_u64().unwrap() > 0, "{}", ready.text);
    assert_eq!(ready["outbox"]["oldest_age_s"], 7);
    shop.delivers_events().await;
    assert_eq!(visitor.gets("/readyz").await.expect(200)["outbox"], quiet);
    shop.close().await;
}

#[tokio::test]
async fn without_its_database_a_shop_lives_and_says_that_it_cannot_serve() {
    let shop = TestShop::open().await;
    let (visitor, buyer) = (shop.visitor(), shop.buyer().await);
    shop.loses_its_database().await;
    visitor.gets("/healthz").await.expect(200);
    let log_in = json!({"email": buyer.email(), "password": Actor::PASSWORD});
    let replies = [
        visitor.gets("/readyz").await,
        visitor.gets("/api/v1/products").await,
        visitor.posts("/api/v1/sessions", log_in).await,
        buyer.gets("/api/v1/cart").await,
        buyer.gets("/api/v1/members/me").await,
        buyer.tries_to_order("pro_00000000000000000000000000000000", 1).await,
    ];
    for reply in replies {
        let reply = reply.expect_problem(503, "unavailable");
        assert_eq!(reply.header("retry-after"), Some("1"));
        let text = reply.text.to_lowercase();
        for inside in ["sql", "pool", "database", "/tmp", ".rs", "panick"] {
            assert!(!text.contains(inside), "{text}");
        }
    }
    shop.close_broken().await;
}

#[tokio::test]
async fn the_documents_need_nothing_from_elsewhere() {
    let shop = TestShop::open().await;
    let visitor = shop.visitor();
    let document = visitor.gets("/openapi.json").await.expect(200);
    assert_eq!(document.header("content-type"), Some("application/json"));
    assert_eq!(document.json, serde_json::to_value(jangbogo_api_server::openapi()).unwrap());

    let short = visitor.gets("/docs").await;
    assert!(matches!(short.status, 301..=308), "{}", short.status);
    assert_eq!(short.location(), "/docs/");
    let page = visitor.gets("/docs/").await.expect(200);
    assert!(page.header("content-type").unwrap().starts_with("text/html"));
    let mut assets = vec!["./swagger-initializer.js".to_owned()];
    for attribute in ["src=\"", "href=\""] {
        let rests = page.text.split(attribute).skip(1);
        assets.extend(rests.map(|rest| rest.split('"').next().unwrap().to_owned()));
    }
    assert!(assets.len() >= 4, "{assets:?}");
    for asset in assets {
        let is_outside = asset.contains("//") || asset.starts_with("data:");
        assert!(!is_outside, "{asset} comes from elsewhere");
        let path = format!("/docs/{}", asset.trim_start_matches("./"));
        let reply = visitor.gets(&path).await.expect(200);
        assert!(!reply.text.is_empty(), "{path}");
        if path.ends_with("initializer.js") {
            assert!(reply.text.contains("/openapi.json"));
            assert!(!reply.text.contains("://"), "{}", reply.text);
        }
    }
    assert!(!page.text.contains("<script>"), "the policy would not run it");
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'self'"), "{policy}");
    shop.close().await;
}

#[tokio::test]
async fn too_much_is_refused_early() {
    let mut options = ShopOptions::default();
    options.config.server.body_bytes_max = 4_096;
    let shop = TestShop::open_with(options).await;
    let (visitor, buyer) = (shop.visitor(), shop.buyer().await);
    let post = |size: usize| {
        let padding = " ".repeat(size - 2);
        let request = buyer.request(Method::POST, "/api/v1/orders");
        let request = request.header("content-type", "application/json");
        buyer.sends(request.header("idempotency-key", "k").body(format!("{{{padding}}}")))
    };
    post(4_096).await.expect_problem(400, "validation-failed");
    post(4_097).await.expect_problem(413, "body-too-large");
    post(100_000).await.expect_problem(413, "body-too-large");

    let long = "x".repeat(20_000);
    let reply = with_header(&visitor, CATEGORIES, "x-padding", &long).await;
    reply.expect_problem(431, "head-too-large");
    let reply = visitor.gets(&format!("{CATEGORIES}?{long}")).await;
    reply.expect_problem(431, "head-too-large");
    visitor.gets(CATEGORIES).await.expect(200);
    shop.close().await;
}

#[tokio::test]
async fn errors_name_no_one_s_secrets() {
    let shop = TestShop::open().await;
    let buyer = shop.buyer().await;
    let (secret, token) = ("a very secret password", buyer.access_token());
    let wrong = json!({"email": buyer.email(), "password": secret});
    let replies = [
        buyer.posts("/api/v1/sessions", wrong).await,
        buyer.posts("/api/v1/sessions", json!({"email": 7, "password": secret})).await,
        buyer.posts("/api/v1/members", json!({"password": secret, "role": "admin"})).await,
        buyer.puts("/api/v1/members/me/password", json!({"new_password": secret})).await,
        buyer.with_token(&format!("{token}x")).gets("/api/v1/cart").await,
    ];
    for reply in replies {
        assert!((400..500).contains(&reply.status), "{}", reply.text);
        assert!(!reply.text.contains(secret) && !reply.text.contains(token), "{}", reply.text);
        assert!(!reply.text.contains(buyer.email()), "{}", reply.text);
        assert_ne!(reply.json, Value::Null);
    }
    shop.close().await;
}
