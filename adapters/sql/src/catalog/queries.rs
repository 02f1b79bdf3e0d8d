//! Lists and pages of products.

use async_trait::async_trait;
use jangbogo_catalog::{
    ListProducts, ProductCard, ProductDetail, ProductId, ProductQueries, ProductSort,
    ProductStanding,
};
use jangbogo_kernel::{Cursor, Page, StoreError};

use super::row::{PRODUCT_COLUMNS, product};
use crate::backend::Backend;
use crate::statement::{Composed, Record, Statement, assembled, composed, sql};
use crate::store::SqlStore;

#[async_trait]
impl<DB: Backend> ProductQueries for SqlStore<DB> {
    async fn list(&self, question: &ListProducts) -> Result<Page<ProductCard>, StoreError> {
        // No name contains it, and PostgreSQL refuses it as text.
        if question.text.as_ref().is_some_and(|t| t.contains('\0')) {
            let items = Vec::new();
            return Ok(Page { items, next: None });
        }
        let limit = question.page.limit();
        let rows =
            listing::<DB>("", question).rows(&mut *self.read().await?, "list products").await?;
        let cards = rows.iter().map(card).collect::<Result<_, _>>()?;
        Ok(Page::from_rows(cards, limit, |card: &ProductCard| {
            let key = (Order::of(question.sort).key)(card);
            Cursor::new(question.sort.name(), key, card.product.id.uuid())
        }))
    }

    async fn find(&self, id: ProductId) -> Result<Option<ProductDetail>, StoreError> {
        let text = format!(
            "SELECT {PRODUCT_COLUMNS}, p.sales, COALESCE(s.available, 0) AS available, \
                 m.nickname AS seller_name \
             FROM product p LEFT JOIN stock s ON s.product_id = p.id \
             LEFT JOIN member m ON m.id = p.seller_id \
             WHERE p.id = $1 AND p.status = 'on_sale'"
        );
        let row = assembled::<DB>(text)
            .bind(id.uuid())
            .row(&mut *self.read().await?, "find a product on sale")
            .await?;
        let Some(row) = row else { return Ok(None) };
        let seller_name = row.get::<Option<String>>("seller_name")?;
        Ok(Some(ProductDetail { card: card(&row)?, seller_name: seller_name.unwrap_or_default() }))
    }

    async fn standing(&self, id: ProductId) -> Result<Option<ProductStanding>, StoreError> {
        let row = sql::<DB>(
            "SELECT p.version, p.sales, COALESCE(s.available, 0) AS available, \
                 m.nickname AS seller_name \
             FROM product p LEFT JOIN stock s ON s.product_id = p.id \
             LEFT JOIN member m ON m.id = p.seller_id \
             WHERE p.id = $1 AND p.status = 'on_sale'",
        )
        .bind(id.uuid())
        .row(&mut *self.read().await?, "find how a product stands")
        .await?;
        let Some(row) = row else { return Ok(None) };
        let seller_name = row.get::<Option<String>>("seller_name")?;
        Ok(Some(ProductStanding {
            version: row.get("version")?,
            stock: row.get("available")?,
            sales: row.get("sales")?,
            seller_name: seller_name.unwrap_or_default(),
        }))
    }
}

/// An order of lists. Each has an index of its own that also holds the id.
struct Order {
    /// What comes after a cursor.
    after: &'static str,
    by: &'static str,
    key: fn(&ProductCard) -> i64,
}

impl Order {
    fn of(sort: ProductSort) -> Self {
        match sort {
            ProductSort::Newest => Self {
                after: " AND (p.updated_at, p.id) < (",
                by: " ORDER BY p.updated_at DESC, p.id DESC",
                key: |card| card.product.updated_at.as_micros(),
            },
            ProductSort::PriceAsc => Self {
                after: " AND (p.selling_price, p.id) > (",
                by: " ORDER BY p.selling_price, p.id",
                key: |card| card.product.price.selling().minor(),
            },
            ProductSort::PriceDesc => Self {
                after: " AND (p.selling_price, p.id) < (",
                by: " ORDER BY p.selling_price DESC, p.id DESC",
                key: |card| card.product.price.selling().minor(),
            },
            ProductSort::Sales => Self {
                after: " AND (p.sales, p.id) < (",
                by: " ORDER BY p.sales DESC, p.id DESC",
                key: |card| card.sales,
            },
            ProductSort::Discount => Self {
                after: " AND (p.discount_bps, p.id) < (",
                by: " ORDER BY p.discount_bps DESC, p.id DESC",
                key: |card| i64::from(card.product.price.discount().get()),
            },
        }
    }
}

/// One row more than the page has; `before` stands in front of the whole.
pub(super) fn listing<DB: Backend>(before: &'static str, question: &ListProducts) -> Statement<DB> {
    let order = Order::of(question.sort);
    // The stock is joined from the left, so that the list's own index leads.
    let mut list = composed::<DB>(format!(
        "{before}SELECT {PRODUCT_COLUMNS}, p.sales, COALESCE(s.available, 0) AS available \
         FROM product p LEFT JOIN stock s ON s.product_id = p.id \
         WHERE p.status = 'on_sale'"
    ));
    list = wanted(list, question);
    if let Some(cursor) = question.page.after() {
        list = list.text(order.after).bind(cursor.key());
        list = list.text(", ").bind(cursor.id()).text(")");
    }
    let rows = i64::from(question.page.limit()) + 1;
    list.text(order.by).text(" LIMIT ").bind(rows).finish()
}

/// Only what is asked for becomes a condition, so that each plan can use its index.
fn wanted<DB: Backend>(mut list: Composed<DB>, question: &ListProducts) -> Composed<DB> {
    if let Some(category) = question.category {
        list = list
            .text(
                " AND EXISTS (SELECT 1 FROM product_category w \
                 WHERE w.product_id = p.id AND w.category = ",
            )
            .bind(category.slug().to_owned())
            .text(")");
    }
    if let Some(seller) = question.seller {
        list = list.text(" AND p.seller_id = ").bind(seller.uuid());
    }
    if let Some(price) = question.min_price {
        list = list.text(" AND p.selling_price >= ").bind(price);
    }
    if let Some(price) = question.max_price {
        list = list.text(" AND p.selling_price <= ").bind(price);
    }
    if let Some(text) = &question.text {
        list = list
            .text(" AND p.search_text LIKE ")
            .bind(format!("%{}%", literal(text)))
            .text(r" ESCAPE '\'");
    }
    list
}

/// The text as a `LIKE` pattern that matches nothing but itself.
fn literal(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern
}

fn card<DB: Backend>(row: &Record<DB>) -> Result<ProductCard, StoreError> {
    Ok(ProductCard {
        product: product(row)?,
        stock: row.get("available")?,
        sales: row.get("sales")?,
    })
}
