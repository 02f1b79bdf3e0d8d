//! Rate limits, with numbers small enough to reach and slow enough to stay reached.

use jangbogo_tests::{Actor, Reply, ShopOptions, TestShop};
use reqwest::Method;
use serde_json::{Value, json};

const SESSIONS: &str = "/api/v1/sessions";
const ME: &str = "/api/v1/members/me";

/// A shop behind one proxy, so that a test can call from any address. Nothing is limited but what
/// the test says.
fn options() -> ShopOptions {
    let mut options = ShopOptions::default();
    options.config.server.trusted_proxies = 1;
    let limits = &mut options.config.limits;
    limits.enabled = true;
    let many = 1_000_000;
    limits.address_per_minute = many;
    limits.address_burst = many;
    limits.member_per_minute = many;
    limits.member_burst = many;
    limits.login_address_per_minute = many;
    limits.login_account_per_minute = many;
    limits.login_burst = many;
    options
}

async fn from(
    actor: &Actor,
    address: &str,
    method: Method,
    path: &str,
    body: Option<Value>,
) -> Reply {
    let request = actor.request(method, path).header("x-forwarded-for", address);
    let request = match body {
        Some(body) => request.json(&body),
        None => request,
    };
    actor.sends(request).await
}

async fn logs_in_from(actor: &Actor, address: &str, email: &str, password: &str) -> Reply {
    let body = json!({"email": email, "password": password});
    from(actor, address, Method::POST, SESSIONS, Some(body)).await
}

#[track_caller]
fn is_limited(reply: Reply) {
    let reply = reply.expect_problem(429, "rate-limited");
    let seconds: u64 = reply.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=60).contains(&seconds), "{seconds}");
}

#[tokio::test]
async fn guessing_at_one_account_is_limited_from_wherever_it_comes() {
    let mut options = options();
    options.config.limits.login_account_per_minute = 1;
    options.config.limits.login_burst = 4; // one of them is the owner's first log-in
    let shop = TestShop::open_with(options).await;
    let visitor = shop.visitor();
    let owner = shop.buyer().await; // has been here: at the address of this machine
    let guess = async |number: u8, email: &str| {
        logs_in_from(&visitor, &format!("10.0.0.{number}"), email, "a guess of mine").await
    };
    for number in 1..=3 {
        guess(number, owner.email()).await.expect_problem(401, "credentials-refused");
    }
    is_limited(guess(4, owner.email()).await);
    is_limited(guess(5, &owner.email().to_uppercase()).await);
    // The right password does not help a guesser who has guessed too often …
    is_limited(logs_in_from(&visitor, "10.0.0.6", owner.email(), Actor::PASSWORD).await);
    // … but the owner comes in from where they have been before, and others are not touched.
    let at_home = "127.0.0.1";
    logs_in_from(&visitor, at_home, owner.email(), Actor::PASSWORD).await.expect(201);
    guess(7, "nobody@example.com").await.expect_problem(401, "credentials-refused");
    shop.close().await;
}

#[tokio::test]
async fn one_address_logs_in_signs_up_and_refreshes_only_so_often() {
    let mut options = options();
    options.config.limits.login_address_per_minute = 1;
    options.config.limits.login_burst = 4;
    let shop = TestShop::open_with(options).await;
    let visitor = shop.visitor();
    let here = "2001:db8:1:2::1";
    let sign_up = json!({"email": "x", "password": Actor::PASSWORD, "nickname": "ab"});
    let refresh = json!({"refresh_token": "rt_nothing"});
    let guess = |email| logs_in_from(&visitor, here, email, "a guess of mine");
    guess("one@example.com").await.expect_problem(401, "credentials-refused");
    guess("two@example.com").await.expect_problem(401, "credentials-refused");
    let path = "/api/v1/members";
    let reply = from(&visitor, here, Method::POST, path, Some(sign_up.clone())).await;
    reply.expect_problem(400, "validation-failed");
    let path = "/api/v1/sessions/refresh";
    let reply = from(&visitor, here, Method::POST, path, Some(refresh)).await;
    reply.expect_problem(401, "refresh-token-refused");
    is_limited(guess("three@example.com").await);
    // The whole /64 is one subscriber; the next is another one.
    let beside = "2001:db8:1:2:ffff::9";
    is_limited(logs_in_from(&visitor, beside, "four@example.com", "a guess of mine").await);
    let elsewhere = "2001:db8:1:3::1";
    let reply = logs_in_from(&visitor, elsewhere, "four@example.com", "a guess of mine").await;
    reply.expect_problem(401, "credentials-refused");
    // Only what the proxy wrote counts; what a client puts in front of it does not.
    let disguised = format!("198.51.100.7, {here}");
    is_limited(logs_in_from(&visitor, &disguised, "five@example.com", "a guess of mine").await);
    from(&visitor, here, Method::GET, "/api/v1/categories", None).await.expect(200);
    shop.close().await;
}

