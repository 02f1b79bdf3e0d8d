//! What surrounds a body: its form, ids, methods and tokens.

use std::time::Duration;

use jangbogo_tests::{Actor, Reply, Scene};
use reqwest::Method;

use super::{Before, NOBODYS_ORDER, NOBODYS_PAYMENT, endpoints, paths_with_bodies, sends};

async fn post_text(who: &Actor, path: &str, kind: Option<&str>, text: String) -> Reply {
    let request = who.request(Method::POST, path).header("Idempotency-Key", Actor::new_key());
    let request = match kind {
        Some(kind) => request.header("Content-Type", kind),
        None => request,
    };
    who.sends(request.body(text)).await
}

#[tokio::test]
async fn what_is_not_a_json_body_is_refused() {
    let before = Before::open().await;
    let buyer = &before.scene.buyer;
    let json_kind = Some("application/json");
    let deep = "[".repeat(100_000);
    let big = format!("{{\"reason\": \"{}\"}}", "x".repeat(1_100_000));
    for path in paths_with_bodies(&before.order) {
        for broken in ["", "{", "\u{0}", "lines=1", "{'a': 1}"] {
            let reply = post_text(buyer, &path, json_kind, broken.to_owned()).await;
            reply.expect_problem(400, "json-malformed");
        }
        post_text(buyer, &path, json_kind, deep.clone()).await.expect(400);
        let kinds = [None, Some("text/plain"), Some("application/x-www-form-urlencoded")];
        for kind in kinds {
            let reply = post_text(buyer, &path, kind, "{}".to_owned()).await;
            reply.expect_problem(415, "unsupported-media-type");
        }
        let reply = post_text(buyer, &path, json_kind, big.clone()).await;
        reply.expect_problem(413, "body-too-large");
        let latin = buyer.request(Method::POST, &path).header("Idempotency-Key", Actor::new_key());
        let latin = latin.header("Content-Type", "application/json");
        let reply = buyer.sends(latin.body(b"\"\xe9\"".to_vec())).await;
        reply.expect_problem(400, "json-malformed");
    }
    before.ends_unchanged().await;
}

#[tokio::test]
async fn what_does_not_exist_is_not_found() {
    let before = Before::open().await;
    let Scene { buyer, product, .. } = &before.scene;
    let upper = before.order.to_uppercase();
    let cut = &before.order[..before.order.len() - 1];
    let strange = [NOBODYS_ORDER, product, cut, &upper, "1", "%00", "..%2f..%2f", "%F0%9F%A5%95"];
    for order in strange {
        for (method, path, body) in endpoints(order, "pay_x", product).into_iter().skip(2) {
            let reply = sends(buyer, &method, &path, body.as_ref()).await;
            reply.expect_problem(404, "not-found");
        }
    }
    let at = format!("{}/api/v1/payments", before.scene.shop.url());
    for payment in [&before.order, "pay_zz", "%00"] {
        buyer.gets(&format!("/api/v1/payments/{payment}")).await.expect_problem(404, "not-found");
        for end in ["approve?pg_token=x", "cancel", "fail"] {
            let reply = buyer.comes_back(&format!("{at}/{payment}/{end}")).await;
            reply.expect_problem(404, "not-found");
        }
    }
    for end in ["approve?pg_token=x", "cancel", "fail"] {
        let reply = buyer.comes_back(&format!("{at}/{NOBODYS_PAYMENT}/{end}")).await;
        reply.expect_problem(404, "payment-not-found");
        // A browser is shown a page instead.
        let path = format!("/api/v1/payments/{NOBODYS_PAYMENT}/{end}");
        let page = buyer.visits(Method::GET, &path).await.expect(303).location();
        let page = buyer.visits(Method::GET, &page).await.expect(404);
        assert!(page.text.contains("결제를 찾을 수 없습니다"), "{}", page.text);
    }
    before.ends_unchanged().await;
}

#[tokio::test]
async fn ids_of_others_are_not_found() {
    let before = Before::open().await;
    let Scene { shop, product, .. } = &before.scene;
    let stranger = shop.buyer().await;
    for (method, path, body) in endpoints(&before.order, "x", product).into_iter().skip(2) {
        let reply = sends(&stranger, &method, &path, body.as_ref()).await;
        reply.expect_problem(404, "not-found");
    }
    before.ends_unchanged().await;
}

#[tokio::test]
async fn methods_that_do_not_fit_are_told() {
    let before = Before::open().await;
    let (buyer, order) = (&before.scene.buyer, &before.order);
    for (method, path) in [
        (Method::PUT, "/api/v1/orders".to_owned()),
        (Method::DELETE, format!("/api/v1/orders/{order}")),
        (Method::PATCH, format!("/api/v1/orders/{order}")),
        (Method::GET, format!("/api/v1/orders/{order}/cancel")),
        (Method::GET, format!("/api/v1/orders/{order}/refunds")),
        (Method::POST, format!("/api/v1/payments/{NOBODYS_PAYMENT}/approve")),
    ] {
        let reply = sends(buyer, &method, &path, None).await;
        let reply = reply.expect_problem(405, "method-not-allowed");
        assert!(reply.header("allow").is_some());
    }
    before.ends_unchanged().await;
}

#[tokio::test]
async fn nobody_acts_without_a_good_token() {
    let Scene { shop, buyer, product, .. } = Scene::open(10).await;
    let order = buyer.orders(&product, 1).await;
    let page = buyer.goes_to_pay(&order).await;
    let mut late = shop.person(buyer.email());
    late.logs_in().await;
    let token = buyer.access_token();
    let (head, signature) = token.rsplit_once('.').unwrap();
    let flipped: String = signature.chars().rev().collect();
    let forged = [
        format!("{head}.{flipped}"),
        format!("{head}."),
        head.to_owned(),
        token.to_uppercase(),
        "x".repeat(100),
        buyer.refresh_token().to_owned(),
    ];
    for (method, path, body) in endpoints(&order, &page.payment, &product) {
        let reply = sends(&shop.visitor(), &method, &path, body.as_ref()).await;
        let reply = reply.expect_problem(401, "authentication-required");
        assert_eq!(reply.header("www-authenticate"), Some("Bearer"));
        for token in &forged {
            let reply = sends(&buyer.with_token(token), &method, &path, body.as_ref()).await;
            reply.expect_problem(401, "token-invalid");
        }
        let reply = sends(&buyer.with_token(""), &method, &path, body.as_ref()).await;
        reply.expect_problem(401, "authentication-required");
    }
    assert_eq!(buyer.order(&order).await["status"], "pending_payment");
    assert_eq!(buyer.stock_of(&product).await, 9);

    shop.time_goes_by(Duration::from_mins(15)).await;
    for (method, path, body) in endpoints(&order, &page.payment, &product) {
        // A token that nobody has used is in no cache.
        let reply = sends(&late, &method, &path, body.as_ref()).await;
        reply.expect_problem(401, "token-expired");
    }
    shop.expires_orders().await;
    assert_eq!(shop.visitor().stock_of(&product).await, 10);
    shop.close().await;
}
