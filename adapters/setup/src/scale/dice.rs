//! Numbers that look random and depend on nothing but the seed and what they are for.

use jangbogo_kernel::Uuid;

/// A stream of numbers of its own for each (seed, kind, number).
#[derive(Debug, Clone)]
pub(super) struct Dice(u64);

/// 2010-01-01T00:00:00Z in milliseconds: when the shop of the seed opened.
pub(super) const OPENING_MS: i64 = 1_262_304_000_000;

impl Dice {
    pub(super) fn new(seed: u64, kind: u8, number: i64) -> Self {
        let mut dice = Self(seed ^ (u64::from(kind) << 56));
        let first = dice.next();
        Self(first ^ number.cast_unsigned())
    }

    /// The next 64 bits (splitmix64).
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from 0 to `below`, that one left out.
    pub(super) fn below(&mut self, below: i64) -> i64 {
        let wide = u128::from(self.next()) * u128::from(below.max(1).cast_unsigned());
        i64::try_from(wide >> 64).unwrap_or(0)
    }

    /// One of the items, which are some.
    pub(super) fn pick<T: Copy>(&mut self, items: &[T], otherwise: T) -> T {
        let place = self.below(i64::try_from(items.len()).unwrap_or(i64::MAX));
        usize::try_from(place).ok().and_then(|n| items.get(n)).copied().unwrap_or(otherwise)
    }
}

/// The id of a thing: sorts by its number, and is another with another seed.
pub(super) fn id(seed: u64, kind: u8, number: i64) -> Uuid {
    let mut dice = Dice::new(seed, kind, number);
    let time = (OPENING_MS + number).cast_unsigned() & 0xffff_ffff_ffff;
    let high = (time << 16) | 0x7000 | (dice.next() & 0x0fff);
    let low = (dice.next() >> 2) | (1 << 63);
    Uuid::from_u64_pair(high, low)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_their_numbers_and_are_of_version_7() {
        let ids: Vec<Uuid> = (0..1_000).map(|n| id(1, 2, n)).collect();
        assert!(ids.is_sorted());
        assert!(ids.iter().all(|id| id.get_version_num() == 7));
        assert_eq!(id(1, 2, 3), id(1, 2, 3));
        assert_ne!(id(1, 2, 3), id(2, 2, 3));
        assert_ne!(id(1, 2, 3), id(1, 3, 3));
    }

    #[test]
    fn numbers_stay_below_and_reach_everything() {
        let mut dice = Dice::new(7, 0, 0);
        let mut seen = [0_u32; 5];
        for _ in 0..1_000 {
            seen[usize::try_from(dice.below(5)).unwrap()] += 1;
        }
        assert!(seen.iter().all(|n| *n > 100), "{seen:?}");
    }
}
