//! What an agreement is charged by: the database keeps it and cannot tell it.

use jangbogo_subscription::CycleOutcome;
use jangbogo_tests::{Scene, ShopOptions};

use super::{DAY, agreement_of};

const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

async fn is_sealed_and_charged(options: ShopOptions) {
    let Scene { shop, buyer, product, .. } = Scene::open_with(9, options).await;
    let id = buyer.subscribes(&shop, &product, 1, 30).await;
    let first = buyer.subscription(&id).await["first_order_id"].as_str().unwrap().to_owned();
    let key = agreement_of(&shop, &first).await.key;
    assert!(key.expose().starts_with("sealed:1:"), "{}", key.expose());
    shop.time_goes_by(30 * DAY).await;
    assert_eq!(shop.bills_what_is_due().await, [CycleOutcome::Charged]);
    shop.close().await;
}

#[tokio::test]
async fn with_the_key_of_the_data_folder() {
    is_sealed_and_charged(ShopOptions::default()).await;
}

#[tokio::test]
async fn with_a_key_that_several_hosts_share() {
    let mut options = ShopOptions::default();
    options.config.sealing.key = Some(KEY.into());
    is_sealed_and_charged(options).await;
}
