//! How placing orders keeps two transactions from holding one piece twice.

use jangbogo_catalog::ProductId;
use jangbogo_inventory::{Stock, StockRepository};
use jangbogo_kernel::StoreError;

/// What stands between two transactions that want the same stock. The database's constraints stand
/// behind each of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StockAccess {
    /// The rows are locked when they are read: the second transaction waits for the first.
    #[default]
    RowLock,
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
            Self::Optimistic | Self::Fenced(_) => stock.find(products).await,
        }
    }

    /// Comes before what was decided is saved.
    pub(crate) async fn before_saving(
        self,
        stock: &mut dyn StockRepository,
        changed: &[Stock],
    ) -> Result<(), StoreError> {
        let products: Vec<ProductId> = changed.iter().map(Stock::product).collect();
        match self {
            Self::Fenced(fence) => stock.fence(&products, fence).await,
            // Several rows are changed in one statement, in whatever order suits the database: who
            // locks them in the order of their ids first does not end in a deadlock.
            Self::Optimistic if products.len() > 1 => stock.lock(&products).await.map(drop),
            Self::Optimistic | Self::RowLock => Ok(()),
        }
    }
}
