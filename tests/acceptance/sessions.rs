//! Sessions: rotation of refresh tokens, log-out, and tokens that are not what they claim to be.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures::future::join_all;
use jangbogo_tests::{Actor, Reply, TestShop};
use serde_json::{Value, json};

const ME: &str = "/api/v1/members/me";
const SESSIONS: &str = "/api/v1/sessions";

/// The same person with the tokens of a reply: the access token, and beside it the refresh token.
fn with_tokens_of(actor: &Actor, reply: &Reply) -> (Actor, String) {
    (actor.with_token(&reply.text_at("/access_token")), reply.text_at("/refresh_token"))
}

#[tokio::test]
async fn refresh_tokens_rotate() {
    let shop = TestShop::open().await;
    let buyer = shop.buyer().await;
    let mut token = buyer.refresh_token().to_owned();
    let mut seen = vec![token.clone()];
    for _ in 0..5 {
        shop.time_goes_by(Duration::from_hours(1)).await;
        let reply = shop.visitor().refreshes(&token).await.expect(200);
        assert_eq!((&reply["token_type"], &reply["expires_in"]), (&"Bearer".into(), &900.into()));
        let (next, refresh) = with_tokens_of(&buyer, &reply);
        assert_eq!(next.me().await["email"], buyer.email());
        assert!(!seen.contains(&refresh), "every token is new");
        seen.push(refresh.clone());
        token = refresh;
    }
    shop.close().await;
}

#[tokio::test]
async fn a_token_that_comes_back_ends_the_whole_family() {
    let shop = TestShop::open().await;
    let buyer = shop.buyer().await;
    let mut elsewhere = buyer.clone();
    elsewhere.logs_in().await;
    let stolen = buyer.refresh_token();
    let first = buyer.refreshes(stolen).await.expect(200);
    let (_, token) = with_tokens_of(&buyer, &first);
    let second = buyer.refreshes(&token).await.expect(200);
    let (latest, token) = with_tokens_of(&buyer, &second);

    buyer.refreshes(stolen).await.expect_problem(401, "refresh-token-refused");
    buyer.refreshes(&token).await.expect_problem(401, "refresh-token-refused");
    latest.gets(ME).await.expect_problem(401, "session-ended");
    buyer.gets(ME).await.expect_problem(401, "session-ended");
    // Another log-in of the same member is another family.
    elsewhere.me().await;
    elsewhere.refreshes(elsewhere.refresh_token()).await.expect(200);
    shop.close().await;
}

#[tokio::test]
async fn of_twenty_refreshes_of_one_token_one_gets_a_child() {
    let shop = TestShop::open().await;
    let buyer = shop.buyer().await;
    let replies = join_all((0..20).map(|_| buyer.refreshes(buyer.refresh_token()))).await;
    let (children, refused): (Vec<_>, Vec<_>) =
        replies.into_iter().partition(|reply| reply.status == 200);
    assert_eq!(children.len(), 1, "the token was good for one");
    for reply in refused {
        reply.expect_problem(401, "refresh-token-refused");
    }
    // The others were repeats, and repeats end the family: the child is worth nothing.
    let (child, token) = with_tokens_of(&buyer, &children[0]);
    child.gets(ME).await.expect_problem(401, "session-ended");
    buyer.refreshes(&token).await.expect_problem(401, "refresh-token-refused");
    shop.close().await;
}

#[tokio::test]
async fn logging_out_ends_this_session_and_no_other() {
    let shop = TestShop::open().await;
    let here = shop.buyer().await;
    let mut elsewhere = here.clone();
    elsewhere.logs_in().await;
    here.me().await;
    let refreshed = here.refreshes(here.refresh_token()).await.expect(200);
    let (refreshed, token) = with_tokens_of(&here, &refreshed);
    refreshed.me().await;

    here.logs_out().await.expect(204);
    for ended in [&here, &refreshed] {
        ended.gets(ME).await.expect_problem(401, "session-ended");
        ended.logs_out().await.expect_problem(401, "session-ended");
    }
    here.refreshes(&token).await.expect_problem(401, "refresh-token-refused");
    elsewhere.me().await;
    shop.close().await;
}

#[tokio::test]
async fn tokens_and_sessions_expire() {
    let shop = TestShop::open().await;
    let buyer = shop.buyer().await;
    shop.time_goes_by(Duration::from_secs(899)).await;
    let second = buyer.refreshes(buyer.refresh_token()).await.expect(200);
    let (second, token) = with_tokens_of(&buyer, &second);
    shop.time_goes_by(Duration::from_secs(1)).await;
    buyer.gets(ME).await.expect_problem(401, "token-expired");
    second.me().await;

    // Unused for 14 days.
    let mut idle = shop.buyer().await;
    shop.time_goes_by(Duration::from_hours(14 * 24)).await;
    buyer.refreshes(&token).await.expect_problem(401, "refresh-token-refused");
    let refused = idle.refreshes(idle.refresh_token()).await;
    refused.expect_problem(401, "refresh-token-refused");

    // Used every day, and still over after 30 days.
    idle.logs_in().await;
    let mut token = idle.refresh_token().to_owned();
    for _ in 0..29 {
        shop.time_goes_by(Duration::from_hours(24)).await;
        token = idle.refreshes(&token).await.expect(200).text_at("/refresh_token");
    }
    shop.time_goes_by(Duration::from_hours(24)).await;
    idle.refreshes(&token).await.expect_problem(401, "refresh-token-refused");
    shop.close().await;
}

