//! Carts.

use std::collections::HashMap;

use async_trait::async_trait;
use jangbogo_cart::{Cart, CartItem, CartLine, CartQueries, CartRepository};
use jangbogo_catalog::ProductId;
use jangbogo_kernel::StoreError;
use jangbogo_member::MemberId;

use crate::backend::Backend;
use crate::catalog::{TERMS_COLUMNS, terms};
use crate::statement::{Insert, Record, Rows, assembled, composed, sql};
use crate::store::{SqlStore, SqlTransaction};

#[async_trait]
impl<DB: Backend> CartRepository for SqlTransaction<DB> {
    async fn lock(&mut self, members: &[MemberId]) -> Result<(), StoreError> {
        // A cart is its lines; what two writers of new lines have in common is the member.
        let lock = composed::<DB>("SELECT id FROM member WHERE id").any_of(members);
        let lock = lock.text(" ORDER BY id").text(DB::FOR_UPDATE).finish();
        lock.rows(self.on(), "lock carts").await?;
        Ok(())
    }

    async fn items(
        &mut self,
        members: &[MemberId],
    ) -> Result<HashMap<MemberId, Vec<CartItem>>, StoreError> {
        let lines = composed::<DB>(
            "SELECT member_id, product_id, quantity, added_at FROM cart_item WHERE member_id",
        );
        let lines = lines.any_of(members).text(" ORDER BY added_at, product_id").finish();
        let mut carts: HashMap<MemberId, Vec<CartItem>> = HashMap::new();
        for row in &lines.rows(self.on(), "read carts").await? {
            carts.entry(row.id("member_id")?).or_default().push(item(row)?);
        }
        Ok(carts)
    }

    async fn put(&mut self, items: &[(MemberId, CartItem)]) -> Result<(), StoreError> {
        let mut insert =
            Insert::<DB>::into("cart_item (member_id, product_id, quantity, added_at)");
        for (member, item) in items {
            insert.row(|row| {
                row.bind(member.uuid())
                    .bind(item.product.uuid())
                    .bind(item.quantity.get())
                    .bind(item.added_at.as_micros())
            });
        }
        // Who only changes the quantity keeps the place in the cart.
        let set = " ON CONFLICT (member_id, product_id) DO UPDATE SET quantity = excluded.quantity";
        insert.or(set).execute(self.on(), "put items into carts").await
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

    async fn remove(&mut self, lines: &[(MemberId, ProductId)]) -> Result<(), StoreError> {
        let mut rows = Rows::<DB>::of("member_id, product_id");
        for (member, product) in lines {
            rows.row(|row| row.bind(member.uuid()).bind(product.uuid()));
        }
        let delete = "DELETE FROM cart_item \
             WHERE (member_id, product_id) IN (SELECT member_id, product_id FROM n)";
        rows.execute(self.on(), delete, "remove items from carts").await?;
        Ok(())
    }
}

#[async_trait]
impl<DB: Backend> CartQueries for SqlStore<DB> {
    // For one cart and for many there are different best plans.
    async fn get(&self, member: MemberId) -> Result<Cart, StoreError> {
        let mut on = self.read().await?;
        let read = assembled::<DB>(format!("{} = $1 {OLDEST_FIRST}", lines_where_member()));
        let rows = read.bind(member.uuid()).rows(&mut on, "read a cart with its products").await?;
        on.done();
        Ok(Cart { lines: rows.iter().map(line).collect::<Result<_, _>>()? })
    }

    async fn get_many(&self, members: &[MemberId]) -> Result<Vec<Cart>, StoreError> {
        let lines = composed::<DB>(lines_where_member()).any_of(members);
        let lines = lines.text(OLDEST_FIRST).finish();
        let mut on = self.read().await?;
        let rows = lines.rows(&mut on, "read carts with their products").await?;
        on.done();
        let mut carts: HashMap<MemberId, Cart> = HashMap::new();
        for row in &rows {
            carts.entry(row.id("member_id")?).or_default().lines.push(line(row)?);
        }
        Ok(members.iter().map(|member| carts.get(member).cloned().unwrap_or_default()).collect())
    }
}

/// Lines of carts with their products, up to a condition on the member.
fn lines_where_member() -> String {
    format!(
        "SELECT i.member_id, i.product_id, i.quantity, i.added_at, {TERMS_COLUMNS}, \
             COALESCE(s.available, 0) AS available \
         FROM cart_item i JOIN product p ON p.id = i.product_id \
         LEFT JOIN stock s ON s.product_id = p.id WHERE i.member_id"
    )
}

const OLDEST_FIRST: &str = " ORDER BY i.added_at, i.product_id";

/// A line of either cart, with its product's terms of now.
pub(crate) fn line<DB: Backend>(row: &Record<DB>) -> Result<CartLine, StoreError> {
    Ok(CartLine { item: item(row)?, terms: terms(row)?, stock: row.get("available")? })
}

/// The same as it is kept.
pub(crate) fn item<DB: Backend>(row: &Record<DB>) -> Result<CartItem, StoreError> {
    Ok(CartItem {
        product: row.id("product_id")?,
        quantity: row.quantity("quantity")?,
        added_at: row.time("added_at")?,
    })
}
