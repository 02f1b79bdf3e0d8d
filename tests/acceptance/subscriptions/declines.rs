//! Declines, and what is done about them on which day.

use jangbogo_gateway_simulator::{Action, Call, Fault, When};
use jangbogo_payment::Firmness;
use jangbogo_subscription::CycleOutcome;
use jangbogo_tests::Scene;
use serde_json::json;

use super::{DAY, days_go_by, live_agreements, mails_about};

fn decline(code: &str) -> Fault {
    let (error_code, method_result_code) = (-782, code.to_owned());
    Fault::new(Call::Charge, When::Before, Action::Decline { error_code, method_result_code })
}

const SOFT: [CycleOutcome; 1] = [CycleOutcome::Declined(Firmness::Soft)];

/// W-B3: the old one never counted a try: the third and fifth day and the cancellation were
/// unreachable.
#[tokio::test]
async fn a_soft_decline_is_tried_again_on_days_one_three_and_five() {
    let Scene { shop, mut buyer, product, .. } = Scene::open(9).await;
    let id = buyer.subscribes(&shop, &product, 2, 30).await;
    shop.faults(vec![decline("NOT_ENOUGH_BALANCE")]).await;
    days_go_by(&shop, &mut buyer, 30).await;
    let mut days_tried = Vec::new();
    for day in 0..9 {
        let outcomes = shop.bills_what_is_due().await;
        assert_eq!(shop.bills_what_is_due().await, [], "once a day");
        if !outcomes.is_empty() {
            assert_eq!(outcomes, SOFT);
            days_tried.push(day);
        }
        shop.delivers_events().await;
        let expected = if day < 5 { ("past_due", 5) } else { ("cancelled", 7) };
        let seen = buyer.subscription(&id).await;
        assert_eq!((seen["status"].as_str().unwrap(), buyer.stock_of(&product).await), expected);
        days_go_by(&shop, &mut buyer, 1).await;
    }
    assert_eq!(days_tried, [0, 1, 3, 5]);
    assert_eq!(mails_about(&shop, &buyer, "승인되지 않았습니다. 잔액"), 3);
    assert_eq!(mails_about(&shop, &buyer, "정기구독이 종료되었습니다"), 1);
    let over = buyer.subscription(&id).await;
    assert_eq!(over["end_reason"], "declined");
    assert_eq!(over["cycles"][0]["status"], "failed");
    assert_eq!(over["cycles"][0]["tries"], 4);
    let order = over["cycles"][0]["order_id"].as_str().unwrap();
    assert_eq!(buyer.order(order).await["status"], "cancelled", "its pieces are free again");
    assert_eq!(live_agreements(&shop, &buyer).await, 0, "the provider was told");
    assert_eq!(shop.money_moved().await, [25_800]);
    shop.close().await;
}

/// W-B7: a payment that had failed once never was anything else again.
#[tokio::test]
async fn money_that_comes_in_time_puts_everything_right() {
    let Scene { shop, mut buyer, product, .. } = Scene::open(9).await;
    let id = buyer.subscribes(&shop, &product, 1, 30).await;
    shop.faults(vec![decline("LIMIT_USE_PER_DAY").times(2)]).await;
    days_go_by(&shop, &mut buyer, 30).await;
    assert_eq!(shop.bills_what_is_due().await, SOFT);
    days_go_by(&shop, &mut buyer, 1).await;
    assert_eq!(shop.bills_what_is_due().await, SOFT);
    days_go_by(&shop, &mut buyer, 2).await;
    assert_eq!(shop.bills_what_is_due().await, [CycleOutcome::Charged]);
    let seen = buyer.subscription(&id).await;
    assert_eq!(seen["status"], "active");
    assert_eq!(
        (&seen["cycles"][1]["tries"], &seen["cycles"][1]["status"]),
        (&json!(3), &json!("paid"))
    );
    days_go_by(&shop, &mut buyer, 27).await;
    assert_eq!(shop.bills_what_is_due().await, [CycleOutcome::Charged], "on the old calendar");
    assert_eq!(shop.money_moved().await, [Scene::PRICE; 3]);
    shop.close().await;
}

#[tokio::test]
async fn a_hard_decline_ends_the_subscription_at_once() {
    let Scene { shop, mut buyer, product, .. } = Scene::open(9).await;
    let id = buyer.subscribes(&shop, &product, 1, 30).await;
    shop.faults(vec![decline("3533")]).await; // a lost card
    days_go_by(&shop, &mut buyer, 30).await;
    assert_eq!(shop.bills_what_is_due().await, [CycleOutcome::Declined(Firmness::Hard)]);
    shop.delivers_events().await;
    assert_eq!(buyer.subscription(&id).await["end_reason"], "declined");
    assert_eq!(live_agreements(&shop, &buyer).await, 0);
    shop.time_goes_by(60 * DAY).await;
    assert_eq!(shop.bills_what_is_due().await, []);
    shop.close().await;
}

