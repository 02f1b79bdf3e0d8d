//! Reading orders outside transactions.

use async_trait::async_trait;
use jangbogo_kernel::{Cursor, Page, PageRequest, StoreError};
use jangbogo_member::MemberId;
use jangbogo_ordering::{HistoryEntry, Order, OrderDetail, OrderId, OrderQueries, OrderState};

use super::{line, order, order_columns, with_lines};
use crate::backend::Backend;
use crate::statement::{Record, Statement, composed};
use crate::store::SqlStore;

#[async_trait]
impl<DB: Backend> OrderQueries for SqlStore<DB> {
    async fn find(&self, id: OrderId) -> Result<Option<OrderDetail>, StoreError> {
        let mut on = self.read().await?;
        let rows = finding::<DB>("", id).rows(&mut on, "find an order").await?;
        let Some(first) = rows.first() else { return Ok(None) };
        let mut order = order(first)?;
        let currency = order.total.currency();
        order.lines = rows.iter().map(|row| line(row, currency)).collect::<Result<_, _>>()?;
        // No step beyond the version that was read: one may have been made meanwhile.
        let steps = steps_of::<DB>("", id, order.version);
        let steps = steps.rows(&mut on, "find an order's history").await?;
        on.done();
        let history = steps.iter().map(entry).collect::<Result<_, _>>()?;
        Ok(Some(OrderDetail { order, history }))
    }

    async fn list(
        &self,
        buyer: MemberId,
        state: Option<OrderState>,
        page: &PageRequest,
    ) -> Result<Page<Order>, StoreError> {
        let mut on = self.read().await?;
        let list = listing::<DB>("", buyer, state, page);
        let rows = list.rows(&mut on, "list orders").await?;
        let orders = with_lines::<DB>(&mut on, &rows).await?;
        on.done();
        Ok(Page::from_rows(orders, page, |order| {
            let list = <dyn OrderQueries>::LIST;
            Cursor::new(list, order.placed_at.as_micros(), order.id.uuid())
        }))
    }
}

/// One order, again with each of its lines, of which it has at least one: a second statement for
/// the lines would cost more than the repetition. `before` stands in front of the whole, as below.
pub(crate) fn finding<DB: Backend>(before: &'static str, id: OrderId) -> Statement<DB> {
    let find = composed::<DB>(before);
    let find = find.text(concat!(
        "SELECT o.*, l.number, l.product_id, l.seller_id, l.product_name, l.unit_price, \
             l.quantity, l.total AS line_total, l.returned \
         FROM (SELECT ",
        order_columns!(),
        " FROM orders WHERE id = "
    ));
    let find = find.bind(id.uuid());
    find.text(") o JOIN order_line l ON l.order_id = o.id ORDER BY l.number").finish()
}

/// An order's steps up to a version.
pub(crate) fn steps_of<DB: Backend>(
    before: &'static str,
    id: OrderId,
    version: i64,
) -> Statement<DB> {
    composed::<DB>(before)
        .text("SELECT to_state, reason, at FROM state_history WHERE entity = ")
        .bind(Order::ENTITY.to_owned())
        .text(" AND entity_id = ")
        .bind(id.uuid())
        .text(" AND version <= ")
        .bind(version)
        .text(" ORDER BY version")
        .finish()
}

/// One row more than the page has, oldest first when the page is a backward one; `before` stands
/// in front of the whole.
pub(crate) fn listing<DB: Backend>(
    before: &'static str,
    buyer: MemberId,
    state: Option<OrderState>,
    page: &PageRequest,
) -> Statement<DB> {
    let mut list = composed::<DB>(before);
    list = list.text(concat!("SELECT ", order_columns!(), " FROM orders WHERE buyer_id = "));
    list = list.bind(buyer.uuid());
    if let Some(state) = state {
        list = list.text(" AND state = ").bind(state.name().to_owned());
    }
    if let Some(cursor) = page.cursor() {
        let after = if page.is_backward() { ") > (" } else { ") < (" };
        list = list.text(" AND (placed_at, id").text(after);
        list = list.bind(cursor.key()).text(", ").bind(cursor.id()).text(")");
    }
    let order = if page.is_backward() {
        " ORDER BY placed_at, id LIMIT "
    } else {
        " ORDER BY placed_at DESC, id DESC LIMIT "
    };
    list.text(order).bind(i64::from(page.limit()) + 1).finish()
}

fn entry<DB: Backend>(row: &Record<DB>) -> Result<HistoryEntry, StoreError> {
    Ok(HistoryEntry {
        state: row.named("to_state", OrderState::from_name)?,
        reason: row.get("reason")?,
        at: row.time("at")?,
    })
}
