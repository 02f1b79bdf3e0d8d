//! Charges of which nobody hears again: KakaoPay takes no keys, so its register is the witness.

use std::time::Duration;

use jangbogo_gateway_simulator::{Action, Call, When};
use jangbogo_subscription::CycleOutcome;
use jangbogo_tests::{Actor, Scene, TestShop};
use serde_json::json;

use super::{days_go_by, mails_about};

const PENDING: [CycleOutcome; 1] = [CycleOutcome::Pending];

/// A subscription on its due day, and a provider that fails in its first charge.
async fn charged_into_silence(when: When, action: Action) -> (TestShop, Actor, String) {
    let Scene { shop, mut buyer, product, .. } = Scene::open(9).await;
    let id = buyer.subscribes(&shop, &product, 1, 30).await;
    days_go_by(&shop, &mut buyer, 30).await;
    shop.provider_fails_once(Call::Charge, when, action).await;
    assert_eq!(shop.bills_what_is_due().await, PENDING);
    assert_eq!(shop.bills_what_is_due().await, PENDING, "it is not sent again");
    assert_eq!(buyer.subscription(&id).await["cycles"][0]["status"], "charging");
    (shop, buyer, id)
}

#[tokio::test]
async fn a_charge_whose_answer_was_lost_is_proved_by_the_register() {
    let (shop, mut buyer, id) = charged_into_silence(When::After, Action::Reset).await;
    shop.time_goes_by(Duration::from_secs(20)).await;
    shop.resolves_attempts().await;
    shop.delivers_events().await;
    days_go_by(&shop, &mut buyer, 0).await;
    let seen = buyer.subscription(&id).await;
    assert_eq!(seen["cycles"][1]["status"], "paid");
    assert_eq!(seen["cycles"][1]["tries"], 1);
    assert_eq!(mails_about(&shop, &buyer, "정기결제가 완료"), 1);
    assert_eq!(shop.bills_what_is_due().await, []);
    assert_eq!(shop.money_moved().await, [Scene::PRICE; 2]);
    // The provider's own name for the payment is not known, so nothing can be given back yet.
    let order = seen["cycles"][1]["order_id"].as_str().unwrap();
    let refused = buyer.asks_for_refund(order, json!({"reason": "too many"})).await;
    refused.expect_problem(409, "order-not-refundable");
    shop.close().await;
}

#[tokio::test]
async fn a_charge_that_never_arrived_is_made_once_it_is_sure() {
    let (shop, mut buyer, id) = charged_into_silence(When::Before, Action::Reset).await;
    for _ in 0..12 {
        shop.resolves_attempts().await;
        assert_eq!(shop.bills_what_is_due().await, PENDING, "silence proves nothing for hours");
        shop.time_goes_by(Duration::from_mins(55)).await;
    }
    for _ in 0..3 {
        shop.time_goes_by(Duration::from_mins(61)).await;
        shop.resolves_attempts().await;
    }
    assert_eq!(shop.bills_what_is_due().await, [CycleOutcome::Charged]);
    days_go_by(&shop, &mut buyer, 0).await;
    let seen = buyer.subscription(&id).await;
    assert_eq!(seen["cycles"][1]["tries"], 1, "silence was no try");
    assert_eq!(shop.money_moved().await, [Scene::PRICE; 2]);
    shop.close().await;
}

#[tokio::test]
async fn a_late_effect_is_found_and_not_repeated() {
    let late = Action::Late { ms: 3_600_000 };
    let (shop, ..) = charged_into_silence(When::Before, late).await;
    for _ in 0..4 {
        shop.time_goes_by(Duration::from_mins(20)).await;
        shop.resolves_attempts().await;
        shop.bills_what_is_due().await;
    }
    shop.time_goes_by(Duration::from_hours(2)).await;
    shop.resolves_attempts().await;
    shop.delivers_events().await;
    assert_eq!(shop.bills_what_is_due().await, []);
    assert_eq!(shop.money_moved().await, [Scene::PRICE; 2]);
    shop.close().await;
}

/// The register has whole seconds and may lag behind for hours; what it shows then still counts.
#[tokio::test]
async fn a_register_that_lags_behind_is_waited_for() {
    let (shop, mut buyer, id) = charged_into_silence(When::After, Action::Reset).await;
    shop.simulator().witness_lags(Duration::from_hours(3));
    for _ in 0..6 {
        shop.time_goes_by(Duration::from_mins(61)).await;
        shop.resolves_attempts().await;
    }
    shop.delivers_events().await;
    days_go_by(&shop, &mut buyer, 0).await;
    assert_eq!(buyer.subscription(&id).await["cycles"][1]["status"], "paid");
    assert_eq!(shop.bills_what_is_due().await, []);
    assert_eq!(shop.money_moved().await, [Scene::PRICE; 2]);
    shop.close().await;
}

/// A register that stays silent too leaves the charge to a person, never to a repeat.
#[tokio::test]
async fn a_day_without_a_witness_is_a_person_s_business() {
    let (shop, ..) = charged_into_silence(When::After, Action::Reset).await;
    let broken = Action::Status { code: 500, body: String::new() };
    let fault = jangbogo_gateway_simulator::Fault::new(Call::Standing, When::Before, broken);
    shop.faults(vec![fault]).await;
    let mut alarms = Vec::new();
    for _ in 0..40 {
        shop.time_goes_by(Duration::from_mins(61)).await;
        alarms.extend(shop.resolves_attempts().await.alarms);
    }
    assert_eq!(alarms.len(), 1, "{alarms:?}");
    assert_eq!(shop.bills_what_is_due().await, PENDING);
    assert_eq!(shop.money_moved().await, [Scene::PRICE; 2]);
    shop.close_in_the_middle().await;
}

/// Ended while nobody knows what became of a charge: its outcome is found out first.
#[tokio::test]
async fn a_subscription_that_is_ended_meanwhile_is_ended_when_it_is_known() {
    for (when, moved, cycle) in [(When::After, 2, "paid"), (When::Before, 1, "cancelled")] {
        let (shop, mut buyer, id) = charged_into_silence(when, Action::Reset).await;
        let path = format!("/api/v1/subscriptions/{id}");
        let ending = buyer.deletes(&path).await.expect(200);
        assert_eq!(ending["status"], "ending");
        shop.delivers_events().await;
        for _ in 0..16 {
            shop.time_goes_by(Duration::from_mins(61)).await;
            shop.resolves_attempts().await;
        }
        shop.bills_what_is_due().await;
        shop.delivers_events().await;
        days_go_by(&shop, &mut buyer, 0).await;
        let over = buyer.subscription(&id).await;
        assert_eq!(over["status"], "cancelled");
        assert_eq!(over["cycles"][0]["status"], cycle);
        days_go_by(&shop, &mut buyer, 60).await;
        assert_eq!(shop.bills_what_is_due().await, []);
        assert_eq!(shop.money_moved().await, vec![Scene::PRICE; moved]);
        shop.close().await;
    }
}
