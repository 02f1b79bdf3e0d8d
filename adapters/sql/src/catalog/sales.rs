//! Sales counters.

use async_trait::async_trait;
use jangbogo_catalog::{SalesRepository, SoldItem};
use jangbogo_kernel::{EventKind, Id, StoreError};

use crate::backend::Backend;
use crate::statement::{Insert, Record, assembled, sql};
use crate::store::SqlTransaction;

#[async_trait]
impl<DB: Backend> SalesRepository for SqlTransaction<DB> {
    async fn keep(&mut self, event: Id<EventKind>, items: &[SoldItem]) -> Result<(), StoreError> {
        let mut insert = Insert::<DB>::into("sales_delta (event_id, product_id, pieces)");
        for item in items {
            insert.row(|row| row.bind(event.uuid()).bind(item.product.uuid()).bind(item.pieces));
        }
        insert.execute(self.on(), "keep sales").await
    }

    async fn take(&mut self, limit: u32) -> Result<Vec<SoldItem>, StoreError> {
        // Locked without leaving any out: who flushes at the same time waits, so that what was sold
        // is counted before what came back of it. What is taken is a table of its own: PostgreSQL
        // may run a subquery with LIMIT more than once.
        let text = format!(
            "WITH oldest AS ( \
                 SELECT event_id, product_id FROM sales_delta \
                 ORDER BY event_id, product_id LIMIT $1{}) \
             DELETE FROM sales_delta WHERE (event_id, product_id) IN ( \
                 SELECT event_id, product_id FROM oldest) \
             RETURNING product_id, pieces",
            DB::FOR_UPDATE
        );
        let taken = assembled::<DB>(text).bind(i64::from(limit));
        let rows = taken.rows(self.on(), "take kept sales").await?;
        let item = |row: &Record<DB>| {
            Ok(SoldItem { product: row.id("product_id")?, pieces: row.get("pieces")? })
        };
        rows.iter().map(item).collect()
    }

    async fn count(&mut self, items: &[SoldItem]) -> Result<(), StoreError> {
        // One order for everybody who counts, so that nobody waits in a circle.
        let mut items = items.to_vec();
        items.sort_by_key(|item| item.product);
        for item in items {
            sql::<DB>(
                "UPDATE product \
                 SET sales = CASE WHEN sales + $1 < 0 THEN 0 ELSE sales + $1 END \
                 WHERE id = $2",
            )
            .bind(item.pieces)
            .bind(item.product.uuid())
            .execute(self.on(), "count sales")
            .await?;
        }
        Ok(())
    }
}
