//! Subscriptions: begun by a payment, charged once for each of their days.

use std::time::Duration;

use jangbogo_subscription::CycleOutcome;
use jangbogo_tests::Scene;
use serde_json::json;

/// A day, on every clock.
const DAY: Duration = Duration::from_hours(24);

#[tokio::test]
async fn a_subscription_is_charged_once_every_thirty_days() {
    let Scene { shop, buyer, product, .. } = Scene::open(50).await;
    let id = buyer.subscribes(&shop, &product, 2, 30).await;
    let begun = buyer.subscription(&id).await;
    assert_eq!(begun["status"], "active");
    assert_eq!(begun["total"], json!({"amount": 25_800, "currency": "KRW"}));
    assert_eq!(begun["cycles"][0]["status"], "scheduled");
    assert_eq!(begun["cycles"][1]["status"], "paid");
    assert_eq!(shop.money_moved().await, [25_800]);
    assert_eq!(shop.bills_what_is_due().await, [], "nothing is due on the first day");

    for charges in 2..=4 {
        shop.time_goes_by(29 * DAY).await;
        assert_eq!(shop.bills_what_is_due().await, [], "not a day too early");
        shop.time_goes_by(DAY).await;
        assert_eq!(shop.bills_what_is_due().await, [CycleOutcome::Charged]);
        assert_eq!(shop.bills_what_is_due().await, [], "a second run changes nothing");
        assert_eq!(shop.money_moved().await, vec![25_800; charges]);
        shop.delivers_events().await;
    }
    let seen = buyer.subscription(&id).await;
    assert_eq!(seen["status"], "active");
    let orders = buyer.gets("/api/v1/orders?status=paid").await.expect(200);
    assert_eq!(orders["items"].as_array().unwrap().len(), 4, "each cycle has its order");
    shop.close().await;
}
