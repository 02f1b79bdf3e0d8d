//! Reading payments outside transactions.

use async_trait::async_trait;
use jangbogo_kernel::{StoreError, Uuid};
use jangbogo_ordering::OrderId;
use jangbogo_payment::{Attempt, AttemptId, PaymentQueries, Period, ProviderName};

use super::row::{attempt, attempt_columns, attempts};
use crate::backend::Backend;
use crate::statement::sql;
use crate::store::SqlStore;

#[async_trait]
impl<DB: Backend> PaymentQueries for SqlStore<DB> {
    async fn find(&self, id: AttemptId) -> Result<Option<Attempt>, StoreError> {
        let mut on = self.read().await?;
        let row = sql::<DB>(concat!(
            "SELECT ",
            attempt_columns!(),
            " FROM payment_attempt WHERE id = $1"
        ))
        .bind(id.uuid())
        .row(&mut on, "find a payment attempt")
        .await?;
        row.as_ref().map(attempt).transpose()
    }

    async fn of_order(&self, order: OrderId) -> Result<Vec<Attempt>, StoreError> {
        let mut on = self.read().await?;
        let rows = sql::<DB>(concat!(
            "SELECT ",
            attempt_columns!(),
            " FROM payment_attempt WHERE order_id = $1 ORDER BY number"
        ))
        .bind(order.uuid())
        .rows(&mut on, "find an order's payments")
        .await?;
        attempts(&rows)
    }

    async fn changed_in(
        &self,
        provider: &ProviderName,
        period: Period,
        after: Option<AttemptId>,
        limit: u32,
    ) -> Result<Vec<Attempt>, StoreError> {
        let mut on = self.read().await?;
        let rows = sql::<DB>(concat!(
            "SELECT ",
            attempt_columns!(),
            " FROM payment_attempt WHERE provider = $1 AND session_reference IS NOT NULL \
              AND COALESCE(settled_at, sent_at, created_at) >= $2 \
              AND COALESCE(settled_at, sent_at, created_at) < $3 \
              AND id > $4 ORDER BY id LIMIT $5"
        ))
        .bind(provider.0.clone())
        .bind(period.from.as_micros())
        .bind(period.until.as_micros())
        .bind(after.map_or(Uuid::nil(), AttemptId::uuid))
        .bind(i64::from(limit))
        .rows(&mut on, "find the payments of a time")
        .await?;
        attempts(&rows)
    }
}
