//! A payment is looked up, by the provider's name or by the merchant's.

use sqlx::SqliteConnection;

use super::payment::Payment;
use super::record::known;
use super::refusal::{CallError, Refusal};
use super::request::Answer;
use super::{TossPayments, answer};

pub(super) async fn by_key(
    toss: &TossPayments,
    tx: &mut SqliteConnection,
    payment_key: &str,
) -> Result<Answer, CallError> {
    let payment = known(tx, payment_key).await?;
    tell(toss, tx, &payment).await
}

pub(super) async fn by_order(
    toss: &TossPayments,
    tx: &mut SqliteConnection,
    order_id: &str,
) -> Result<Answer, CallError> {
    let payment = Payment::find_by_order(tx, order_id).await?;
    let payment = payment.ok_or_else(|| Refusal::new("NOT_FOUND_PAYMENT"))?;
    tell(toss, tx, &payment).await
}

async fn tell(
    toss: &TossPayments,
    tx: &mut SqliteConnection,
    payment: &Payment,
) -> Result<Answer, CallError> {
    let now_us = toss.backstage.clock.now_us();
    Ok(Answer::told(&answer::payment(toss, tx, payment, now_us).await?))
}
