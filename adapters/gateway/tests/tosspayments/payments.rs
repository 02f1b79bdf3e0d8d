//! What a payment through TossPayments does, and what never happens.

use jangbogo_gateway_simulator::{Action, Call, When};
use jangbogo_kernel::{Currency, Money};
use jangbogo_payment::{
    NotSentCause, Outcome, PaymentProvider as _, ProviderError, ProviderTransaction, UnknownCause,
};

use crate::shop::{PRICE, Shop, open_request, refund_of};

/// What an outcome must be.
type Expected<'a> = &'a dyn Fn(&Outcome) -> bool;

fn done(outcome: Outcome) -> ProviderTransaction {
    match outcome {
        Outcome::Done { transaction, .. } => transaction,
        other => panic!("not done: {other:?}"),
    }
}

#[tokio::test]
async fn a_buyer_pays_and_gets_a_part_and_then_the_rest_back() {
    let shop = Shop::open().await;
    let request = shop.agreed().await;
    let taken = done(shop.toss.capture(&request).await);
    let expected = ProviderTransaction { id: request.reference.clone(), amount: request.amount };
    assert_eq!(taken, expected, "the capture is called by the payment's key");
    let part = done(shop.toss.refund(&refund_of(&request, "pay_2", 2_000, PRICE)).await);
    let rest = PRICE - 2_000;
    let rest = done(shop.toss.refund(&refund_of(&request, "pay_3", rest, rest)).await);
    let looked = shop.toss.lookup(&request.reference).await.unwrap();
    assert_eq!((looked.captured, looked.refunds), (Some(taken), vec![part, rest]));
    let ledger = shop.simulator.ledger().await.unwrap();
    assert_eq!(ledger.len(), 3);
    assert!(ledger.iter().all(|entry| entry.merchant_ref == request.merchant_ref));
}

#[tokio::test]
async fn a_session_opened_twice_is_one() {
    let shop = Shop::open().await;
    let first = shop.toss.open(&open_request()).await.unwrap();
    assert_eq!(shop.toss.open(&open_request()).await.unwrap(), first);
}

#[tokio::test]
async fn what_the_browser_brings_is_compared_and_never_sent_on() {
    let shop = Shop::open().await;
    let request = shop.agreed().await;
    for (name, value) in [
        ("paymentKey", "tjangother"),
        ("orderId", "pay_other1"),
        ("amount", "100"),
        ("amount", "22000.0"),
        ("amount", ""),
    ] {
        let mut forged = request.clone();
        forged.proof.insert(name.to_owned(), value.to_owned());
        let outcome = shop.toss.capture(&forged).await;
        let is_unfit = |cause| cause == NotSentCause::Unfit;
        assert!(
            matches!(outcome, Outcome::NotSent { cause, .. } if is_unfit(cause)),
            "{name}={value}: {outcome:?}"
        );
    }
    let mut dollars = request.clone();
    dollars.amount = Money::new(PRICE, Currency::Usd);
    assert!(matches!(shop.toss.capture(&dollars).await, Outcome::NotSent { .. }));
    assert_eq!(shop.movements().await, 0);
    done(shop.toss.capture(&request).await);
}

#[tokio::test]
async fn a_repeated_capture_or_refund_is_the_same_movement() {
    let shop = Shop::open().await;
    let request = shop.agreed().await;
    let taken = done(shop.toss.capture(&request).await);
    assert_eq!(done(shop.toss.capture(&request).await), taken, "the first answer, again");
    let refund = refund_of(&request, "pay_2", 2_000, PRICE);
    let given = done(shop.toss.refund(&refund).await);
    assert_eq!(done(shop.toss.refund(&refund).await), given);
    assert_eq!(shop.movements().await, 2);
}

