//! The simulator's own clock, which tests may move forward.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::Timestamp;

/// System time plus whatever [`Clock::advance`] has added; or a time that only advances so.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    /// Where it stands still, if it does.
    frozen_us: Option<i64>,
    offset_us: AtomicI64,
}

impl Clock {
    /// A clock that begins at a moment and moves only when it is told to.
    pub(crate) fn frozen_at(start: Timestamp) -> Self {
        Self { frozen_us: Some(start.as_microsecond()), offset_us: AtomicI64::default() }
    }

    /// Whether it goes by itself.
    pub(crate) fn ticks(&self) -> bool {
        self.frozen_us.is_none()
    }

    /// Microseconds since the Unix epoch on this clock.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where the simulator, a world of its own, reads the system clock"
    )]
    pub(crate) fn now_us(&self) -> i64 {
        let offset_us = self.offset_us.load(Ordering::Relaxed);
        let base_us = self.frozen_us.unwrap_or_else(|| Timestamp::now().as_microsecond());
        base_us.saturating_add(offset_us)
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
