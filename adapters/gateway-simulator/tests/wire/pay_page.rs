//! The buyer's browser.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::json;

use crate::shop::{Announced, Shop, approve_body, location, ready_body, with};

async fn page(shop: &Shop, payment: &Announced) -> (StatusCode, String) {
    let response = shop.client.get(&payment.page).send().await.unwrap();
    (response.status(), response.text().await.unwrap())
}

#[tokio::test]
async fn it_shows_what_is_paid_and_three_plain_forms() {
    let shop = Shop::open().await;
    let body = with(ready_body(), "item_name", json!("감귤 <b>&</b>"));
    let payment = shop.announce_with(&with(body, "total_amount", json!(1_234_567))).await;
    assert_eq!(shop.status(&payment).await, "READY");

    let (status, html) = page(&shop, &payment).await;
    assert_eq!(status, StatusCode::OK);
    assert!(html.contains("1,234,567원") && html.contains("ord_1"), "{html}");
    assert!(html.contains("감귤 ") && !html.contains("<b>"), "the name is escaped: {html}");
    let own = payment.page.rsplit('/').next().unwrap();
    for (button, label) in [("pay", "결제하기"), ("cancel", "취소"), ("fail", "실패")] {
        assert!(html.contains(&format!("action=\"{own}/{button}\"")), "{html}");
        assert!(html.contains(label));
    }
    assert!(!html.contains("<script"));
    assert_eq!(shop.status(&payment).await, "OPEN_PAYMENT");
}

#[tokio::test]
async fn paying_returns_to_the_shop_with_a_token_and_a_double_click_with_the_same() {
    let shop = Shop::open().await;
    let payment = shop.announce().await;
    let first = shop.press(&payment, "pay").await;
    assert_eq!(first.status(), StatusCode::SEE_OTHER);
    let target = location(&first);
    assert!(target.starts_with("http://shop.test/approve?order=ord_1&pg_token="), "{target}");
    assert_eq!(shop.status(&payment).await, "AUTH_PASSWORD");
    assert_eq!(location(&shop.press(&payment, "pay").await), target);

    let plain = with(ready_body(), "approval_url", json!("http://shop.test/ok"));
    let other = shop.announce_with(&plain).await;
    let target = location(&shop.press(&other, "pay").await);
    assert!(target.starts_with("http://shop.test/ok?pg_token="), "{target}");
}

#[tokio::test]
async fn a_payment_the_buyer_ended_cannot_be_taken_up_again() {
    let shop = Shop::open().await;
    for (button, target, state) in [
        ("cancel", "http://shop.test/cancel", "QUIT_PAYMENT"),
        ("fail", "http://shop.test/fail", "FAIL_PAYMENT"),
    ] {
        let payment = shop.announce().await;
        let token = shop.authenticate(&payment).await;
        assert_eq!(location(&shop.press(&payment, button).await), target);
        assert_eq!(shop.refused("approve", &approve_body(&payment, &token)).await, -783);

        assert_eq!(shop.press(&payment, "pay").await.status(), StatusCode::GONE);
        let (status, html) = page(&shop, &payment).await;
        assert_eq!(status, StatusCode::GONE);
        assert!(!html.contains("<form") && html.contains("결제입니다"), "{html}");
        assert_eq!(shop.status(&payment).await, state);
    }
}

#[tokio::test]
async fn settled_and_expired_payments_show_a_notice() {
    let shop = Shop::open().await;
    let paid = shop.paid().await;
    let (status, html) = page(&shop, &paid).await;
    assert_eq!(status, StatusCode::GONE);
    assert!(html.contains("이미 완료된 결제입니다."), "{html}");
    assert_eq!(shop.press(&paid, "cancel").await.status(), StatusCode::GONE);
    assert_eq!(shop.status(&paid).await, "SUCCESS_PAYMENT");

    let late = shop.announce().await;
    shop.simulator.advance(Duration::from_mins(15)).await;
    let (status, html) = page(&shop, &late).await;
    assert_eq!(status, StatusCode::GONE);
    assert!(html.contains("결제 시간(15분)이 지났습니다."), "{html}");
    assert_eq!(shop.press(&late, "pay").await.status(), StatusCode::GONE);
}

#[tokio::test]
async fn unknown_pages_and_buttons_are_not_found() {
    let shop = Shop::open().await;
    let payment = shop.announce().await;
    assert_eq!(shop.press(&payment, "steal").await.status(), StatusCode::NOT_FOUND);
    assert_eq!(shop.status(&payment).await, "READY");
    let own = payment.page.rsplit('/').next().unwrap();
    let nowhere = payment.page.replace(own, &"0".repeat(64));
    let response = shop.client.get(nowhere).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
}
