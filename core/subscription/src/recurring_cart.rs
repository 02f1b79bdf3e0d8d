//! The recurring cart: what a member means to subscribe to, as it is kept and as it is read.

use std::collections::BTreeMap;

use jangbogo_cart::{Cart, CartItem, CartLine};

/// One line as it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecurringItem {
    /// The product and its pieces.
    pub item: CartItem,
    /// How many days from one charge to the next.
    pub period_days: i64,
}

/// One line as it is read: with the product's terms of this moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecurringLine {
    /// The line, as one of the one-time cart.
    pub line: CartLine,
    /// How many days from one charge to the next.
    pub period_days: i64,
}

/// A member's recurring cart, oldest line first; one line per product.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RecurringCart {
    /// The lines.
    pub lines: Vec<RecurringLine>,
}

impl RecurringCart {
    /// The most lines of one cart; as many as an order may have.
    pub const LINES_MAX: usize = Cart::LINES_MAX;

    /// The lines of each period, the shortest first: each would become one subscription.
    pub fn by_period(self) -> BTreeMap<i64, Vec<CartLine>> {
        let mut periods: BTreeMap<i64, Vec<CartLine>> = BTreeMap::new();
        for line in self.lines {
            periods.entry(line.period_days).or_default().push(line.line);
        }
        periods
    }
}
