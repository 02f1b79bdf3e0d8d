//! What members change about their subscriptions, and what they are told beforehand.

use jangbogo_subscription::{CycleOutcome, EndReason, SubscriptionState};
use jangbogo_tests::{Actor, Scene};
use serde_json::{Value, json};

use super::{days_go_by, live_agreements, mails_about};

const CHARGED: [CycleOutcome; 1] = [CycleOutcome::Charged];

async fn does(buyer: &Actor, id: &str, what: &str) -> Value {
    let path = format!("/api/v1/subscriptions/{id}/{what}");
    buyer.posts(&path, json!({})).await.expect(200).json
}

/// W-B5: the old cancellation left the flag, so that the batch went on; or left the token at
/// KakaoPay.
#[tokio::test]
async fn a_cancelled_subscription_is_charged_no_more_and_the_provider_knows() {
    let Scene { shop, mut buyer, product, .. } = Scene::open(9).await;
    let id = buyer.subscribes(&shop, &product, 1, 30).await;
    let path = format!("/api/v1/subscriptions/{id}");
    for _ in 0..2 {
        let over = buyer.deletes(&path).await.expect(200);
        assert_eq!((&over["status"], &over["end_reason"]), (&json!("cancelled"), &json!("member")));
        assert_eq!(over["cycles"][0]["status"], "cancelled");
    }
    shop.delivers_events().await;
    assert_eq!(live_agreements(&shop, &buyer).await, 0);
    assert_eq!(mails_about(&shop, &buyer, "요청하신 대로 해지되었습니다"), 1);
    days_go_by(&shop, &mut buyer, 90).await;
    assert_eq!(shop.bills_what_is_due().await, []);
    assert_eq!(shop.money_moved().await, [Scene::PRICE]);
    for what in ["pause", "resume"] {
        let refused = buyer.posts(&format!("{path}/{what}"), json!({})).await;
        refused.expect_problem(409, "subscription-not-changeable");
    }
    let refused = buyer.patches(&path, json!({"period_days": 60})).await;
    refused.expect_problem(409, "subscription-not-changeable");
    shop.close().await;
}

#[tokio::test]
async fn a_subscription_can_be_given_up_before_it_is_paid() {
    let Scene { shop, buyer, product, .. } = Scene::open(9).await;
    let begun = buyer.begins_subscription(&product, 1, 30).await.expect(201);
    let over = buyer.deletes(&format!("/api/v1/subscriptions/{}", begun.text_at("/id"))).await;
    assert_eq!(over.expect(200)["status"], "cancelled");
    let order = buyer.order(&begun.text_at("/order_id")).await;
    assert_eq!(order["status"], "cancelled");
    assert_eq!(buyer.stock_of(&product).await, 9);
    shop.close().await;
}

#[tokio::test]
async fn a_skipped_cycle_is_not_charged_and_the_next_one_is() {
    let Scene { shop, mut buyer, product, .. } = Scene::open(9).await;
    let id = buyer.subscribes(&shop, &product, 1, 30).await;
    let day = buyer.subscription(&id).await["cycles"][0]["day"].clone();
    let path = format!("/api/v1/subscriptions/{id}/skip");
    for _ in 0..2 {
        let seen = buyer.posts(&path, json!({"day": day})).await.expect(200);
        assert_eq!(seen["cycles"][1]["status"], "skipped");
        assert_eq!(seen["cycles"].as_array().unwrap().len(), 3, "a repeat skips nothing more");
    }
    for bad in ["2001-01-01", "tomorrow"] {
        let refused = buyer.posts(&path, json!({"day": bad})).await;
        assert!(matches!(refused.status, 400 | 409), "{}", refused.text);
    }
    days_go_by(&shop, &mut buyer, 31).await;
    assert_eq!(shop.bills_what_is_due().await, []);
    days_go_by(&shop, &mut buyer, 29).await;
    assert_eq!(shop.bills_what_is_due().await, CHARGED);
    assert_eq!(shop.money_moved().await, [Scene::PRICE; 2]);
    shop.close().await;
}

