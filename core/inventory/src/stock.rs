//! The stock of one product.

use jangbogo_catalog::ProductId;
use jangbogo_kernel::{Quantity, fault};

use crate::ReservationId;

/// Counters of one product. `initial + adjusted = available + reserved + sold`, none of the right
/// side ever negative.
///
/// Changes are collected as [`Movement`]s and saved together with the counters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stock {
    product: ProductId,
    counters: Counters,
    stored_sequence: i64,
    unsaved: Vec<Movement>,
}

/// The numbers of a [`Stock`] as they are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    /// Pieces at the beginning.
    pub initial: i64,
    /// Sum of all corrections since.
    pub adjusted: i64,
    /// Pieces that can be ordered.
    pub available: i64,
    /// Pieces held for unpaid orders.
    pub reserved: i64,
    /// Pieces of paid orders, less those that came back.
    pub sold: i64,
    /// Number of the last ledger movement.
    pub sequence: i64,
}

/// One line of a product's stock ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Movement {
    /// 1, 2, 3 … per product, without gaps.
    pub sequence: i64,
    /// What happened.
    pub kind: MovementKind,
    /// Pieces; negative only for corrections downwards.
    pub pieces: i64,
    /// The reservation that it opened, closed or brought back from.
    pub reservation: Option<ReservationId>,
}

/// What happened to pieces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MovementKind {
    /// The first count.
    Init,
    /// A correction by the seller.
    Adjust,
    /// Held for an order.
    Hold,
    /// The held pieces were paid for.
    Commit,
    /// The held pieces are free again.
    Release,
    /// Paid pieces came back.
    Restock,
}

/// Not enough pieces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("only {available} left of this product")]
pub struct OutOfStock {
    /// The product.
    pub product: ProductId,
    /// Pieces that can be ordered.
    pub available: i64,
}

/// The counters refuse a change that is not an order's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StockError {
    /// Below zero, or above [`Stock::PIECES_MAX`].
    #[error("stock stays between 0 and 1000000000 pieces")]
    OutOfRange,
}
fault!(StockError { OutOfRange: Unprocessable = "stock-out-of-range" });

impl MovementKind {
    /// The kind's stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Init => "INIT",
            Self::Adjust => "ADJUST",
            Self::Hold => "HOLD",
            Self::Commit => "COMMIT",
            Self::Release => "RELEASE",
            Self::Restock => "RESTOCK",
        }
    }
}

impl Stock {
    /// The most pieces of one product.
    pub const PIECES_MAX: i64 = 1_000_000_000;

    /// The stock of a new product.
    pub fn opened(product: ProductId, pieces: i64) -> Result<Self, StockError> {
        if !(0..=Self::PIECES_MAX).contains(&pieces) {
            return Err(StockError::OutOfRange);
        }
        let counters = Counters { initial: pieces, available: pieces, ..Counters::default() };
        let mut stock = Self { product, counters, stored_sequence: 0, unsaved: Vec::new() };
        stock.record(MovementKind::Init, pieces, None);
        Ok(stock)
    }

    /// The stock as it was stored.
    pub fn restored(product: ProductId, counters: Counters) -> Self {
        Self { product, counters, stored_sequence: counters.sequence, unsaved: Vec::new() }
    }

    /// The product.
    pub const fn product(&self) -> ProductId {
        self.product
    }

    /// Pieces that can be ordered.
    pub const fn available(&self) -> i64 {
        self.counters.available
    }

    /// Pieces held for unpaid orders.
    pub const fn reserved(&self) -> i64 {
        self.counters.reserved
    }

    /// The counters to store.
    pub const fn counters(&self) -> Counters {
        self.counters
    }

    /// The ledger number that the stored row must still have when this is saved; 0 for a new one.
    pub const fn stored_sequence(&self) -> i64 {
        self.stored_sequence
    }

    /// The movements to append.
    pub fn unsaved(&self) -> &[Movement] {
        &self.unsaved
    }

    /// Whether so many pieces can be ordered.
    pub fn check(&self, pieces: i64) -> Result<(), OutOfStock> {
        if pieces <= self.counters.available {
            Ok(())
        } else {
            Err(OutOfStock { product: self.product, available: self.counters.available })
        }
    }

    /// Holds pieces for a reservation.
    pub fn hold(&mut self, pieces: Quantity, by: ReservationId) -> Result<(), OutOfStock> {
        self.check(pieces.get())?;
        self.counters.available -= pieces.get();
        self.counters.reserved += pieces.get();
        self.record(MovementKind::Hold, pieces.get(), Some(by));
        Ok(())
    }

