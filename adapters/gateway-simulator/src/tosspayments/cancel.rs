//! `cancel`: a capture is refunded, in part or whole.

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

/// A well-formed `cancel`.
#[derive(Debug)]
pub(super) struct Cancel {
    pub(super) payment_key: String,
    reason: String,
    /// All that is left when absent.
    amount: Option<i64>,
    tax_free: i64,
    /// What the merchant believes can still be cancelled, this request included.
    refundable: Option<i64>,
}

impl Cancel {
    pub(super) fn parse(payment_key: String, fields: &Fields) -> Result<Self, Refusal> {
        let amount = fields.optional_won("cancelAmount")?;
        if amount.is_some_and(|amount| amount <= 0) {
            return Err(Refusal::new("BELOW_ZERO_AMOUNT"));
        }
        Ok(Self {
            payment_key,
            reason: fields.text("cancelReason", 1, 200)?,
            amount,
            tax_free: fields.optional_won("taxFreeAmount")?.unwrap_or(0),
            refundable: fields.optional_won("refundableAmount")?,
        })
    }

    /// How much goes back, or why nothing does.
    fn check(&self, payment: &Payment) -> Result<i64, Refusal> {
        match payment.state {
            State::Done | State::PartialCanceled => {}
            State::Canceled => return Err(Refusal::new("ALREADY_CANCELED_PAYMENT")),
            _ => return Err(Refusal::new("NOT_CANCELABLE_PAYMENT")),
        }
        if self.refundable.is_some_and(|refundable| refundable != payment.balance) {
            return Err(Refusal::new("NOT_MATCHES_REFUNDABLE_AMOUNT"));
        }
        let amount = self.amount.unwrap_or(payment.balance);
        let tax_free_max = payment.tax_free_balance.min(amount);
        if amount > payment.balance || amount == 0 || !(0..=tax_free_max).contains(&self.tax_free) {
            return Err(Refusal::new("NOT_CANCELABLE_AMOUNT"));
        }
        Ok(amount)
    }
}

/// Refunds: the payment's new balance and the ledger's row are one transaction.
pub(super) async fn run(
    toss: &TossPayments,
    tx: &mut SqliteConnection,
    request: &Cancel,
) -> Result<Answer, CallError> {
    let now_us = toss.backstage.clock.now_us();
    let mut payment = known(tx, &request.payment_key).await?;
    let amount = request.check(&payment)?;
    let transaction_key = random::hex(32).to_uppercase();
    let was_whole = payment.state == State::Done;
    payment.balance -= amount;
    // What is left cannot be freer of tax than it is.
    let tax_free = payment.tax_free_balance - request.tax_free;
    payment.tax_free_balance = tax_free.min(payment.balance);
    // As measured: cancelling the rest after a part leaves PARTIAL_CANCELED with a balance of 0.
    payment.state =
        if was_whole && payment.balance == 0 { State::Canceled } else { State::PartialCanceled };
    payment.last_transaction_key = Some(transaction_key.clone());
    payment.save(tx).await?;
    let entry = LedgerEntry {
        provider: PROVIDER.to_owned(),
        pg_tx_id: transaction_key,
        tid: payment.payment_key.clone(),
        merchant_ref: payment.order_id.clone(),
        op: LedgerOp::Refund,
        amount,
        parent_tx_id: Some(payment.payment_key.clone()),
        at: instant(now_us),
    };
    ledger::append(tx, &entry, Some(&request.reason)).await?;
    Ok(Answer::changed(answer::payment(toss, tx, &payment, now_us).await?))
}
