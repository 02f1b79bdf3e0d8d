//! `approve`: the authenticated payment is captured.

use serde_json::{Value, json};
use sqlx::SqliteConnection;

use super::fields::Fields;
use super::payment::{Method, Payment, State, known};
use super::refusal::{CallError, Code, Decline, Refusal};
use super::{CID_RECURRING, KakaoPay, PROVIDER, answer, sid};
use crate::clock::instant;
use crate::ledger::{self, LedgerEntry, LedgerOp};
use crate::random;

/// A well-formed `approve`.
#[derive(Debug)]
pub(super) struct Approve {
    cid: &'static str,
    pub(super) tid: String,
    pub(super) partner_order_id: String,
    partner_user_id: String,
    pg_token: String,
    payload: Option<String>,
    total_amount: Option<i64>,
}

impl Approve {
    pub(super) fn parse(fields: &Fields) -> Result<Self, Refusal> {
        Ok(Self {
            cid: fields.cid()?,
            tid: fields.text("tid", 20)?,
            partner_order_id: fields.text("partner_order_id", 100)?,
            partner_user_id: fields.text("partner_user_id", 100)?,
            pg_token: fields.text("pg_token", 200)?,
            payload: fields.optional_text("payload", 200)?,
            total_amount: fields.optional_int("total_amount")?,
        })
    }

    /// Why this payment may not be captured now, if it may not.
    fn check(&self, payment: &Payment, now_us: i64) -> Result<(), Code> {
        if self.partner_order_id != payment.partner_order_id {
            return Err(Code::OtherOrder);
        }
        if self.partner_user_id != payment.partner_user_id {
            return Err(Code::OtherUser);
        }
        match payment.state {
            State::SuccessPayment | State::PartCancelPayment | State::CancelPayment => {
                return Err(Code::AlreadyPaid);
            }
            State::QuitPayment | State::FailPayment => return Err(Code::NotApprovable),
            State::Ready | State::OpenPayment | State::AuthPassword => {}
        }
        if payment.is_expired(now_us) {
            return Err(Code::Expired);
        }
        if payment.state != State::AuthPassword {
            return Err(Code::NotAuthenticated);
        }
        if payment.pg_token.as_deref() != Some(&self.pg_token) {
            return Err(Code::WrongToken);
        }
        if self.total_amount.is_some_and(|total| total != payment.amount.total) {
            return Err(Code::OtherTotal);
        }
        Ok(())
    }
}

/// The money has moved: the payment says so, and the ledger has a row with this approval's id.
pub(super) async fn captured(
    tx: &mut SqliteConnection,
    payment: &mut Payment,
    method: Method,
    now_us: i64,
    payload: Option<&str>,
) -> sqlx::Result<String> {
    let aid = format!("A{}", random::hex(19));
    payment.state = State::SuccessPayment;
    payment.pg_token = None; // used up
    payment.method = Some(method);
    payment.capture_aid = Some(aid.clone());
    payment.approved_at_us = Some(now_us);
    payment.save(tx).await?;
    let entry = LedgerEntry {
        provider: PROVIDER.to_owned(),
        pg_tx_id: aid.clone(),
        tid: payment.tid.clone(),
        merchant_ref: payment.partner_order_id.clone(),
        op: LedgerOp::Capture,
        amount: payment.amount.total,
        parent_tx_id: None,
        at: instant(now_us),
    };
    ledger::append(tx, &entry, payload).await?;
    Ok(aid)
}

/// Captures: the payment's new state and the ledger's row are one transaction.
pub(super) async fn run(
    kakaopay: &KakaoPay,
    request: Approve,
    decline: Option<&Decline>,
) -> Result<Value, CallError> {
    let now_us = kakaopay.backstage.clock.now_us();
    let mut tx = kakaopay.backstage.ledger.begin().await?;
    let mut payment = known(&mut tx, request.cid, &request.tid).await?;
    request.check(&payment, now_us)?;
    if let Some(decline) = decline {
        if decline.is_final() {
            payment.state = State::FailPayment;
            payment.save(&mut tx).await?;
            tx.commit().await?;
        }
        return Err(decline.refusal().into());
    }
    let method = chosen_method(kakaopay, &payment);
    let aid = captured(&mut tx, &mut payment, method, now_us, request.payload.as_deref()).await?;
    let sid = match request.cid {
        CID_RECURRING => Some(sid::issue(&mut tx, &payment, now_us).await?),
        _ => None,
    };
    tx.commit().await?;

    let mut answer = answer::common(&payment);
    if let Some(sid) = sid {
        answer["sid"] = json!(sid);
    }
    answer["aid"] = json!(aid);
    answer["sequential_payment_methods"] = Value::Null;
    answer["payload"] = json!(request.payload);
    if method == Method::Card {
        answer["card_info"] = card_info(&payment);
    }
    Ok(answer)
}

/// The buyer's choice: what the merchant asked for, else by the dice.
pub(super) fn chosen_method(kakaopay: &KakaoPay, payment: &Payment) -> Method {
    match payment.wanted_method {
        Some(method) => method,
        None if kakaopay.luck("method", &payment.partner_order_id, 2) == 0 => Method::Card,
        None => Method::Money,
    }
}

/// The first digits of the one card everybody here pays with.
pub(super) const CARD_BIN: &str = "621640";
/// Who issued it.
pub(super) const CARD_ISSUER: &str = "카카오뱅크";

pub(super) fn card_info(payment: &Payment) -> Value {
    json!({
        "kakaopay_purchase_corp": "비씨카드",
        "kakaopay_purchase_corp_code": "104",
        "kakaopay_issuer_corp": CARD_ISSUER,
        "kakaopay_issuer_corp_code": "11",
        "bin": CARD_BIN,
        "card_type": "신용",
        "install_month": format!("{:02}", payment.install_month.unwrap_or(0)),
        "approved_id": format!("{:08}", payment.approved_at_us.unwrap_or(0) % 100_000_000),
        "card_mid": "123456789",
        "interest_free_install": "N",
        "installment_type": "CARD_INSTALLMENT",
        "card_item_code": "2130021",
    })
}
