//! `subscription`: a charge without the buyer.

use serde_json::{Value, json};

use super::approve::{captured, card_info};
use super::fields::Fields;
use super::payment::{Amount, Method, Payment, State};
use super::refusal::{CallError, Code, Decline, Refusal};
use super::sid::{self, Sid, known_sid};
use super::{KakaoPay, answer};
use crate::random;

/// A well-formed `subscription`.
#[derive(Debug)]
pub(super) struct Subscription {
    cid: &'static str,
    pub(super) sid: String,
    pub(super) partner_order_id: String,
    partner_user_id: String,
    item_name: String,
    item_code: Option<String>,
    quantity: i64,
    amount: Amount,
    payload: Option<String>,
}

impl Subscription {
    pub(super) fn parse(fields: &Fields) -> Result<Self, Refusal> {
        let (total, tax_free) = (fields.int("total_amount")?, fields.int("tax_free_amount")?);
        if total == 0 || tax_free > total {
            return Err(Code::WrongAmount.into());
        }
        let vat = fields.optional_int("vat_amount")?;
        let vat = vat.unwrap_or_else(|| Amount::default_vat(total, tax_free));
        let green_deposit = fields.optional_int("green_deposit")?.unwrap_or(0);
        if vat > total - tax_free || green_deposit > total {
            return Err(Code::WrongAmount.into());
        }
        Ok(Self {
            cid: fields.cid()?,
            sid: fields.text("sid", 20)?,
            partner_order_id: fields.text("partner_order_id", 100)?,
            partner_user_id: fields.text("partner_user_id", 100)?,
            item_name: fields.text("item_name", 100)?,
            item_code: fields.optional_text("item_code", 100)?,
            quantity: fields.int("quantity")?,
            amount: Amount { total, tax_free, vat, green_deposit },
            payload: fields.optional_text("payload", 200)?,
        })
    }

    /// Why the SID may not be charged, if it may not.
    fn check(&self, sid: &Sid) -> Result<(), Code> {
        if !sid.is_active() {
            return Err(Code::InactiveSid);
        }
        if self.partner_user_id != sid.partner_user_id {
            return Err(Code::ForeignSid);
        }
        Ok(())
    }

    fn payment(&self, sid: &Sid, now_us: i64) -> Payment {
        Payment {
            tid: format!("T{}", random::hex(19)),
            page: random::hex(64),
            cid: self.cid.to_owned(),
            partner_order_id: self.partner_order_id.clone(),
            partner_user_id: self.partner_user_id.clone(),
            item_name: self.item_name.clone(),
            item_code: self.item_code.clone(),
            quantity: self.quantity,
            amount: self.amount,
            // There is no buyer to send anywhere.
            approval_url: String::new(),
            cancel_url: String::new(),
            fail_url: String::new(),
            wanted_method: Some(sid.method),
            install_month: None,
            created_at_us: now_us,
            state: State::Ready,
            pg_token: None,
            method: None,
            capture_aid: None,
            approved_at_us: None,
            canceled: Amount::default(),
            canceled_at_us: None,
        }
    }
}

/// Charges: a payment of its own, the ledger's row and the SID's are one transaction. Nothing keeps
/// the same request from being charged again: KakaoPay knows no idempotency.
pub(super) async fn run(
    kakaopay: &KakaoPay,
    request: Subscription,
    decline: Option<&Decline>,
) -> Result<Value, CallError> {
    let now_us = kakaopay.backstage.clock.now_us();
    let mut tx = kakaopay.backstage.ledger.begin().await?;
    let sid = known_sid(&mut tx, request.cid, &request.sid).await?;
    request.check(&sid)?;
    if let Some(decline) = decline {
        return Err(decline.refusal().into());
    }
    let mut payment = request.payment(&sid, now_us);
    payment.add(&mut tx).await?;
    let payload = request.payload.as_deref();
    let aid = captured(&mut tx, &mut payment, sid.method, now_us, payload).await?;
    sid::note_approval(&mut tx, &sid.token, now_us).await?;
    tx.commit().await?;

    let mut answer = answer::common(&payment);
    answer["aid"] = json!(aid);
    answer["sid"] = json!(sid.token);
    answer["payload"] = json!(request.payload);
    if sid.method == Method::Card {
        answer["card_info"] = card_info(&payment);
    }
    Ok(answer)
}
