//! What an adapter to a payment provider must prove, with its provider and a buyer at hand.

use async_trait::async_trait;
use jangbogo_kernel::{Money, Timestamp};

use crate::{
    BookedMovement, CaptureRequest, Looked, OpenRequest, Outcome, PaymentProvider, Period, Proof,
    ProviderBooks, ProviderError, ProviderSession, ProviderTransaction, RefundRequest, ReturnUrls,
    UnknownCause,
};

/// The buyer at the provider's page.
#[async_trait]
pub trait PayingBuyer: Sync {
    /// Agrees, and tells what the browser brings back.
    async fn agrees(&self, session: &ProviderSession) -> Proof;

    /// Gives up.
    async fn gives_up(&self, session: &ProviderSession);
}

const MERCHANT_REF: &str = "pay_0190a0a0a0a0a0a0a0a0a0a0a0a0a0a0";
const BUYER_REF: &str = "mem_0190a0a0a0a0a0a0a0a0a0a0a0a0a0a0";
const AMOUNT: Money = Money::won(12_900);

/// Before the buyer agrees there is nothing; after the capture the books say what was taken, and
/// taking it again takes nothing more.
pub async fn an_agreed_amount_is_taken_once(
    provider: &dyn PaymentProvider,
    buyer: &dyn PayingBuyer,
) -> Result<(), ProviderError> {
    let session = provider.open(&wanted()).await?;
    let before = provider.lookup(&session.reference).await?;
    let nothing = Looked { captured: None, refunds: Vec::new(), is_over: false };
    assert_eq!(before, nothing, "nothing is taken and the buyer may still agree");
    let proof = buyer.agrees(&session).await;
    for name in provider.profile().proof {
        assert!(proof.contains_key(&name), "the profile names what the browser brings: {name}");
    }
    let request = capture(&session, proof);
    let taken = done(provider.capture(&request).await)?;
    assert_eq!(taken.amount, AMOUNT, "what was agreed to");
    if let Outcome::Done { transaction, .. } = provider.capture(&request).await {
        assert_eq!(transaction, taken, "the same movement, told again");
    }
    let after = provider.lookup(&session.reference).await?;
    assert_eq!(after.captured, Some(taken), "the books have this one capture");
    assert_eq!(after.refunds, [], "and no refund");
    Ok(())
}

/// Without the buyer's proof nothing is taken, and nobody pretends that it was.
pub async fn a_forged_proof_takes_nothing(
    provider: &dyn PaymentProvider,
    buyer: &dyn PayingBuyer,
) -> Result<(), ProviderError> {
    let session = provider.open(&wanted()).await?;
    let mut proof = buyer.agrees(&session).await;
    for value in proof.values_mut() {
        "forged".clone_into(value);
    }
    let outcome = provider.capture(&capture(&session, proof)).await;
    assert!(!matches!(outcome, Outcome::Done { .. }), "{outcome:?}");
    let looked = provider.lookup(&session.reference).await?;
    assert_eq!(looked.captured, None, "the books have no capture");
    Ok(())
}

/// A buyer who gave up is not charged, and the books say that it is over.
pub async fn who_gives_up_is_not_charged(
    provider: &dyn PaymentProvider,
    buyer: &dyn PayingBuyer,
) -> Result<(), ProviderError> {
    let session = provider.open(&wanted()).await?;
    buyer.gives_up(&session).await;
    let looked = provider.lookup(&session.reference).await?;
    assert_eq!((looked.captured, looked.is_over), (None, true), "nothing taken, and over");
    Ok(())
}

