//! Payments inside transactions.

use async_trait::async_trait;
use jangbogo_kernel::{StoreError, Timestamp};
use jangbogo_ordering::OrderId;
use jangbogo_payment::{
    Attempt, AttemptId, IntentId, LedgerTransaction, PaymentIntent, PaymentRepository,
    ProviderSession,
};

use super::row::{OperationRow, attempt, attempt_columns, attempts, values};
use crate::backend::Backend;
use crate::statement::{Insert, Record, assembled, sql};
use crate::store::SqlTransaction;

/// What the index of open attempts demands; SQLite uses it only when the statement says it too.
const OPEN: &str = "state IN ('CREATED', 'SENT', 'UNKNOWN', 'MANUAL')";

#[async_trait]
impl<DB: Backend> PaymentRepository for SqlTransaction<DB> {
    async fn find_intent(&mut self, order: OrderId) -> Result<Option<PaymentIntent>, StoreError> {
        let row = sql::<DB>(
            "SELECT id, order_id, buyer_id, amount, currency, created_at, is_recurring \
             FROM payment_intent \
             WHERE order_id = $1",
        )
        .bind(order.uuid())
        .row(self.on(), "find a payment intent")
        .await?;
        row.as_ref().map(intent).transpose()
    }

    async fn add_intent(&mut self, intent: &PaymentIntent) -> Result<(), StoreError> {
        let mut insert = Insert::<DB>::into(
            "payment_intent (id, order_id, buyer_id, amount, currency, created_at, is_recurring)",
        );
        insert.row(|row| {
            row.bind(intent.id.uuid())
                .bind(intent.order.uuid())
                .bind(intent.buyer.uuid())
                .bind(intent.amount.minor())
                .bind(intent.amount.currency().code().to_owned())
                .bind(intent.created_at.as_micros())
                .bind(intent.is_recurring)
        });
        insert.execute(self.on(), "add a payment intent").await
    }

    async fn find(&mut self, id: AttemptId) -> Result<Option<Attempt>, StoreError> {
        let text = format!(
            "SELECT id FROM orders \
             WHERE id = (SELECT order_id FROM payment_attempt WHERE id = $1){}",
            DB::FOR_UPDATE
        );
        assembled::<DB>(text).bind(id.uuid()).rows(self.on(), "lock an attempt's order").await?;
        let text = format!(
            "SELECT {} FROM payment_attempt WHERE id = $1{}",
            attempt_columns!(),
            DB::FOR_UPDATE
        );
        let row =
            assembled::<DB>(text).bind(id.uuid()).row(self.on(), "find a payment attempt").await?;
        row.as_ref().map(attempt).transpose()
    }

    async fn attempts_of(&mut self, intent: IntentId) -> Result<Vec<Attempt>, StoreError> {
        let rows = sql::<DB>(concat!(
            "SELECT ",
            attempt_columns!(),
            " FROM payment_attempt WHERE intent_id = $1 ORDER BY number"
        ))
        .bind(intent.uuid())
        .rows(self.on(), "find an intent's attempts")
        .await?;
        attempts(&rows)
    }

    async fn add(&mut self, attempt: &Attempt) -> Result<(), StoreError> {
        let operation = OperationRow::of(&attempt.operation)?;
        let mut insert = Insert::<DB>::into(concat!("payment_attempt (", attempt_columns!(), ")"));
        insert.row(|row| values(row, attempt, operation));
        insert.execute(self.on(), "add a payment attempt").await
    }

    async fn keep_session(
        &mut self,
        id: AttemptId,
        session: &ProviderSession,
    ) -> Result<bool, StoreError> {
        let kept = sql::<DB>(
            "UPDATE payment_attempt SET session_reference = $1, redirect_pc = $2, \
                 redirect_mobile = $3, redirect_app = $4 \
             WHERE id = $5 AND state = 'CREATED' AND session_reference IS NULL",
        )
        .bind(session.reference.clone())
        .bind(session.redirects.pc.clone())
        .bind(session.redirects.mobile.clone())
        .bind(session.redirects.app.clone())
        .bind(id.uuid())
        .execute(self.on(), "keep a provider's session")
        .await?;
        Ok(kept == 1)
    }

    async fn save(&mut self, attempt: &Attempt, version_before: i64) -> Result<(), StoreError> {
        // The session is left alone: only `keep_session` sets it, without a new version, so that
        // an attempt that was read before would take it away again.
        sql::<DB>(
            "UPDATE payment_attempt SET state = $1, version = $2, provider_transaction = $3, \
                 problem = $4, raw = $5, sent_at = $6, settled_at = $7, due_at = $8, \
                 lookups = $9, missing_since = $10, is_surplus = $11 \
             WHERE id = $12 AND version = $13",
        )
        .bind(attempt.state.name().to_owned())
        .bind(attempt.version)
        .bind(attempt.provider_transaction.clone())
        .bind(attempt.problem.clone())
        .bind(attempt.raw.clone())
        .bind(attempt.sent_at.map(Timestamp::as_micros))
        .bind(attempt.settled_at.map(Timestamp::as_micros))
        .bind(attempt.due_at.map(Timestamp::as_micros))
        .bind(attempt.lookups)
        .bind(attempt.missing_since.map(Timestamp::as_micros))
        .bind(attempt.is_surplus)
        .bind(attempt.id.uuid())
        .bind(version_before)
        .change_one(self.on(), "save a payment attempt")
        .await
    }

