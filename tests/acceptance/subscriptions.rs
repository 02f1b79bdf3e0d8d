//! Subscriptions: begun by a payment, charged once for each of their days.

mod changes;
mod declines;
mod internal;
mod sealing;
mod silence;
mod tosspayments;
mod year;

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::future::join_all;
use jangbogo_gateway_simulator::{Action, Call, When};
use jangbogo_kernel::Store;
use jangbogo_payment::{Agreement, Attempt, Transaction};
use jangbogo_setup::Database;
use jangbogo_subscription::CycleOutcome;
use jangbogo_tests::{Actor, Scene, TestShop};
use serde_json::json;

/// A day, on every clock.
const DAY: Duration = Duration::from_hours(24);

/// Lets days go by; tokens do not live that long.
async fn days_go_by(shop: &TestShop, buyer: &mut Actor, days: u32) {
    shop.time_goes_by(DAY * days).await;
    buyer.logs_in().await;
}

/// How many agreements of the buyer the provider would still charge; it would not afterwards.
async fn live_agreements(shop: &TestShop, buyer: &Actor) -> u64 {
    let me = buyer.me().await;
    shop.simulator().user_ends_recurring(me["id"].as_str().unwrap()).await.unwrap()
}

/// The mails to the buyer that have these words.
fn mails_about(shop: &TestShop, buyer: &Actor, words: &str) -> usize {
    let mails = shop.mails_to(buyer.email());
    mails.iter().filter(|mail| body_of(mail).contains(words)).count()
}

