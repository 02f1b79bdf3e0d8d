//! Money that shows itself after its attempt was given up; steps inside the settling transaction.
//!
//! The order takes it in if it can: it still waits for money, or it has expired and its pieces are
//! there to be held once more. Otherwise the money is nobody's, and goes back by itself.

use jangbogo_kernel::{Event, IdGenerator, Money, StoreError, Timestamp};
use jangbogo_ordering::{Order, OrderState, hold_again};

use crate::{
    Attempt, AttemptId, AttemptState, RefundId, RefundPart, RefundRequested, SurplusReturned,
    Transaction, Way,
};

/// Whether the order takes in the late capture. If so, its pieces are held, and no other attempt
/// to pay it lives.
pub(crate) async fn takes_late(
    tx: &mut dyn Transaction,
    order: &Order,
    attempt: &Attempt,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let mut others = tx.payments().attempts_of(attempt.intent).await?;
    others.retain(|other| other.is_capture() && other.id != attempt.id && !other.is_surplus);
    let pays = |other: &Attempt| other.state.is_open() || other.state == AttemptState::Succeeded;
    if others.iter().any(pays) {
        return Ok(false);
    }
    let is_taken = match order.state {
        OrderState::PendingPayment => true,
        // What else the order began, such as a subscription, has ended with it.
        OrderState::Expired if attempt.way == Way::Session => {
            hold_again(tx, order, ids, now).await?.is_ok()
        }
        // Whoever gave the order up does not want it.
        _ => false,
    };
    if is_taken {
        for other in &mut others {
            let version = other.version;
            if let Some(step) = other.abort("an earlier attempt has paid after all", now) {
                tx.payments().save(other, version).await?;
                tx.history().add(vec![step]).await?;
            }
        }
    }
    Ok(is_taken)
}

/// Agrees to a refund of the whole capture, and has it carried out like any other.
pub(crate) async fn give_back(
    tx: &mut dyn Transaction,
    capture: &Attempt,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let attempts = tx.payments().attempts_of(capture.intent).await?;
    let number = attempts.last().map_or(1, |last| last.number + 1);
    let id: AttemptId = ids.next();
    let part = RefundPart {
        request: RefundId::new(id.uuid()),
        refunded_before: Money::zero(capture.amount.currency()),
        captured: capture.amount,
        returned: Vec::new(),
        reason: "the money came when no order could take it".to_owned(),
    };
    let refund = capture.refunding((id, number), (capture.amount, part), now);
    tx.payments().add(&refund).await?;
    tx.history().add(vec![refund.created()]).await?;
    let amount = refund.amount.minor();
    let fact = RefundRequested { attempt: refund.id, order: refund.order, amount };
    tx.outbox().append(vec![Event::of(&fact, ids, now)?]).await
}

/// Tells that the money is back.
pub(crate) async fn gave_back(
    tx: &mut dyn Transaction,
    (refund, part): (&Attempt, &RefundPart),
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let fact = SurplusReturned {
        refund: part.request,
        order: refund.order,
        buyer: refund.buyer,
        amount: refund.amount.minor(),
        currency: refund.amount.currency().code().to_owned(),
    };
    tx.outbox().append(vec![Event::of(&fact, ids, now)?]).await
}