    async fn post(&mut self, transaction: &LedgerTransaction) -> Result<(), StoreError> {
        let mut insert = Insert::<DB>::into(
            "ledger_entry (attempt_id, number, account, debit, credit, currency, at)",
        );
        for (entry, number) in transaction.entries.iter().zip(1_i64..) {
            insert.row(|row| {
                row.bind(transaction.attempt.uuid())
                    .bind(number)
                    .bind(entry.account.clone())
                    .bind(entry.debit.minor())
                    .bind(entry.credit.minor())
                    .bind(entry.debit.currency().code().to_owned())
                    .bind(transaction.at.as_micros())
            });
        }
        insert.execute(self.on(), "post to the ledger").await
    }

    async fn stale_created(
        &mut self,
        no_session: Timestamp,
        with_session: Timestamp,
        limit: u32,
    ) -> Result<Vec<Attempt>, StoreError> {
        // What somebody else holds is being sent or given up at this moment.
        let text = format!(
            "SELECT {} FROM payment_attempt \
             WHERE state = 'CREATED' AND {OPEN} AND operation = 'CAPTURE' \
               AND (session_reference IS NULL AND created_at <= $1 \
                    OR session_reference IS NOT NULL AND created_at <= $2) \
             ORDER BY created_at, id LIMIT $3{}",
            attempt_columns!(),
            DB::SKIP_LOCKED
        );
        let rows = assembled::<DB>(text)
            .bind(no_session.as_micros())
            .bind(with_session.as_micros())
            .bind(i64::from(limit))
            .rows(self.on(), "find stale payment attempts")
            .await?;
        attempts(&rows)
    }

    async fn waiting_refunds(
        &mut self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<AttemptId>, StoreError> {
        let text = format!(
            "SELECT id FROM payment_attempt \
             WHERE state = 'CREATED' AND {OPEN} AND operation = 'REFUND' AND due_at <= $1 \
             ORDER BY due_at, id LIMIT $2"
        );
        let rows = assembled::<DB>(text)
            .bind(now.as_micros())
            .bind(i64::from(limit))
            .rows(self.on(), "find waiting refunds")
            .await?;
        rows.iter().map(|row| row.id("id")).collect()
    }

    async fn orphans(
        &mut self,
        since: Timestamp,
        limit: u32,
    ) -> Result<Vec<AttemptId>, StoreError> {
        let text = format!(
            "SELECT id FROM payment_attempt WHERE state = 'SENT' AND {OPEN} AND sent_at < $1 \
             ORDER BY sent_at, id LIMIT $2"
        );
        let rows = assembled::<DB>(text)
            .bind(since.as_micros())
            .bind(i64::from(limit))
            .rows(self.on(), "find orphaned payment attempts")
            .await?;
        rows.iter().map(|row| row.id("id")).collect()
    }

    async fn claim_lookups(
        &mut self,
        now: Timestamp,
        lease_until: Timestamp,
        limit: u32,
    ) -> Result<Vec<Attempt>, StoreError> {
        // A common table expression, because PostgreSQL may run a subquery in `IN (…)` more than
        // once, and then claims more rows than its limit.
        let text = format!(
            "WITH due AS ( \
                 SELECT id FROM payment_attempt \
                 WHERE state = 'UNKNOWN' AND {OPEN} AND due_at <= $1 \
                 ORDER BY due_at, id LIMIT $2{}) \
             UPDATE payment_attempt SET due_at = $3 \
             WHERE id IN (SELECT id FROM due) RETURNING {}",
            DB::SKIP_LOCKED,
            attempt_columns!()
        );
        let rows = assembled::<DB>(text)
            .bind(now.as_micros())
            .bind(i64::from(limit))
            .bind(lease_until.as_micros())
            .rows(self.on(), "claim lookups")
            .await?;
        attempts(&rows)
    }
}

fn intent<DB: Backend>(row: &Record<DB>) -> Result<PaymentIntent, StoreError> {
    Ok(PaymentIntent {
        id: row.id("id")?,
        order: row.id("order_id")?,
        buyer: row.id("buyer_id")?,
        amount: row.money("amount")?,
        created_at: row.time("created_at")?,
        is_recurring: row.get("is_recurring")?,
    })
}
