//! A payment is announced: by the server (`POST /v1/payments`), or by the window that the
//! provider's script opens in the browser.

use sqlx::SqliteConnection;

use super::fields::Fields;
use super::payment::{Kind, Payment, State};
use super::refusal::{CallError, Refusal};
use super::request::Answer;
use super::{TossPayments, answer};
use crate::random;

/// A well-formed announcement.
#[derive(Debug)]
pub(super) struct Create {
    pub(super) order_id: String,
    order_name: String,
    customer_key: Option<String>,
    amount: i64,
    tax_free: i64,
    method: Option<String>,
    success_url: String,
    fail_url: String,
}

impl Create {
    pub(super) fn parse(fields: &Fields) -> Result<Self, Refusal> {
        let (amount, tax_free) = fields.amount()?;
        let method = fields.optional_text("method", 1, 20)?;
        Ok(Self {
            order_id: fields.order_id()?,
            order_name: fields
                .text("orderName", 1, 100)
                .map_err(|_| Refusal::new("INVALID_ORDER_NAME"))?,
            customer_key: fields.optional_text("customerKey", 2, 300)?,
            amount,
            tax_free,
            method: method.as_deref().map(korean_method).transpose()?,
            success_url: fields.url("successUrl")?,
            fail_url: fields.url("failUrl")?,
        })
    }
}

/// A method by either of its names; only those that need no deposit are simulated.
fn korean_method(name: &str) -> Result<String, Refusal> {
    let method = match name {
        "카드" | "CARD" => "카드",
        "계좌이체" | "TRANSFER" => "계좌이체",
        "간편결제" | "EASY_PAY" | "TOSSPAY" => "간편결제",
        _ => return Err(Refusal::new("NOT_SUPPORTED_METHOD")),
    };
    Ok(method.to_owned())
}

pub(super) async fn run(
    toss: &TossPayments,
    tx: &mut SqliteConnection,
    request: &Create,
) -> Result<Answer, CallError> {
    let payment = add(toss, tx, request).await?;
    let object = answer::payment(toss, tx, &payment, payment.requested_at_us).await?;
    Ok(Answer::told(&object))
}

/// Stores a new payment. An order may have several until one is paid.
pub(super) async fn add(
    toss: &TossPayments,
    tx: &mut SqliteConnection,
    request: &Create,
) -> Result<Payment, CallError> {
    let earlier = Payment::find_by_order(tx, &request.order_id).await?;
    if earlier.is_some_and(|payment| payment.capture_key.is_some()) {
        return Err(Refusal::new("DUPLICATED_ORDER_ID").into());
    }
    let payment = Payment {
        payment_key: format!("tjang{}", random::hex(40)),
        kind: Kind::Normal,
        order_id: request.order_id.clone(),
        order_name: request.order_name.clone(),
        customer_key: request.customer_key.clone(),
        amount: request.amount,
        tax_free: request.tax_free,
        success_url: Some(request.success_url.clone()),
        fail_url: Some(request.fail_url.clone()),
        method: request.method.clone(),
        state: State::Ready,
        requested_at_us: toss.backstage.clock.now_us(),
        authenticated_at_us: None,
        approved_at_us: None,
        capture_key: None,
        last_transaction_key: None,
        balance: request.amount,
        tax_free_balance: request.tax_free,
        failure: None,
    };
    payment.add(tx).await?;
    Ok(payment)
}
