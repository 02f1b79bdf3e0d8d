//! Charges without the buyer: a consent, a key for it, charges, and its end.

use std::sync::Arc;

use axum::extract::{Path, State as Shared};
use axum::http::Uri;
use axum::response::Response;
use serde_json::json;
use sqlx::{Row, SqliteConnection};

use super::confirm::capture;
use super::fields::Fields;
use super::page::{self, BillingPage, PageError, see_other, with_query};
use super::payment::{Kind, Payment, State};
use super::refusal::{CallError, Refusal};
use super::request::Answer;
use super::{MERCHANT, TossPayments, answer};
use crate::random;

/// What the provider's script opens in the browser.
pub(super) const WINDOW_PATH: &str = "/tosspayments/billing";
/// Its buttons.
pub(super) const PRESS_PATH: &str = "/tosspayments/billing/{auth_key}/{button}";

/// Shows the window in which a buyer lets the shop charge a card again and again.
pub(super) async fn window(Shared(toss): Shared<Arc<TossPayments>>, uri: Uri) -> Response {
    page::respond(open(&toss, &uri).await)
}

async fn open(toss: &TossPayments, uri: &Uri) -> Result<Response, PageError> {
    let fields = Fields::of_query(&page::query_of(uri));
    let customer_key = fields.text("customerKey", 2, 300)?;
    let (success_url, fail_url) = (fields.url("successUrl")?, fields.url("failUrl")?);
    let auth_key = random::hex(32);
    let mut tx = toss.backstage.ledger.begin().await?;
    sqlx::query(
        "INSERT INTO tosspayments_billing (auth_key, customer_key, success_url, fail_url)
         VALUES (?, ?, ?, ?)",
    )
    .bind(auth_key.clone())
    .bind(customer_key)
    .bind(success_url)
    .bind(fail_url)
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(page::html(&BillingPage { auth_key: &auth_key }))
}

/// One of the buttons was pressed.
pub(super) async fn press(
    Shared(toss): Shared<Arc<TossPayments>>,
    Path((auth_key, button)): Path<(String, String)>,
) -> Response {
    page::respond(consent(&toss, &auth_key, &button).await)
}

async fn consent(toss: &TossPayments, auth_key: &str, button: &str) -> Result<Response, PageError> {
    let mut tx = toss.backstage.ledger.begin().await?;
    let row = sqlx::query("SELECT * FROM tosspayments_billing WHERE auth_key = ?")
        .bind(auth_key.to_owned())
        .fetch_optional(&mut *tx)
        .await?
        .ok_or(page::UNKNOWN)?;
    if button != "pay" {
        let fail_url: String = row.try_get("fail_url")?;
        let code = [("code", "PAY_PROCESS_CANCELED"), ("message", "사용자에 의해 취소되었습니다.")];
        return Ok(see_other(&with_query(&fail_url, &code)));
    }
    sqlx::query("UPDATE tosspayments_billing SET agreed_at_us = ? WHERE auth_key = ?")
        .bind(toss.backstage.clock.now_us())
        .bind(auth_key.to_owned())
        .execute(&mut *tx)
        .await?;
    tx.commit().await?;
    let success_url: String = row.try_get("success_url")?;
    let customer_key: String = row.try_get("customer_key")?;
    let proof = [("customerKey", customer_key.as_str()), ("authKey", auth_key)];
    Ok(see_other(&with_query(&success_url, &proof)))
}

/// `issue`: the consent's key.
#[derive(Debug)]
pub(super) struct Issue {
    auth_key: String,
    pub(super) customer_key: String,
}

impl Issue {
    pub(super) fn parse(fields: &Fields) -> Result<Self, Refusal> {
        Ok(Self {
            auth_key: fields.text("authKey", 1, 300)?,
            customer_key: fields.text("customerKey", 2, 300)?,
        })
    }
}

pub(super) async fn issue(
    toss: &TossPayments,
    tx: &mut SqliteConnection,
    request: &Issue,
) -> Result<Answer, CallError> {
    let billing_key = format!("{}=", random::hex(43));
    let issued = sqlx::query(
        "UPDATE tosspayments_billing SET billing_key = ? WHERE auth_key = ? AND customer_key = ?
            AND agreed_at_us IS NOT NULL AND billing_key IS NULL",
    )
    .bind(billing_key.clone())
    .bind(request.auth_key.clone())
    .bind(request.customer_key.clone())
    .execute(tx)
    .await?;
    if issued.rows_affected() == 0 {
        return Err(Refusal::new("INVALID_BILLING_AUTH").into());
    }
    Ok(Answer::told(&json!({
        "mId": MERCHANT,
        "customerKey": request.customer_key,
        "authenticatedAt": answer::korean_time(toss.backstage.clock.now_us()),
        "method": "카드",
        "billingKey": billing_key,
        "card": {
            "issuerCode": "11", "acquirerCode": "11", "number": "94100012****789*",
            "cardType": "신용", "ownerType": "개인",
        },
        "transfers": null,
    })))
}

