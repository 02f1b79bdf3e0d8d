//! The machine's clock, and one that stands still until it is told.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jangbogo_kernel::{Clock, Timestamp};

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

/// A clock that moves only when it is advanced; clones show the same time.
#[derive(Debug, Clone)]
pub struct ManualClock(Arc<Mutex<Timestamp>>);

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the machine's clock; everybody else is given the time"
    )]
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(jiff::Timestamp::now().as_microsecond())
    }
}

impl ManualClock {
    /// A clock that shows `start`.
    pub fn new(start: Timestamp) -> Self {
        Self(Arc::new(Mutex::new(start)))
    }

    /// Moves the clock, and all its clones, forward.
    pub fn advance(&self, duration: Duration) {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *now = now.plus(duration);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_clock_shows_the_present() {
        let written: Timestamp = "2025-01-01T00:00:00Z".parse().unwrap();
        assert!(SystemClock.now() > written);
    }

    #[test]
    fn a_manual_clock_stands_still_until_it_is_advanced() {
        let start = Timestamp::from_micros(7);
        let clock = ManualClock::new(start);
        let clone = clock.clone();
        assert_eq!((clock.now(), clock.now()), (start, start));
        clone.advance(Duration::from_micros(3));
        assert_eq!(clock.now(), Timestamp::from_micros(10));
    }
}