/// Refunds add up to what was captured and never to more; a refund that believes in another rest
/// than the provider's moves nothing.
pub async fn refunds_never_exceed_the_capture(
    provider: &dyn PaymentProvider,
    buyer: &dyn PayingBuyer,
) -> Result<(), ProviderError> {
    let session = provider.open(&wanted()).await?;
    let proof = buyer.agrees(&session).await;
    done(provider.capture(&capture(&session, proof)).await)?;
    let first = done(provider.refund(&refund(&session, 2_900, 12_900)).await)?;
    assert_eq!(first.amount, Money::won(2_900), "a part goes back");
    for (amount, believed) in [(10_001, 10_000), (10_001, 12_900), (1_000, 12_900)] {
        let refused = provider.refund(&refund(&session, amount, believed)).await;
        assert!(!matches!(refused, Outcome::Done { .. }), "{amount} of {believed}: {refused:?}");
    }
    if let Outcome::Done { transaction, .. } =
        provider.refund(&refund(&session, 2_900, 12_900)).await
    {
        assert_eq!(transaction, first, "a repeat is the same movement, told again");
    }
    let rest = done(provider.refund(&refund(&session, 10_000, 10_000)).await)?;
    let looked = provider.lookup(&session.reference).await?;
    assert_eq!(looked.refunds, [first, rest], "the books have both, oldest first");
    Ok(())
}

/// A session that does not exist is refused, and nothing is made up about it.
pub async fn an_unknown_session_is_refused(
    provider: &dyn PaymentProvider,
    _buyer: &dyn PayingBuyer,
) -> Result<(), ProviderError> {
    let looked = provider.lookup("T0000000000000000000").await;
    assert!(looked.is_err(), "{looked:?}");
    Ok(())
}

/// The provider's list has every movement of the period with its name, session and amount, and
/// nothing of another time.
pub async fn the_books_list_every_movement_of_a_period(
    provider: &dyn PaymentProvider,
    buyer: &dyn PayingBuyer,
    books: &dyn ProviderBooks,
    now: Timestamp,
) -> Result<(), ProviderError> {
    let session = provider.open(&wanted()).await?;
    let proof = buyer.agrees(&session).await;
    let taken = done(provider.capture(&capture(&session, proof)).await)?;
    let first = done(provider.refund(&refund(&session, 2_900, 12_900)).await)?;
    let rest = done(provider.refund(&refund(&session, 10_000, 10_000)).await)?;
    let booked = |moved: &ProviderTransaction, is_capture| BookedMovement {
        id: moved.id.clone(),
        reference: session.reference.clone(),
        merchant_ref: MERCHANT_REF.to_owned(),
        is_capture,
        amount: moved.amount,
    };
    let expected = [booked(&taken, true), booked(&first, false), booked(&rest, false)];
    let hour = std::time::Duration::from_hours(1);
    let around = Period { from: now.minus(hour), until: now.plus(hour) };
    assert_eq!(books.provider(), provider.profile().name, "whose books they are");
    assert_eq!(books.movements(around).await?, expected, "oldest first");
    let before = Period { from: now.minus(hour * 2), until: now.minus(hour) };
    assert_eq!(books.movements(before).await?, [], "nothing of another time");
    Ok(())
}

fn wanted() -> OpenRequest {
    let url = |end: &str| format!("https://shop.example/payments/{MERCHANT_REF}/{end}");
    OpenRequest {
        merchant_ref: MERCHANT_REF.to_owned(),
        buyer_ref: BUYER_REF.to_owned(),
        item_name: "루테인 외 1건".to_owned(),
        quantity: 2,
        amount: AMOUNT,
        urls: ReturnUrls { approve: url("approve"), cancel: url("cancel"), fail: url("fail") },
    }
}

fn capture(session: &ProviderSession, proof: Proof) -> CaptureRequest {
    CaptureRequest {
        reference: session.reference.clone(),
        merchant_ref: MERCHANT_REF.to_owned(),
        buyer_ref: BUYER_REF.to_owned(),
        amount: AMOUNT,
        proof,
    }
}

fn refund(session: &ProviderSession, amount: i64, believed: i64) -> RefundRequest {
    RefundRequest {
        refund_ref: format!("{MERCHANT_REF}-{amount}-{believed}"),
        reference: session.reference.clone(),
        merchant_ref: MERCHANT_REF.to_owned(),
        amount: Money::won(amount),
        refundable: Money::won(believed),
    }
}

/// The movement of a request that must have been done.
fn done(outcome: Outcome) -> Result<ProviderTransaction, ProviderError> {
    match outcome {
        Outcome::Done { transaction, .. } => Ok(transaction),
        other => Err(ProviderError::Unavailable {
            cause: UnknownCause::Answer,
            reason: format!("not done: {other:?}"),
        }),
    }
}
