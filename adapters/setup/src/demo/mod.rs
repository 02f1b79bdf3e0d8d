//! The demo shop's shelves: believable Korean health food, the same for the same seed.
//!
//! Every maker, shop and product is invented. The wording of functions, cautions and standards
//! follows the style of the public register of health functional food, so that search,
//! classification and sorting meet text like the real thing.

mod catalogue;
mod ingredients;
mod seed;
mod text;
mod words;

pub use catalogue::catalogue;
pub(crate) use seed::seed;
pub use seed::{DemoAccount, DemoAccounts};
pub(crate) use words::MAKERS;
pub use words::SELLERS;

/// A product of the demo catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoProduct {
    /// Korean name, unique within one catalogue.
    pub name: String,
    /// English name, unique within one catalogue.
    pub name_en: String,
    /// Invented maker, in Korean.
    pub maker: String,
    /// The same maker in English letters.
    pub maker_en: String,
    /// Two or three Korean sentences, then an English one.
    pub description: String,
    /// One to three slugs, the most fitting first: `eye`, `bone`, `brain`, `intestine`, `liver`,
    /// `skin`, `antioxidant`, `fatigue`, or `etc` alone.
    pub categories: Vec<&'static str>,
    /// The maker's statement about the product.
    pub attributes: DemoAttributes,
    /// Price before discount in won: 1,000 to 10,000,000, in steps of 100.
    pub original_price: i64,
    /// Discount in hundredths of a per cent: 0, or 500 to 7,000 in steps of 500.
    pub discount_bps: u32,
    /// Pieces in stock; 0 is sold out.
    pub stock: i64,
    /// Index into [`SELLERS`].
    pub seller: usize,
    /// Pieces sold so far.
    pub sales: i64,
}

/// The typed information block of a health food, all in Korean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoAttributes {
    /// Number of the manufacturing statement, such as `제2006017500003호`.
    pub statement_number: String,
    /// Day of registration as `YYYY-MM-DD`, from 2010-01-01 to 2026-06-30.
    pub registered_on: String,
    /// How long it keeps.
    pub shelf_life: String,
    /// What it looks and smells like.
    pub appearance: String,
    /// How to take it.
    pub serving_use: String,
    /// How to keep it.
    pub storage: String,
    /// What to mind when taking it.
    pub intake_caution: String,
    /// What it is good for; names the words by which each category can be recognised.
    pub main_function: String,
    /// What is measured, and the limits.
    pub base_standard: String,
}

/// A shop that sells demo products.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DemoSeller {
    /// Nickname of the member who runs the shop.
    pub nickname: &'static str,
    /// Korean name of the shop.
    pub name: &'static str,
    /// English name of the shop.
    pub name_en: &'static str,
}

/// `SplitMix64`: tiny, and the same on every machine, which is all a demo needs.
struct SplitMix64 {
    state: u64,
}

impl SplitMix64 {
    fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`; 0 when `bound` is 0. The bias of the remainder is far below notice.
    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound.max(1)
    }

    /// A number from `low` to `high`, both included.
    fn between(&mut self, low: i64, high: i64) -> i64 {
        let width = low.abs_diff(high).saturating_add(1);
        low.saturating_add_unsigned(self.below(width))
    }

    /// True in `percent` of a hundred cases.
    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    fn index(&mut self, len: usize) -> usize {
        let bound = u64::try_from(len).unwrap_or(u64::MAX);
        usize::try_from(self.below(bound)).unwrap_or(0)
    }

    /// One of `items`, which must not be empty.
    fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.index(items.len())]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reference values of the published algorithm for seed 1234567.
    #[test]
    fn random_numbers_follow_the_reference() {
        let mut random = SplitMix64::new(1_234_567);
        let first = [random.next(), random.next(), random.next()];
        let expected =
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423];
        assert_eq!(first, expected);
    }

    #[test]
    fn ranges_include_both_ends() {
        let mut random = SplitMix64::new(7);
        let drawn: Vec<i64> = (0..200).map(|_| random.between(-1, 2)).collect();
        assert_eq!(drawn.iter().min(), Some(&-1));
        assert_eq!(drawn.iter().max(), Some(&2));
    }
}