#[tokio::test]
async fn a_paused_subscription_waits_until_it_is_resumed() {
    let Scene { shop, mut buyer, product, .. } = Scene::open(9).await;
    let id = buyer.subscribes(&shop, &product, 1, 30).await;
    for _ in 0..2 {
        let seen = does(&buyer, &id, "pause").await;
        assert_eq!(
            (&seen["status"], &seen["cycles"][0]["status"]),
            (&json!("paused"), &json!("held"))
        );
    }
    days_go_by(&shop, &mut buyer, 100).await;
    assert_eq!(shop.bills_what_is_due().await, []);
    let resumed = does(&buyer, &id, "resume").await;
    assert_eq!(
        (&resumed["status"], &resumed["cycles"][0]["status"]),
        (&json!("active"), &json!("scheduled"))
    );
    assert_eq!(does(&buyer, &id, "resume").await["cycles"], resumed["cycles"]);
    assert_eq!(shop.bills_what_is_due().await, [], "not on the very day");
    days_go_by(&shop, &mut buyer, 1).await;
    assert_eq!(shop.bills_what_is_due().await, CHARGED, "tomorrow, because its day is over");
    // Resumed before its day, it keeps it.
    let day = buyer.subscription(&id).await["cycles"][0]["day"].clone();
    does(&buyer, &id, "pause").await;
    days_go_by(&shop, &mut buyer, 10).await;
    assert_eq!(does(&buyer, &id, "resume").await["cycles"][0]["day"], day);
    shop.close().await;
}

#[tokio::test]
async fn period_and_quantities_count_from_the_next_charge() {
    let Scene { shop, mut buyer, product, .. } = Scene::open(50).await;
    let id = buyer.subscribes(&shop, &product, 1, 60).await;
    let path = format!("/api/v1/subscriptions/{id}");
    days_go_by(&shop, &mut buyer, 10).await;
    let lines = json!([{"product_id": product, "quantity": 3}]);
    let seen = buyer.patches(&path, json!({"period_days": 30, "lines": lines})).await.expect(200);
    assert_eq!((&seen["period_days"], &seen["total"]["amount"]), (&json!(30), &json!(38_700)));
    for bad in [0, 29, 366, i64::MAX] {
        let refused = buyer.patches(&path, json!({"period_days": bad})).await;
        refused.expect_problem(422, "period-out-of-range");
    }
    let foreign = "pro_00000000000000000000000000000007";
    let lines = json!([{"product_id": foreign, "quantity": 1}]);
    buyer.patches(&path, json!({"lines": lines})).await.expect_problem(422, "product-not-found");
    days_go_by(&shop, &mut buyer, 19).await;
    assert_eq!(shop.bills_what_is_due().await, []);
    days_go_by(&shop, &mut buyer, 1).await;
    assert_eq!(shop.bills_what_is_due().await, CHARGED, "30 days after the first payment");
    // Shorter than what has gone by: tomorrow, never today.
    let longer = buyer.patches(&path, json!({"period_days": 90})).await.expect(200);
    assert_eq!(longer["cycles"][0]["status"], "scheduled");
    days_go_by(&shop, &mut buyer, 50).await;
    buyer.patches(&path, json!({"period_days": 30})).await.expect(200);
    assert_eq!(shop.bills_what_is_due().await, []);
    days_go_by(&shop, &mut buyer, 1).await;
    assert_eq!(shop.bills_what_is_due().await, CHARGED);
    assert_eq!(shop.money_moved().await, [12_900, 38_700, 38_700]);
    shop.close().await;
}

/// W-B7: the old one charged the price of the first day for ever, and told nobody before or after.
#[tokio::test]
async fn a_new_price_counts_once_the_member_was_told_in_time() {
    let Scene { shop, seller, mut buyer, product } = Scene::open(50).await;
    let mut seller = seller;
    let id = buyer.subscribes(&shop, &product, 1, 30).await;
    let announce = async || {
        let announced = shop.opened().shop.announce_charges.run().await.unwrap();
        shop.delivers_events().await;
        announced
    };
    days_go_by(&shop, &mut buyer, 22).await;
    assert_eq!(announce().await, 0, "eight days before is too early");
    days_go_by(&shop, &mut buyer, 1).await;
    assert_eq!((announce().await, announce().await), (1, 0), "once");
    assert_eq!(mails_about(&shop, &buyer, "정기결제가 예정되어"), 1);
    let path = format!("/api/v1/products/{product}");
    seller.logs_in().await;
    seller.patches(&path, json!({"original_price": 15_000})).await.expect(200);
    days_go_by(&shop, &mut buyer, 7).await;
    assert_eq!(shop.bills_what_is_due().await, CHARGED);
    days_go_by(&shop, &mut buyer, 23).await;
    assert_eq!(announce().await, 1);
    assert_eq!(mails_about(&shop, &buyer, "개당 15,000원 (이전 12,900원)"), 1);
    assert_eq!(buyer.subscription(&id).await["total"]["amount"], 15_000);
    days_go_by(&shop, &mut buyer, 7).await;
    assert_eq!(shop.bills_what_is_due().await, CHARGED);
    // Announced too late, because nobody ran it: the old price stays for this charge.
    seller.logs_in().await;
    seller.patches(&path, json!({"original_price": 20_000})).await.expect(200);
    days_go_by(&shop, &mut buyer, 28).await;
    assert_eq!(announce().await, 1);
    days_go_by(&shop, &mut buyer, 2).await;
    assert_eq!(shop.bills_what_is_due().await, CHARGED);
    assert_eq!(shop.money_moved().await, [12_900, 12_900, 15_000, 15_000]);
    shop.close().await;
}

