//! No cache at all: every question goes to the database.

use std::sync::Arc;

use async_trait::async_trait;
use jangbogo_catalog::{
    BrandPage, ListBrands, ListProducts, MainPage, ProductCard, ProductDetail, ProductId,
    ProductPages, ProductQueries, Shown,
};
use jangbogo_kernel::{Clock, Page, StoreError};

/// Shows products straight from the database.
pub struct PlainProducts {
    queries: Arc<dyn ProductQueries>,
    clock: Arc<dyn Clock>,
}

impl PlainProducts {
    /// Shows what these queries find.
    pub fn new(queries: Arc<dyn ProductQueries>, clock: Arc<dyn Clock>) -> Self {
        Self { queries, clock }
    }
}

#[async_trait]
impl ProductPages for PlainProducts {
    async fn list(
        &self,
        question: &ListProducts,
    ) -> Result<Arc<Shown<Page<ProductCard>>>, StoreError> {
        let page = self.queries.list(question).await?;
        Ok(Arc::new(Shown::new(page, self.clock.now())))
    }

    async fn brands(&self, question: &ListBrands) -> Result<BrandPage, StoreError> {
        self.queries.brands(question).await
    }

    async fn main_page(&self) -> Result<Arc<Shown<MainPage>>, StoreError> {
        let page = self.queries.main_page().await?;
        Ok(Arc::new(Shown::new(page, self.clock.now())))
    }

    async fn find(&self, id: ProductId) -> Result<Option<ProductDetail>, StoreError> {
        self.queries.find(id).await
    }
}
