//! The list of movements.

use std::time::Duration;

use jangbogo_gateway_simulator::SimulatorConfig;
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::shop::{TossShop, cancel_path};

async fn listed(shop: &TossShop, query: &str) -> Vec<Value> {
    let (status, list) = shop.get(&format!("/v1/transactions?{query}")).await;
    assert_eq!(status, StatusCode::OK, "{list}");
    list.as_array().unwrap().clone()
}

#[tokio::test]
async fn movements_are_listed_by_korean_time_and_page() {
    // Noon in Korea.
    let start = "2026-11-20T03:00:00Z".parse().unwrap();
    let config = SimulatorConfig { frozen_at: Some(start), ..SimulatorConfig::new("kakao") };
    let shop = TossShop::open_with(config).await;
    let first = shop.paid("order-0001", 1_000).await;
    let cancel = json!({"cancelReason": "r", "cancelAmount": 300});
    shop.ok(&cancel_path(&first), &cancel).await;
    shop.simulator.advance(Duration::from_hours(24)).await;
    let second = shop.paid("order-0002", 2_000).await;
    shop.ok(&cancel_path(&second), &json!({"cancelReason": "r"})).await;

    let all = listed(&shop, "startDate=2026-11-20&endDate=2026-11-22").await;
    let short = |row: &Value| {
        let text = |name: &str| row[name].as_str().unwrap().to_owned();
        (text("orderId"), text("status"), row["amount"].as_i64().unwrap())
    };
    let row = |order: &str, status: &str, amount| (order.to_owned(), status.to_owned(), amount);
    let expected = [
        row("order-0001", "DONE", 1_000),
        row("order-0001", "PARTIAL_CANCELED", 300),
        row("order-0002", "DONE", 2_000),
        row("order-0002", "CANCELED", 2_000),
    ];
    assert_eq!(all.iter().map(short).collect::<Vec<_>>(), expected);
    assert_eq!(all[0]["paymentKey"], json!(first.payment_key));
    assert_eq!(all[0]["transactionAt"], json!("2026-11-20T12:00:00+09:00"));
    let day = "startDate=2026-11-21T00:00:00&endDate=2026-11-22T00:00:00";
    assert_eq!(listed(&shop, day).await, all[2..]);
    let mut paged = Vec::new();
    let mut after = String::new();
    loop {
        let page = format!("startDate=2026-11-20&endDate=2026-11-22&limit=3{after}");
        let page = listed(&shop, &page).await;
        let Some(last) = page.last() else { break };
        after = format!("&startingAfter={}", last["transactionKey"].as_str().unwrap());
        paged.extend(page);
    }
    assert_eq!(paged, all);
    let (_, slashed) = shop.get(&format!("/v1/transactions/?{day}")).await;
    assert_eq!(slashed.as_array().unwrap()[..], all[2..]);
    let (status, _) = shop.get("/v1/transactions?startDate=yesterday&endDate=2026-11-22").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
}
