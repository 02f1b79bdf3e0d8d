//! Put a product into the cart.

use std::sync::Arc;

use jangbogo_catalog::{Product, ProductId};
use jangbogo_inventory::OutOfStock;
use jangbogo_kernel::{Clock, Quantity, Store, StoreError, fault};
use jangbogo_member::Caller;

use crate::{Cart, CartItem, Transaction};

/// Sets how many pieces of a product the caller's cart has.
pub struct PutItem {
    store: Arc<dyn Store<dyn Transaction>>,
    clock: Arc<dyn Clock>,
}

/// The cart was not changed.
#[derive(Debug, thiserror::Error)]
pub enum PutItemError {
    /// No such product, or it is no longer sold.
    #[error("there is no such product")]
    UnknownProduct,
    /// Fewer pieces than wanted can be ordered now.
    #[error(transparent)]
    OutOfStock(OutOfStock),
    /// The cart has [`Cart::LINES_MAX`] lines.
    #[error("a cart has at most 100 lines")]
    Full,
    /// Storage failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
fault!(PutItemError {
    UnknownProduct: NotFound = "product-not-found",
    OutOfStock: Conflict = "out-of-stock",
    Full: Unprocessable = "cart-full",
} passes on { Store });

impl PutItem {
    /// Assembles the use case.
    pub fn new(store: Arc<dyn Store<dyn Transaction>>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    /// Sets the quantity. Nothing is held for the cart: the order decides.
    pub async fn run(
        &self,
        caller: &Caller,
        product: ProductId,
        quantity: Quantity,
    ) -> Result<(), PutItemError> {
        let mut tx = self.store.begin().await?;
        let found = tx.products().find_many(&[product]).await?.pop();
        found.filter(Product::is_on_sale).ok_or(PutItemError::UnknownProduct)?;
        let stock = tx.stock().lock(&[product]).await?.pop();
        let stock = stock.ok_or(PutItemError::UnknownProduct)?;
        stock.check(quantity.get()).map_err(PutItemError::OutOfStock)?;
        let items = tx.carts().items(caller.member).await?;
        let is_new = items.iter().all(|item| item.product != product);
        if is_new && items.len() >= Cart::LINES_MAX {
            return Err(PutItemError::Full);
        }
        let item = CartItem { product, quantity, added_at: self.clock.now() };
        tx.carts().put(caller.member, &item).await?;
        Ok(tx.commit().await?)
    }
}