#[tokio::test]
async fn a_decline_without_a_reason_gets_one_more_chance() {
    let Scene { shop, mut buyer, product, .. } = Scene::open(9).await;
    let id = buyer.subscribes(&shop, &product, 1, 30).await;
    shop.faults(vec![decline("0126")]).await;
    let ambiguous = [CycleOutcome::Declined(Firmness::Ambiguous)];
    days_go_by(&shop, &mut buyer, 30).await;
    assert_eq!(shop.bills_what_is_due().await, ambiguous);
    assert_eq!(buyer.subscription(&id).await["status"], "past_due");
    days_go_by(&shop, &mut buyer, 1).await;
    assert_eq!(shop.bills_what_is_due().await, ambiguous);
    assert_eq!(buyer.subscription(&id).await["status"], "cancelled");
    shop.close().await;
}

/// Closed for maintenance: nothing was sent, no try is used up, and the same day may pass.
#[tokio::test]
async fn what_was_not_sent_is_no_try() {
    let Scene { shop, mut buyer, product, .. } = Scene::open(9).await;
    let id = buyer.subscribes(&shop, &product, 1, 30).await;
    days_go_by(&shop, &mut buyer, 30).await;
    shop.faults(vec![decline("BANK_FIRM_UNAVAILABLE").times(1)]).await;
    let outcomes = shop.bills_what_is_due().await;
    assert!(matches!(outcomes.as_slice(), [CycleOutcome::NotSent(_)]), "{outcomes:?}");
    let seen = buyer.subscription(&id).await;
    assert_eq!(seen["status"], "active");
    assert_eq!(
        (&seen["cycles"][0]["tries"], &seen["cycles"][0]["status"]),
        (&json!(0), &json!("scheduled"))
    );
    assert_eq!(shop.bills_what_is_due().await, [CycleOutcome::Charged]);
    assert_eq!(shop.money_moved().await, [Scene::PRICE; 2]);
    shop.close().await;
}

/// Our own fault is nobody's decline: another day, and no try.
#[tokio::test]
async fn our_own_fault_is_not_the_member_s() {
    let Scene { shop, mut buyer, product, .. } = Scene::open(9).await;
    let id = buyer.subscribes(&shop, &product, 1, 30).await;
    shop.faults(vec![decline("CHANNEL_NOT_FOUND").times(1)]).await;
    days_go_by(&shop, &mut buyer, 30).await;
    assert_eq!(shop.bills_what_is_due().await, [CycleOutcome::Declined(Firmness::Ours)]);
    assert_eq!(shop.bills_what_is_due().await, []);
    assert_eq!(buyer.subscription(&id).await["cycles"][0]["tries"], 0);
    days_go_by(&shop, &mut buyer, 1).await;
    assert_eq!(shop.bills_what_is_due().await, [CycleOutcome::Charged]);
    shop.close().await;
}

/// Members end recurring payments inside KakaoPay's app, and nobody tells the shop.
#[tokio::test]
async fn an_agreement_that_ended_at_the_provider_ends_the_subscription() {
    let Scene { shop, mut buyer, product, .. } = Scene::open(9).await;
    let id = buyer.subscribes(&shop, &product, 1, 30).await;
    assert_eq!(live_agreements(&shop, &buyer).await, 1);
    days_go_by(&shop, &mut buyer, 30).await;
    assert_eq!(shop.bills_what_is_due().await, [CycleOutcome::Declined(Firmness::Hard)]);
    shop.delivers_events().await;
    assert_eq!(buyer.subscription(&id).await["end_reason"], "agreement_ended");
    assert_eq!(mails_about(&shop, &buyer, "결제사에서 정기결제가 해지되었습니다"), 1);
    assert_eq!(shop.money_moved().await, [Scene::PRICE]);
    shop.close().await;
}

/// Nothing is charged that cannot be delivered; the member is told, and the next cycle is planned.
#[tokio::test]
async fn a_cycle_without_stock_is_left_out() {
    let Scene { shop, seller, mut buyer, product } = Scene::open(2).await;
    let id = buyer.subscribes(&shop, &product, 2, 30).await;
    days_go_by(&shop, &mut buyer, 30).await;
    assert_eq!(shop.bills_what_is_due().await, [CycleOutcome::LeftOut]);
    shop.delivers_events().await;
    let seen = buyer.subscription(&id).await;
    assert_eq!(
        (&seen["status"], &seen["cycles"][1]["status"]),
        (&json!("active"), &json!("left_out"))
    );
    assert_eq!(mails_about(&shop, &buyer, "재고가 부족하여"), 1);
    let mut seller = seller;
    seller.logs_in().await;
    seller.adjusts_stock(&product, 5).await.expect(201);
    days_go_by(&shop, &mut buyer, 30).await;
    assert_eq!(shop.bills_what_is_due().await, [CycleOutcome::Charged]);
    assert_eq!(shop.money_moved().await, [25_800; 2]);
    shop.close().await;
}
