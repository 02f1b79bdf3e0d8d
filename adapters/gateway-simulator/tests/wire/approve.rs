//! `approve` and `order`: the happy path and every refusal.

use std::time::Duration;

use jangbogo_gateway_simulator::{Action, Call, LedgerOp, When};
use reqwest::StatusCode;
use serde_json::json;

use crate::shop::{Shop, approve_body, ready_body, with};

#[tokio::test]
async fn a_buyer_pays_with_money() {
    let shop = Shop::open().await;
    let body = with(ready_body(), "payment_method_type", json!("MONEY"));
    let payment = shop.announce_with(&body).await;
    let token = shop.authenticate(&payment).await;
    let request = with(approve_body(&payment, &token), "payload", json!("note"));
    let answer = shop.ok("approve", &with(request, "total_amount", json!(22_000))).await;

    let aid = answer["aid"].as_str().unwrap();
    assert_eq!((aid.len(), aid.starts_with('A')), (20, true));
    assert_eq!(answer["tid"], json!(payment.tid));
    assert_eq!(answer["payment_method_type"], json!("MONEY"));
    assert!(answer.get("card_info").is_none());
    assert_eq!(answer["payload"], json!("note"));
    let amount = json!({ "total": 22_000, "tax_free": 0, "vat": 2_000, "point": 0, "discount": 0,
        "green_deposit": 0 });
    assert_eq!(answer["amount"], amount);

    let ledger = shop.simulator.ledger().await.unwrap();
    assert_eq!(ledger.len(), 1);
    let entry = &ledger[0];
    assert_eq!((entry.provider.as_str(), entry.pg_tx_id.as_str()), ("kakaopay", aid));
    assert_eq!((entry.op, entry.amount), (LedgerOp::Capture, 22_000));
    assert_eq!((entry.merchant_ref.as_str(), &entry.tid), ("ord_1", &payment.tid));
    assert_eq!(entry.parent_tx_id, None);

    let order = shop.order(&payment).await;
    assert_eq!(order["status"], json!("SUCCESS_PAYMENT"));
    assert!(order.get("aid").is_none(), "the aid is only in the action details");
    assert_eq!(order["approved_at"], answer["approved_at"]);
    let actions = order["payment_action_details"].as_array().unwrap();
    assert_eq!(actions.len(), 1);
    assert_eq!(actions[0]["aid"], json!(aid));
    assert_eq!(actions[0]["amount"], json!(22_000));
    assert_eq!(actions[0]["payment_action_type"], json!("PAYMENT"));
    assert_eq!(actions[0]["payload"], json!("note"));
    assert_eq!(order["cancel_available_amount"]["total"], json!(22_000));
}

#[tokio::test]
async fn a_card_answer_tells_the_card() {
    let shop = Shop::open().await;
    let body = with(ready_body(), "payment_method_type", json!("CARD"));
    let payment = shop.announce_with(&with(body, "install_month", json!(3))).await;
    let token = shop.authenticate(&payment).await;
    let answer = shop.ok("approve", &approve_body(&payment, &token)).await;
    assert_eq!(answer["payment_method_type"], json!("CARD"));
    assert_eq!(answer["card_info"]["install_month"], json!("03"), "a string");
    assert_eq!(answer["card_info"]["bin"], json!("621640"));
    let order = shop.order(&payment).await;
    assert_eq!(order["selected_card_info"]["install_month"], json!(3), "a number");
}

#[tokio::test]
async fn the_order_of_an_unpaid_payment_has_no_actions() {
    let shop = Shop::open().await;
    let payment = shop.announce().await;
    let order = shop.order(&payment).await;
    assert_eq!(order["payment_action_details"], json!([]));
    assert_eq!(order["cancel_available_amount"]["total"], json!(0));
    assert!(order["approved_at"].is_null() && order["payment_method_type"].is_null());
    let unknown = json!({ "cid": "TC0ONETIME", "tid": "T0000000000000000000" });
    assert_eq!(shop.refused("order", &unknown).await, -721);
}

#[tokio::test]
async fn approval_waits_for_the_buyer() {
    let shop = Shop::open().await;
    let payment = shop.announce().await;
    assert_eq!(shop.refused("approve", &approve_body(&payment, "guess")).await, -701);
    shop.client.get(&payment.page).send().await.unwrap();
    assert_eq!(shop.refused("approve", &approve_body(&payment, "guess")).await, -701);
    assert!(shop.simulator.ledger().await.unwrap().is_empty());
}

#[tokio::test]
async fn every_mismatch_has_its_code_and_moves_no_money() {
    let shop = Shop::open().await;
    let payment = shop.announce().await;
    let token = shop.authenticate(&payment).await;
    for (field, value, code) in [
        ("partner_order_id", json!("ord_2"), -706),
        ("partner_user_id", json!("mem_2"), -707),
        ("pg_token", json!("0123456789abcdef0123"), -708),
        ("tid", json!("T0000000000000000000"), -721),
        ("total_amount", json!(21_999), -725),
        ("cid", json!("TC0STRANGE"), -731),
        ("pg_token", json!(null), -2),
    ] {
        let body = with(approve_body(&payment, &token), field, value);
        assert_eq!(shop.refused("approve", &body).await, code, "{field}");
    }
    assert!(shop.simulator.ledger().await.unwrap().is_empty());
    shop.ok("approve", &approve_body(&payment, &token)).await;
}

#[tokio::test]
async fn the_second_approval_is_told_that_it_is_paid() {
    let shop = Shop::open().await;
    let payment = shop.announce().await;
    let token = shop.authenticate(&payment).await;
    shop.ok("approve", &approve_body(&payment, &token)).await;
    assert_eq!(shop.refused("approve", &approve_body(&payment, &token)).await, -702);
    assert_eq!(shop.simulator.ledger().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_payment_lives_fifteen_minutes() {
    let shop = Shop::open().await;
    let payment = shop.announce().await;
    let token = shop.authenticate(&payment).await;
    shop.simulator.advance(Duration::from_mins(14)).await;
    let other = shop.announce().await;
    let other_token = shop.authenticate(&other).await;
    shop.simulator.advance(Duration::from_mins(1)).await;
    assert_eq!(shop.refused("approve", &approve_body(&payment, &token)).await, -723);
    shop.ok("approve", &approve_body(&other, &other_token)).await;
}

#[tokio::test]
async fn of_two_approvals_at_once_one_is_told_to_look_it_up() {
    let shop = Shop::open().await;
    let payment = shop.announce().await;
    let token = shop.authenticate(&payment).await;
    shop.fault(Call::Approve, When::Before, Action::Latency { ms: 700 }).await;
    let body = approve_body(&payment, &token);
    let (one, two) = tokio::join!(shop.call("approve", &body), shop.call("approve", &body));
    let (paid, refused) = if one.0 == StatusCode::OK { (one, two) } else { (two, one) };
    assert_eq!(paid.0, StatusCode::OK, "{}", paid.1);
    assert_eq!((refused.0, &refused.1["error_code"]), (StatusCode::BAD_REQUEST, &json!(-785)));
    assert_eq!(shop.simulator.ledger().await.unwrap().len(), 1);
    assert_eq!(shop.refused("approve", &body).await, -702, "the mark is gone with the answer");
}