#[tokio::test]
async fn subscriptions_are_listed_and_repeated_requests_make_one() {
    let Scene { shop, buyer, product, .. } = Scene::open(50).await;
    let lines = json!([{"product_id": product, "quantity": 1}]);
    let body = json!({"lines": lines, "period_days": 30, "receiver": Actor::receiver()});
    let key = Actor::new_key();
    let first = buyer.posts_under(&key, "/api/v1/subscriptions", body.clone()).await.expect(201);
    let again = buyer.posts_under(&key, "/api/v1/subscriptions", body).await.expect(201);
    assert_eq!(first.text, again.text);
    assert_eq!(
        first.header("location").unwrap(),
        format!("/api/v1/subscriptions/{}", first.text_at("/id"))
    );
    buyer.begins_subscription(&product, 2, 45).await.expect(201);
    let all = buyer.pages_through("/api/v1/subscriptions", 1).await;
    assert_eq!(all.len(), 2);
    assert_eq!((&all[0]["period_days"], &all[1]["id"]), (&json!(45), &first["id"]));
    for (quantity, days, status, code) in [
        (1, 29, 422, "period-out-of-range"),
        (1, 366, 422, "period-out-of-range"),
        (48, 30, 409, "out-of-stock"),
    ] {
        let refused = buyer.begins_subscription(&product, quantity, days).await;
        refused.expect_problem(status, code);
    }
    shop.expires_orders().await;
    shop.close().await;
}

/// Nobody could have stopped the charges of an account that is gone.
#[tokio::test]
async fn who_leaves_the_shop_is_charged_no_more_and_the_provider_knows() {
    let Scene { shop, buyer, product, .. } = Scene::open(9).await;
    let (active, paused) = (
        buyer.subscribes(&shop, &product, 1, 30).await,
        buyer.subscribes(&shop, &product, 1, 60).await,
    );
    does(&buyer, &paused, "pause").await;
    let unpaid = buyer.begins_subscription(&product, 3, 30).await.expect(201).text_at("/id");
    let member = buyer.me().await["id"].as_str().unwrap().to_owned();
    buyer.leaves().await.expect(204);
    shop.time_goes_by(super::DAY * 30).await;
    let due = shop.bills_what_is_due().await;
    assert_eq!(due, [CycleOutcome::NotDue], "even before anybody heard of it");
    for _ in 0..2 {
        shop.delivers_events().await;
    }
    for id in [active, paused, unpaid] {
        let subscriptions = &shop.opened().shop.subscriptions;
        let over = subscriptions.find(id.parse().unwrap()).await.unwrap().unwrap().subscription;
        assert_eq!(over.state, SubscriptionState::Cancelled);
        assert_eq!(over.ended.map(|(_, reason)| reason), Some(EndReason::MemberLeft));
    }
    assert_eq!(shop.simulator().user_ends_recurring(&member).await.unwrap(), 0, "none was alive");
    shop.time_goes_by(super::DAY * 90).await;
    assert_eq!(shop.bills_what_is_due().await, []);
    assert_eq!(shop.money_moved().await, [Scene::PRICE; 2]);
    assert_eq!(shop.visitor().stock_of(&product).await, 7, "the unpaid order gave its pieces back");
    shop.close().await;
}

/// Whoever leaves before it is taken in that the first order is paid has the order, and nothing
/// more.
#[tokio::test]
async fn a_paid_first_order_of_who_has_left_begins_no_subscription() {
    let Scene { shop, buyer, product, .. } = Scene::open(9).await;
    let begun = buyer.begins_subscription(&product, 1, 30).await.expect(201);
    let order = begun.text_at("/order_id");
    let member = buyer.me().await["id"].as_str().unwrap().to_owned();
    buyer.pays(&order).await;
    buyer.leaves().await.expect(204);
    shop.delivers_events().await;
    let id = begun.text_at("/id").parse().unwrap();
    let over = shop.opened().shop.subscriptions.find(id).await.unwrap().unwrap();
    assert_eq!(over.cycles, [], "it never was active");
    let reason = over.subscription.ended.map(|(_, reason)| reason);
    assert_eq!(reason, Some(EndReason::MemberLeft));
    assert_eq!(shop.simulator().user_ends_recurring(&member).await.unwrap(), 0, "none is alive");
    assert_eq!(shop.money_moved().await, [Scene::PRICE], "what was ordered is delivered");
    shop.close().await;
}
