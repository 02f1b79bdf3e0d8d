//! Stock, its ledger and reservations.

use async_trait::async_trait;
use jangbogo_catalog::ProductId;
use jangbogo_inventory::{Counters, Reservation, ReservationState, Stock, StockRepository};
use jangbogo_kernel::{StoreError, Timestamp, Uuid};

use crate::backend::Backend;
use crate::statement::{Insert, Record, Rows, composed, sql};
use crate::store::SqlTransaction;

#[async_trait]
impl<DB: Backend> StockRepository for SqlTransaction<DB> {
    async fn lock(&mut self, products: &[ProductId]) -> Result<Vec<Stock>, StoreError> {
        // Rows are locked in the order in which they are sorted: two batches that want the same
        // products in other orders wait for each other instead of ending in a deadlock.
        select(self, products, DB::FOR_UPDATE, "lock stock").await
    }

    async fn find(&mut self, products: &[ProductId]) -> Result<Vec<Stock>, StoreError> {
        select(self, products, "", "find stock").await
    }

    async fn fence(&mut self, products: &[ProductId], fence: i64) -> Result<(), StoreError> {
        let mut products = products.to_vec();
        // One after the other: a statement for all of them would lock the rows in any order.
        products.sort_unstable();
        for product in products {
            sql::<DB>("UPDATE stock SET fence = $1 WHERE product_id = $2 AND fence <= $1")
                .bind(fence)
                .bind(product.uuid())
                .change_one(self.on(), "fence stock")
                .await?;
        }
        Ok(())
    }

    async fn add(&mut self, stocks: &[Stock], now: Timestamp) -> Result<(), StoreError> {
        let mut insert = Insert::<DB>::into(
            "stock (product_id, initial, adjusted, available, reserved, sold, sequence)",
        );
        for stock in stocks {
            let counters = stock.counters();
            insert.row(|row| {
                row.bind(stock.product().uuid())
                    .bind(counters.initial)
                    .bind(counters.adjusted)
                    .bind(counters.available)
                    .bind(counters.reserved)
                    .bind(counters.sold)
                    .bind(counters.sequence)
            });
        }
        insert.execute(self.on(), "add stock").await?;
        append_movements(self, stocks, now).await
    }

    async fn save(&mut self, stocks: &[Stock], now: Timestamp) -> Result<(), StoreError> {
        let mut rows = Rows::<DB>::of(
            "product_id, adjusted, available, reserved, sold, sequence, stored_sequence",
        );
        for stock in stocks {
            let counters = stock.counters();
            rows.row(|row| {
                row.bind(stock.product().uuid())
                    .bind(counters.adjusted)
                    .bind(counters.available)
                    .bind(counters.reserved)
                    .bind(counters.sold)
                    .bind(counters.sequence)
                    .bind(stock.stored_sequence())
            });
        }
        let change = "UPDATE stock SET adjusted = n.adjusted, available = n.available, \
                 reserved = n.reserved, sold = n.sold, sequence = n.sequence \
             FROM n WHERE stock.product_id = n.product_id AND stock.sequence = n.stored_sequence";
        // Movements first, so that contended rows are changed for the shortest time.
        append_movements(self, stocks, now).await?;
        let changed = rows.execute(self.on(), change, "save stock").await?;
        let all = u64::try_from(stocks.len()).is_ok_and(|all| all == changed);
        if all { Ok(()) } else { Err(StoreError::conflict("save stock")) }
    }

    async fn reserve(&mut self, reservations: &[Reservation]) -> Result<(), StoreError> {
        let mut insert = Insert::<DB>::into(
            "reservation (id, order_id, product_id, quantity, state, expires_at, is_second)",
        );
        for reservation in reservations {
            insert.row(|row| {
                row.bind(reservation.id.uuid())
                    .bind(reservation.order)
                    .bind(reservation.product.uuid())
                    .bind(reservation.quantity.get())
                    .bind(reservation.state.name())
                    .bind(reservation.expires_at.as_micros())
                    .bind(reservation.is_second)
            });
        }
        insert.execute(self.on(), "open reservations").await
    }

    async fn reservations_of(&mut self, order: Uuid) -> Result<Vec<Reservation>, StoreError> {
        let rows = sql::<DB>(
            "SELECT id, order_id, product_id, quantity, state, expires_at, is_second \
             FROM reservation WHERE order_id = $1 ORDER BY product_id, is_second",
        )
        .bind(order)
        .rows(self.on(), "find reservations")
        .await?;
        rows.iter().map(reservation).collect()
    }

    async fn close_reservations(
        &mut self,
        order: Uuid,
        state: ReservationState,
        expected: u64,
    ) -> Result<(), StoreError> {
        let operation = "close reservations";
        let closed =
            sql::<DB>("UPDATE reservation SET state = $1 WHERE order_id = $2 AND state = 'HELD'")
                .bind(state.name().to_owned())
                .bind(order)
                .execute(self.on(), operation)
                .await?;
        if closed == expected { Ok(()) } else { Err(StoreError::conflict(operation)) }
    }
}

/// Stock by product id; `locking` is what the engine appends to lock the rows.
async fn select<DB: Backend>(
    tx: &mut SqlTransaction<DB>,
    products: &[ProductId],
    locking: &'static str,
    operation: &'static str,
) -> Result<Vec<Stock>, StoreError> {
    if products.is_empty() {
        return Ok(Vec::new());
    }
    let stocks = composed::<DB>(
        "SELECT product_id, initial, adjusted, available, reserved, sold, sequence \
         FROM stock WHERE product_id",
    );
    let stocks = stocks.any_of(products).text(" ORDER BY product_id").text(locking).finish();
    stocks.rows(tx.on(), operation).await?.iter().map(stock).collect()
}

async fn append_movements<DB: Backend>(
    tx: &mut SqlTransaction<DB>,
    stocks: &[Stock],
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut insert =
        Insert::<DB>::into("stock_ledger (product_id, sequence, kind, pieces, reservation_id, at)");
    for stock in stocks {
        for movement in stock.unsaved() {
            insert.row(|row| {
                row.bind(stock.product().uuid())
                    .bind(movement.sequence)
                    .bind(movement.kind.name())
                    .bind(movement.pieces)
                    .bind(movement.reservation.map(jangbogo_kernel::Id::uuid))
                    .bind(now.as_micros())
            });
        }
    }
    insert.execute(tx.on(), "append to the stock ledger").await
}

fn stock<DB: Backend>(row: &Record<DB>) -> Result<Stock, StoreError> {
    let counters = Counters {
        initial: row.get("initial")?,
        adjusted: row.get("adjusted")?,
        available: row.get("available")?,
        reserved: row.get("reserved")?,
        sold: row.get("sold")?,
        sequence: row.get("sequence")?,
    };
    Ok(Stock::restored(row.id("product_id")?, counters))
}

fn reservation<DB: Backend>(row: &Record<DB>) -> Result<Reservation, StoreError> {
    Ok(Reservation {
        id: row.id("id")?,
        order: row.get("order_id")?,
        product: row.id("product_id")?,
        quantity: row.quantity("quantity")?,
        state: row.named("state", ReservationState::from_name)?,
        expires_at: row.time("expires_at")?,
        is_second: row.get("is_second")?,
    })
}
