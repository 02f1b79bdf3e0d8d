//! The simulator's own clock, which tests may move forward.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::Timestamp;

/// System time plus whatever [`Clock::advance`] has added since the start.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    offset_us: AtomicI64,
}

impl Clock {
    /// Microseconds since the Unix epoch on this clock.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where the simulator, a world of its own, reads the system clock"
    )]
    pub(crate) fn now_us(&self) -> i64 {
        let offset_us = self.offset_us.load(Ordering::Relaxed);
        Timestamp::now().as_microsecond().saturating_add(offset_us)
    }

    /// Moves the clock forward; it never goes back while the process lives.
    pub(crate) fn advance(&self, by: Duration) {
        let by_us = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
        let add = |offset_us: i64| Some(offset_us.saturating_add(by_us));
        // Never fails: the closure always gives a value.
        let _before = self.offset_us.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add);
    }
}

/// The instant of stored microseconds; a value out of range becomes the last instant.
pub(crate) fn instant(us: i64) -> Timestamp {
    Timestamp::from_microsecond(us).unwrap_or(Timestamp::MAX)
}
