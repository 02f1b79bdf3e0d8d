//! Recurring carts.

use async_trait::async_trait;
use jangbogo_catalog::ProductId;
use jangbogo_kernel::StoreError;
use jangbogo_member::MemberId;
use jangbogo_subscription::{
    RecurringCart, RecurringCartQueries, RecurringCartRepository, RecurringItem, RecurringLine,
};

use crate::backend::Backend;
use crate::cart;
use crate::catalog::TERMS_COLUMNS;
use crate::statement::{Record, assembled, composed, sql};
use crate::store::{SqlStore, SqlTransaction};

#[async_trait]
impl<DB: Backend> RecurringCartRepository for SqlTransaction<DB> {
    async fn items(&mut self, member: MemberId) -> Result<Vec<RecurringItem>, StoreError> {
        let rows = sql::<DB>(
            "SELECT product_id, quantity, period_days, added_at FROM subscription_cart_item \
             WHERE member_id = $1 ORDER BY added_at, product_id",
        )
        .bind(member.uuid())
        .rows(self.on(), "read a recurring cart")
        .await?;
        rows.iter().map(item).collect()
    }

    async fn put(&mut self, member: MemberId, item: &RecurringItem) -> Result<(), StoreError> {
        // Who only changes quantity and period keeps the place in the cart.
        sql::<DB>(
            "INSERT INTO subscription_cart_item \
                 (member_id, product_id, quantity, period_days, added_at) \
             VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (member_id, product_id) DO UPDATE \
             SET quantity = excluded.quantity, period_days = excluded.period_days",
        )
        .bind(member.uuid())
        .bind(item.item.product.uuid())
        .bind(item.item.quantity.get())
        .bind(item.period_days)
        .bind(item.item.added_at.as_micros())
        .execute(self.on(), "put an item into a recurring cart")
        .await?;
        Ok(())
    }

    async fn remove(&mut self, member: MemberId, products: &[ProductId]) -> Result<(), StoreError> {
        let delete = composed::<DB>("DELETE FROM subscription_cart_item WHERE member_id = ");
        let delete = delete.bind(member.uuid()).text(" AND product_id").any_of(products).finish();
        delete.execute(self.on(), "remove items from a recurring cart").await?;
        Ok(())
    }
}

#[async_trait]
impl<DB: Backend> RecurringCartQueries for SqlStore<DB> {
    async fn get(&self, member: MemberId) -> Result<RecurringCart, StoreError> {
        let text = format!(
            "SELECT i.product_id, i.quantity, i.period_days, i.added_at, {TERMS_COLUMNS}, \
                 COALESCE(s.available, 0) AS available \
             FROM subscription_cart_item i JOIN product p ON p.id = i.product_id \
             LEFT JOIN stock s ON s.product_id = p.id \
             WHERE i.member_id = $1 ORDER BY i.added_at, i.product_id"
        );
        let mut on = self.read().await?;
        let read = assembled::<DB>(text).bind(member.uuid());
        let rows = read.rows(&mut on, "read a recurring cart with its products").await?;
        on.done();
        let lines = rows.iter().map(|row| {
            Ok(RecurringLine { line: cart::line(row)?, period_days: row.get("period_days")? })
        });
        Ok(RecurringCart { lines: lines.collect::<Result<_, StoreError>>()? })
    }
}

fn item<DB: Backend>(row: &Record<DB>) -> Result<RecurringItem, StoreError> {
    Ok(RecurringItem { item: cart::item(row)?, period_days: row.get("period_days")? })
}
