//! Unique visitors.

use async_trait::async_trait;
use jangbogo_catalog::{CountedViews, StoredViews, ViewDay, ViewQueries, ViewRepository, ViewsOf};
use jangbogo_kernel::{Id, StoreError};

use crate::backend::Backend;
use crate::statement::{Record, Statement, composed, sql};
use crate::store::{SqlStore, SqlTransaction};

/// Most keys of one question, and most sketches that are forgotten at once.
const KEYS_MAX: usize = 256;

#[async_trait]
impl<DB: Backend> ViewRepository for SqlTransaction<DB> {
    async fn save(&mut self, counted: &CountedViews) -> Result<bool, StoreError> {
        let saved: Statement<DB> =
            if counted.version == 1 { first(counted) } else { next(counted) };
        if saved.execute(self.on(), "save visitors").await? == 0 {
            return Ok(false);
        }
        let more = counted.visitors - counted.before;
        if more != 0 {
            sql::<DB>("UPDATE product SET views = views + $1 WHERE id = $2")
                .bind(more)
                .bind(counted.views.product.uuid())
                .execute(self.on(), "count visitors")
                .await?;
        }
        Ok(true)
    }

    async fn forget_sketches(&mut self, day: ViewDay) -> Result<(), StoreError> {
        sql::<DB>(
            "UPDATE product_view SET sketch = NULL WHERE (product_id, day) IN ( \
                 SELECT product_id, day FROM product_view \
                 WHERE sketch IS NOT NULL AND day < $1 ORDER BY day, product_id LIMIT $2)",
        )
        .bind(day.number())
        .bind(i64::try_from(KEYS_MAX).unwrap_or(i64::MAX))
        .execute(self.on(), "forget old sketches")
        .await?;
        Ok(())
    }
}

fn first<DB: Backend>(counted: &CountedViews) -> Statement<DB> {
    sql::<DB>(
        "INSERT INTO product_view (product_id, day, visitors, sketch, version) \
         VALUES ($1, $2, $3, $4, 1) ON CONFLICT DO NOTHING",
    )
    .bind(counted.views.product.uuid())
    .bind(counted.views.day.number())
    .bind(counted.visitors)
    .bind(counted.sketch.clone())
}

fn next<DB: Backend>(counted: &CountedViews) -> Statement<DB> {
    sql::<DB>(
        "UPDATE product_view SET visitors = $1, sketch = $2, version = $3 \
         WHERE product_id = $4 AND day = $5 AND version = $6",
    )
    .bind(counted.visitors)
    .bind(counted.sketch.clone())
    .bind(counted.version)
    .bind(counted.views.product.uuid())
    .bind(counted.views.day.number())
    .bind(counted.version - 1)
}

#[async_trait]
impl<DB: Backend> ViewQueries for SqlStore<DB> {
    async fn stored(&self, views: &[ViewsOf]) -> Result<Vec<StoredViews>, StoreError> {
        let mut on = self.read().await?;
        let mut stored = Vec::with_capacity(views.len());
        for views in views.chunks(KEYS_MAX) {
            // What is asked for is a table of its own: products that nobody has visited yet are
            // found without visitors.
            let mut ask = composed::<DB>("WITH asked (product_id, day) AS (VALUES ");
            for (position, one) in views.iter().enumerate() {
                ask = ask.text(if position == 0 { "(" } else { ", (" });
                ask = ask.bind(one.product.uuid()).text(", ").bind(one.day.number()).text(")");
            }
            let rows = ask
                .text(
                    ") SELECT a.product_id, a.day, COALESCE(v.visitors, 0) AS visitors, \
                         v.sketch, COALESCE(v.version, 0) AS version \
                     FROM asked a JOIN product p ON p.id = a.product_id \
                     LEFT JOIN product_view v ON v.product_id = a.product_id AND v.day = a.day",
                )
                .finish()
                .rows(&mut on, "find visitors")
                .await?;
            for row in &rows {
                stored.push(of_row(row)?);
            }
        }
        Ok(stored)
    }
}

fn of_row<DB: Backend>(row: &Record<DB>) -> Result<StoredViews, StoreError> {
    let product = Id::new(row.get("product_id")?);
    Ok(StoredViews {
        views: ViewsOf { product, day: ViewDay::from_number(row.get("day")?) },
        visitors: row.get("visitors")?,
        sketch: row.get("sketch")?,
        version: row.get("version")?,
    })
}
