//! Lists and pages of products.

use async_trait::async_trait;
use jangbogo_catalog::{
    BrandPage, ListBrands, ListProducts, ProductCard, ProductDetail, ProductId, ProductQueries,
    ProductSort, ProductStanding,
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
            return Ok(Page::empty());
        }
        let mut on = self.read().await?;
        let rows = listing::<DB>("", question).rows(&mut on, "list products").await?;
        on.done();
        let cards = rows.iter().map(card).collect::<Result<_, _>>()?;
        Ok(Page::from_rows(cards, &question.page, |card: &ProductCard| {
            let key = Order::of(question.sort).key(card);
            Cursor::new(question.sort.name(), key, card.product.id.uuid())
        }))
    }

    async fn brands(&self, question: &ListBrands) -> Result<BrandPage, StoreError> {
        let mut on = self.read().await?;
        let rows = brands::<DB>("", question).rows(&mut on, "list brands").await?;
        on.done();
        let names = rows.iter().map(|row| row.get("name")).collect::<Result<_, _>>()?;
        Ok(BrandPage::from_names(names, question.limit))
    }

    async fn find(&self, id: ProductId) -> Result<Option<ProductDetail>, StoreError> {
        let text = format!(
            "SELECT {PRODUCT_COLUMNS}, p.sales, p.views, COALESCE(s.available, 0) AS available, \
                 m.nickname AS seller_name \
             FROM product p LEFT JOIN stock s ON s.product_id = p.id \
             LEFT JOIN member m ON m.id = p.seller_id \
             WHERE p.id = $1 AND p.status = 'on_sale'"
        );
        let mut on = self.read().await?;
        let find = assembled::<DB>(text).bind(id.uuid());
        let row = find.row(&mut on, "find a product on sale").await?;
        on.done();
        let Some(row) = row else { return Ok(None) };
        let seller_name = row.get::<Option<String>>("seller_name")?;
        Ok(Some(ProductDetail { card: card(&row)?, seller_name: seller_name.unwrap_or_default() }))
    }

    async fn standing(&self, id: ProductId) -> Result<Option<ProductStanding>, StoreError> {
        let mut on = self.read().await?;
        let row = sql::<DB>(
            "SELECT p.version, p.sales, p.views, COALESCE(s.available, 0) AS available, \
                 m.nickname AS seller_name \
             FROM product p LEFT JOIN stock s ON s.product_id = p.id \
             LEFT JOIN member m ON m.id = p.seller_id \
             WHERE p.id = $1 AND p.status = 'on_sale'",
        )
        .bind(id.uuid())
        .row(&mut on, "find how a product stands")
        .await?;
        on.done();
        let Some(row) = row else { return Ok(None) };
        let seller_name = row.get::<Option<String>>("seller_name")?;
        Ok(Some(ProductStanding {
            version: row.get("version")?,
            stock: row.get("available")?,
            sales: row.get("sales")?,
            views: row.get("views")?,
            seller_name: seller_name.unwrap_or_default(),
        }))
    }
}

/// One name more than the page has. Each step asks the index for the next name, so that a brand's
/// many products are not walked through.
pub(crate) fn brands<DB: Backend>(before: &'static str, question: &ListBrands) -> Statement<DB> {
    composed::<DB>(before)
        .text(
            "WITH RECURSIVE brand (name, n) AS ( \
                 SELECT (SELECT MIN(maker) FROM product \
                         WHERE status = 'on_sale' AND maker > ",
        )
        // No maker is called nothing.
        .bind(question.after.clone().unwrap_or_default())
        .text(
            "), 1 UNION ALL \
                 SELECT (SELECT MIN(maker) FROM product \
                         WHERE status = 'on_sale' AND maker > brand.name), n + 1 \
                 FROM brand WHERE name IS NOT NULL AND n < ",
        )
        .bind(i64::from(question.limit) + 1)
        .text(") SELECT name FROM brand WHERE name IS NOT NULL ORDER BY n")
        .finish()
}

/// The columns of a list. Each order has an index of its own that also holds the id: over all
/// products, over those of a brand and, on the copies beside the categories, over a category's.
struct Columns {
    from: &'static str,
    id: &'static str,
    selling_price: &'static str,
    updated_at: &'static str,
    sales: &'static str,
    discount_bps: &'static str,
}

// The stock is joined from the left, so that the list's own index leads.
const PRODUCTS: Columns = Columns {
    from: " FROM product p LEFT JOIN stock s ON s.product_id = p.id WHERE p.status = 'on_sale'",
    id: "p.id",
    selling_price: "p.selling_price",
    updated_at: "p.updated_at",
    sales: "p.sales",
    discount_bps: "p.discount_bps",
};
const OF_CATEGORY: Columns = Columns {
    from: " FROM product_category w JOIN product p ON p.id = w.product_id \
           LEFT JOIN stock s ON s.product_id = p.id WHERE w.status = 'on_sale' AND w.category = ",
    id: "w.product_id",
    selling_price: "w.selling_price",
    updated_at: "w.updated_at",
    sales: "w.sales",
    discount_bps: "w.discount_bps",
};

/// An order of lists.
struct Order {
    column: fn(&Columns) -> &'static str,
    descending: bool,
    key: fn(&ProductCard) -> i64,
}

