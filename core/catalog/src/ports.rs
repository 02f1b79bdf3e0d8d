//! What the crate needs from outside.

use std::sync::Arc;

use async_trait::async_trait;
use jangbogo_kernel::{Page, StoreError};

use crate::{
    BrandPage, ListBrands, ListProducts, MainPage, Product, ProductCard, ProductDetail, ProductId,
    ProductSort, ProductStanding, Shown, SoldItem,
};

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
    /// Following the cursors, forward or backward, shows every product that stays in the list
    /// exactly once and in one order.
    async fn list(&self, question: &ListProducts) -> Result<Page<ProductCard>, StoreError>;

    /// A page of the makers who have products on sale.
    ///
    /// # Guarantees
    /// Following the pages shows every such maker exactly once.
    async fn brands(&self, question: &ListBrands) -> Result<BrandPage, StoreError>;

    /// One product on sale, with its exact stock.
    async fn find(&self, id: ProductId) -> Result<Option<ProductDetail>, StoreError>;

    /// What changes often of a product on sale; much cheaper than the whole.
    ///
    /// # Guarantees
    /// `None` exactly when [`find`](Self::find) finds nothing, and the same numbers as it.
    async fn standing(&self, id: ProductId) -> Result<Option<ProductStanding>, StoreError>;

    /// The shop's first page.
    async fn main_page(&self) -> Result<MainPage, StoreError> {
        let top = async |sort| {
            let question = ListProducts::top(sort, MainPage::ROW_MAX);
            let question = question.map_err(|error| StoreError::new("ask for a row", error))?;
            Ok::<_, StoreError>(self.list(&question).await?.items)
        };
        let top_sales = top(ProductSort::Sales).await?;
        Ok(MainPage { top_sales, top_discount: top(ProductSort::Discount).await? })
    }
}

/// What shoppers are shown. Unlike [`ProductQueries`] an answer may be a little old, and how old is
/// an adapter's promise; nothing is decided by it.
#[async_trait]
pub trait ProductPages: Send + Sync {
    /// A page of products on sale; its cards come without description and statement.
    async fn list(
        &self,
        question: &ListProducts,
    ) -> Result<Arc<Shown<Page<ProductCard>>>, StoreError>;

    /// A page of brands.
    async fn brands(&self, question: &ListBrands) -> Result<BrandPage, StoreError>;

    /// The shop's first page; its cards come without description and statement.
    async fn main_page(&self) -> Result<Arc<Shown<MainPage>>, StoreError>;

    /// One product on sale.
    ///
    /// # Guarantees
    /// All of it is of the moment, and what was withdrawn is not found, as long as the store answers.
    async fn find(&self, id: ProductId) -> Result<Option<ProductDetail>, StoreError>;
}
