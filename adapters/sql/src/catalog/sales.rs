//! Sales counters.

use async_trait::async_trait;
use jangbogo_catalog::{SalesRepository, SoldItem};
use jangbogo_kernel::StoreError;

use crate::backend::Backend;
use crate::statement::sql;
use crate::store::SqlTransaction;

#[async_trait]
impl<DB: Backend> SalesRepository for SqlTransaction<DB> {
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
