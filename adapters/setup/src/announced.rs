//! Use cases that change what caches show: when they have committed, the cache hears of it.

use std::sync::Arc;

use jangbogo_cache::CachedProducts;
use jangbogo_catalog::{
    EditProduct, EditProductError, Product, ProductChanges, ProductId, WithdrawProduct,
    WithdrawProductError,
};
use jangbogo_inventory::{
    AddProduct, AddProductCommand, AddProductError, AddedProduct, AdjustStock, AdjustStockCommand,
    AdjustStockError, Adjusted,
};
use jangbogo_kernel::{ErrorKind, Fault};
use jangbogo_member::Caller;

/// A use case whose changes are announced: after its commit, never before, and before its caller
/// has the answer. A process that dies in between leaves others with what they have until its
/// life is over.
pub struct Announced<U> {
    use_case: U,
    cache: Option<Arc<CachedProducts>>,
}

impl<U> Announced<U> {
    pub(crate) fn new(use_case: U, cache: Option<&Arc<CachedProducts>>) -> Self {
        Self { use_case, cache: cache.cloned() }
    }

    /// A refusal has changed nothing; a failure may have been a commit whose answer was lost.
    async fn after<T, E: Fault>(&self, id: ProductId, outcome: Result<T, E>) -> Result<T, E> {
        let may_have_changed = match &outcome {
            Ok(_) => true,
            Err(error) => matches!(error.kind(), ErrorKind::Unavailable | ErrorKind::Internal),
        };
        if may_have_changed && let Some(cache) = &self.cache {
            cache.changed(id).await;
        }
        outcome
    }
}

impl Announced<EditProduct> {
    /// Changes the product and returns it.
    pub async fn run(
        &self,
        caller: &Caller,
        id: ProductId,
        changes: ProductChanges,
    ) -> Result<Product, EditProductError> {
        self.after(id, self.use_case.run(caller, id, changes).await).await
    }
}

impl Announced<WithdrawProduct> {
    /// Withdraws the product.
    pub async fn run(&self, caller: &Caller, id: ProductId) -> Result<(), WithdrawProductError> {
        self.after(id, self.use_case.run(caller, id).await).await
    }
}

impl Announced<AdjustStock> {
    /// Corrects the stock; a repeated request answers the stock of now.
    pub async fn run(
        &self,
        caller: &Caller,
        command: AdjustStockCommand,
    ) -> Result<Adjusted, AdjustStockError> {
        let id = command.product;
        self.after(id, self.use_case.run(caller, command).await).await
    }
}

impl Announced<AddProduct> {
    /// Adds the product.
    pub async fn run(
        &self,
        caller: &Caller,
        command: AddProductCommand,
    ) -> Result<AddedProduct, AddProductError> {
        // Without an answer there is no id either: lists learn of it when their life is over.
        let added = self.use_case.run(caller, command).await?;
        self.after(added.product.id, Ok(added)).await
    }
}
