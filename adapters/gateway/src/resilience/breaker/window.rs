//! The last so many calls, as failsafe's failure policy.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use failsafe::FailurePolicy;

use super::super::settings::BreakerSettings;

/// What the window holds, for those who only look.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) calls: AtomicU32,
    pub(super) failures: AtomicU32,
    /// The share of failures is too high. A success can be what completes the minimum, and
    /// failsafe asks its policy only after failures: the breaker reads it here.
    pub(super) is_due: AtomicBool,
}

/// A ring of outcomes: one bit each, the newest lowest, 1 for a failure.
#[derive(Debug)]
pub(super) struct CountWindow {
    settings: BreakerSettings,
    ring: u64,
    calls: u32,
    counts: Arc<Counts>,
}

/// Whether so many failures are too many.
pub(super) fn is_too_much(failures: u32, calls: u32, percent: u32) -> bool {
    u64::from(failures) * 100 >= u64::from(percent) * u64::from(calls)
}

impl CountWindow {
    pub(super) fn new(settings: BreakerSettings, counts: Arc<Counts>) -> Self {
        Self { settings, ring: 0, calls: 0, counts }
    }

    fn push(&mut self, has_failed: bool) -> bool {
        let mask = u64::MAX.checked_shr(u64::BITS - self.settings.window).unwrap_or(0);
        self.ring = ((self.ring << 1) | u64::from(has_failed)) & mask;
        self.calls = (self.calls + 1).min(self.settings.window);
        let failures = self.ring.count_ones();
        let is_due = self.calls >= self.settings.minimum_calls
            && is_too_much(failures, self.calls, self.settings.failure_percent);
        self.show(failures, is_due);
        is_due
    }

    fn show(&self, failures: u32, is_due: bool) {
        self.counts.calls.store(self.calls, Ordering::Relaxed);
        self.counts.failures.store(failures, Ordering::Relaxed);
        self.counts.is_due.store(is_due, Ordering::Relaxed);
    }
}

impl FailurePolicy for CountWindow {
    fn record_success(&mut self) {
        self.push(false);
    }

    fn mark_dead_on_failure(&mut self) -> Option<Duration> {
        self.push(true).then_some(self.settings.open_for)
    }

    fn revived(&mut self) {
        self.ring = 0;
        self.calls = 0;
        self.show(0, false);
    }
}
