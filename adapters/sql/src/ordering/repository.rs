//! Orders inside transactions.

use async_trait::async_trait;
use jangbogo_kernel::{StoreError, Timestamp, Uuid};
use jangbogo_ordering::{Order, OrderId, OrderRepository};

use super::{order_columns, with_lines};
use crate::backend::Backend;
use crate::statement::{Insert, assembled, composed, sql};
use crate::store::SqlTransaction;

#[async_trait]
impl<DB: Backend> OrderRepository for SqlTransaction<DB> {
    async fn add(&mut self, orders: &[Order]) -> Result<(), StoreError> {
        let mut insert = Insert::<DB>::into(concat!("orders (", order_columns!(), ")"));
        for order in orders {
            let receiver = order.receiver.clone();
            insert.row(|row| {
                row.bind(order.id.uuid())
                    .bind(order.buyer.uuid())
                    .bind(order.state.name())
                    .bind(order.total.currency().code())
                    .bind(order.total.minor())
                    .bind(order.refunded.minor())
                    .bind(receiver.name)
                    .bind(receiver.phone.as_str().to_owned())
                    .bind(receiver.postcode)
                    .bind(receiver.address1)
                    .bind(receiver.address2)
                    .bind(order.placed_at.as_micros())
                    .bind(order.expires_at.as_micros())
                    .bind(order.capture_in_flight)
                    .bind(order.version)
                    .bind(order.origin.name())
            });
        }
        insert.execute(self.on(), "add orders").await?;
        add_lines(self, orders).await
    }

    async fn find_many(&mut self, ids: &[OrderId]) -> Result<Vec<Order>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let orders = composed::<DB>(concat!("SELECT ", order_columns!(), " FROM orders WHERE id"));
        let orders = orders.any_of(ids).text(" ORDER BY id").text(DB::FOR_UPDATE).finish();
        let rows = orders.rows(self.on(), "find orders").await?;
        with_lines(self.on(), &rows).await
    }

    async fn save(&mut self, order: &Order) -> Result<(), StoreError> {
        sql::<DB>(
            "UPDATE orders SET state = $1, refunded = $2, capture_in_flight = $3, version = $4 \
             WHERE id = $5 AND version = $6",
        )
        .bind(order.state.name().to_owned())
        .bind(order.refunded.minor())
        .bind(order.capture_in_flight)
        .bind(order.version)
        .bind(order.id.uuid())
        .bind(order.version - 1)
        .change_one(self.on(), "save an order")
        .await?;
        // Pieces only ever come back, so lines that have none back are as they were.
        for line in order.lines.iter().filter(|line| line.returned > 0) {
            sql::<DB>(
                "UPDATE order_line SET returned = $1 \
                 WHERE order_id = $2 AND number = $3 AND returned <> $1",
            )
            .bind(line.returned)
            .bind(order.id.uuid())
            .bind(line.number)
            .execute(self.on(), "save an order's returned pieces")
            .await?;
        }
        Ok(())
    }

    async fn expire_due(&mut self, now: Timestamp, limit: u32) -> Result<Vec<Order>, StoreError> {
        // A common table expression, because PostgreSQL may run a subquery in `IN (…)` more than
        // once, and then locks and changes more rows than its limit.
        let text = format!(
            "WITH due AS ( \
                 SELECT id FROM orders \
                 WHERE state = 'pending_payment' AND expires_at <= $1 \
                   AND capture_in_flight IS NULL \
                 ORDER BY expires_at, id LIMIT $2{}) \
             UPDATE orders SET state = 'expired', version = version + 1 \
             WHERE id IN (SELECT id FROM due) AND state = 'pending_payment' \
               AND capture_in_flight IS NULL \
             RETURNING {}",
            DB::SKIP_LOCKED,
            order_columns!()
        );
        let rows = assembled::<DB>(text)
            .bind(now.as_micros())
            .bind(i64::from(limit))
            .rows(self.on(), "expire orders")
            .await?;
        let mut expired = with_lines(self.on(), &rows).await?;
        expired.sort_by_key(|order| (order.expires_at, order.id));
        Ok(expired)
    }

    async fn begin_capture(
        &mut self,
        order: OrderId,
        attempt: Uuid,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let changed = sql::<DB>(
            "UPDATE orders SET capture_in_flight = $1 \
             WHERE id = $2 AND state = 'pending_payment' AND expires_at > $3 \
               AND capture_in_flight IS NULL",
        )
        .bind(attempt)
        .bind(order.uuid())
        .bind(now.as_micros())
        .execute(self.on(), "begin a capture")
        .await?;
        Ok(changed == 1)
    }

    async fn end_capture(&mut self, order: OrderId, attempt: Uuid) -> Result<(), StoreError> {
        // Only its own mark: an attempt that the order does not wait for has none to take away.
        sql::<DB>(
            "UPDATE orders SET capture_in_flight = NULL WHERE id = $1 AND capture_in_flight = $2",
        )
        .bind(order.uuid())
        .bind(attempt)
        .execute(self.on(), "end a capture")
        .await?;
        Ok(())
    }
}

async fn add_lines<DB: Backend>(
    tx: &mut SqlTransaction<DB>,
    orders: &[Order],
) -> Result<(), StoreError> {
    let mut insert = Insert::<DB>::into(
        "order_line (order_id, number, product_id, seller_id, product_name, unit_price, quantity, \
         total, returned)",
    );
    for order in orders {
        for line in &order.lines {
            insert.row(|row| {
                row.bind(order.id.uuid())
                    .bind(line.number)
                    .bind(line.product.uuid())
                    .bind(line.seller.uuid())
                    .bind(line.product_name.clone())
                    .bind(line.unit_price.minor())
                    .bind(line.quantity.get())
                    .bind(line.total.minor())
                    .bind(line.returned)
            });
        }
    }
    insert.execute(tx.on(), "add order lines").await
}
