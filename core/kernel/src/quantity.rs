//! How many pieces of one product: at least one, at most [`Quantity::MAX`].

use std::fmt;

/// A number of pieces in a cart or order line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quantity(u16);

/// The number is not a quantity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a quantity is between 1 and 999")]
pub struct QuantityError;

impl Quantity {
    /// The most pieces in one line.
    pub const MAX: u16 = 999;

    /// One piece.
    pub const ONE: Self = Self(1);

    /// A quantity from any number.
    pub fn try_new(pieces: i64) -> Result<Self, QuantityError> {
        u16::try_from(pieces)
            .ok()
            .filter(|n| (1..=Self::MAX).contains(n))
            .map(Self)
            .ok_or(QuantityError)
    }

    /// The number of pieces.
    pub const fn get(self) -> i64 {
        self.0 as i64
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds() {
        for bad in [i64::MIN, -1, 0, 1_000, 65_537, i64::MAX] {
            assert_eq!(Quantity::try_new(bad), Err(QuantityError), "{bad}");
        }
        assert_eq!(Quantity::try_new(1).unwrap(), Quantity::ONE);
        assert_eq!(Quantity::try_new(999).unwrap().get(), 999);
    }
}
