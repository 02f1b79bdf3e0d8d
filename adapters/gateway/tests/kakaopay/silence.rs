//! No answer, or none in time.

use std::time::{Duration, Instant};

use jangbogo_gateway::KakaoPay;
use jangbogo_gateway_simulator::{Action, Call, Fault, When};
use jangbogo_payment::{NotSentCause, PaymentProvider as _, ProviderError};

use crate::shop::{Shop, adapter, done, not_sent, open_request, refund_of, unknown};

#[tokio::test]
async fn an_answer_lost_after_the_effect_is_found_in_the_books() {
    let shop = Shop::open().await;
    let request = shop.agreed().await;
    shop.fault(Call::Approve, When::After, Action::Reset).await;
    unknown(shop.kakaopay.capture(&request).await);
    let looked = shop.kakaopay.lookup(&request.reference).await.unwrap();
    let ledger = shop.simulator.ledger().await.unwrap();
    assert_eq!(ledger.len(), 1, "sent once");
    assert_eq!(looked.captured.unwrap().id, ledger[0].pg_tx_id);
}

#[tokio::test]
async fn a_reset_before_the_effect_is_unknown_as_well() {
    let shop = Shop::open().await;
    let request = shop.agreed().await;
    shop.fault(Call::Approve, When::Before, Action::Reset).await;
    unknown(shop.kakaopay.capture(&request).await);
    let looked = shop.kakaopay.lookup(&request.reference).await.unwrap();
    assert!(looked.captured.is_none() && !looked.is_over, "{looked:?}");
    assert_eq!(shop.movements().await, 0);
}

#[tokio::test]
async fn money_is_sent_once_whatever_happens_to_the_first_request() {
    for (when, movements) in [(When::Before, 0), (When::After, 1)] {
        let shop = Shop::open().await;
        let request = shop.agreed().await;
        // A second request would meet no fault.
        let once = Fault::new(Call::Approve, when, Action::Reset).times(1);
        shop.simulator.faults(vec![once]).await;
        unknown(shop.kakaopay.capture(&request).await);
        assert_eq!(shop.movements().await, movements);
    }
}

#[tokio::test]
async fn without_a_connection_nothing_was_sent() {
    let shop = Shop::open().await;
    let (request, _) = shop.captured().await;
    let address = shop.simulator.base_url();
    shop.simulator.shutdown().await;
    // TLS fails before the request, too: a server that is not one.
    let plain = Shop::open().await;
    let tls = plain.simulator.base_url().replace("http://", "https://");
    for base_url in [address, tls] {
        let kakaopay = adapter(&base_url, |_| ());
        not_sent(kakaopay.capture(&request).await);
        not_sent(kakaopay.refund(&refund_of(&request, 1, 1)).await);
        let error = kakaopay.lookup(&request.reference).await.unwrap_err();
        assert!(
            matches!(error, ProviderError::NotSent { cause: NotSentCause::Unreachable, .. }),
            "{error}"
        );
        let error = kakaopay.open(&open_request()).await.unwrap_err();
        assert!(
            matches!(error, ProviderError::NotSent { cause: NotSentCause::Unreachable, .. }),
            "{error}"
        );
    }
}

/// The same shop's adapter with less patience.
fn impatient(shop: &Shop, connect_ms: u64, response_ms: u64) -> KakaoPay {
    adapter(&shop.simulator.base_url(), |settings| {
        settings.connection.connect_timeout = Duration::from_millis(connect_ms);
        settings.connection.response_timeout = Duration::from_millis(response_ms);
    })
}

#[tokio::test]
async fn an_answer_that_takes_too_long_is_unknown_within_the_deadline() {
    for (connect_ms, response_ms) in [(60_000, 300), (300, 300)] {
        let shop = Shop::open().await;
        let request = shop.agreed().await;
        let late = Action::Latency { ms: 10_000 };
        shop.fault(Call::Approve, When::After, late).await;
        let kakaopay = impatient(&shop, connect_ms, response_ms);
        let start = Instant::now();
        let reason = unknown(kakaopay.capture(&request).await);
        assert!(start.elapsed() < Duration::from_secs(9), "{reason}");
        assert!(reason.contains("in time"), "{reason}");
        // The effect may still be under way; it is found as soon as it is there.
        while shop.movements().await == 0 {
            tokio::task::yield_now().await;
        }
        let looked = shop.kakaopay.lookup(&request.reference).await.unwrap();
        assert!(looked.captured.is_some(), "{looked:?}");
    }
}

#[tokio::test]
async fn the_question_after_already_paid_shares_the_deadline() {
    let shop = Shop::open().await;
    let (request, transaction) = shop.captured().await;
    let late = |call| Fault::new(call, When::Before, Action::Latency { ms: 900 });
    // Each would be in time by itself.
    let faults = vec![late(Call::Approve), late(Call::Order)];
    shop.simulator.faults(faults).await;
    let kakaopay = impatient(&shop, 300, 1_300);
    let reason = unknown(kakaopay.capture(&request).await);
    assert!(reason.contains("already paid"), "{reason}");
    let (found, _) = done(shop.kakaopay.capture(&request).await);
    assert_eq!(found, transaction);
}
