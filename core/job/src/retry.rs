//! When work that could not be done is tried again.

use std::time::Duration;

/// How often, and after which pauses. Only what could not be reached is tried again: a refusal is
/// an answer, and asking again does not change it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// How often it is tried at most, the first time included.
    pub tries_max: u32,
    /// The pause before the second try; each further one is `factor` times as long.
    pub first_pause: Duration,
    /// How much longer each pause is.
    pub factor: u32,
    /// No try begins later than this after the first one.
    pub within: Duration,
}

impl Default for RetryPolicy {
    /// Three tries within five minutes, after 2 and 8 seconds.
    fn default() -> Self {
        Self {
            tries_max: 3,
            first_pause: Duration::from_secs(2),
            factor: 4,
            within: Duration::from_mins(5),
        }
    }
}

impl RetryPolicy {
    /// One try and no more.
    pub const ONCE: Self =
        Self { tries_max: 1, first_pause: Duration::ZERO, factor: 1, within: Duration::ZERO };

    /// The pause after so many tries, the last of which ended `elapsed` after the first began;
    /// `None` when there is no further try.
    pub fn pause_after(&self, tries: u32, elapsed: Duration) -> Option<Duration> {
        if tries >= self.tries_max {
            return None;
        }
        let times = self.factor.saturating_pow(tries.saturating_sub(1));
        let pause = self.first_pause.saturating_mul(times);
        (elapsed.saturating_add(pause) <= self.within).then_some(pause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn pauses_grow_and_tries_end() {
        let policy = RetryPolicy::default();
        assert_eq!(policy.pause_after(1, s(0)), Some(s(2)));
        assert_eq!(policy.pause_after(2, s(2)), Some(s(8)));
        assert_eq!(policy.pause_after(3, s(10)), None, "three tries");
        assert_eq!(RetryPolicy::ONCE.pause_after(1, s(0)), None);
    }

    #[test]
    fn no_try_begins_after_the_time() {
        let policy = RetryPolicy { tries_max: u32::MAX, ..RetryPolicy::default() };
        assert_eq!(policy.pause_after(1, s(298)), Some(s(2)));
        assert_eq!(policy.pause_after(1, s(299)), None);
        let mut elapsed = Duration::ZERO;
        let mut tries = 1;
        while let Some(pause) = policy.pause_after(tries, elapsed) {
            elapsed += pause;
            tries += 1;
        }
        assert!(elapsed <= s(300), "{elapsed:?} in {tries} tries");
        assert_eq!(policy.pause_after(u32::MAX, s(0)), None, "no overflow");
    }
}
