//! What browsers see.

use std::time::Duration;

use reqwest::{StatusCode, Url};
use serde_json::json;

use super::shop::{TossShop, brought_back};

fn parameter(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

#[tokio::test]
async fn the_provider_s_script_leads_to_the_page_and_back() {
    let shop = TossShop::open().await;
    let script = format!("{}/v2/standard", shop.simulator.base_url());
    let script = shop.client.get(script).send().await.unwrap();
    assert!(script.text().await.unwrap().contains("requestPayment"));
    let window = Url::parse_with_params(
        &format!("{}/tosspayments/window", shop.simulator.base_url()),
        [
            ("amount", "22000"),
            ("orderId", "order-0001"),
            ("orderName", "제주 감귤 3kg"),
            ("successUrl", "http://shop.test/approve"),
            ("failUrl", "http://shop.test/fail?o=1"),
        ],
    );
    let opened = shop.client.get(window.unwrap()).send().await.unwrap();
    assert_eq!(opened.status(), StatusCode::SEE_OTHER);
    let page = opened.headers()["location"].to_str().unwrap().to_owned();
    let shown = shop.client.get(&page).send().await.unwrap().text().await.unwrap();
    assert!(shown.contains("22,000") && shown.contains("제주 감귤 3kg"), "{shown}");
    let agreed = brought_back(&shop.press(&page, "pay").await);
    assert_eq!((agreed.order_id.as_str(), agreed.amount), ("order-0001", 22_000));
    shop.ok("/v1/payments/confirm", &agreed.body()).await;
    let over = shop.client.get(&page).send().await.unwrap();
    assert_eq!(over.status(), StatusCode::GONE);
}

#[tokio::test]
async fn who_gives_up_or_fails_is_told_apart() {
    let shop = TossShop::open().await;
    for (order_id, button, code, has_order) in [
        ("order-0001", "cancel", "PAY_PROCESS_CANCELED", false),
        ("order-0002", "fail", "PAY_PROCESS_ABORTED", true),
    ] {
        let page = shop.announced(order_id, 1_000).await;
        let back = shop.press(&page, button).await;
        assert_eq!(back.path(), "/fail");
        assert_eq!(parameter(&back, "code").as_deref(), Some(code));
        assert!(parameter(&back, "message").is_some());
        assert_eq!(parameter(&back, "orderId").is_some(), has_order);
        let (_, payment) = shop.get(&format!("/v1/payments/orders/{order_id}")).await;
        assert_eq!(payment["status"], json!("ABORTED"));
        assert_eq!(payment["failure"]["code"], json!(code));
    }
}

#[tokio::test]
async fn a_window_that_nobody_uses_expires() {
    let shop = TossShop::open().await;
    let page = shop.announced("order-0001", 1_000).await;
    shop.simulator.advance(Duration::from_mins(30)).await;
    let (_, payment) = shop.get("/v1/payments/orders/order-0001").await;
    assert_eq!(payment["status"], json!("EXPIRED"));
    let shown = shop.client.get(&page).send().await.unwrap();
    assert_eq!(shown.status(), StatusCode::GONE);
}
