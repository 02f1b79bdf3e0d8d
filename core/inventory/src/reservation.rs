//! Pieces held for an order.

use jangbogo_catalog::ProductId;
use jangbogo_kernel::{Kind, Quantity, Timestamp, Uuid};

use crate::ReservationId;

/// A hold of one order on one product. `Held → Committed | Released`, once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reservation {
    /// Identity.
    pub id: ReservationId,
    /// The order that it is held for.
    pub order: Uuid,
    /// The product.
    pub product: ProductId,
    /// Pieces.
    pub quantity: Quantity,
    /// Whether it is open.
    pub state: ReservationState,
    /// When the order expires if it is not paid.
    pub expires_at: Timestamp,
    /// Whether the order had held the pieces before, and lost them when it expired.
    pub is_second: bool,
}

/// Whether a reservation is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReservationState {
    /// The pieces wait for the payment.
    Held,
    /// The pieces are sold.
    Committed,
    /// The pieces are free again.
    Released,
}

impl ReservationState {
    /// The state's stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Held => "HELD",
            Self::Committed => "COMMITTED",
            Self::Released => "RELEASED",
        }
    }

    /// The state of a stable name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Held, Self::Committed, Self::Released].into_iter().find(|state| state.name() == name)
    }
}

impl Kind for Reservation {
    const PREFIX: &'static str = "res";
}
