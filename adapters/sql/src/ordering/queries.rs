//! Reading orders outside transactions.

use async_trait::async_trait;
use jangbogo_kernel::{Cursor, Page, PageRequest, StoreError, Uuid};
use jangbogo_member::MemberId;
use jangbogo_ordering::{HistoryEntry, Order, OrderDetail, OrderId, OrderQueries, OrderState};

use super::{order_columns, with_lines};
use crate::backend::Backend;
use crate::statement::{Record, sql};
use crate::store::SqlStore;

#[async_trait]
impl<DB: Backend> OrderQueries for SqlStore<DB> {
    async fn find(&self, id: OrderId) -> Result<Option<OrderDetail>, StoreError> {
        let mut on = self.read().await?;
        let rows = sql::<DB>(concat!("SELECT ", order_columns!(), " FROM orders WHERE id = $1"))
            .bind(id.uuid())
            .rows(&mut on, "find an order")
            .await?;
        let Some(order) = with_lines::<DB>(&mut on, &rows).await?.pop() else {
            return Ok(None);
        };
        // No step beyond the version that was read: one may have been made meanwhile.
        let steps = sql::<DB>(
            "SELECT to_state, reason, at FROM state_history \
             WHERE entity = $1 AND entity_id = $2 AND version <= $3 ORDER BY version",
        )
        .bind(Order::ENTITY.to_owned())
        .bind(id.uuid())
        .bind(order.version)
        .rows(&mut on, "find an order's history")
        .await?;
        let history = steps.iter().map(entry).collect::<Result<_, _>>()?;
        Ok(Some(OrderDetail { order, history }))
    }

    async fn list(
        &self,
        buyer: MemberId,
        state: Option<OrderState>,
        page: &PageRequest,
    ) -> Result<Page<Order>, StoreError> {
        // The first page begins after what is newer than everything.
        let (placed_at, id) =
            page.after().map_or((i64::MAX, Uuid::max()), |after| (after.key(), after.id()));
        let statement = if state.is_some() {
            sql::<DB>(concat!(
                "SELECT ",
                order_columns!(),
                " FROM orders WHERE buyer_id = $1 AND (placed_at, id) < ($2, $3) AND state = $5 \
                 ORDER BY placed_at DESC, id DESC LIMIT $4"
            ))
        } else {
            sql::<DB>(concat!(
                "SELECT ",
                order_columns!(),
                " FROM orders WHERE buyer_id = $1 AND (placed_at, id) < ($2, $3) \
                 ORDER BY placed_at DESC, id DESC LIMIT $4"
            ))
        };
        let mut statement =
            statement.bind(buyer.uuid()).bind(placed_at).bind(id).bind(i64::from(page.limit()) + 1);
        if let Some(state) = state {
            statement = statement.bind(state.name().to_owned());
        }
        let mut on = self.read().await?;
        let rows = statement.rows(&mut on, "list orders").await?;
        let orders = with_lines::<DB>(&mut on, &rows).await?;
        Ok(Page::from_rows(orders, page.limit(), |order| {
            let list = <dyn OrderQueries>::LIST;
            Cursor::new(list, order.placed_at.as_micros(), order.id.uuid())
        }))
    }
}

fn entry<DB: Backend>(row: &Record<DB>) -> Result<HistoryEntry, StoreError> {
    Ok(HistoryEntry {
        state: row.named("to_state", OrderState::from_name)?,
        reason: row.get("reason")?,
        at: row.time("at")?,
    })
}
