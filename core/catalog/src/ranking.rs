//! What was sold most in a time.

use std::time::Duration;

use crate::{ProductCard, ViewDay};

/// The time that a ranking looks at: so many whole days up to yesterday.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RankingPeriod {
    /// Yesterday.
    Day,
    /// Three days; what the shop calls popular.
    Last3Days,
    /// Seven days.
    Week,
    /// Thirty days.
    Month,
    /// Ninety days.
    Quarter,
}

/// The most sold products of a time, most first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ranking {
    /// The time.
    pub period: RankingPeriod,
    /// The last day that was counted; `None` when nothing was sold, or nothing counted yet.
    pub until: Option<ViewDay>,
    /// The products that are still on sale, in their order.
    pub places: Vec<RankedProduct>,
}

/// A product and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RankedProduct {
    /// From 1; a product that is no longer on sale leaves its place empty.
    pub place: i64,
    /// Pieces sold in the time, less those that came back in it.
    pub pieces: i64,
    /// The product.
    pub card: ProductCard,
}

impl RankingPeriod {
    /// All times.
    pub const ALL: [Self; 5] = [Self::Day, Self::Last3Days, Self::Week, Self::Month, Self::Quarter];
    /// Most places of any ranking.
    pub const PLACES_MAX: u32 = 100;
    /// How long a day's numbers are needed: longer than the longest time.
    pub const KEEP: Duration = Duration::from_hours(24 * 100);

    /// Its stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Last3Days => "last3days",
            Self::Week => "week",
            Self::Month => "month",
            Self::Quarter => "quarter",
        }
    }

    /// The time of a stable name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|period| period.name() == name)
    }

    /// How many days it has.
    pub const fn days(self) -> i64 {
        match self {
            Self::Day => 1,
            Self::Last3Days => 3,
            Self::Week => 7,
            Self::Month => 30,
            Self::Quarter => 90,
        }
    }

    /// How many places its ranking has: the popular products are five.
    pub const fn places(self) -> u32 {
        match self {
            Self::Last3Days => 5,
            _ => Self::PLACES_MAX,
        }
    }

    /// Its first and last day, seen from `today`, which is not over and does not count.
    pub const fn seen_from(self, today: ViewDay) -> (ViewDay, ViewDay) {
        let last = today.before();
        (ViewDay::from_number(last.number() - (self.days() - 1)), last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_ends_yesterday() {
        let today = ViewDay::from_number(20_000);
        let days = |period: RankingPeriod| {
            let (first, last) = period.seen_from(today);
            (first.number(), last.number())
        };
        assert_eq!(days(RankingPeriod::Day), (19_999, 19_999));
        assert_eq!(days(RankingPeriod::Last3Days), (19_997, 19_999));
        assert_eq!(days(RankingPeriod::Month), (19_970, 19_999));
    }

    #[test]
    fn names_are_names_of_their_own() {
        for period in RankingPeriod::ALL {
            assert_eq!(RankingPeriod::from_name(period.name()), Some(period));
            assert!(RankingPeriod::KEEP.as_secs() > u64::try_from(period.days()).unwrap() * 86_400);
        }
    }
}
