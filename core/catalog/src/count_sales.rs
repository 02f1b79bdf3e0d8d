//! Count what was sold.

use std::collections::BTreeMap;
use std::sync::Arc;

use jangbogo_kernel::{Clock, EventKind, Id, Store, StoreError, retried};

use crate::{ProductId, Transaction, ViewDay};

/// Keeps sold pieces for the products' sales counters, once per event; [`FlushSales`] adds them.
pub struct CountSales {
    store: Arc<dyn Store<dyn Transaction>>,
    clock: Arc<dyn Clock>,
}

/// Adds sold pieces that were kept to the products' sales counters.
///
/// A product that sells fast is written once per flush instead of once per order. The pieces are
/// added and let go of in one transaction: none is lost, none is counted twice, and what others
/// have counted is added to, never overwritten.
pub struct FlushSales {
    store: Arc<dyn Store<dyn Transaction>>,
}

/// Pieces of one product, of one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SoldItem {
    /// The product.
    pub product: ProductId,
    /// Pieces sold; negative when they came back.
    pub pieces: i64,
    /// On which day.
    pub day: ViewDay,
}

impl CountSales {
    /// The name under which handled events are recorded.
    pub const CONSUMER: &'static str = "catalog.count-sales";

    /// Assembles the use case.
    pub fn new(store: Arc<dyn Store<dyn Transaction>>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    /// Keeps the items of `event`; a repeated event changes nothing.
    pub async fn run(&self, event: Id<EventKind>, items: &[SoldItem]) -> Result<(), StoreError> {
        retried(|| self.once(event, items)).await
    }

    async fn once(&self, event: Id<EventKind>, items: &[SoldItem]) -> Result<(), StoreError> {
        let mut tx = self.store.begin().await?;
        if tx.inbox().record(Self::CONSUMER, event, self.clock.now()).await? {
            tx.sales().keep(event, &summed(items)).await?;
        }
        tx.commit().await
    }
}

impl FlushSales {
    /// Most kept items in one flush.
    pub const BATCH_MAX: u32 = 1_000;

    /// Assembles the use case.
    pub fn new(store: Arc<dyn Store<dyn Transaction>>) -> Self {
        Self { store }
    }

    /// Flushes one batch and tells how many items it had; a full batch means that more may wait.
    pub async fn run(&self) -> Result<u32, StoreError> {
        let mut tx = self.store.begin().await?;
        let items = tx.sales().take(Self::BATCH_MAX).await?;
        if items.is_empty() {
            return Ok(0);
        }
        tx.sales().count(&summed(&items)).await?;
        tx.commit().await?;
        Ok(u32::try_from(items.len()).unwrap_or(u32::MAX))
    }

    /// How many items a batch would find now; changes nothing.
    pub async fn waiting(&self) -> Result<u32, StoreError> {
        // Looked at as the batch looks, and let go of.
        let mut tx = self.store.begin().await?;
        let items = tx.sales().take(Self::BATCH_MAX).await?;
        Ok(u32::try_from(items.len()).unwrap_or(u32::MAX))
    }
}

/// One item per product and day, in their order; what adds up to nothing is left out.
fn summed(items: &[SoldItem]) -> Vec<SoldItem> {
    let mut sums: BTreeMap<(ProductId, ViewDay), i64> = BTreeMap::new();
    for item in items {
        let sum = sums.entry((item.product, item.day)).or_default();
        *sum = sum.saturating_add(item.pieces);
    }
    let item = |((product, day), pieces)| SoldItem { product, pieces, day };
    let items = sums.into_iter().map(item);
    items.filter(|item| item.pieces != 0).collect()
}

#[cfg(test)]
mod tests {
    use jangbogo_kernel::Uuid;

    use super::*;

    #[test]
    fn quantities_are_summed_and_lines_are_not_counted() {
        let on = |product, pieces, day| SoldItem {
            product: Id::new(Uuid::from_u128(product)),
            pieces,
            day: ViewDay::from_number(day),
        };
        let item = |product, pieces| on(product, pieces, 7);
        let items = [item(2, 3), item(1, 1), item(2, 4), item(3, 2), item(3, -2)];
        assert_eq!(summed(&items), [item(1, 1), item(2, 7)]);
        let days = [on(1, 1, 8), on(1, 1, 7), on(1, 1, 8)];
        assert_eq!(summed(&days), [on(1, 1, 7), on(1, 2, 8)], "each day for itself");
        assert_eq!(summed(&[]), []);
    }
}
