//! Payments in the database.

use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use super::payment::{Kind, Payment, State};
use super::refusal::{CallError, Refusal};
use crate::ledger::Ledger;
use crate::summary::Summary;

impl Payment {
    pub(super) async fn find(tx: &mut SqliteConnection, key: &str) -> sqlx::Result<Option<Self>> {
        let row = sqlx::query("SELECT * FROM tosspayments_payment WHERE payment_key = ?")
            .bind(key.to_owned())
            .fetch_optional(tx)
            .await?;
        row.as_ref().map(payment).transpose()
    }

    /// The paid one of an order, else the newest.
    pub(super) async fn find_by_order(
        tx: &mut SqliteConnection,
        order_id: &str,
    ) -> sqlx::Result<Option<Self>> {
        let row = sqlx::query(
            "SELECT * FROM tosspayments_payment WHERE order_id = ?
             ORDER BY capture_key IS NULL, seq DESC LIMIT 1",
        )
        .bind(order_id.to_owned())
        .fetch_optional(tx)
        .await?;
        row.as_ref().map(payment).transpose()
    }

    pub(super) async fn add(&self, tx: &mut SqliteConnection) -> sqlx::Result<()> {
        sqlx::query(
            "INSERT INTO tosspayments_payment
                (payment_key, kind, order_id, order_name, customer_key, amount, tax_free,
                 success_url, fail_url, method, state, requested_at_us, authenticated_at_us,
                 approved_at_us, capture_key, last_transaction_key, balance, tax_free_balance,
                 failure)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(self.payment_key.clone())
        .bind(self.kind.as_str())
        .bind(self.order_id.clone())
        .bind(self.order_name.clone())
        .bind(self.customer_key.clone())
        .bind(self.amount)
        .bind(self.tax_free)
        .bind(self.success_url.clone())
        .bind(self.fail_url.clone())
        .bind(self.method.clone())
        .bind(self.state.as_str())
        .bind(self.requested_at_us)
        .bind(self.authenticated_at_us)
        .bind(self.approved_at_us)
        .bind(self.capture_key.clone())
        .bind(self.last_transaction_key.clone())
        .bind(self.balance)
        .bind(self.tax_free_balance)
        .bind(self.failure.clone())
        .execute(tx)
        .await?;
        Ok(())
    }

    /// Writes what may change after the payment was made.
    pub(super) async fn save(&self, tx: &mut SqliteConnection) -> sqlx::Result<()> {
        sqlx::query(
            "UPDATE tosspayments_payment SET state = ?, method = ?, authenticated_at_us = ?,
                approved_at_us = ?, capture_key = ?, last_transaction_key = ?, balance = ?,
                tax_free_balance = ?, failure = ?
             WHERE payment_key = ?",
        )
        .bind(self.state.as_str())
        .bind(self.method.clone())
        .bind(self.authenticated_at_us)
        .bind(self.approved_at_us)
        .bind(self.capture_key.clone())
        .bind(self.last_transaction_key.clone())
        .bind(self.balance)
        .bind(self.tax_free_balance)
        .bind(self.failure.clone())
        .bind(self.payment_key.clone())
        .execute(tx)
        .await?;
        Ok(())
    }
}

/// The payment a call names, or the answer that there is none.
pub(super) async fn known(tx: &mut SqliteConnection, key: &str) -> Result<Payment, CallError> {
    Ok(Payment::find(tx, key).await?.ok_or_else(|| Refusal::new("NOT_FOUND_PAYMENT"))?)
}

fn payment(row: &SqliteRow) -> sqlx::Result<Payment> {
    let state: String = row.try_get("state")?;
    let kind: String = row.try_get("kind")?;
    Ok(Payment {
        payment_key: row.try_get("payment_key")?,
        // A CHECK admits only the two.
        kind: if kind == Kind::Billing.as_str() { Kind::Billing } else { Kind::Normal },
        order_id: row.try_get("order_id")?,
        order_name: row.try_get("order_name")?,
        customer_key: row.try_get("customer_key")?,
        amount: row.try_get("amount")?,
        tax_free: row.try_get("tax_free")?,
        success_url: row.try_get("success_url")?,
        fail_url: row.try_get("fail_url")?,
        method: row.try_get("method")?,
        state: State::ALL
            .into_iter()
            .find(|known| known.as_str() == state)
            .ok_or_else(|| sqlx::Error::Decode(format!("unknown state {state}").into()))?,
        requested_at_us: row.try_get("requested_at_us")?,
        authenticated_at_us: row.try_get("authenticated_at_us")?,
        approved_at_us: row.try_get("approved_at_us")?,
        capture_key: row.try_get("capture_key")?,
        last_transaction_key: row.try_get("last_transaction_key")?,
        balance: row.try_get("balance")?,
        tax_free_balance: row.try_get("tax_free_balance")?,
        failure: row.try_get("failure")?,
    })
}

/// Every payment, oldest first.
pub(crate) async fn summaries(ledger: &Ledger, now_us: i64) -> sqlx::Result<Vec<Summary>> {
    let mut tx = ledger.begin().await?;
    let rows =
        sqlx::query("SELECT * FROM tosspayments_payment ORDER BY seq").fetch_all(&mut *tx).await?;
    let summary = |row: &SqliteRow| -> sqlx::Result<Summary> {
        let payment = payment(row)?;
        let is_captured = payment.capture_key.is_some();
        Ok(Summary {
            provider: super::PROVIDER,
            state: payment.state.as_str(),
            amount: payment.amount,
            canceled_amount: payment.amount - payment.balance,
            cancel_available_amount: if is_captured { payment.balance } else { 0 },
            is_expired: payment.state_at(now_us) == State::Expired,
            tid: payment.payment_key,
            merchant_ref: payment.order_id,
        })
    };
    rows.iter().map(summary).collect()
}
