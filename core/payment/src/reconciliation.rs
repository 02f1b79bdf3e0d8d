//! A comparison of our books with a provider's, as it is kept for those who look after money.

use jangbogo_kernel::{Kind, Timestamp};

use crate::{Difference, Period, ProviderName, Reconciled, ReconciliationId};

/// One comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reconciliation {
    /// Identity.
    pub id: ReconciliationId,
    /// Whose books ours were compared with.
    pub provider: ProviderName,
    /// What happened in this time was compared.
    pub period: Period,
    /// When it began.
    pub started_at: Timestamp,
    /// When it came to its end; until then it runs, or broke off.
    pub finished_at: Option<Timestamp>,
    /// Why it broke off.
    pub problem: Option<String>,
    /// What it came to.
    pub totals: ReconciliationTotals,
}

/// What a comparison came to, in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReconciliationTotals {
    /// Attempts of ours that were compared.
    pub compared: u32,
    /// Payments that the provider was asked about.
    pub asked: u32,
    /// Payments that changed each time they were looked at.
    pub busy: u32,
    /// Differences that were found.
    pub differences: u32,
    /// Of those, the ones that a person must look at.
    pub open: u32,
}

/// A comparison with what it found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReconciliationDetail {
    /// The comparison.
    pub run: Reconciliation,
    /// What was not the same, those that a person must look at first; at most
    /// [`Reconciliation::DIFFERENCES_MAX`].
    pub differences: Vec<Difference>,
}

impl Kind for Reconciliation {
    const PREFIX: &'static str = "rcn";
}

impl Reconciliation {
    /// The most differences that are kept of one comparison. Who has more has one difference, and
    /// it is not in the books.
    pub const DIFFERENCES_MAX: usize = 1_000;

    /// Comes to its end, and tells which differences are to be kept.
    pub(crate) fn finish(&mut self, found: Reconciled, now: Timestamp) -> Vec<Difference> {
        let count = |items: usize| u32::try_from(items).unwrap_or(u32::MAX);
        self.finished_at = Some(now);
        self.problem = None;
        self.totals = ReconciliationTotals {
            compared: found.compared,
            asked: found.asked,
            busy: count(found.busy.len()),
            differences: count(found.differences.len()),
            open: count(found.raised().count()),
        };
        let mut kept = found.differences;
        kept.sort_by_key(|difference| difference.is_repaired);
        kept.truncate(Self::DIFFERENCES_MAX);
        kept
    }
}
