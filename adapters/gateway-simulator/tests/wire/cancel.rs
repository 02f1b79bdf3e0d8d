//! `cancel`: arithmetic, the optimistic check, and every refusal.

use jangbogo_gateway_simulator::LedgerOp;
use serde_json::{Value, json};

use crate::shop::{Shop, approve_body, cancel_body, ready_body, with};

/// Total, tax-free and VAT of an amount object.
fn parts(amount: &Value) -> (i64, i64, i64) {
    let part = |name: &str| amount[name].as_i64().unwrap();
    (part("total"), part("tax_free"), part("vat"))
}

#[tokio::test]
async fn partial_cancels_add_up_to_the_whole() {
    let shop = Shop::open().await;
    let mut body = with(ready_body(), "total_amount", json!(10_000));
    body["tax_free_amount"] = json!(1_000);
    let payment = shop.paid_with(&body).await; // VAT: 9,000 / 11 = 818

    let mut first = cancel_body(&payment, 3_000);
    first["cancel_tax_free_amount"] = json!(1_000);
    first["cancel_available_amount"] = json!("10000");
    let answer = shop.ok("cancel", &first).await;
    assert_eq!(answer["status"], json!("PART_CANCEL_PAYMENT"));
    assert_eq!(parts(&answer["amount"]), (10_000, 1_000, 818));
    assert_eq!(parts(&answer["approved_cancel_amount"]), (3_000, 1_000, 182));
    assert_eq!(parts(&answer["canceled_amount"]), (3_000, 1_000, 182));
    assert_eq!(parts(&answer["cancel_available_amount"]), (7_000, 0, 636));
    assert_eq!(shop.status(&payment).await, "PART_CANCEL_PAYMENT");

    let last = with(cancel_body(&payment, 7_000), "cancel_vat_amount", json!(636));
    let answer = shop.ok("cancel", &with(last, "payload", json!("bye"))).await;
    assert_eq!(answer["status"], json!("CANCEL_PAYMENT"));
    assert_eq!(parts(&answer["canceled_amount"]), (10_000, 1_000, 818));
    assert_eq!(parts(&answer["cancel_available_amount"]), (0, 0, 0));
    assert_eq!(answer["payload"], json!("bye"));

    let order = shop.order(&payment).await;
    assert_eq!(order["status"], json!("CANCEL_PAYMENT"));
    let types: Vec<&Value> = order["payment_action_details"]
        .as_array()
        .unwrap()
        .iter()
        .map(|action| &action["payment_action_type"])
        .collect();
    assert_eq!(types, ["PAYMENT", "CANCEL", "CANCEL"]);

    let ledger = shop.simulator.ledger().await.unwrap();
    let refunds: Vec<i64> = ledger
        .iter()
        .filter(|entry| entry.parent_tx_id.as_deref() == Some(&ledger[0].pg_tx_id))
        .map(|entry| entry.amount)
        .collect();
    assert_eq!((ledger[0].op, refunds), (LedgerOp::Capture, vec![3_000, 7_000]));
}

#[tokio::test]
async fn too_much_is_refused_and_moves_no_money() {
    let shop = Shop::open().await;
    let payment = shop.paid().await;
    shop.ok("cancel", &cancel_body(&payment, 2_000)).await;
    assert_eq!(shop.refused("cancel", &cancel_body(&payment, 20_001)).await, -710);
    assert_eq!(shop.refused("cancel", &cancel_body(&payment, 22_001)).await, -711);
    assert_eq!(shop.refused("cancel", &cancel_body(&payment, 0)).await, -722);
    for (field, amount) in [("cancel_tax_free_amount", 1), ("cancel_vat_amount", 1_819)] {
        let body = with(cancel_body(&payment, 20_000), field, json!(amount));
        assert_eq!(shop.refused("cancel", &body).await, -722, "{field}");
    }
    assert_eq!(shop.simulator.ledger().await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_blind_repeat_is_caught_by_the_amount_it_believes_in() {
    let shop = Shop::open().await;
    let payment = shop.paid().await;
    let body = with(cancel_body(&payment, 5_000), "cancel_available_amount", json!(22_000));
    shop.ok("cancel", &body).await;
    assert_eq!(shop.refused("cancel", &body).await, -710);
    assert_eq!(shop.simulator.ledger().await.unwrap().len(), 2);
    shop.ok("cancel", &with(body, "cancel_available_amount", json!(17_000))).await;
}

#[tokio::test]
async fn only_paid_payments_can_be_cancelled() {
    let shop = Shop::open().await;
    let unpaid = shop.announce().await;
    assert_eq!(shop.refused("cancel", &cancel_body(&unpaid, 1)).await, -784);
    let paid = shop.paid().await;
    shop.ok("cancel", &cancel_body(&paid, 22_000)).await;
    assert_eq!(shop.refused("cancel", &cancel_body(&paid, 22_000)).await, -784);
    let unknown = with(cancel_body(&paid, 1), "tid", json!("T0000000000000000000"));
    assert_eq!(shop.refused("cancel", &unknown).await, -721);
    assert_eq!(shop.refused("approve", &approve_body(&paid, "any")).await, -702);
}

#[tokio::test]
async fn a_cup_deposit_forbids_partial_cancels() {
    let shop = Shop::open().await;
    let payment = shop.paid_with(&with(ready_body(), "green_deposit", json!(300))).await;
    assert_eq!(shop.refused("cancel", &cancel_body(&payment, 1_000)).await, -784);
    let answer = shop.ok("cancel", &cancel_body(&payment, 22_000)).await;
    assert_eq!(answer["canceled_amount"]["green_deposit"], json!(300));
}
