//! What has become of items, counted.

/// Numbers of items. `read` is the sum of the others once a chunk is settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Taken in hand.
    pub read: u64,
    /// Done.
    pub done: u64,
    /// Nothing was to be done.
    pub skipped: u64,
    /// Not done; somebody should look.
    pub failed: u64,
    /// Not now; a later run finds them again.
    pub later: u64,
}

impl Tally {
    /// Both together.
    #[must_use]
    pub const fn plus(self, more: Self) -> Self {
        Self {
            read: self.read.saturating_add(more.read),
            done: self.done.saturating_add(more.done),
            skipped: self.skipped.saturating_add(more.skipped),
            failed: self.failed.saturating_add(more.failed),
            later: self.later.saturating_add(more.later),
        }
    }

    /// All of these together.
    pub fn sum(tallies: impl IntoIterator<Item = Self>) -> Self {
        tallies.into_iter().fold(Self::default(), Self::plus)
    }
}
