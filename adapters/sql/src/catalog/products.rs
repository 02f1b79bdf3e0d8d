//! Products with their categories.

use async_trait::async_trait;
use jangbogo_catalog::{Product, ProductId, ProductRepository, SaleTerms};
use jangbogo_kernel::StoreError;

use super::row::{PRODUCT_COLUMNS, TERMS_COLUMNS, product, terms};
use crate::backend::Backend;
use crate::statement::{Insert, Record, composed, sql};
use crate::store::SqlTransaction;

/// Most ids of one statement: SQLite's time to read it grows with the square of its arguments.
const IDS_MAX: usize = 1_000;

#[async_trait]
impl<DB: Backend> ProductRepository for SqlTransaction<DB> {
    async fn find_many(&mut self, ids: &[ProductId]) -> Result<Vec<Product>, StoreError> {
        let rows = self.products_of(ids, PRODUCT_COLUMNS).await?;
        rows.iter().map(product).collect()
    }

    async fn terms(&mut self, ids: &[ProductId]) -> Result<Vec<SaleTerms>, StoreError> {
        let rows = self.products_of(ids, TERMS_COLUMNS).await?;
        rows.iter().map(terms).collect()
    }

    async fn add(&mut self, products: &[Product]) -> Result<(), StoreError> {
        let mut insert = Insert::<DB>::into(
            "product (id, seller_id, name, name_en, maker, description, image_url, attributes, \
             search_text, currency, original_price, discount_bps, selling_price, status, version, \
             created_at, updated_at)",
        );
        for product in products {
            let attributes = attributes(product)?;
            insert.row(|row| {
                row.bind(product.id.uuid())
                    .bind(product.seller.uuid())
                    .bind(product.name.clone())
                    .bind(product.name_en.clone())
                    .bind(product.maker.clone())
                    .bind(product.description.clone())
                    .bind(product.image_url.clone())
                    .bind(attributes)
                    .bind(product.search_text())
                    .bind(product.price.original().currency().code().to_owned())
                    .bind(product.price.original().minor())
                    .bind(i64::from(product.price.discount().get()))
                    .bind(product.price.selling().minor())
                    .bind(product.status.name().to_owned())
                    .bind(product.version)
                    .bind(product.created_at.as_micros())
                    .bind(product.updated_at.as_micros())
            });
        }
        insert.execute(self.on(), "add products").await?;
        add_categories(self, products).await
    }

    async fn save(&mut self, product: &Product) -> Result<(), StoreError> {
        sql::<DB>(
            "UPDATE product SET name = $1, name_en = $2, maker = $3, description = $4, \
                 image_url = $5, attributes = $6, search_text = $7, currency = $8, \
                 original_price = $9, discount_bps = $10, selling_price = $11, status = $12, \
                 version = $13, updated_at = $14 \
             WHERE id = $15 AND version = $16",
        )
        .bind(product.name.clone())
        .bind(product.name_en.clone())
        .bind(product.maker.clone())
        .bind(product.description.clone())
        .bind(product.image_url.clone())
        .bind(attributes(product)?)
        .bind(product.search_text())
        .bind(product.price.original().currency().code().to_owned())
        .bind(product.price.original().minor())
        .bind(i64::from(product.price.discount().get()))
        .bind(product.price.selling().minor())
        .bind(product.status.name().to_owned())
        .bind(product.version)
        .bind(product.updated_at.as_micros())
        .bind(product.id.uuid())
        .bind(product.version - 1)
        .change_one(self.on(), "save a product")
        .await?;
        sql::<DB>("DELETE FROM product_category WHERE product_id = $1")
            .bind(product.id.uuid())
            .execute(self.on(), "replace a product's categories")
            .await?;
        add_categories(self, std::slice::from_ref(product)).await
    }
}

impl<DB: Backend> SqlTransaction<DB> {
    /// So much of these products, each once.
    async fn products_of(
        &mut self,
        ids: &[ProductId],
        columns: &str,
    ) -> Result<Vec<Record<DB>>, StoreError> {
        let mut ids = ids.to_vec();
        ids.sort_unstable();
        ids.dedup();
        let mut products = Vec::with_capacity(ids.len());
        for ids in ids.chunks(IDS_MAX) {
            let select = format!("SELECT {columns} FROM product p WHERE p.id");
            let found = composed::<DB>(select).any_of(ids).finish();
            products.extend(found.rows(self.on(), "find products").await?);
        }
        Ok(products)
    }
}

async fn add_categories<DB: Backend>(
    tx: &mut SqlTransaction<DB>,
    products: &[Product],
) -> Result<(), StoreError> {
    let mut insert = Insert::<DB>::into("product_category (category, product_id, position)");
    for product in products {
        for (category, position) in product.categories.iter().zip(1_i64..) {
            insert.row(|row| {
                row.bind(category.slug().to_owned()).bind(product.id.uuid()).bind(position)
            });
        }
    }
    insert.execute(tx.on(), "add categories of products").await
}

fn attributes(product: &Product) -> Result<String, StoreError> {
    serde_json::to_string(&product.attributes)
        .map_err(|error| StoreError::new("write attributes as JSON", error))
}
