//! A cart as it is kept and as it is read.

use jangbogo_catalog::{ProductId, SaleTerms};
use jangbogo_kernel::{Money, MoneyError, Quantity, Timestamp};

/// One line as it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CartItem {
    /// The product.
    pub product: ProductId,
    /// Pieces.
    pub quantity: Quantity,
    /// When the product came into the cart.
    pub added_at: Timestamp,
}

/// One line as it is read: with the product's terms of this moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CartLine {
    /// The kept line.
    pub item: CartItem,
    /// The product's terms now, withdrawn or not.
    pub terms: SaleTerms,
    /// Pieces that can be ordered now.
    pub stock: i64,
}

/// A member's cart, oldest line first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cart {
    /// The lines.
    pub lines: Vec<CartLine>,
}

/// What a cart would cost now; lines that cannot be bought do not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CartTotals {
    /// Pieces.
    pub pieces: i64,
    /// At original prices.
    pub original: Money,
    /// Saved by discounts.
    pub discount: Money,
    /// To pay: `original − discount`.
    pub to_pay: Money,
}

impl Cart {
    /// The most lines of one cart; as many as an order may have.
    pub const LINES_MAX: usize = 100;
}

impl CartLine {
    /// Whether the line could be ordered now.
    pub fn is_available(&self) -> bool {
        self.terms.is_on_sale() && self.item.quantity.get() <= self.stock
    }

    /// What the line costs now.
    pub fn total(&self) -> Result<Money, MoneyError> {
        self.terms.price.selling().checked_mul(self.item.quantity.get())
    }
}

impl CartTotals {
    /// Sums the lines that can be bought.
    pub fn of(lines: &[CartLine]) -> Result<Self, MoneyError> {
        let nothing = Money::won(0);
        let mut sum = Self { pieces: 0, original: nothing, discount: nothing, to_pay: nothing };
        for line in lines.iter().filter(|line| line.is_available()) {
            let pieces = line.item.quantity.get();
            let original = line.terms.price.original().checked_mul(pieces)?;
            let discount = line.terms.price.discount_amount().checked_mul(pieces)?;
            sum.pieces += pieces;
            sum.original = sum.original.checked_add(original)?;
            sum.discount = sum.discount.checked_add(discount)?;
            sum.to_pay = sum.to_pay.checked_add(line.total()?)?;
        }
        Ok(sum)
    }
}
