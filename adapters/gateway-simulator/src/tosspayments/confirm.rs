//! `confirm`: the payment that the buyer agreed to is captured.

use sqlx::SqliteConnection;

use super::fields::Fields;
use super::payment::{Payment, State};
use super::record::known;
use super::refusal::{CallError, Refusal};
use super::request::Answer;
use super::{PROVIDER, TossPayments, answer};
use crate::clock::instant;
use crate::ledger::{self, LedgerEntry, LedgerOp};
use crate::random;

/// A well-formed `confirm`.
#[derive(Debug)]
pub(super) struct Confirm {
    pub(super) payment_key: String,
    pub(super) order_id: String,
    amount: i64,
}

impl Confirm {
    pub(super) fn parse(fields: &Fields) -> Result<Self, Refusal> {
        Ok(Self {
            payment_key: fields.text("paymentKey", 1, 200)?,
            order_id: fields.order_id()?,
            amount: fields.won("amount")?,
        })
    }

    /// Why this payment may not be captured now, if it may not.
    fn check(&self, payment: &Payment, now_us: i64) -> Result<(), Refusal> {
        let code = match payment.state_at(now_us) {
            State::Done | State::Canceled | State::PartialCanceled => "ALREADY_PROCESSED_PAYMENT",
            State::Ready | State::Aborted | State::Expired => "NOT_FOUND_PAYMENT_SESSION",
            State::InProgress
                if self.order_id != payment.order_id || self.amount != payment.amount =>
            {
                "FORBIDDEN_REQUEST"
            }
            State::InProgress => return Ok(()),
        };
        Err(Refusal::new(code))
    }
}

pub(super) async fn run(
    toss: &TossPayments,
    tx: &mut SqliteConnection,
    request: &Confirm,
    scripted: Option<&Refusal>,
) -> Result<Answer, CallError> {
    let now_us = toss.backstage.clock.now_us();
    let mut payment = known(tx, &request.payment_key).await?;
    request.check(&payment, now_us)?;
    let other = Payment::find_by_order(tx, &payment.order_id).await?;
    if other.is_some_and(|other| other.capture_key.is_some()) {
        return Err(Refusal::new("DUPLICATED_ORDER_ID").into());
    }
    if let Some(refusal) = scripted {
        if !refusal.is_final() {
            return Err(refusal.clone().into());
        }
        payment.state = State::Aborted;
        payment.failure = Some(refusal.code.clone());
        payment.save(tx).await?;
        let object = answer::payment(toss, tx, &payment, now_us).await?;
        return Ok(Answer::refused(refusal, Some(object)));
    }
    capture(toss, tx, &mut payment, now_us).await?;
    payment.save(tx).await?;
    Ok(Answer::changed(answer::payment(toss, tx, &payment, now_us).await?))
}

/// Moves the money: the payment is done, and the ledger has its row. The caller stores the payment.
pub(super) async fn capture(
    toss: &TossPayments,
    tx: &mut SqliteConnection,
    payment: &mut Payment,
    now_us: i64,
) -> sqlx::Result<()> {
    let transaction_key = random::hex(32).to_uppercase();
    payment.state = State::Done;
    payment.approved_at_us = Some(now_us);
    payment.capture_key = Some(transaction_key.clone());
    payment.last_transaction_key = Some(transaction_key);
    if payment.method.is_none() {
        let methods = ["카드", "간편결제"];
        let card = toss.luck("method", &payment.order_id, 2) == 0;
        payment.method = Some(methods[usize::from(!card)].to_owned());
    }
    let entry = LedgerEntry {
        provider: PROVIDER.to_owned(),
        pg_tx_id: payment.payment_key.clone(),
        tid: payment.payment_key.clone(),
        merchant_ref: payment.order_id.clone(),
        op: LedgerOp::Capture,
        amount: payment.amount,
        parent_tx_id: None,
        at: instant(now_us),
    };
    ledger::append(tx, &entry, None).await
}
