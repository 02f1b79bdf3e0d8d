//! Change the recurring cart.

use std::sync::Arc;

use jangbogo_cart::CartItem;
use jangbogo_catalog::{ProductId, SaleTerms};
use jangbogo_inventory::OutOfStock;
use jangbogo_kernel::{Clock, Quantity, Store, StoreError, fault, retried};
use jangbogo_member::{AccessError, Member, MemberId};

use crate::{RecurringCart, RecurringItem, SubscriptionSettings, Transaction};

/// Puts a product into a member's recurring cart, changes it, or takes it out. Nothing is held for
/// a cart: the subscription's first order decides.
pub struct ChangeRecurringCart {
    store: Arc<dyn Store<dyn Transaction>>,
    clock: Arc<dyn Clock>,
    settings: SubscriptionSettings,
}

/// One line of somebody's recurring cart as it is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecurringWish {
    /// Whose cart.
    pub member: MemberId,
    /// Which product.
    pub product: ProductId,
    /// So many pieces, every so many days; `None` takes the product out.
    pub wanted: Option<(Quantity, i64)>,
}

/// The cart was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeRecurringCartError {
    /// Too short or too long.
    #[error("a period has {min} to {max} days")]
    Period {
        /// The shortest.
        min: i64,
        /// The longest.
        max: i64,
    },
    /// No such product, or it is no longer sold.
    #[error("there is no such product")]
    UnknownProduct,
    /// Fewer pieces than wanted can be ordered now.
    #[error("{}", .0)]
    OutOfStock(OutOfStock),
    /// The cart has [`RecurringCart::LINES_MAX`] lines.
    #[error("a cart has at most 100 lines")]
    Full,
    /// The member has left meanwhile.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// Storage failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
fault!(ChangeRecurringCartError {
    Period: Unprocessable = "period-out-of-range",
    UnknownProduct: NotFound = "product-not-found",
    OutOfStock: Conflict = "out-of-stock",
    Full: Unprocessable = "cart-full",
} passes on { Access, Store });

impl ChangeRecurringCart {
    /// Assembles the use case.
    pub fn new(
        store: Arc<dyn Store<dyn Transaction>>,
        clock: Arc<dyn Clock>,
        settings: SubscriptionSettings,
    ) -> Self {
        Self { store, clock, settings }
    }

    /// Makes the change; a repeated one changes nothing more.
    pub async fn run(&self, wish: &RecurringWish) -> Result<(), ChangeRecurringCartError> {
        if let Some((_, days)) = wish.wanted {
            let period = self.settings.check_period(days);
            period.map_err(|(min, max)| ChangeRecurringCartError::Period { min, max })?;
        }
        retried(|| self.once(wish)).await
    }

    async fn once(&self, wish: &RecurringWish) -> Result<(), ChangeRecurringCartError> {
        let mut tx = self.store.begin().await?;
        tx.carts().lock(&[wish.member]).await?;
        match wish.wanted {
            Some((quantity, period_days)) => {
                let added_at = self.clock.now();
                let item = CartItem { product: wish.product, quantity, added_at };
                put(&mut *tx, wish.member, RecurringItem { item, period_days }).await?;
            }
            None => tx.recurring_carts().remove(wish.member, &[wish.product]).await?,
        }
        Ok(tx.commit().await?)
    }
}

async fn put(
    tx: &mut dyn Transaction,
    member: MemberId,
    wanted: RecurringItem,
) -> Result<(), ChangeRecurringCartError> {
    // Whoever has left since this request began has nothing written down any more.
    let owner = tx.members().find(member).await?;
    owner.filter(Member::is_active).ok_or(AccessError::Hidden)?;
    let product = wanted.item.product;
    let terms = tx.products().terms(&[product]).await?;
    let stock = tx.stock().find(&[product]).await?.pop();
    if !terms.iter().any(SaleTerms::is_on_sale) {
        return Err(ChangeRecurringCartError::UnknownProduct);
    }
    let stock = stock.ok_or(ChangeRecurringCartError::UnknownProduct)?;
    let pieces = wanted.item.quantity.get();
    stock.check(pieces).map_err(ChangeRecurringCartError::OutOfStock)?;
    let kept = tx.recurring_carts().items(member).await?;
    let is_new = kept.iter().all(|kept| kept.item.product != product);
    if is_new && kept.len() >= RecurringCart::LINES_MAX {
        return Err(ChangeRecurringCartError::Full);
    }
    Ok(tx.recurring_carts().put(member, &wanted).await?)
}
