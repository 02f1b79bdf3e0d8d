//! Cancels, whole and in part.

use serde_json::json;

use super::shop::{TossShop, cancel_path, refusal};

#[tokio::test]
async fn a_whole_cancel_is_canceled_and_happens_once() {
    let shop = TossShop::open().await;
    let paid = shop.paid("order-0001", 22_000).await;
    let path = cancel_path(&paid);
    assert_eq!(shop.refused(&path, &json!({})).await, refusal(400, "INVALID_REQUEST"));
    let payment = shop.ok(&path, &json!({"cancelReason": "변심"})).await;
    assert_eq!(payment["status"], json!("CANCELED"));
    assert_eq!((&payment["totalAmount"], &payment["balanceAmount"]), (&json!(22_000), &json!(0)));
    let cancel = &payment["cancels"][0];
    assert_eq!(cancel["cancelAmount"], json!(22_000));
    assert_eq!(cancel["cancelReason"], json!("변심"));
    assert_eq!(cancel["refundableAmount"], json!(0));
    assert_eq!(cancel["cancelStatus"], json!("DONE"));
    assert_eq!(payment["lastTransactionKey"], cancel["transactionKey"]);
    let again = shop.refused(&path, &json!({"cancelReason": "변심"})).await;
    assert_eq!(again, refusal(400, "ALREADY_CANCELED_PAYMENT"));
    let ledger = shop.simulator.ledger().await.unwrap();
    assert_eq!(ledger.len(), 2);
    assert_eq!(ledger[1].parent_tx_id, Some(paid.payment_key));
    assert_eq!(json!(ledger[1].pg_tx_id), cancel["transactionKey"]);
}

#[tokio::test]
async fn cancels_in_part_add_up_and_stay_partial() {
    let shop = TossShop::open().await;
    let paid = shop.paid("order-0001", 10_000).await;
    let path = cancel_path(&paid);
    let cancel = |amount: i64, refundable: i64| {
        let reason = "일부 반품";
        json!({"cancelReason": reason, "cancelAmount": amount, "refundableAmount": refundable})
    };
    let first = shop.ok(&path, &cancel(3_000, 10_000)).await;
    assert_eq!(first["status"], json!("PARTIAL_CANCELED"));
    assert_eq!(first["balanceAmount"], json!(7_000));
    let raced = shop.refused(&path, &cancel(3_000, 10_000)).await;
    assert_eq!(raced, refusal(400, "NOT_MATCHES_REFUNDABLE_AMOUNT"));
    let over = shop.refused(&path, &json!({"cancelReason": "r", "cancelAmount": 7_001})).await;
    assert_eq!(over, refusal(403, "NOT_CANCELABLE_AMOUNT"));
    let nothing = shop.refused(&path, &json!({"cancelReason": "r", "cancelAmount": 0})).await;
    assert_eq!(nothing, refusal(400, "BELOW_ZERO_AMOUNT"));
    // The rest after a part stays PARTIAL_CANCELED: only the balance tells.
    let rest = shop.ok(&path, &cancel(7_000, 7_000)).await;
    assert_eq!(rest["status"], json!("PARTIAL_CANCELED"));
    assert_eq!(rest["balanceAmount"], json!(0));
    let left: Vec<_> = [0, 1].map(|at| rest["cancels"][at]["refundableAmount"].clone()).into();
    assert_eq!(left, [json!(7_000), json!(0)]);
    let empty = shop.refused(&path, &json!({"cancelReason": "r"})).await;
    assert_eq!(empty, refusal(403, "NOT_CANCELABLE_AMOUNT"));
    assert_eq!(shop.simulator.ledger().await.unwrap().len(), 3);
}

#[tokio::test]
async fn what_is_not_paid_cannot_be_cancelled() {
    let shop = TossShop::open().await;
    let agreed = shop.agreed("order-0001", 10_000).await;
    let reason = json!({"cancelReason": "변심"});
    let refused = shop.refused(&cancel_path(&agreed), &reason).await;
    assert_eq!(refused, refusal(403, "NOT_CANCELABLE_PAYMENT"));
    let unknown = shop.refused("/v1/payments/tjang0/cancel", &reason).await;
    assert_eq!(unknown, refusal(404, "NOT_FOUND_PAYMENT"));
}
