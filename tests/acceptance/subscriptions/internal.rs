//! The endpoint by which the batch charges: for the shop's own processes and nobody else.

use std::time::Duration;

use jangbogo_billing::HttpCharges;
use jangbogo_gateway_simulator::{Action, Call, When};
use jangbogo_payment::Firmness;
use jangbogo_setup::Network;
use jangbogo_subscription::{ChargeCycle as _, CycleId, CycleOutcome};
use jangbogo_tests::{Reply, Scene, ShopOptions, TestShop};
use reqwest::Method;

use super::{DAY, days_go_by};

const TOKEN: &str = "a-token-that-nobody-can-guess-0123456789";

fn options(from: &str) -> ShopOptions {
    let mut options = ShopOptions::default();
    options.config.internal.token = Some(TOKEN.into());
    options.config.internal.from = vec![from.parse::<Network>().unwrap()];
    options
}

async fn due_cycle(shop: &TestShop) -> CycleId {
    let opened = shop.opened();
    let now = opened.shop.clock.now();
    opened.shop.subscriptions.due(now, None, 1).await.unwrap()[0].cycle
}

async fn due(shop: &TestShop) -> String {
    format!("/internal/v1/billing-cycles/{}/charge", due_cycle(shop).await)
}

/// How a batch beside the server charges.
fn batch(shop: &TestShop, token: &str) -> HttpCharges {
    HttpCharges::new(shop.url(), token.into(), Duration::from_mins(1)).unwrap()
}

async fn asks(shop: &TestShop, path: &str, token: &str) -> Reply {
    let service = shop.visitor().with_token(token);
    service.sends(service.request(Method::POST, path)).await
}

#[tokio::test]
async fn the_shop_s_own_process_charges_once() {
    let Scene { shop, buyer, product, .. } = Scene::open_with(9, options("127.0.0.1")).await;
    buyer.subscribes(&shop, &product, 1, 30).await;
    shop.time_goes_by(30 * DAY).await;
    let path = due(&shop).await;
    let charged = asks(&shop, &path, TOKEN).await.expect(200);
    assert_eq!(charged["outcome"], "charged");
    let again = asks(&shop, &path, TOKEN).await.expect(200);
    assert_eq!(again["outcome"], "already_done");
    let unknown = "/internal/v1/billing-cycles/cyc_00000000000000000000000000000007/charge";
    asks(&shop, unknown, TOKEN).await.expect_problem(404, "not-found");
    for id in ["x", "cyc_", "cyc_7", "sub_00000000000000000000000000000007", "%00", "..%2F.."] {
        let path = format!("/internal/v1/billing-cycles/{id}/charge");
        asks(&shop, &path, TOKEN).await.expect_problem(404, "not-found");
    }
    assert_eq!(shop.money_moved().await, [Scene::PRICE; 2]);
    shop.close().await;
}

#[tokio::test]
async fn a_batch_beside_the_server_is_told_what_became_of_each_cycle() {
    let Scene { shop, buyer, product, .. } = Scene::open_with(9, options("127.0.0.1")).await;
    buyer.subscribes(&shop, &product, 1, 30).await;
    shop.time_goes_by(30 * DAY).await;
    let (cycle, charges) = (due_cycle(&shop).await, batch(&shop, TOKEN));
    let no =
        Action::Decline { error_code: -782, method_result_code: "NOT_ENOUGH_BALANCE".to_owned() };
    shop.provider_fails_once(Call::Charge, When::Before, no).await;
    let told = async || charges.charge(cycle).await.unwrap();
    assert_eq!(told().await, CycleOutcome::Declined(Firmness::Soft));
    assert_eq!(told().await, CycleOutcome::NotDue, "not again today");
    shop.time_goes_by(DAY).await;
    assert_eq!(told().await, CycleOutcome::Charged);
    assert_eq!(told().await, CycleOutcome::AlreadyDone);
    let stranger = batch(&shop, &TOKEN[1..]).charge(cycle).await.unwrap_err();
    assert!(!stranger.is_passing(), "nothing that another try would change: {stranger}");
    let nobody: CycleId = "cyc_00000000000000000000000000000007".parse().unwrap();
    let unknown = charges.charge(nobody).await.unwrap_err();
    assert!(!unknown.is_passing(), "{unknown}");
    assert_eq!(shop.money_moved().await, [Scene::PRICE; 2]);
    shop.close().await;
}

#[tokio::test]
async fn nobody_else_charges_whatever_token_they_have() {
    let Scene { shop, mut buyer, product, .. } = Scene::open_with(9, options("127.0.0.1")).await;
    buyer.subscribes(&shop, &product, 1, 30).await;
    days_go_by(&shop, &mut buyer, 30).await;
    let path = due(&shop).await;
    let mut admin = shop.admin().await;
    admin.logs_in().await;
    for token in [buyer.access_token(), admin.access_token(), "", "Bearer", &TOKEN[1..]] {
        asks(&shop, &path, token).await.expect_problem(404, "not-found");
    }
    let visitor = shop.visitor();
    let bare = visitor.sends(visitor.request(Method::POST, &path)).await;
    bare.expect_problem(404, "not-found");
    // A proxy that nobody told us of speaks for the whole world.
    let service = visitor.with_token(TOKEN);
    let forwarded = service.request(Method::POST, &path).header("X-Forwarded-For", "127.0.0.1");
    service.sends(forwarded).await.expect_problem(404, "not-found");
    assert_eq!(shop.money_moved().await, [Scene::PRICE]);
    shop.close().await;
}

#[tokio::test]
async fn a_token_from_elsewhere_opens_nothing() {
    let Scene { shop, buyer, product, .. } = Scene::open_with(9, options("10.0.0.0/8")).await;
    buyer.subscribes(&shop, &product, 1, 30).await;
    shop.time_goes_by(30 * DAY).await;
    let path = due(&shop).await;
    asks(&shop, &path, TOKEN).await.expect_problem(404, "not-found");
    assert_eq!(shop.money_moved().await, [Scene::PRICE]);
    shop.close().await;
}
