//! `ready`: a payment is announced and gets its tid and its page.

use serde_json::{Value, json};

use super::fields::Fields;
use super::payment::{Amount, Method, Payment, State};
use super::refusal::{CallError, Code, Decline, Refusal};
use super::{KakaoPay, answer, page};
use crate::random;

/// A well-formed `ready`: the payment as it will be stored, but for its time.
#[derive(Debug)]
pub(super) struct Ready(Payment);

impl Ready {
    /// The merchant's name for the payment.
    pub(super) fn partner_order_id(&self) -> &str {
        &self.0.partner_order_id
    }

    pub(super) fn parse(fields: &Fields) -> Result<Self, Refusal> {
        let (wanted_method, install_month) = method(fields)?;
        let quantity = fields.int("quantity")?;
        if quantity == 0 {
            return Err(Refusal::bad_parameter("quantity"));
        }
        Ok(Self(Payment {
            tid: format!("T{}", random::hex(19)),
            page: random::hex(64),
            cid: fields.cid()?.to_owned(),
            partner_order_id: fields.text("partner_order_id", 100)?,
            partner_user_id: fields.text("partner_user_id", 100)?,
            item_name: fields.text("item_name", 100)?,
            item_code: fields.optional_text("item_code", 100)?,
            quantity,
            amount: amount(fields)?,
            approval_url: fields.url("approval_url")?,
            cancel_url: fields.url("cancel_url")?,
            fail_url: fields.url("fail_url")?,
            wanted_method,
            install_month,
            created_at_us: 0,
            state: State::Ready,
            pg_token: None,
            method: None,
            capture_aid: None,
            approved_at_us: None,
            canceled: Amount::default(),
            canceled_at_us: None,
        }))
    }
}

/// Stores the payment and tells where the buyer must go.
pub(super) async fn run(
    kakaopay: &KakaoPay,
    request: Ready,
    decline: Option<&Decline>,
) -> Result<Value, CallError> {
    if let Some(decline) = decline {
        return Err(decline.refusal().into());
    }
    let mut payment = request.0;
    payment.created_at_us = kakaopay.backstage.clock.now_us();
    let mut tx = kakaopay.backstage.ledger.begin().await?;
    payment.add(&mut tx).await?;
    tx.commit().await?;

    let app = page::url(&kakaopay.public_url, "mobile-app", &payment.page);
    let scheme = format!("kakaotalk://kakaopay/pg?url={app}");
    Ok(json!({
        "tid": payment.tid,
        "next_redirect_app_url": app,
        "next_redirect_mobile_url": page::url(&kakaopay.public_url, "mobile-web", &payment.page),
        "next_redirect_pc_url": page::url(&kakaopay.public_url, "pc", &payment.page),
        "android_app_scheme": scheme,
        "ios_app_scheme": scheme,
        "created_at": answer::korean_time(payment.created_at_us),
    }))
}

fn amount(fields: &Fields) -> Result<Amount, Refusal> {
    let total = fields.int("total_amount")?;
    let tax_free = fields.int("tax_free_amount")?;
    // Nothing to pay is only possible when a recurring payment is set up.
    if total == 0 || tax_free > total {
        return Err(Code::WrongAmount.into());
    }
    let vat =
        fields.optional_int("vat_amount")?.unwrap_or_else(|| Amount::default_vat(total, tax_free));
    let green_deposit = fields.optional_int("green_deposit")?.unwrap_or(0);
    if vat > total - tax_free || green_deposit > total {
        return Err(Code::WrongAmount.into());
    }
    Ok(Amount { total, tax_free, vat, green_deposit })
}

fn method(fields: &Fields) -> Result<(Option<Method>, Option<i64>), Refusal> {
    let method = match fields.optional_text("payment_method_type", 10)? {
        None => None,
        Some(text) => Some(
            Method::parse(&text).ok_or_else(|| Refusal::bad_parameter("payment_method_type"))?,
        ),
    };
    let install_month = fields.optional_int("install_month")?;
    if install_month.is_some_and(|months| months > 12) {
        return Err(Refusal::bad_parameter("install_month"));
    }
    Ok((method, install_month))
}
