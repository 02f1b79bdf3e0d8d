//! Opening and capturing.

use std::time::Duration;

use jangbogo_gateway_simulator::{Action, Call, When};
use jangbogo_kernel::{Currency, Money};
use jangbogo_payment::{Looked, NotSentCause, PaymentProvider as _, ProviderError};

use crate::shop::{PRICE, Shop, decline, declined, done, not_sent, open_request, unknown};

#[tokio::test]
async fn a_buyer_pays() {
    let shop = Shop::open().await;
    let request = shop.agreed().await;
    let pending = Looked { captured: None, refunds: Vec::new(), is_over: false };
    assert_eq!(shop.kakaopay.lookup(&request.reference).await, Ok(pending));

    let (transaction, raw) = done(shop.kakaopay.capture(&request).await);
    assert_eq!(transaction.amount, Money::won(PRICE));
    let ledger = shop.simulator.ledger().await.unwrap();
    assert_eq!(ledger.len(), 1);
    assert_eq!(ledger[0].pg_tx_id, transaction.id);
    assert_eq!(ledger[0].merchant_ref, "pay_1");
    assert!(raw.contains(&transaction.id), "{raw}");
    assert!(!raw.contains("approved_id"), "{raw}");

    let looked = shop.kakaopay.lookup(&request.reference).await.unwrap();
    assert_eq!(looked.captured, Some(transaction));
    assert!(looked.refunds.is_empty() && !looked.is_over);
}

#[tokio::test]
async fn the_profile_is_kakaopays() {
    let profile = Shop::open().await.kakaopay.profile();
    assert_eq!(profile.name.0, "kakaopay");
    assert_eq!(profile.proof, ["pg_token"]);
    assert_eq!(profile.session_life, Duration::from_mins(15));
    assert_eq!(profile.call_deadline, Duration::from_secs(40));
    assert_eq!(profile.horizon, Duration::from_mins(2));
}

#[tokio::test]
async fn a_session_has_three_pages_and_fits_kakaopays_limits() {
    let shop = Shop::open().await;
    let mut request = open_request();
    request.item_name = "귤".repeat(300);
    let session = shop.kakaopay.open(&request).await.unwrap();
    assert!(session.reference.starts_with('T'), "{session:?}");
    let redirects = session.redirects;
    for (url, channel) in [
        (redirects.pc, "/pc/"),
        (redirects.mobile, "/mobile-web/"),
        (redirects.app, "/mobile-app/"),
    ] {
        assert!(url.contains(channel), "{url}");
    }

    request.urls.fail = format!("http://shop.test/{}", "x".repeat(239));
    let refused = shop.kakaopay.open(&request).await.unwrap_err();
    assert!(matches!(refused, ProviderError::Refused { .. }), "{refused}");
    request.urls.fail.pop();
    assert!(shop.kakaopay.open(&request).await.is_ok());
    request.amount = Money::new(PRICE, Currency::Usd);
    let refused = shop.kakaopay.open(&request).await.unwrap_err();
    assert!(matches!(refused, ProviderError::Refused { .. }), "{refused}");
}