#[tokio::test]
async fn an_answer_lost_after_the_effect_is_found_and_repeated() {
    for lost in [Action::Reset, Action::Garbage, Action::Truncated] {
        let shop = Shop::open().await;
        let request = shop.agreed().await;
        shop.fault(Call::Approve, When::After, lost.clone()).await;
        let outcome = shop.toss.capture(&request).await;
        let is_silence = |cause| cause == UnknownCause::Silence;
        assert!(
            matches!(outcome, Outcome::Unknown { cause, .. } if is_silence(cause)),
            "{lost:?}: {outcome:?}"
        );
        let looked = shop.toss.lookup(&request.reference).await.unwrap();
        let taken = looked.captured.unwrap();
        assert_eq!(done(shop.toss.capture(&request).await), taken);
        assert_eq!(shop.movements().await, 1);
    }
}

#[tokio::test]
async fn codes_decide_whatever_the_status_is() {
    let unknown = |outcome: &Outcome| matches!(outcome, Outcome::Unknown { .. });
    let declined = |outcome: &Outcome| matches!(outcome, Outcome::Declined { .. });
    let closed = |outcome: &Outcome| {
        let is_closed = |cause| cause == NotSentCause::Closed;
        matches!(outcome, Outcome::NotSent { cause, .. } if is_closed(*cause))
    };
    let cases: [(&str, Expected<'_>); 7] = [
        ("REJECT_CARD_PAYMENT", &declined),
        ("INVALID_STOPPED_CARD", &declined),
        ("REJECT_CARD_COMPANY", &declined),
        ("NOT_AVAILABLE_BANK", &closed),
        ("PROVIDER_ERROR", &unknown),
        ("FORBIDDEN_CONSECUTIVE_REQUEST", &unknown),
        ("FAILED_PAYMENT_INTERNAL_SYSTEM_PROCESSING", &unknown),
    ];
    for (code, expected) in cases {
        let shop = Shop::open().await;
        let request = shop.agreed().await;
        shop.fault(Call::Approve, When::Before, Action::Error { code: code.to_owned() }).await;
        let outcome = shop.toss.capture(&request).await;
        assert!(expected(&outcome), "{code}: {outcome:?}");
        assert_eq!(shop.movements().await, 0);
    }
}

#[tokio::test]
async fn another_amount_is_never_called_ours() {
    let shop = Shop::open().await;
    let request = shop.agreed().await;
    shop.fault(Call::Approve, When::After, Action::WrongAmount { delta: -1_000 }).await;
    match shop.toss.capture(&request).await {
        Outcome::Done { transaction, .. } => assert_ne!(transaction.amount, request.amount),
        other => assert!(matches!(other, Outcome::Unknown { .. }), "{other:?}"),
    }
}

#[tokio::test]
async fn a_refund_that_believes_in_another_rest_moves_nothing() {
    let shop = Shop::open().await;
    let request = shop.agreed().await;
    done(shop.toss.capture(&request).await);
    for (name, amount, refundable) in
        [("pay_2", 1_000, PRICE - 1), ("pay_3", PRICE + 1, PRICE), ("pay_4", 1_000, PRICE + 1)]
    {
        let outcome = shop.toss.refund(&refund_of(&request, name, amount, refundable)).await;
        assert!(matches!(outcome, Outcome::Unknown { .. }), "{name}: {outcome:?}");
    }
    assert_eq!(shop.movements().await, 1);
}

#[tokio::test]
async fn a_wrong_key_is_refused_and_no_connection_is_not_sent() {
    let shop = Shop::open().await;
    let request = shop.agreed().await;
    let error = shop.toss.lookup("tjangnone").await.unwrap_err();
    let is_missing = |code: &str| code == "NOT_FOUND_PAYMENT";
    assert!(matches!(&error, ProviderError::Refused { code, .. } if is_missing(code)), "{error}");
    let error = shop.toss.lookup("../payments").await.unwrap_err();
    assert!(matches!(error, ProviderError::NotSent { .. }), "{error}");
    shop.simulator.shutdown().await;
    let outcome = shop.toss.capture(&request).await;
    let is_unreachable = |cause| cause == NotSentCause::Unreachable;
    assert!(
        matches!(outcome, Outcome::NotSent { cause, .. } if is_unreachable(cause)),
        "{outcome:?}"
    );
}
