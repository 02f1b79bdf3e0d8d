//! Sales counters, and what was sold on which day.

use std::collections::BTreeMap;

use async_trait::async_trait;
use jangbogo_catalog::{ProductId, SalesRepository, SoldItem, ViewDay};
use jangbogo_kernel::{EventKind, Id, StoreError};

use crate::backend::Backend;
use crate::statement::{Insert, Record, assembled, sql};
use crate::store::SqlTransaction;

#[async_trait]
impl<DB: Backend> SalesRepository for SqlTransaction<DB> {
    async fn keep(&mut self, event: Id<EventKind>, items: &[SoldItem]) -> Result<(), StoreError> {
        let mut insert = Insert::<DB>::into("sales_delta (event_id, product_id, pieces, day)");
        for item in items {
            insert.row(|row| {
                row.bind(event.uuid())
                    .bind(item.product.uuid())
                    .bind(item.pieces)
                    .bind(item.day.number())
            });
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
             RETURNING product_id, pieces, day",
            DB::FOR_UPDATE
        );
        let taken = assembled::<DB>(text).bind(i64::from(limit));
        let rows = taken.rows(self.on(), "take kept sales").await?;
        let item = |row: &Record<DB>| {
            Ok(SoldItem {
                product: row.id("product_id")?,
                pieces: row.get("pieces")?,
                day: ViewDay::from_number(row.get("day")?),
            })
        };
        rows.iter().map(item).collect()
    }

    async fn count(&mut self, items: &[SoldItem]) -> Result<(), StoreError> {
        // One order for everybody who counts, so that nobody waits in a circle.
        let mut products: BTreeMap<ProductId, i64> = BTreeMap::new();
        let mut days: BTreeMap<(ProductId, ViewDay), i64> = BTreeMap::new();
        for item in items {
            let of_product = products.entry(item.product).or_default();
            *of_product = of_product.saturating_add(item.pieces);
            let of_day = days.entry((item.product, item.day)).or_default();
            *of_day = of_day.saturating_add(item.pieces);
        }
        for (product, pieces) in products {
            let known = sql::<DB>(
                "UPDATE product \
                 SET sales = CASE WHEN sales + $1 < 0 THEN 0 ELSE sales + $1 END \
                 WHERE id = $2",
            )
            .bind(pieces)
            .bind(product.uuid())
            .execute(self.on(), "count sales")
            .await?;
            if known == 0 {
                // What was never sold here is not counted.
                days.retain(|(counted, _), _| *counted != product);
            }
        }
        let insert = Insert::<DB>::into("product_sold (product_id, day, pieces)");
        let mut insert = insert.or(" ON CONFLICT (day, product_id) DO UPDATE \
             SET pieces = product_sold.pieces + excluded.pieces");
        for ((product, day), pieces) in days {
            insert.row(|row| row.bind(product.uuid()).bind(day.number()).bind(pieces));
        }
        insert.execute(self.on(), "count the sales of a day").await
    }
}
