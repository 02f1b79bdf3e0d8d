//! What is checked before a call is looked at.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::shop::{KEY, Shop, ready_body, with};

async fn answer(shop: &Shop, authorization: Option<&str>) -> (StatusCode, Value) {
    let url = format!("{}/online/v1/payment/ready", shop.simulator.base_url());
    let mut request = shop.client.post(url).json(&ready_body());
    if let Some(value) = authorization {
        request = request.header("Authorization", value);
    }
    let response = request.send().await.unwrap();
    (response.status(), response.json().await.unwrap())
}

#[tokio::test]
async fn the_key_needs_its_prefix_and_must_be_right() {
    let shop = Shop::open().await;
    for good in [format!("SECRET_KEY {KEY}"), format!("DEV_SECRET_KEY {KEY}")] {
        assert_eq!(answer(&shop, Some(&good)).await.0, StatusCode::OK);
    }
    for bad in ["SECRET_KEY other", "KakaoAK test-secret", "test-secret"] {
        let (status, body) = answer(&shop, Some(bad)).await;
        assert_eq!((status, &body["error_code"]), (StatusCode::UNAUTHORIZED, &json!(-401)));
    }
    let (status, body) = answer(&shop, None).await;
    assert_eq!((status, &body["error_code"]), (StatusCode::BAD_REQUEST, &json!(-400)));
}

#[tokio::test]
async fn only_known_merchants_paths_and_media_types_are_served() {
    let shop = Shop::open().await;
    let stranger = with(ready_body(), "cid", json!("TC0STRANGE"));
    assert_eq!(shop.refused("ready", &stranger).await, -731);

    let (status, body) = shop.call("refund", &ready_body()).await;
    assert_eq!((status, &body["error_code"]), (StatusCode::NOT_FOUND, &json!(-404)));

    let form = shop.request("ready").form(&[("cid", "TC0ONETIME")]).send().await.unwrap();
    assert_eq!(form.status(), StatusCode::BAD_REQUEST);
    let broken = shop
        .request("ready")
        .header("Content-Type", "application/json")
        .body("{\"cid\":")
        .send()
        .await
        .unwrap();
    assert_eq!(broken.json::<Value>().await.unwrap()["error_code"], json!(-2));
}
