//! Who looked at what: unique visitors of a product on a day.

use std::fmt;

use jangbogo_kernel::Timestamp;
use jangbogo_member::MemberId;

use crate::ProductId;

/// A calendar day in Seoul.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ViewDay(i64);

/// The visitors of one product on one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ViewsOf {
    /// The product.
    pub product: ProductId,
    /// The day.
    pub day: ViewDay,
}

/// Somebody who looks at a product, as far as we know them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who<'a> {
    /// A member, wherever they are.
    Member(MemberId),
    /// Anybody else: the address that they come from and what their browser says that it is.
    Stranger {
        /// The client's address.
        address: std::net::IpAddr,
        /// The browser's own name; may be empty.
        user_agent: &'a [u8],
    },
}

/// A visitor without a name: the same person has the same on one day, and it tells nobody who.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Visitor([u8; 32]);

/// Seoul is nine hours ahead of UTC; Korea has had no summer time since 1988.
const SEOUL_US: i64 = 9 * 3_600 * 1_000_000;
const DAY_US: i64 = 24 * 3_600 * 1_000_000;

impl ViewDay {
    /// The day that it is in Seoul at this time.
    pub const fn of(time: Timestamp) -> Self {
        Self(time.as_micros().saturating_add(SEOUL_US).div_euclid(DAY_US))
    }

    /// The day that many days after 1970-01-01.
    pub const fn from_number(number: i64) -> Self {
        Self(number)
    }

    /// Days since 1970-01-01.
    pub const fn number(self) -> i64 {
        self.0
    }

    /// The day before.
    #[must_use]
    pub const fn before(self) -> Self {
        Self(self.0.saturating_sub(1))
    }
}

/// `2026-11-26`.
impl fmt::Display for ViewDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let midnight = Timestamp::from_micros(self.0.saturating_mul(DAY_US)).to_string();
        f.write_str(midnight.split('T').next().unwrap_or_default())
    }
}

impl Visitor {
    /// A visitor whose name is this keyed hash.
    pub const fn new(hash: [u8; 32]) -> Self {
        Self(hash)
    }

    /// The keyed hash.
    pub const fn hash(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Visitor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Visitor(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_begins_at_midnight_in_seoul() {
        let day = |text: &str| ViewDay::of(text.parse().unwrap());
        let today = day("2026-11-26T00:00:00Z");
        assert_eq!(day("2026-11-25T15:00:00Z"), today);
        assert_eq!(day("2026-11-26T14:59:59.999999Z"), today);
        assert_eq!(day("2026-11-25T14:59:59.999999Z"), today.before());
        assert_eq!(today.to_string(), "2026-11-26");
        assert_eq!(day("1970-01-01T00:00:00Z").number(), 0);
        assert_eq!(day("1969-12-31T14:59:59Z").number(), -1);
    }
}
