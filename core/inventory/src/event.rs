//! What the world may know about stock.

use jangbogo_catalog::ProductId;
use jangbogo_kernel::{DomainEvent, Uuid};
use serde::{Deserialize, Serialize};

/// A seller corrected a product's stock.
#[derive(Debug, Serialize, Deserialize)]
pub struct StockAdjusted {
    /// The adjustment's own identity: stock has no event stream of its own, its ledger is that.
    pub adjustment: Uuid,
    /// The product.
    pub product: ProductId,
    /// Pieces added; negative when taken away.
    pub delta: i64,
    /// Pieces that can be ordered afterwards.
    pub available: i64,
    /// The seller's words.
    pub reason: String,
}

impl DomainEvent for StockAdjusted {
    const NAME: &'static str = "inventory.stock_adjusted.v1";

    fn aggregate(&self) -> Uuid {
        self.adjustment
    }

    fn sequence(&self) -> i64 {
        1
    }
}
