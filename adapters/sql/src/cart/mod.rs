//! Carts.

use async_trait::async_trait;
use jangbogo_cart::{Cart, CartItem, CartLine, CartQueries, CartRepository};
use jangbogo_catalog::ProductId;
use jangbogo_kernel::StoreError;
use jangbogo_member::MemberId;

use crate::backend::Backend;
use crate::catalog::{PRODUCT_COLUMNS, product};
use crate::statement::{Record, assembled, sql};
use crate::store::{SqlStore, SqlTransaction};

#[async_trait]
impl<DB: Backend> CartRepository for SqlTransaction<DB> {
    async fn items(&mut self, member: MemberId) -> Result<Vec<CartItem>, StoreError> {
        let rows = sql::<DB>(
            "SELECT product_id, quantity, added_at FROM cart_item \
             WHERE member_id = $1 ORDER BY added_at, product_id",
        )
        .bind(member.uuid())
        .rows(self.on(), "read a cart")
        .await?;
        rows.iter().map(item).collect()
    }

    async fn put(&mut self, member: MemberId, item: &CartItem) -> Result<(), StoreError> {
        // Who only changes the quantity keeps the place in the cart.
        sql::<DB>(
            "INSERT INTO cart_item (member_id, product_id, quantity, added_at) \
             VALUES ($1, $2, $3, $4) \
             ON CONFLICT (member_id, product_id) DO UPDATE SET quantity = excluded.quantity",
        )
        .bind(member.uuid())
        .bind(item.product.uuid())
        .bind(item.quantity.get())
        .bind(item.added_at.as_micros())
        .execute(self.on(), "put an item into a cart")
        .await?;
        Ok(())
    }

    async fn take_out(
        &mut self,
        member: MemberId,
        product: ProductId,
        pieces: i64,
    ) -> Result<(), StoreError> {
        let statements = [
            sql::<DB>(
                "DELETE FROM cart_item \
                 WHERE member_id = $1 AND product_id = $2 AND quantity <= $3",
            ),
            sql::<DB>(
                "UPDATE cart_item SET quantity = quantity - $3 \
                 WHERE member_id = $1 AND product_id = $2 AND quantity > $3",
            ),
        ];
        for statement in statements {
            statement
                .bind(member.uuid())
                .bind(product.uuid())
                .bind(pieces)
                .execute(self.on(), "take pieces out of a cart")
                .await?;
        }
        Ok(())
    }

    async fn remove(&mut self, member: MemberId, product: ProductId) -> Result<(), StoreError> {
        sql::<DB>("DELETE FROM cart_item WHERE member_id = $1 AND product_id = $2")
            .bind(member.uuid())
            .bind(product.uuid())
            .execute(self.on(), "remove an item from a cart")
            .await?;
        Ok(())
    }
}

#[async_trait]
impl<DB: Backend> CartQueries for SqlStore<DB> {
    async fn get(&self, member: MemberId) -> Result<Cart, StoreError> {
        let text = format!(
            "SELECT i.product_id, i.quantity, i.added_at, {PRODUCT_COLUMNS}, \
                 COALESCE(s.available, 0) AS available \
             FROM cart_item i JOIN product p ON p.id = i.product_id \
             LEFT JOIN stock s ON s.product_id = p.id \
             WHERE i.member_id = $1 ORDER BY i.added_at, i.product_id"
        );
        let rows = assembled::<DB>(text)
            .bind(member.uuid())
            .rows(&mut *self.read().await?, "read a cart with its products")
            .await?;
        let lines = rows.iter().map(|row| {
            Ok(CartLine { item: item(row)?, product: product(row)?, stock: row.get("available")? })
        });
        Ok(Cart { lines: lines.collect::<Result<_, StoreError>>()? })
    }
}

fn item<DB: Backend>(row: &Record<DB>) -> Result<CartItem, StoreError> {
    Ok(CartItem {
        product: row.id("product_id")?,
        quantity: row.quantity("quantity")?,
        added_at: row.time("added_at")?,
    })
}