/// The words of a mail, however they are written in it.
fn body_of(mail: &str) -> String {
    let (head, body) = mail.split_once("\r\n\r\n").unwrap();
    if head.contains("base64") {
        let body: String = body.split_whitespace().collect();
        return String::from_utf8(STANDARD.decode(body).unwrap()).unwrap();
    }
    let body = body.replace("=\r\n", "");
    let mut pieces = body.split('=');
    let mut bytes = pieces.next().unwrap().as_bytes().to_vec();
    for piece in pieces {
        // Two digits are a byte in quoted-printable; other encodings have none that are cut off.
        let byte = piece.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.extend(byte);
        bytes.extend_from_slice(piece.get(2..).unwrap_or_default().as_bytes());
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[tokio::test]
async fn a_subscription_is_charged_once_every_thirty_days() {
    let Scene { shop, mut buyer, product, .. } = Scene::open(50).await;
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
        assert_eq!(mails_about(&shop, &buyer, "정기결제가 완료"), charges - 1);
    }
    days_go_by(&shop, &mut buyer, 0).await;
    assert_eq!(buyer.subscription(&id).await["status"], "active");
    let orders = buyer.gets("/api/v1/orders?status=paid").await.expect(200);
    assert_eq!(orders["items"].as_array().unwrap().len(), 4, "each cycle has its order");
    shop.close().await;
}

/// W-B7: nobody was told of a charge. What comes again by itself is told once, and is not what the
/// member has in the cart.
#[tokio::test]
async fn a_charge_leaves_the_cart_alone_and_is_told_in_one_mail() {
    let Scene { shop, mut buyer, product, .. } = Scene::open(50).await;
    let pieces = async |buyer: &Actor| {
        buyer.gets("/api/v1/cart").await.expect(200)["totals"]["pieces"].clone()
    };
    buyer.puts_into_cart(&product, 3).await.expect(200);
    buyer.subscribes(&shop, &product, 2, 30).await;
    assert_eq!(pieces(&buyer).await, 3, "the first order did not come out of the cart");
    assert_eq!(mails_about(&shop, &buyer, "합계: "), 1, "it is confirmed like any other");
    assert_eq!(buyer.product(&product).await["sales"], 2);
    days_go_by(&shop, &mut buyer, 30).await;
    assert_eq!(shop.bills_what_is_due().await, [CycleOutcome::Charged]);
    let before = shop.mails_to(buyer.email()).len();
    shop.delivers_events().await;
    assert_eq!(pieces(&buyer).await, 3);
    assert_eq!(mails_about(&shop, &buyer, "정기결제가 완료"), 1);
    assert_eq!(shop.mails_to(buyer.email()).len(), before + 1, "and no other mail");
    assert_eq!(buyer.product(&product).await["sales"], 4, "it counts as sold");
    shop.close().await;
}

/// W-P4: the old batch made a new random key for each run, so that a second run charged again.
#[tokio::test]
async fn any_number_of_runs_at_once_charge_once() {
    let Scene { shop, buyer, product, .. } = Scene::open(50).await;
    buyer.subscribes(&shop, &product, 1, 30).await;
    shop.time_goes_by(30 * DAY).await;
    let runs = join_all((0..5).map(|_| shop.bills_what_is_due())).await.concat();
    let charged = runs.iter().filter(|outcome| **outcome == CycleOutcome::Charged).count();
    assert_eq!(charged, 1, "{runs:?}");
    assert_eq!(shop.bills_what_is_due().await, []);
    assert_eq!(shop.money_moved().await, [Scene::PRICE; 2]);
    shop.close().await;
}

/// W-B2: the old one selected what was due today: a missed day was never charged again.
#[tokio::test]
async fn missed_days_are_caught_up_and_the_calendar_stays() {
    let Scene { shop, mut buyer, product, .. } = Scene::open(50).await;
    let id = buyer.subscribes(&shop, &product, 1, 30).await;
    let planned = buyer.subscription(&id).await["cycles"][0]["day"].clone();
    days_go_by(&shop, &mut buyer, 33).await;
    assert_eq!(shop.bills_what_is_due().await, [CycleOutcome::Charged]);
    let seen = buyer.subscription(&id).await;
    assert_eq!(seen["cycles"][1]["day"], planned, "three days late, for its own day");
    days_go_by(&shop, &mut buyer, 27).await;
    assert_eq!(shop.bills_what_is_due().await, [CycleOutcome::Charged], "60 days after the first");
    // A whole quarter without a run: each missed cycle is charged, one after the other.
    days_go_by(&shop, &mut buyer, 90).await;
    for _ in 0..3 {
        assert_eq!(shop.bills_what_is_due().await, [CycleOutcome::Charged]);
    }
    assert_eq!(shop.bills_what_is_due().await, []);
    assert_eq!(shop.money_moved().await, [Scene::PRICE; 6]);
    shop.close().await;
}

/// W-B4: the old one was due on its first day, without a token to charge, for nothing.
#[tokio::test]
async fn without_its_first_payment_nothing_is_ever_due() {
    let Scene { shop, mut buyer, product, .. } = Scene::open(5).await;
    let begun = buyer.begins_subscription(&product, 2, 30).await.expect(201);
    let id = begun.text_at("/id");
    assert_eq!(begun["status"], "awaiting_first_payment");
    assert_eq!(buyer.subscription(&id).await["cycles"], json!([]));
    assert_eq!(shop.bills_what_is_due().await, []);
    assert_eq!(buyer.stock_of(&product).await, 3, "the first order holds its pieces");
    days_go_by(&shop, &mut buyer, 31).await;
    assert_eq!(shop.expires_orders().await, 1);
    shop.delivers_events().await;
    assert_eq!(shop.bills_what_is_due().await, []);
    let over = buyer.subscription(&id).await;
    assert_eq!((&over["status"], &over["end_reason"]), (&json!("cancelled"), &json!("not_paid")));
    assert_eq!(buyer.stock_of(&product).await, 5);
    assert_eq!(shop.money_moved().await, [] as [i64; 0]);
    shop.close().await;
}

/// W-P12: the old one let a background job begin a second payment, whose page nobody saw.
#[tokio::test]
async fn one_payment_brings_money_and_agreement_together() {
    let Scene { shop, buyer, product, .. } = Scene::open(5).await;
    let begun = buyer.begins_subscription(&product, 1, 30).await.expect(201);
    let order = begun.text_at("/order_id");
    let refused = buyer
        .posts(&format!("/api/v1/orders/{order}/payments"), json!({"provider": "nobody"}))
        .await;
    refused.expect_problem(422, "payment-provider-unknown");
    buyer.pays(&order).await;
    // Before any event is delivered: the agreement committed with the money.
    let agreement = agreement_of(&shop, &order).await;
    assert_eq!(agreement.buyer.to_string(), buyer.me().await["id"]);
    assert!(!format!("{agreement:?}").contains(agreement.key.expose()), "{agreement:?}");
    shop.delivers_events().await;
    let paid = buyer.order(&order).await;
    assert_eq!(paid["status"], "paid");
    assert_eq!(paid["payments"].as_array().unwrap().len(), 1, "one payment in all");
    assert_eq!(shop.money_moved().await, [Scene::PRICE]);
    assert_eq!(live_agreements(&shop, &buyer).await, 1);
    shop.close().await;
}

/// W-P7: the old one took a subscription's number for an order's, wrote the new payment's name over
/// that order's, and forgot its token.
#[tokio::test]
async fn a_charge_touches_no_other_order_s_payment_and_not_its_own_agreement() {
    let Scene { shop, mut buyer, product, .. } = Scene::open(9).await;
    let begun = buyer.begins_subscription(&product, 1, 30).await.expect(201);
    let (id, first) = (begun.text_at("/id"), begun.text_at("/order_id"));
    let mistaken = id.replace("sub_", "ord_");
    let path = format!("/api/v1/orders/{mistaken}/payments");
    let refused = buyer.posts(&path, json!({"provider": "kakaopay"})).await;
    refused.expect_problem(404, "not-found");
    buyer.pays(&first).await;
    let other = buyer.orders(&product, 2).await;
    buyer.pays(&other).await;
    shop.delivers_events().await;
    let agreement = agreement_of(&shop, &first).await;
    let before = [attempts_of(&shop, &first).await, attempts_of(&shop, &other).await];
    for charges in 1..=2 {
        days_go_by(&shop, &mut buyer, 30).await;
        assert_eq!(shop.bills_what_is_due().await, [CycleOutcome::Charged], "{charges}");
        shop.delivers_events().await;
    }
    let after = [attempts_of(&shop, &first).await, attempts_of(&shop, &other).await];
    assert_eq!(after, before, "each order keeps its own payment's name");
    assert_eq!(agreement_of(&shop, &first).await, agreement);
    assert_eq!(live_agreements(&shop, &buyer).await, 1);
    shop.close().await;
}

/// The answer that brings the agreement comes once. When it is lost the money is still found, and
/// the member is told to subscribe again.
#[tokio::test]
async fn a_lost_agreement_ends_the_subscription_and_is_told() {
    let Scene { shop, buyer, product, .. } = Scene::open(5).await;
    let begun = buyer.begins_subscription(&product, 1, 30).await.expect(201);
    let order = begun.text_at("/order_id");
    let (_, back) = buyer.agrees_to_pay(&order).await;
    shop.provider_fails_once(Call::Approve, When::After, Action::Reset).await;
    buyer.comes_back(&back).await.expect(202);
    shop.time_goes_by(Duration::from_mins(3)).await;
    shop.resolves_attempts().await;
    shop.delivers_events().await;
    assert_eq!(buyer.order(&order).await["status"], "paid");
    let over = buyer.subscription(&begun.text_at("/id")).await;
    assert_eq!(over["end_reason"], "agreement_lost");
    assert_eq!(mails_about(&shop, &buyer, "다시 신청해 주세요"), 1);
    assert_eq!(shop.bills_what_is_due().await, []);
    shop.close().await;
}

/// The old refunds were always made under the one-time merchant code.
#[tokio::test]
async fn first_payments_and_charges_can_be_refunded() {
    let Scene { shop, mut buyer, product, .. } = Scene::open(5).await;
    let begun = buyer.begins_subscription(&product, 1, 30).await.expect(201);
    let first = begun.text_at("/order_id");
    buyer.pays(&first).await;
    shop.delivers_events().await;
    days_go_by(&shop, &mut buyer, 30).await;
    assert_eq!(shop.bills_what_is_due().await, [CycleOutcome::Charged]);
    let seen = buyer.subscription(&begun.text_at("/id")).await;
    let second = seen["cycles"][1]["order_id"].as_str().unwrap().to_owned();
    for order in [&first, &second] {
        buyer.asks_for_refund(order, json!({"reason": "too many"})).await.expect(202);
        shop.delivers_events().await;
        assert_eq!(buyer.order(order).await["status"], "refunded");
    }
    let moved = [Scene::PRICE, Scene::PRICE, -Scene::PRICE, -Scene::PRICE];
    assert_eq!(shop.money_moved().await, moved);
    shop.close().await;
}

/// The agreement that the order's payment brought.
async fn agreement_of(shop: &TestShop, order: &str) -> Agreement {
    let mut tx = payments(shop).await;
    tx.agreements().of_order(order.parse().unwrap()).await.unwrap().unwrap()
}

/// The attempts to pay an order.
async fn attempts_of(shop: &TestShop, order: &str) -> Vec<Attempt> {
    let mut tx = payments(shop).await;
    let intent = tx.payments().find_intent(order.parse().unwrap()).await.unwrap().unwrap();
    tx.payments().attempts_of(intent.id).await.unwrap()
}

async fn payments(shop: &TestShop) -> Box<dyn Transaction> {
    let begun = match &shop.opened().database {
        Database::Sqlite(store) => Store::<dyn Transaction>::begin(&**store).await,
        Database::Postgres(store) => Store::<dyn Transaction>::begin(&**store).await,
    };
    begun.unwrap()
}
