//! Billing keys.

use reqwest::{Method, Url};
use serde_json::json;

use super::shop::{TossShop, refusal};
use crate::shop::with;

async fn auth_key(shop: &TossShop) -> String {
    let window = Url::parse_with_params(
        &format!("{}/tosspayments/billing", shop.simulator.base_url()),
        [
            ("customerKey", "customer-1"),
            ("successUrl", "http://shop.test/approve"),
            ("failUrl", "http://shop.test/fail"),
        ],
    );
    let window = window.unwrap();
    let shown = shop.client.get(window.clone()).send().await.unwrap().text().await.unwrap();
    let form = shown.split("action=\"").nth(1).unwrap().split('"').next().unwrap();
    // As a browser does it: relative to the window's own address.
    let agree = window.join(form).unwrap();
    let pressed = shop.client.post(agree).send().await.unwrap();
    let back: Url = pressed.headers()["location"].to_str().unwrap().parse().unwrap();
    let pair = back.query_pairs().find(|(name, _)| name == "authKey");
    pair.unwrap().1.into_owned()
}

#[tokio::test]
async fn a_key_is_issued_once_charged_and_taken_back() {
    let shop = TossShop::open().await;
    let issue = json!({"authKey": auth_key(&shop).await, "customerKey": "customer-1"});
    let billing = shop.ok("/v1/billing/authorizations/issue", &issue).await;
    assert_eq!(billing["customerKey"], json!("customer-1"));
    let again = shop.refused("/v1/billing/authorizations/issue", &issue).await;
    assert_eq!(again, refusal(400, "INVALID_BILLING_AUTH"));

    let path = format!("/v1/billing/{}", billing["billingKey"].as_str().unwrap());
    let charge = |order_id: &str, customer: &str| {
        let names = json!({"customerKey": customer, "orderId": order_id, "orderName": "정기"});
        with(names, "amount", json!(9_900))
    };
    let payment = shop.ok(&path, &charge("cycle-0001", "customer-1")).await;
    assert_eq!((&payment["type"], &payment["status"]), (&json!("BILLING"), &json!("DONE")));
    for (body, expected) in [
        (charge("cycle-0001", "customer-1"), refusal(400, "DUPLICATED_ORDER_ID")),
        (charge("cycle-0002", "customer-2"), refusal(400, "NOT_MATCHES_CUSTOMER_KEY")),
    ] {
        assert_eq!(shop.refused(&path, &body).await, expected);
    }
    let removed = shop.request(Method::DELETE, &path).send().await.unwrap();
    assert_eq!((removed.status().as_u16(), removed.text().await.unwrap()), (200, String::new()));
    let late = shop.refused(&path, &charge("cycle-0002", "customer-1")).await;
    assert_eq!(late, refusal(400, "ALREADY_REMOVED_BILLING_KEY"));
    let unknown = shop.refused("/v1/billing/nothing", &charge("cycle-0002", "customer-1")).await;
    assert_eq!(unknown, refusal(404, "NOT_FOUND_BILLING"));
    assert_eq!(shop.simulator.ledger().await.unwrap().len(), 1);
}
