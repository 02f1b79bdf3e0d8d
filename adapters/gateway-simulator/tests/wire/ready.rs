//! `ready`: what is accepted, and what comes back.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::shop::{Shop, ready_body, with};

#[tokio::test]
async fn it_answers_a_tid_three_pages_and_a_korean_time() {
    let shop = Shop::open().await;
    let answer = shop.ok("ready", &ready_body()).await;
    let tid = answer["tid"].as_str().unwrap();
    assert_eq!((tid.len(), tid.starts_with('T')), (20, true));
    let hex = |text: &str| text.chars().all(|digit| digit.is_ascii_hexdigit());
    assert!(hex(&tid[1..]));

    let mut pages = Vec::new();
    for (field, channel) in [
        ("next_redirect_pc_url", "pc"),
        ("next_redirect_mobile_url", "mobile-web"),
        ("next_redirect_app_url", "mobile-app"),
    ] {
        let base = shop.simulator.base_url();
        let prefix = format!("{base}/mockup/bridge/{channel}/pg/one-time/payment/");
        let page = answer[field].as_str().unwrap().strip_prefix(&prefix).unwrap().to_owned();
        assert!(page.len() == 64 && hex(&page), "{page}");
        pages.push(page);
    }
    assert!(pages.iter().all(|page| *page == pages[0]));
    assert!(answer["ios_app_scheme"].as_str().unwrap().starts_with("kakaotalk://"));
    let created_at = answer["created_at"].as_str().unwrap();
    assert!(created_at.parse::<jiff::civil::DateTime>().is_ok(), "{created_at}");
    assert_eq!(created_at.len(), "2026-11-20T10:00:00".len());
}

#[tokio::test]
async fn integers_may_be_strings_and_unknown_fields_are_ignored() {
    let shop = Shop::open().await;
    let mut body = with(ready_body(), "total_amount", json!("990"));
    body["quantity"] = json!("2");
    body["tax_free_amount"] = json!("0");
    body["from_the_future"] = json!({ "deep": [1, 2] });
    let payment = shop.announce_with(&body).await;
    let order = shop.order(&payment).await;
    assert_eq!(order["amount"]["total"], json!(990));
    assert_eq!(order["amount"]["vat"], json!(90));
    assert_eq!(order["quantity"], json!(2));
}

#[tokio::test]
async fn a_missing_or_malformed_field_is_named() {
    let shop = Shop::open().await;
    let long = "가".repeat(101);
    let cases: Vec<(&str, Value)> = vec![
        ("partner_order_id", Value::Null),
        ("partner_user_id", json!("")),
        ("item_name", json!(long)),
        ("item_name", json!(3)),
        ("quantity", json!(0)),
        ("quantity", json!("two")),
        ("total_amount", Value::Null),
        ("total_amount", json!(10.5)),
        ("total_amount", json!(-1)),
        ("total_amount", json!(true)),
        ("tax_free_amount", Value::Null),
        ("approval_url", json!("shop.test/approve")),
        ("cancel_url", json!(format!("http://shop.test/{}", "a".repeat(255)))),
        ("fail_url", Value::Null),
        ("payment_method_type", json!("CASH")),
        ("install_month", json!(13)),
    ];
    for (field, value) in cases {
        let body = with(ready_body(), field, value.clone());
        let (status, answer) = shop.call("ready", &body).await;
        assert_eq!((status, &answer["error_code"]), (StatusCode::BAD_REQUEST, &json!(-2)));
        let message = answer["error_message"].as_str().unwrap();
        assert!(message.contains(field), "{field} = {value}: {message}");
    }
}

#[tokio::test]
async fn amounts_must_agree_with_each_other() {
    let shop = Shop::open().await;
    for (field, value) in [("total_amount", 0), ("tax_free_amount", 22_001), ("vat_amount", 22_001)]
    {
        let body = with(ready_body(), field, json!(value));
        assert_eq!(shop.refused("ready", &body).await, -722, "{field}");
    }
    let body = with(ready_body(), "vat_amount", json!(1_500));
    let payment = shop.announce_with(&body).await;
    assert_eq!(shop.order(&payment).await["amount"]["vat"], json!(1_500));
}

#[tokio::test]
async fn unlisted_fields_turn_up_the_same_way_under_the_same_seed() {
    async fn unlisted(seed: u64) -> Vec<bool> {
        let shop = Shop::open_with(None, seed).await;
        let mut seen = Vec::new();
        for number in 0..40 {
            let body = with(ready_body(), "partner_order_id", json!(format!("ord_{number}")));
            seen.push(shop.ok("ready", &body).await.as_object().unwrap().len() > 7);
        }
        seen
    }
    let first = unlisted(5).await;
    assert!(first.contains(&true) && first.contains(&false), "{first:?}");
    assert_eq!(first, unlisted(5).await);
    assert_ne!(first, unlisted(6).await);
}
