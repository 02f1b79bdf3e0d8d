//! How placing orders keeps two transactions from holding one piece twice.

use jangbogo_catalog::ProductId;
use jangbogo_inventory::{Reservation, Stock, StockRepository};
use jangbogo_kernel::StoreError;

/// What stands between two transactions that want the same stock. The database's constraints stand
/// behind each of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StockAccess {
    /// The rows are locked when they are read: the second transaction waits for the first.
    #[default]
    RowLock,
    /// The rows are locked when everything else is written, and what was decided must still be
    /// possible then: the second transaction waits for the last moments of the first. When it is
    /// not possible any more, that is a conflict.
    LateLock,
    /// Nothing is locked: the second to save is a conflict, and tries again.
    Optimistic,
    /// A lock outside of the database keeps others away. Its fence is handed to the database: who
    /// has lost the lock without noticing is refused like the second to save.
    Fenced(i64),
}

impl StockAccess {
    /// Reads stock to decide upon.
    pub(crate) async fn read(
        self,
        stock: &mut dyn StockRepository,
        products: &[ProductId],
    ) -> Result<Vec<Stock>, StoreError> {
        match self {
            Self::RowLock => stock.lock(products).await,
            Self::LateLock | Self::Optimistic | Self::Fenced(_) => stock.find(products).await,
        }
    }

    /// Comes before what was decided is saved, and gives what to save.
    pub(crate) async fn before_saving(
        self,
        stock: &mut dyn StockRepository,
        changed: Vec<Stock>,
        held: &[Reservation],
    ) -> Result<Vec<Stock>, StoreError> {
        let products: Vec<ProductId> = changed.iter().map(Stock::product).collect();
        match self {
            Self::LateLock => return held_again(stock.lock(&products).await?, held),
            Self::Fenced(fence) => stock.fence(&products, fence).await?,
            // Several rows are changed in one statement, in whatever order suits the database: who
            // locks them in the order of their ids first does not end in a deadlock.
            Self::Optimistic if products.len() > 1 => drop(stock.lock(&products).await?),
            Self::Optimistic | Self::RowLock => {}
        }
        Ok(changed)
    }
}

/// The same pieces held in the stock as it is now, by id.
fn held_again(mut stocks: Vec<Stock>, held: &[Reservation]) -> Result<Vec<Stock>, StoreError> {
    for reservation in held {
        let at = stocks.binary_search_by_key(&reservation.product, Stock::product);
        let stock = at.ok().and_then(|at| stocks.get_mut(at));
        let again = stock.map(|stock| stock.hold(reservation.quantity, reservation.id));
        if !matches!(again, Some(Ok(()))) {
            return Err(StoreError::conflict("hold what was there before"));
        }
    }
    Ok(stocks)
}
