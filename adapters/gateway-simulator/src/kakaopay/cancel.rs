//! `cancel`: a capture is refunded, in part or whole.

use serde_json::{Value, json};

use super::fields::Fields;
use super::payment::{Amount, Payment, State, known};
use super::refusal::{CallError, Code, Decline, Refusal};
use super::{KakaoPay, PROVIDER, answer};
use crate::clock::instant;
use crate::ledger::{self, LedgerEntry, LedgerOp};
use crate::random;

/// A well-formed `cancel`.
#[derive(Debug)]
pub(super) struct Cancel {
    cid: &'static str,
    pub(super) tid: String,
    total: i64,
    tax_free: i64,
    vat: Option<i64>,
    /// What the merchant believes can still be cancelled, this request included.
    available: Option<i64>,
    payload: Option<String>,
}

impl Cancel {
    pub(super) fn parse(fields: &Fields) -> Result<Self, Refusal> {
        let request = Self {
            cid: fields.cid()?,
            tid: fields.text("tid", 20)?,
            total: fields.int("cancel_amount")?,
            tax_free: fields.int("cancel_tax_free_amount")?,
            vat: fields.optional_int("cancel_vat_amount")?,
            available: fields.optional_int("cancel_available_amount")?,
            payload: fields.optional_text("payload", 200)?,
        };
        if request.total == 0 || request.tax_free > request.total {
            return Err(Code::WrongAmount.into());
        }
        Ok(request)
    }

    /// What this request takes off the payment, or why it may not.
    fn check(&self, payment: &Payment) -> Result<Amount, Code> {
        if !matches!(payment.state, State::SuccessPayment | State::PartCancelPayment) {
            return Err(Code::NotCancellable);
        }
        let left = payment.cancellable();
        if self.total > payment.amount.total {
            return Err(Code::OverOriginal);
        }
        if self.total > left.total || self.available.is_some_and(|total| total != left.total) {
            return Err(Code::OverCancellable);
        }
        let empties = self.total == left.total;
        if left.green_deposit > 0 && !empties {
            return Err(Code::NotCancellable); // a cup deposit forbids partial cancels
        }
        // Rounded shares of the VAT may add up to more than the whole; the default stops there,
        // an explicit amount must fit.
        let default_vat = Amount::default_vat(self.total, self.tax_free).min(left.vat);
        let vat = self.vat.unwrap_or(default_vat);
        let taxable = self.total - self.tax_free;
        let fits = self.tax_free <= left.tax_free
            && taxable <= left.total - left.tax_free
            && vat <= left.vat.min(taxable);
        if !fits {
            return Err(Code::WrongAmount);
        }
        let green_deposit = if empties { left.green_deposit } else { 0 };
        Ok(Amount { total: self.total, tax_free: self.tax_free, vat, green_deposit })
    }
}

/// Refunds: the payment's new state and the ledger's row are one transaction.
pub(super) async fn run(
    kakaopay: &KakaoPay,
    request: Cancel,
    decline: Option<&Decline>,
) -> Result<Value, CallError> {
    let now_us = kakaopay.backstage.clock.now_us();
    let mut tx = kakaopay.backstage.ledger.begin().await?;
    let mut payment = known(&mut tx, request.cid, &request.tid).await?;
    let amount = request.check(&payment)?;
    if let Some(decline) = decline {
        return Err(decline.refusal().into());
    }
    let aid = format!("A{}", random::hex(19));
    payment.canceled = payment.canceled.plus(amount);
    payment.canceled_at_us = Some(now_us);
    payment.state = if payment.cancellable().total == 0 {
        State::CancelPayment
    } else {
        State::PartCancelPayment
    };
    payment.save(&mut tx).await?;
    let entry = LedgerEntry {
        provider: PROVIDER.to_owned(),
        pg_tx_id: aid.clone(),
        tid: payment.tid.clone(),
        merchant_ref: payment.partner_order_id.clone(),
        op: LedgerOp::Refund,
        amount: amount.total,
        parent_tx_id: payment.capture_aid.clone(),
        at: instant(now_us),
    };
    ledger::append(&mut tx, &entry, request.payload.as_deref()).await?;
    tx.commit().await?;

    let mut answer = answer::common(&payment);
    answer["aid"] = json!(aid);
    answer["status"] = json!(payment.state.as_str());
    answer["approved_cancel_amount"] = answer::amount(amount);
    answer["canceled_amount"] = answer::amount(payment.canceled);
    answer["cancel_available_amount"] = answer::amount(payment.cancellable());
    answer["canceled_at"] = json!(answer::korean_time(now_us));
    answer["payload"] = json!(request.payload);
    Ok(answer)
}
