//! Reading payments outside transactions.

use async_trait::async_trait;
use jangbogo_kernel::StoreError;
use jangbogo_ordering::OrderId;
use jangbogo_payment::{Attempt, AttemptId, PaymentQueries};

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
}
