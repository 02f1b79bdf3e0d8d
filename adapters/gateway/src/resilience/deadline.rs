//! The outermost layer: one moment by which everything must be over.

use std::time::{Duration, Instant};

use super::time;

/// When a call must be over, and how much time it needs once it is sent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deadline {
    until: Instant,
    needs: Duration,
}

impl Deadline {
    /// A deadline so far from now. A call that moves money is sent only while there is still all
    /// the time that it `needs`: one that is cut short is an unknown outcome of our own making.
    pub(super) fn after(limit: Duration, needs: Duration) -> Self {
        Self { until: time::now() + limit, needs }
    }

    /// What is left of it.
    pub(super) fn remaining(&self) -> Duration {
        self.until.saturating_duration_since(time::now())
    }

    /// How long something may wait that is followed by the call; `None` when it is too late.
    pub(super) fn time_before_call(&self) -> Option<Duration> {
        self.remaining().checked_sub(self.needs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_before_a_call_leaves_it_all_its_time() {
        let (minute, seconds) = (Duration::from_mins(1), Duration::from_secs(20));
        let before = Deadline::after(minute, seconds).time_before_call().unwrap();
        assert!(before <= Duration::from_secs(40) && before > seconds, "{before:?}");
        assert_eq!(Deadline::after(seconds, minute).time_before_call(), None);
        assert_eq!(Deadline::after(Duration::ZERO, minute).remaining(), Duration::ZERO);
    }
}
