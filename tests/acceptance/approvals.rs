//! A hundred buyers come back at once from a provider that takes two seconds: nobody of them holds
//! a connection to the database meanwhile.

use std::time::{Duration, Instant};

use futures::future::join_all;
use futures::{StreamExt as _, stream};
use jangbogo_gateway_simulator::{Action, Call, Fault, When};
use jangbogo_tests::{Scene, ShopOptions, eventually};

const BUYERS: usize = 100;
const LATENCY: Duration = Duration::from_secs(2);

#[tokio::test]
async fn slow_approvals_hold_no_connection() {
    let mut options = ShopOptions::default();
    options.config.database.pool_max = 10;
    // If approvals held them, the last ones would wait for theirs longer than the 15 s after which
    // the harness has it time out: 100 of 2 s, ten at once.
    // Otherwise the list would not ask the database at all.
    options.config.cache.enabled = false;
    let Scene { shop, buyer, product, .. } = Scene::open_with(1_000, options).await;
    let backs: Vec<String> = stream::iter(0..BUYERS)
        .map(|_| async {
            let order = buyer.orders(&product, 1).await;
            buyer.agrees_to_pay(&order).await.1
        })
        .buffer_unordered(4)
        .collect()
        .await;
    let latency = Action::Latency { ms: u64::try_from(LATENCY.as_millis()).unwrap() };
    shop.faults(vec![Fault::new(Call::Approve, When::Before, latency)]).await;

    let begun = Instant::now();
    let approvals = join_all(backs.iter().map(|back| buyer.comes_back(back)));
    let lists = async {
        let is_busy = async || running(&shop).await >= 50;
        eventually(is_busy).await;
        let mut served = 0;
        while begun.elapsed() < LATENCY {
            shop.visitor().gets("/api/v1/products?sort=newest").await.expect(200);
            served += 1;
        }
        served
    };
    let (approvals, served) = tokio::join!(approvals, lists);
    let statuses: Vec<u16> = approvals.iter().map(|reply| reply.status).collect();
    assert_eq!(statuses, [200; BUYERS], "nobody timed out");
    assert!(begun.elapsed() >= LATENCY * 2, "fifty at once");
    assert!(served > 0, "lists were shown meanwhile");
    assert_eq!(shop.money_moved().await, [Scene::PRICE; BUYERS]);
    shop.close().await;
}

/// Captures that are at the provider now.
async fn running(shop: &jangbogo_tests::TestShop) -> u64 {
    let ready = shop.visitor().gets("/readyz").await.expect(200);
    let operations = ready["payment_providers"][0]["operations"].as_array().unwrap().clone();
    let capture = operations.iter().find(|operation| operation["operation"] == "capture");
    capture.and_then(|capture| capture["running"].as_u64()).unwrap_or_default()
}
