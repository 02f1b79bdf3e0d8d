//! Giving money back.

use jangbogo_gateway_simulator::{Action, Call, LedgerOp, When};
use jangbogo_kernel::{Currency, Money};
use jangbogo_payment::PaymentProvider as _;

use crate::shop::{PRICE, Shop, decline, declined, done, not_sent, refund_of, unknown};

#[tokio::test]
async fn a_part_and_then_the_rest_are_given_back() {
    let shop = Shop::open().await;
    let (payment, captured) = shop.captured().await;
    let part = refund_of(&payment, 2_000, PRICE);
    let (first, raw) = done(shop.kakaopay.refund(&part).await);
    assert_eq!(first.amount, Money::won(2_000));
    assert!(raw.contains("PART_CANCEL_PAYMENT"), "{raw}");
    let rest = refund_of(&payment, PRICE - 2_000, PRICE - 2_000);
    let (second, _) = done(shop.kakaopay.refund(&rest).await);
    assert_eq!(second.amount, Money::won(PRICE - 2_000));

    let looked = shop.kakaopay.lookup(&payment.reference).await.unwrap();
    assert_eq!(looked.captured, Some(captured));
    assert_eq!(looked.refunds, [first.clone(), second.clone()]);
    assert!(!looked.is_over);
    let ledger = shop.simulator.ledger().await.unwrap();
    let refunds = ledger.iter().filter(|entry| entry.op == LedgerOp::Refund);
    let ids: Vec<_> = refunds.map(|entry| entry.pg_tx_id.clone()).collect();
    assert_eq!(ids, [first.id, second.id]);
}

#[tokio::test]
async fn a_refund_whose_answer_was_lost_is_in_the_books() {
    let shop = Shop::open().await;
    let (payment, _) = shop.captured().await;
    let request = refund_of(&payment, 2_000, PRICE);
    shop.fault(Call::Cancel, When::After, Action::Reset).await;
    unknown(shop.kakaopay.refund(&request).await);
    let looked = shop.kakaopay.lookup(&payment.reference).await.unwrap();
    assert_eq!(looked.refunds.len(), 1);
    assert_eq!(looked.refunds[0].amount, Money::won(2_000));

    // Sent again, the optimistic lock stops it and the books have the first.
    shop.simulator.faults(Vec::new()).await;
    let (found, _) = done(shop.kakaopay.refund(&request).await);
    assert_eq!(found, looked.refunds[0]);
    assert_eq!(shop.movements().await, 2);
}

#[tokio::test]
async fn a_refund_that_raced_with_another_is_unknown_and_never_declined() {
    let shop = Shop::open().await;
    let (payment, _) = shop.captured().await;
    done(shop.kakaopay.refund(&refund_of(&payment, 5_000, PRICE)).await);
    // Somebody believes that nothing has been given back yet.
    let reason = unknown(shop.kakaopay.refund(&refund_of(&payment, 2_000, PRICE)).await);
    assert!(reason.starts_with("-710"), "{reason}");
    let over = refund_of(&payment, PRICE + 1, PRICE + 1);
    let reason = unknown(shop.kakaopay.refund(&over).await);
    assert!(reason.starts_with("-711"), "{reason}");

    let rest = refund_of(&payment, PRICE - 5_000, PRICE - 5_000);
    let action = decline(-781, "INVALID_CANCEL_STATUS");
    shop.fault(Call::Cancel, When::Before, action).await;
    let reason = unknown(shop.kakaopay.refund(&rest).await);
    assert!(reason.contains("INVALID_CANCEL_STATUS"), "{reason}");
    assert_eq!(shop.movements().await, 2);
}

#[tokio::test]
async fn a_refund_of_what_was_never_captured_is_unknown() {
    let shop = Shop::open().await;
    let payment = shop.agreed().await;
    let reason = unknown(shop.kakaopay.refund(&refund_of(&payment, PRICE, PRICE)).await);
    assert!(reason.starts_with("-784"), "{reason}");
}

#[tokio::test]
async fn a_proper_no_is_a_decline() {
    let shop = Shop::open().await;
    let (payment, _) = shop.captured().await;
    let request = refund_of(&payment, PRICE, PRICE);
    let action = decline(-781, "INVALID_CANCEL_STATUS_DEACTIVE");
    shop.fault(Call::Cancel, When::Before, action).await;
    let (code, message) = declined(shop.kakaopay.refund(&request).await);
    assert_eq!(code, "-781");
    assert!(message.contains("INVALID_CANCEL_STATUS_DEACTIVE"), "{message}");
    assert_eq!(shop.movements().await, 1);

    let mut dollars = request;
    dollars.amount = Money::new(1, Currency::Usd);
    not_sent(shop.kakaopay.refund(&dollars).await);
}

#[tokio::test]
async fn a_refund_of_another_payment_is_not_adopted() {
    let shop = Shop::open().await;
    let (payment, _) = shop.captured().await;
    let request = refund_of(&payment, PRICE, PRICE);
    let body = r#"{"aid":"A1","tid":"T1","partner_order_id":"pay_1",
        "approved_cancel_amount":{"total":22000}}"#;
    shop.answers(Call::Cancel, 200, body).await;
    let reason = unknown(shop.kakaopay.refund(&request).await);
    assert!(reason.contains("another payment"), "{reason}");
}