#[tokio::test]
async fn a_session_is_refused_by_words_and_unavailable_otherwise() {
    let shop = Shop::open().await;
    let mut request = open_request();
    request.quantity = 0;
    let refused = shop.kakaopay.open(&request).await.unwrap_err();
    assert!(matches!(&refused, ProviderError::Refused { code, .. } if code == "-2"), "{refused}");
    for (code, body) in
        [(500, ""), (400, "<h1>Bad Request</h1>"), (200, r#"{"tid":"T1"}"#), (302, "")]
    {
        shop.answers(Call::Ready, code, body).await;
        let error = shop.kakaopay.open(&open_request()).await.unwrap_err();
        assert!(matches!(error, ProviderError::Unavailable { .. }), "{code}: {error}");
    }
    let closed = r#"{"error_code":-503,"error_message":"maintenance"}"#;
    shop.answers(Call::Ready, 503, closed).await;
    let error = shop.kakaopay.open(&open_request()).await.unwrap_err();
    let is_closed = |cause| matches!(cause, NotSentCause::Closed);
    assert!(matches!(error, ProviderError::NotSent { cause, .. } if is_closed(cause)), "{error}");
}

#[tokio::test]
async fn a_buyer_who_quits_ends_the_session() {
    let shop = Shop::open().await;
    let session = shop.kakaopay.open(&open_request()).await.unwrap();
    shop.press(&session, "cancel").await;
    let looked = shop.kakaopay.lookup(&session.reference).await.unwrap();
    assert!(looked.is_over && looked.captured.is_none(), "{looked:?}");
}

#[tokio::test]
async fn an_unknown_session_is_refused() {
    let shop = Shop::open().await;
    let error = shop.kakaopay.lookup("T00000000000000000ff").await;
    assert!(
        matches!(&error, Err(ProviderError::Refused { code, .. }) if code == "-721"),
        "{error:?}"
    );
}

#[tokio::test]
async fn the_banks_no_is_a_decline_with_its_words() {
    let shop = Shop::open().await;
    let request = shop.agreed().await;
    let action = decline(-780, "NOT_ENOUGH_BALANCE");
    shop.fault(Call::Approve, When::Before, action).await;
    let (code, message) = declined(shop.kakaopay.capture(&request).await);
    assert_eq!(code, "-780");
    assert!(message.contains("NOT_ENOUGH_BALANCE"), "{message}");
    assert!(message.contains("결제수단에서 거절"), "{message}");
    assert_eq!(shop.movements().await, 0);
    let looked = shop.kakaopay.lookup(&request.reference).await.unwrap();
    assert!(looked.is_over && looked.captured.is_none(), "{looked:?}");

    // What is no longer approvable is not declined a second time: the books tell.
    shop.simulator.faults(Vec::new()).await;
    let reason = unknown(shop.kakaopay.capture(&request).await);
    assert!(reason.starts_with("-783"), "{reason}");
}

#[tokio::test]
async fn a_wrong_token_is_declined_and_a_missing_one_not_sent() {
    let shop = Shop::open().await;
    let mut request = shop.agreed().await;
    let token = request.proof.insert("pg_token".to_owned(), "wrong".to_owned());
    let (code, _) = declined(shop.kakaopay.capture(&request).await);
    assert_eq!(code, "-708");
    request.proof.clear();
    not_sent(shop.kakaopay.capture(&request).await);
    assert_eq!(shop.movements().await, 0);
    request.proof.insert("pg_token".to_owned(), token.unwrap());
    done(shop.kakaopay.capture(&request).await);
}

#[tokio::test]
async fn an_expired_session_and_a_wrong_amount_are_declined() {
    let shop = Shop::open().await;
    let mut request = shop.agreed().await;
    request.amount = Money::won(PRICE - 1);
    assert_eq!(declined(shop.kakaopay.capture(&request).await).0, "-725");
    request.amount = Money::won(PRICE);
    shop.simulator.advance(Duration::from_mins(16)).await;
    assert_eq!(declined(shop.kakaopay.capture(&request).await).0, "-723");
    request.amount = Money::new(PRICE, Currency::Usd);
    not_sent(shop.kakaopay.capture(&request).await);
    assert_eq!(shop.movements().await, 0);
}

#[tokio::test]
async fn a_second_capture_finds_the_first_in_the_books() {
    let shop = Shop::open().await;
    let (request, transaction) = shop.captured().await;
    let (again, raw) = done(shop.kakaopay.capture(&request).await);
    assert_eq!(again, transaction);
    assert!(raw.contains("SUCCESS_PAYMENT"), "{raw}");
    assert_eq!(shop.movements().await, 1);

    let body = String::new();
    let action = Action::Status { code: 502, body };
    shop.fault(Call::Order, When::Before, action).await;
    let reason = unknown(shop.kakaopay.capture(&request).await);
    assert!(reason.contains("HTTP 502"), "{reason}");
}

#[tokio::test]
async fn a_wrong_amount_is_reported_as_kakaopay_said_it() {
    let shop = Shop::open().await;
    let request = shop.agreed().await;
    let lie = Action::WrongAmount { delta: -1_000 };
    shop.fault(Call::Approve, When::After, lie).await;
    let (transaction, _) = done(shop.kakaopay.capture(&request).await);
    assert_eq!(transaction.amount, Money::won(PRICE - 1_000));
    assert_eq!(shop.simulator.ledger().await.unwrap()[0].amount, PRICE);
}

#[tokio::test]
async fn a_wrong_key_is_our_fault_and_takes_nothing() {
    let shop = Shop::open_with(|settings| settings.secret_key = "wrong".into()).await;
    let error = shop.kakaopay.open(&open_request()).await.unwrap_err();
    assert!(matches!(&error, ProviderError::Refused { code, .. } if code == "-401"), "{error}");
    assert!(!format!("{error:?}").contains("wrong"), "{error:?}");
}