fn decoded(part: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

fn encoded(part: &Value) -> String {
    URL_SAFE_NO_PAD.encode(part.to_string())
}

/// Everything that somebody may try who has a good token and no key.
fn forgeries(good: &str, foreign: &str) -> Vec<(&'static str, String)> {
    let [header, body, signature] = good.split('.').collect::<Vec<_>>().try_into().unwrap();
    let foreign_signature = foreign.rsplit('.').next().unwrap();
    let with = |part: &str, name: &str, value: Value| {
        let mut changed = decoded(part);
        changed[name] = value;
        encoded(&changed)
    };
    let none = with(header, "alg", "none".into());
    let hmac = with(header, "alg", "HS256".into());
    let own_key = with(header, "jwk", json!({"kty": "OKP", "crv": "Ed25519", "x": "AAAA"}));
    let admin = with(body, "role", "admin".into());
    let eternal = with(body, "exp", i64::MAX.into());
    let other_audience = with(body, "aud", "another-api".into());
    let flipped = if signature.starts_with('A') { "B" } else { "A" };
    vec![
        ("another shop's", foreign.to_owned()),
        ("another shop's signature", format!("{header}.{body}.{foreign_signature}")),
        ("no algorithm, no signature", format!("{none}.{admin}.")),
        ("no algorithm, old signature", format!("{none}.{body}.{signature}")),
        ("another algorithm", format!("{hmac}.{body}.{signature}")),
        ("a key that it brings along", format!("{own_key}.{body}.{signature}")),
        ("another role", format!("{header}.{admin}.{signature}")),
        ("a longer life", format!("{header}.{eternal}.{signature}")),
        ("another audience", format!("{header}.{other_audience}.{signature}")),
        ("another first letter", format!("{header}.{body}.{flipped}{}", &signature[1..])),
        ("no signature", format!("{header}.{body}.")),
        ("no third part", format!("{header}.{body}")),
        ("a fourth part", format!("{good}.{signature}")),
        ("no token", "not-a-token".to_owned()),
        ("dots", "..".to_owned()),
    ]
}

#[tokio::test]
async fn forged_tokens_prove_nobody() {
    let (shop, elsewhere) = (TestShop::open().await, TestShop::open().await);
    let buyer = shop.buyer().await;
    let stranger = elsewhere.buyer().await;
    let visitor = shop.visitor();
    for (what, token) in forgeries(buyer.access_token(), stranger.access_token()) {
        let reply = visitor.with_token(&token).gets(ME).await;
        assert_eq!((reply.status, reply["code"].as_str()), (401, Some("token-invalid")), "{what}");
        assert_eq!(reply.header("www-authenticate"), Some("Bearer"), "{what}");
        visitor.refreshes(&token).await.expect_problem(401, "refresh-token-refused");
    }
    assert_eq!(buyer.me().await["role"], "buyer");
    elsewhere.close().await;
    shop.close().await;
}

#[tokio::test]
async fn each_token_opens_only_its_own_door() {
    let shop = TestShop::open().await;
    let buyer = shop.buyer().await;
    let confused = buyer.with_token(buyer.refresh_token());
    confused.gets(ME).await.expect_problem(401, "token-invalid");
    let refused = buyer.refreshes(buyer.access_token()).await;
    refused.expect_problem(401, "refresh-token-refused");
    for nonsense in ["", "rt_", "rt_%00", &format!("rt_{}", "A".repeat(43)), &"x".repeat(10_000)] {
        buyer.refreshes(nonsense).await.expect_problem(401, "refresh-token-refused");
    }
    // None of this has ended the session.
    buyer.me().await;
    buyer.refreshes(buyer.refresh_token()).await.expect(200);
    shop.close().await;
}

#[tokio::test]
async fn only_one_bearer_token_is_heard() {
    let shop = TestShop::open().await;
    let buyer = shop.buyer().await;
    let visitor = shop.visitor();
    let get = || visitor.request(reqwest::Method::GET, ME);
    let token = buyer.access_token();
    for bad in
        [token.to_owned(), format!("Basic {token}"), "Bearer".to_owned(), "Bearer ".to_owned()]
    {
        let reply = visitor.sends(get().header("Authorization", &bad)).await;
        reply.expect_problem(401, "authentication-required");
    }
    let twice = get().header("Authorization", format!("Bearer {token}"));
    let twice = twice.header("Authorization", format!("Bearer {token}"));
    visitor.sends(twice).await.expect_problem(401, "authentication-required");
    visitor.sends(get().header("Authorization", format!("bearer {token}"))).await.expect(200);
    let in_query = visitor.gets(&format!("{ME}?access_token={token}")).await;
    in_query.expect_problem(401, "authentication-required");
    let log_in = json!({"email": buyer.email(), "password": Actor::PASSWORD});
    let with_bad_token = visitor.with_token("nonsense").posts(SESSIONS, log_in).await;
    assert_eq!(with_bad_token.status, 201, "logging in needs no token and minds none");
    shop.close().await;
}