/// A charge of a billing key.
#[derive(Debug)]
pub(super) struct Charge {
    billing_key: String,
    customer_key: String,
    pub(super) order_id: String,
    order_name: String,
    amount: i64,
    tax_free: i64,
}

impl Charge {
    pub(super) fn parse(billing_key: String, fields: &Fields) -> Result<Self, Refusal> {
        let (amount, tax_free) = fields.amount()?;
        Ok(Self {
            billing_key,
            customer_key: fields.text("customerKey", 2, 300)?,
            order_id: fields.order_id()?,
            order_name: fields.text("orderName", 1, 100)?,
            amount,
            tax_free,
        })
    }

    /// Why the key may not be charged, if it may not.
    async fn check(&self, tx: &mut SqliteConnection) -> Result<(), CallError> {
        let row = sqlx::query("SELECT * FROM tosspayments_billing WHERE billing_key = ?")
            .bind(self.billing_key.clone())
            .fetch_optional(&mut *tx)
            .await?
            .ok_or_else(|| Refusal::new("NOT_FOUND_BILLING"))?;
        if row.try_get::<bool, _>("removed")? {
            return Err(Refusal::new("ALREADY_REMOVED_BILLING_KEY").into());
        }
        if row.try_get::<String, _>("customer_key")? != self.customer_key {
            return Err(Refusal::new("NOT_MATCHES_CUSTOMER_KEY").into());
        }
        let earlier = Payment::find_by_order(tx, &self.order_id).await?;
        if earlier.is_some_and(|payment| payment.capture_key.is_some()) {
            return Err(Refusal::new("DUPLICATED_ORDER_ID").into());
        }
        Ok(())
    }
}

/// The money moves at once: nobody has to agree any more.
pub(super) async fn charge(
    toss: &TossPayments,
    tx: &mut SqliteConnection,
    request: &Charge,
    scripted: Option<&Refusal>,
) -> Result<Answer, CallError> {
    request.check(tx).await?;
    if let Some(refusal) = scripted {
        return Err(refusal.clone().into());
    }
    let now_us = toss.backstage.clock.now_us();
    let mut payment = Payment {
        payment_key: format!("tjang{}", random::hex(40)),
        kind: Kind::Billing,
        order_id: request.order_id.clone(),
        order_name: request.order_name.clone(),
        customer_key: Some(request.customer_key.clone()),
        amount: request.amount,
        tax_free: request.tax_free,
        success_url: None,
        fail_url: None,
        method: Some("카드".to_owned()),
        state: State::InProgress,
        requested_at_us: now_us,
        authenticated_at_us: Some(now_us),
        approved_at_us: None,
        capture_key: None,
        last_transaction_key: None,
        balance: request.amount,
        tax_free_balance: request.tax_free,
        failure: None,
    };
    capture(toss, tx, &mut payment, now_us).await?;
    payment.add(tx).await?;
    // No webhook announces the charge of a billing key.
    Ok(Answer::told(&answer::payment(toss, tx, &payment, now_us).await?))
}

/// The shop gives the key back.
pub(super) async fn remove(
    tx: &mut SqliteConnection,
    billing_key: &str,
) -> Result<Answer, CallError> {
    let row = sqlx::query("SELECT removed FROM tosspayments_billing WHERE billing_key = ?")
        .bind(billing_key.to_owned())
        .fetch_optional(&mut *tx)
        .await?
        .ok_or_else(|| Refusal::new("NOT_FOUND_BILLING"))?;
    if row.try_get::<bool, _>("removed")? {
        return Err(Refusal::new("ALREADY_REMOVED_BILLING_KEY").into());
    }
    sqlx::query("UPDATE tosspayments_billing SET removed = 1 WHERE billing_key = ?")
        .bind(billing_key.to_owned())
        .execute(tx)
        .await?;
    Ok(Answer { body: String::new(), ..Answer::told(&json!(null)) })
}
