//! What the crate needs from outside.

use async_trait::async_trait;
use jangbogo_kernel::{Page, StoreError};

use crate::{ListProducts, Product, ProductCard, ProductDetail, ProductId, SoldItem};

/// A transaction that reaches products.
pub trait Transaction: jangbogo_kernel::Transaction {
    /// Products.
    fn products(&mut self) -> &mut dyn ProductRepository;
    /// Sales counters.
    fn sales(&mut self) -> &mut dyn SalesRepository;
}

/// Loads and saves products.
#[async_trait]
pub trait ProductRepository: Send {
    /// The products with these ids, withdrawn ones too, in any order; unknown ids are left out.
    async fn find_many(&mut self, ids: &[ProductId]) -> Result<Vec<Product>, StoreError>;

    /// Adds new products.
    async fn add(&mut self, products: &[Product]) -> Result<(), StoreError>;

    /// Saves a product whose version was raised by one.
    ///
    /// # Errors
    /// A conflict when the stored version is not the one before.
    async fn save(&mut self, product: &Product) -> Result<(), StoreError>;
}

/// Counts sold pieces; counters are statistics, not part of the product.
#[async_trait]
pub trait SalesRepository: Send {
    /// Adds pieces to the counters (negative takes back). A counter never falls below zero.
    async fn count(&mut self, items: &[SoldItem]) -> Result<(), StoreError>;
}

/// Reads outside transactions.
#[async_trait]
pub trait ProductQueries: Send + Sync {
    /// A page of products on sale.
    ///
    /// # Guarantees
    /// Following the cursors shows every product that stays in the list exactly once.
    async fn list(&self, question: &ListProducts) -> Result<Page<ProductCard>, StoreError>;

    /// One product on sale, with its exact stock.
    async fn find(&self, id: ProductId) -> Result<Option<ProductDetail>, StoreError>;
}