impl Order {
    fn of(sort: ProductSort) -> Self {
        let (column, descending): (fn(&Columns) -> &'static str, bool) = match sort {
            ProductSort::Newest => (|columns| columns.updated_at, true),
            ProductSort::PriceAsc => (|columns| columns.selling_price, false),
            ProductSort::PriceDesc => (|columns| columns.selling_price, true),
            ProductSort::Sales => (|columns| columns.sales, true),
            ProductSort::Discount => (|columns| columns.discount_bps, true),
        };
        let key: fn(&ProductCard) -> i64 = match sort {
            ProductSort::Newest => |card| card.product.updated_at.as_micros(),
            ProductSort::PriceAsc | ProductSort::PriceDesc => {
                |card| card.product.price.selling().minor()
            }
            ProductSort::Sales => |card| card.sales,
            ProductSort::Discount => |card| i64::from(card.product.price.discount().get()),
        };
        Self { column, descending, key }
    }

    fn key(&self, card: &ProductCard) -> i64 {
        (self.key)(card)
    }
}

/// One row more than the page has, against the order when the page is a backward one; `before`
/// stands in front of the whole.
pub(crate) fn listing<DB: Backend>(before: &'static str, question: &ListProducts) -> Statement<DB> {
    let list = composed::<DB>(format!(
        "{before}SELECT {PRODUCT_COLUMNS}, p.sales, p.views, COALESCE(s.available, 0) AS available"
    ));
    let list = ordered(list, question);
    list.text(" LIMIT ").bind(i64::from(question.page.limit()) + 1).finish()
}

/// Sort key and id of the row behind which so many others of the list have gone by.
pub(crate) fn place<DB: Backend>(question: &ListProducts, rows: i64) -> Statement<DB> {
    let (columns, order) = (columns(question), Order::of(question.sort));
    let list = composed::<DB>("SELECT ").text((order.column)(&columns)).text(" AS sort_key, ");
    let list = ordered(list.text(columns.id).text(" AS id"), question);
    list.text(" LIMIT 1 OFFSET ").bind(rows - 1).finish()
}

/// A brand has fewer products than a category, so that its index leads when both are asked for.
const fn columns(question: &ListProducts) -> Columns {
    if question.category.is_some() && question.brand.is_none() { OF_CATEGORY } else { PRODUCTS }
}

/// From `FROM` to `ORDER BY`.
fn ordered<DB: Backend>(list: Composed<DB>, question: &ListProducts) -> Composed<DB> {
    let (columns, order) = (columns(question), Order::of(question.sort));
    let mut list = wanted(list, &columns, question);
    let key = (order.column)(&columns);
    let descending = order.descending != question.page.is_backward();
    if let Some(cursor) = question.page.cursor() {
        list = list.text(" AND (").text(key).text(", ").text(columns.id);
        list = list.text(if descending { ") < (" } else { ") > (" });
        list = list.bind(cursor.key()).text(", ").bind(cursor.id()).text(")");
    }
    let way = if descending { " DESC" } else { "" };
    list.text(" ORDER BY ").text(key).text(way).text(", ").text(columns.id).text(way)
}

/// Only what is asked for becomes a condition, so that each plan can use its index.
fn wanted<DB: Backend>(
    list: Composed<DB>,
    columns: &Columns,
    question: &ListProducts,
) -> Composed<DB> {
    let mut list = list.text(columns.from);
    list = match (question.category, &question.brand) {
        (None, None) => list,
        (None, Some(brand)) => list.text(" AND p.maker = ").bind(brand.clone()),
        (Some(category), None) => list.bind(category.slug().to_owned()),
        (Some(category), Some(brand)) => list
            .text(" AND p.maker = ")
            .bind(brand.clone())
            .text(
                " AND EXISTS (SELECT 1 FROM product_category w \
                 WHERE w.product_id = p.id AND w.category = ",
            )
            .bind(category.slug().to_owned())
            .text(")"),
    };
    if let Some(seller) = question.seller {
        list = list.text(" AND p.seller_id = ").bind(seller.uuid());
    }
    let (min, max) = prices(question);
    if let Some(price) = min {
        list = list.text(" AND ").text(columns.selling_price).text(" >= ").bind(price);
    }
    if let Some(price) = max {
        list = list.text(" AND ").text(columns.selling_price).text(" <= ").bind(price);
    }
    if let Some(text) = &question.text {
        list = list
            .text(" AND p.search_text LIKE ")
            .bind(format!("%{}%", literal(text)))
            .text(r" ESCAPE '\'");
    }
    list
}

/// The price range without a bound that the cursor has passed: two conditions on where to begin
/// would let an engine choose the one that begins farther away.
fn prices(question: &ListProducts) -> (Option<i64>, Option<i64>) {
    let (min, max) = (question.min_price, question.max_price);
    let ascending = match question.sort {
        ProductSort::PriceAsc => !question.page.is_backward(),
        ProductSort::PriceDesc => question.page.is_backward(),
        ProductSort::Newest | ProductSort::Sales | ProductSort::Discount => return (min, max),
    };
    match question.page.cursor().map(Cursor::key) {
        Some(key) if ascending => (min.filter(|min| *min > key), max),
        Some(key) => (min, max.filter(|max| *max < key)),
        None => (min, max),
    }
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

pub(super) fn card<DB: Backend>(row: &Record<DB>) -> Result<ProductCard, StoreError> {
    Ok(ProductCard {
        product: product(row)?,
        stock: row.get("available")?,
        sales: row.get("sales")?,
        views: row.get("views")?,
    })
}