    /// Turns held pieces into sold ones.
    pub fn commit(&mut self, pieces: Quantity, by: ReservationId) {
        self.counters.reserved -= pieces.get();
        self.counters.sold += pieces.get();
        self.record(MovementKind::Commit, pieces.get(), Some(by));
    }

    /// Frees held pieces.
    pub fn release(&mut self, pieces: Quantity, by: ReservationId) {
        self.counters.reserved -= pieces.get();
        self.counters.available += pieces.get();
        self.record(MovementKind::Release, pieces.get(), Some(by));
    }

    /// Takes sold pieces back.
    pub fn restock(&mut self, pieces: Quantity, from: ReservationId) {
        self.counters.sold -= pieces.get();
        self.counters.available += pieces.get();
        self.record(MovementKind::Restock, pieces.get(), Some(from));
    }

    /// Corrects the number of pieces by `delta`.
    pub fn adjust(&mut self, delta: i64) -> Result<(), StockError> {
        let available = self.counters.available.checked_add(delta);
        let available = available.filter(|n| (0..=Self::PIECES_MAX).contains(n));
        self.counters.available = available.ok_or(StockError::OutOfRange)?;
        self.counters.adjusted += delta;
        self.record(MovementKind::Adjust, delta, None);
        Ok(())
    }

    fn record(&mut self, kind: MovementKind, pieces: i64, reservation: Option<ReservationId>) {
        let c = &mut self.counters;
        c.sequence += 1;
        // Money and stock assert in production too: a wrong counter must never be saved.
        assert!(
            c.initial + c.adjusted == c.available + c.reserved + c.sold
                && c.available >= 0
                && c.reserved >= 0
                && c.sold >= 0,
            "stock of {} is not conserved: {c:?}",
            self.product
        );
        self.unsaved.push(Movement { sequence: c.sequence, kind, pieces, reservation });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jangbogo_kernel::{Id, Uuid};
    use proptest::prelude::*;

    #[test]
    fn the_last_piece_is_held_once() {
        let mut stock = Stock::opened(Id::new(Uuid::nil()), 1).unwrap();
        assert!(stock.hold(Quantity::ONE, Id::new(Uuid::nil())).is_ok());
        let refused = stock.hold(Quantity::ONE, Id::new(Uuid::nil())).unwrap_err();
        assert_eq!(refused.available, 0);
    }

    #[test]
    fn adjustments_stay_in_range() {
        let mut stock = Stock::opened(Id::new(Uuid::nil()), 5).unwrap();
        for bad in [-6, i64::MIN, i64::MAX, Stock::PIECES_MAX] {
            assert_eq!(stock.adjust(bad), Err(StockError::OutOfRange), "{bad}");
        }
        assert_eq!(stock.adjust(-5), Ok(()));
        assert!(Stock::opened(Id::new(Uuid::nil()), -1).is_err());
    }

    proptest! {
        #[test]
        fn replaying_the_ledger_gives_the_counter(
            steps in proptest::collection::vec((0..5_u8, 1_i64..20), 1..60),
        ) {
            let mut stock = Stock::opened(Id::new(Uuid::nil()), 50).unwrap();
            let mut held = Vec::new();
            let mut sold = Vec::new();
            let by = Id::new(Uuid::nil());
            for (step, n) in steps {
                let pieces = Quantity::try_new(n).unwrap();
                match step {
                    0 | 1 => if stock.hold(pieces, by).is_ok() { held.push(pieces) },
                    2 => if let Some(pieces) = held.pop() {
                        stock.commit(pieces, by);
                        sold.push(pieces);
                    },
                    3 => if let Some(pieces) = held.pop() { stock.release(pieces, by) },
                    _ => if let Some(pieces) = sold.pop() { stock.restock(pieces, by) },
                }
            }
            let replayed: i64 = stock.unsaved().iter().map(|m| match m.kind {
                MovementKind::Init | MovementKind::Adjust | MovementKind::Release
                | MovementKind::Restock => m.pieces,
                MovementKind::Hold => -m.pieces,
                MovementKind::Commit => 0,
            }).sum();
            prop_assert_eq!(replayed, stock.available());
            let numbered = stock.unsaved().iter().zip(1..).all(|(m, n)| m.sequence == n);
            prop_assert!(numbered);
        }
    }
}
