//! A provider takes only so many calls a second.

use std::sync::Mutex;
use std::time::Instant;

use crate::backstage::lock;

/// Counts who comes in: the limit over each second, a tenth of it at once.
#[derive(Debug, Default)]
pub(crate) struct Turnstile(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    bucket: Option<Bucket>,
    taken: u64,
    last: Option<Instant>,
}

#[derive(Debug)]
struct Bucket {
    per_second: f64,
    tokens: f64,
    filled_at: Instant,
}

impl Turnstile {
    /// Lets so many in each second.
    pub(crate) fn set(&self, per_second: u32) {
        let per_second = f64::from(per_second);
        let bucket = Bucket { per_second, tokens: 0.0, filled_at: Instant::now() };
        lock(&self.0).bucket = Some(bucket);
    }

    /// Whether one more comes in.
    pub(crate) fn lets_in(&self) -> bool {
        let now = Instant::now();
        let state = &mut *lock(&self.0);
        let lets_in = state.bucket.as_mut().is_none_or(|bucket| bucket.take(now));
        if lets_in {
            state.taken += 1;
            state.last = Some(now);
        }
        lets_in
    }

    /// How many came in, and when the last one did.
    pub(crate) fn taken(&self) -> (u64, Option<Instant>) {
        let state = lock(&self.0);
        (state.taken, state.last)
    }
}

impl Bucket {
    fn take(&mut self, now: Instant) -> bool {
        let more = now.saturating_duration_since(self.filled_at).as_secs_f64() * self.per_second;
        let most = (self.per_second / 10.0).max(1.0);
        self.tokens = (self.tokens + more).min(most);
        self.filled_at = now;
        let lets_in = self.tokens >= 1.0;
        if lets_in {
            self.tokens -= 1.0;
        }
        lets_in
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn so_many_come_in_each_second() {
        let start = Instant::now();
        let mut bucket = Bucket { per_second: 100.0, tokens: 0.0, filled_at: start };
        let taken = (0..10_000)
            .filter(|n: &u64| bucket.take(start + Duration::from_micros(n * 1_000)))
            .count();
        assert!((995..=1_000).contains(&taken), "{taken} in ten seconds");
        let later = start + Duration::from_hours(1);
        let at_once = (0..100).filter(|_| bucket.take(later)).count();
        assert_eq!(at_once, 10, "an hour's rest is not made up for");
    }
}