#[tokio::test]
async fn a_stolen_token_does_not_help_to_guess_the_password() {
    let mut options = options();
    options.config.limits.login_account_per_minute = 1;
    options.config.limits.login_burst = 2;
    let shop = TestShop::open_with(options).await;
    let buyer = shop.buyer().await;
    let leave =
        || from(&buyer, "10.0.0.1", Method::DELETE, ME, Some(json!({"password": "a guess"})));
    let change = json!({"current_password": "a guess", "new_password": "cheonghaejin 828"});
    let path = "/api/v1/members/me/password";
    leave().await.expect_problem(422, "current-password-wrong");
    let reply = from(&buyer, "10.0.0.2", Method::PUT, path, Some(change.clone())).await;
    reply.expect_problem(422, "current-password-wrong");
    is_limited(leave().await);
    is_limited(from(&buyer, "10.0.0.3", Method::PUT, path, Some(change)).await);
    buyer.me().await;
    shop.close().await;
}

#[tokio::test]
async fn a_member_asks_only_so_often_from_wherever_they_are() {
    let mut options = options();
    options.config.limits.member_per_minute = 1;
    options.config.limits.member_burst = 5;
    let shop = TestShop::open_with(options).await;
    let (buyer, other) = (shop.buyer().await, shop.buyer().await);
    for number in 1..=5 {
        from(&buyer, &format!("10.0.0.{number}"), Method::GET, ME, None).await.expect(200);
    }
    is_limited(from(&buyer, "10.0.0.6", Method::GET, ME, None).await);
    let mut again = buyer.clone();
    again.logs_in().await;
    is_limited(again.gets("/api/v1/cart").await);
    other.me().await;
    buyer.gets("/api/v1/products").await.expect(200);
    shop.close().await;
}

#[tokio::test]
async fn an_address_asks_only_so_often_and_probes_are_not_counted() {
    let mut options = options();
    options.config.limits.address_per_minute = 1;
    options.config.limits.address_burst = 5;
    let shop = TestShop::open_with(options).await;
    let visitor = shop.visitor();
    let get = |path| from(&visitor, "203.0.113.9", Method::GET, path, None);
    for path in ["/api/v1/categories", "/api/v1/products", "/nowhere", "/openapi.json"] {
        assert_ne!(get(path).await.status, 429, "{path}");
    }
    get("/api/v1/cart").await.expect_problem(401, "authentication-required");
    for path in ["/api/v1/categories", "/nowhere", "/docs/", "/payments/x/result"] {
        is_limited(get(path).await);
    }
    for _ in 0..10 {
        get("/healthz").await.expect(200);
        get("/readyz").await.expect(200);
    }
    from(&visitor, "203.0.113.10", Method::GET, "/api/v1/categories", None).await.expect(200);
    shop.close().await;
}

#[tokio::test]
async fn an_idle_header_does_not_move_anybody() {
    let mut options = options();
    options.config.server.trusted_proxies = 0;
    options.config.limits.address_per_minute = 1;
    options.config.limits.address_burst = 3;
    let shop = TestShop::open_with(options).await;
    let visitor = shop.visitor();
    let get = async |number: u8| {
        let address = format!("10.0.0.{number}");
        from(&visitor, &address, Method::GET, "/api/v1/categories", None).await
    };
    for number in 1..=3 {
        get(number).await.expect(200);
    }
    is_limited(get(4).await);
    shop.close().await;
}
