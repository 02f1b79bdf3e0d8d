//! What a product costs.

use jangbogo_kernel::{BasisPoints, Money, MoneyError, fault};

/// An original price and a discount on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Price {
    original: Money,
    discount: BasisPoints,
    selling: Money,
}

/// The price is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PriceError {
    /// Outside 1 … [`Price::MAX`].
    #[error("a price is between 1 and 1000000000")]
    OutOfRange,
    /// Not a share, or one that leaves nothing to pay.
    #[error("a discount leaves at least 1 to pay")]
    Discount,
}
fault!(PriceError {
    OutOfRange: Invalid = "validation-failed",
    Discount: Invalid = "validation-failed"
});

impl Price {
    /// The highest original price, in minor units.
    pub const MAX: i64 = 1_000_000_000;

    /// A price with its discount; the discount amount is rounded half up to the minor unit.
    pub fn try_new(original: Money, discount: BasisPoints) -> Result<Self, PriceError> {
        if !(1..=Self::MAX).contains(&original.minor()) {
            return Err(PriceError::OutOfRange);
        }
        let selling = Self::discounted(original, discount).map_err(|_| PriceError::OutOfRange)?;
        if !selling.is_positive() {
            return Err(PriceError::Discount);
        }
        Ok(Self { original, discount, selling })
    }

    fn discounted(original: Money, discount: BasisPoints) -> Result<Money, MoneyError> {
        original.checked_sub(original.share(discount)?)
    }

    /// The price before the discount.
    pub const fn original(&self) -> Money {
        self.original
    }

    /// The discount.
    pub const fn discount(&self) -> BasisPoints {
        self.discount
    }

    /// What a buyer pays for one piece.
    pub const fn selling(&self) -> Money {
        self.selling
    }

    /// How much less than the original that is.
    pub const fn discount_amount(&self) -> Money {
        Money::new(self.original.minor() - self.selling.minor(), self.original.currency())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn something_is_left_to_pay() {
        let whole = BasisPoints::try_new(10_000).unwrap();
        assert_eq!(Price::try_new(Money::won(100), whole), Err(PriceError::Discount));
        let none = BasisPoints::default();
        assert_eq!(Price::try_new(Money::won(0), none), Err(PriceError::OutOfRange));
        assert_eq!(Price::try_new(Money::won(-5), none), Err(PriceError::OutOfRange));
        assert_eq!(Price::try_new(Money::won(Price::MAX + 1), none), Err(PriceError::OutOfRange));
    }

    proptest! {
        #[test]
        fn discount_and_selling_price_make_the_original(
            original in 1..=Price::MAX, bps in 0_u32..10_000,
        ) {
            let price = Price::try_new(Money::won(original), BasisPoints::try_new(bps).unwrap());
            if let Ok(price) = price {
                let sum = price.selling().checked_add(price.discount_amount());
                prop_assert_eq!(sum, Ok(Money::won(original)));
                prop_assert!(price.selling().minor() >= 1);
            }
        }
    }
}
