//! Reading payments outside transactions.

use async_trait::async_trait;
use jangbogo_kernel::{Cursor, Page, PageRequest, StoreError, Uuid};
use jangbogo_ordering::OrderId;
use jangbogo_payment::{
    Attempt, AttemptId, AttemptState, AttemptStep, PaymentQueries, Period, ProviderName,
};

use super::row::{attempt, attempt_columns, attempts};
use crate::backend::Backend;
use crate::statement::{Record, Statement, composed, sql};
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
        on.done();
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
        on.done();
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

    async fn find_by_movement(
        &self,
        provider: &ProviderName,
        movement: &str,
    ) -> Result<Option<Attempt>, StoreError> {
        let mut on = self.read().await?;
        let row = sql::<DB>(concat!(
            "SELECT ",
            attempt_columns!(),
            " FROM payment_attempt WHERE provider = $1 AND provider_transaction = $2"
        ))
        .bind(provider.0.clone())
        .bind(movement.to_owned())
        .row(&mut on, "find a movement's payment attempt")
        .await?;
        row.as_ref().map(attempt).transpose()
    }

    async fn steps(&self, id: AttemptId) -> Result<Vec<AttemptStep>, StoreError> {
        let mut on = self.read().await?;
        let rows = sql::<DB>(
            "SELECT to_state, reason, at FROM state_history \
             WHERE entity = $1 AND entity_id = $2 ORDER BY version",
        )
        .bind(Attempt::ENTITY.to_owned())
        .bind(id.uuid())
        .rows(&mut on, "find a payment attempt's history")
        .await?;
        rows.iter().map(step).collect()
    }

    async fn under_review(&self, page: &PageRequest) -> Result<Page<Attempt>, StoreError> {
        let mut on = self.read().await?;
        let rows = reviewing::<DB>(page).rows(&mut on, "list payments under review").await?;
        Ok(Page::from_rows(attempts(&rows)?, page, |attempt| {
            let list = <dyn PaymentQueries>::UNDER_REVIEW;
            Cursor::new(list, attempt.created_at.as_micros(), attempt.id.uuid())
        }))
    }
}

/// One row more than the page has, newest first when the page is a backward one.
fn reviewing<DB: Backend>(page: &PageRequest) -> Statement<DB> {
    // SQLite uses the index of open attempts only when the statement says its condition too.
    let mut list = composed::<DB>("").text(concat!(
        "SELECT ",
        attempt_columns!(),
        " FROM payment_attempt \
         WHERE state = 'MANUAL' AND state IN ('CREATED', 'SENT', 'UNKNOWN', 'MANUAL')"
    ));
    if let Some(cursor) = page.cursor() {
        let after = if page.is_backward() { ") < (" } else { ") > (" };
        list = list.text(" AND (created_at, id").text(after);
        list = list.bind(cursor.key()).text(", ").bind(cursor.id()).text(")");
    }
    let order = if page.is_backward() {
        " ORDER BY created_at DESC, id DESC LIMIT "
    } else {
        " ORDER BY created_at, id LIMIT "
    };
    list.text(order).bind(i64::from(page.limit()) + 1).finish()
}

fn step<DB: Backend>(row: &Record<DB>) -> Result<AttemptStep, StoreError> {
    Ok(AttemptStep {
        state: row.named("to_state", AttemptState::from_name)?,
        reason: row.get("reason")?,
        at: row.time("at")?,
    })
}
