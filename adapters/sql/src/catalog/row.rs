//! A product as a row.

use jangbogo_catalog::{Attributes, Category, Price, Product, ProductStatus, SaleTerms};
use jangbogo_kernel::{BasisPoints, StoreError};

use crate::backend::Backend;
use crate::statement::Record;

/// What [`product`] reads, of a product called `p`. The categories come along in the same
/// statement, so that product and categories are of one moment and a list is one query.
pub(crate) const PRODUCT_COLUMNS: &str = "p.id, p.seller_id, p.name, p.name_en, p.maker, \
    p.description, p.image_url, p.attributes, p.currency, p.original_price, p.discount_bps, \
    p.selling_price, p.status, p.version, p.created_at, p.updated_at, \
    (SELECT string_agg(c.category, ',' ORDER BY c.position) FROM product_category c \
     WHERE c.product_id = p.id) AS categories";

/// What [`terms`] reads, of a product called `p`.
pub(crate) const TERMS_COLUMNS: &str = "p.id, p.seller_id, p.name, p.currency, p.original_price, \
    p.discount_bps, p.selling_price, p.status";

/// The terms on which a product is sold.
pub(crate) fn terms<DB: Backend>(row: &Record<DB>) -> Result<SaleTerms, StoreError> {
    Ok(SaleTerms {
        product: row.id("id")?,
        seller: row.id("seller_id")?,
        name: row.get("name")?,
        price: price(row)?,
        status: row.named("status", status)?,
    })
}

/// A product with its categories.
pub(crate) fn product<DB: Backend>(row: &Record<DB>) -> Result<Product, StoreError> {
    let attributes: Attributes = serde_json::from_str(&row.get::<String>("attributes")?)
        .map_err(|error| row.impossible(error))?;
    Ok(Product {
        id: row.id("id")?,
        seller: row.id("seller_id")?,
        name: row.get("name")?,
        name_en: row.get("name_en")?,
        maker: row.get("maker")?,
        description: row.get("description")?,
        image_url: row.get("image_url")?,
        categories: categories(row)?,
        attributes,
        price: price(row)?,
        status: row.named("status", status)?,
        version: row.get("version")?,
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
    })
}

fn categories<DB: Backend>(row: &Record<DB>) -> Result<Vec<Category>, StoreError> {
    let slugs = row.get::<Option<String>>("categories")?.unwrap_or_default();
    slugs
        .split(',')
        .filter(|slug| !slug.is_empty())
        .map(|slug| Category::from_slug(slug).ok_or_else(|| row.impossible(slug)))
        .collect()
}

fn price<DB: Backend>(row: &Record<DB>) -> Result<Price, StoreError> {
    let discount = u32::try_from(row.get::<i64>("discount_bps")?);
    let discount = discount.map_err(|error| row.impossible(error))?;
    let discount = BasisPoints::try_new(discount).map_err(|error| row.impossible(error))?;
    let price = Price::try_new(row.money("original_price")?, discount);
    let price = price.map_err(|error| row.impossible(error))?;
    // Lists are sorted and filtered by what is stored; what is shown must be the same.
    if price.selling() == row.money("selling_price")? {
        Ok(price)
    } else {
        Err(row.impossible("the selling price is not the discounted price"))
    }
}

fn status(name: &str) -> Option<ProductStatus> {
    [ProductStatus::OnSale, ProductStatus::Withdrawn]
        .into_iter()
        .find(|status| status.name() == name)
}
