//! One answer with its times.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jangbogo_kernel::{StoreError, Timestamp};

/// The wait between tries to renew an entry while the database does not answer.
const RETRY_EVERY: Duration = Duration::from_secs(1);
/// An entry is renewed ahead of its end in the last such part of its life.
const AHEAD: u32 = 5;

/// What a loader found.
#[derive(Debug, Clone)]
pub(crate) struct Loaded<V> {
    pub(crate) value: V,
    /// Which changes the value has seen; see [`Entry::is_good`].
    pub(crate) mark: i64,
    /// When the database was asked for it: no change before that is missing.
    pub(crate) asked_at: Timestamp,
    /// The longest life.
    pub(crate) ttl: Duration,
}

/// An answer, or the error that all who waited for it get.
#[derive(Debug)]
pub(crate) struct Entry<V> {
    outcome: Result<Loaded<V>, Arc<StoreError>>,
    /// The mark that it is good for.
    mark: i64,
    /// When the first reader has it renewed behind his back.
    renew_at: Timestamp,
    good_until: Timestamp,
    /// Until when it is shown when it cannot be renewed.
    shown_until: Timestamp,
    is_stale: bool,
    renewing: AtomicBool,
}

impl<V: Clone> Entry<V> {
    /// A fresh answer. Jitter only shortens its life, so that entries of one moment do not all end
    /// in one moment, and none outlives the promise.
    pub(crate) fn fresh(loaded: Loaded<V>, stale_max: Duration) -> Self {
        let (asked_at, mark) = (loaded.asked_at, loaded.mark);
        let (renew_at, good_until) = times(loaded.ttl, asked_at);
        Self {
            mark,
            renew_at,
            good_until,
            shown_until: asked_at.plus(loaded.ttl + stale_max),
            outcome: Ok(loaded),
            is_stale: false,
            renewing: AtomicBool::new(false),
        }
    }

    /// This answer once more, because the store does not answer: until its very end, and with a
    /// try to renew it now and then.
    pub(crate) fn stale(&self, mark: i64, now: Timestamp) -> Option<Self> {
        let loaded = self.outcome.as_ref().ok().filter(|_| now < self.shown_until)?;
        Some(Self {
            outcome: Ok(loaded.clone()),
            mark: mark.max(self.mark),
            renew_at: now.plus(RETRY_EVERY),
            good_until: self.shown_until,
            shown_until: self.shown_until,
            is_stale: true,
            renewing: AtomicBool::new(false),
        })
    }

    /// An error. It is good for nobody but those who wait for it.
    pub(crate) fn failed(error: StoreError, mark: i64, now: Timestamp) -> Self {
        Self {
            outcome: Err(Arc::new(error)),
            mark,
            renew_at: now,
            good_until: now,
            shown_until: now,
            is_stale: false,
            renewing: AtomicBool::new(false),
        }
    }

    /// Whether a reader who needs `mark` may have it.
    pub(crate) fn is_good(&self, now: Timestamp, mark: i64) -> bool {
        now < self.good_until && self.mark >= mark
    }

    /// Whether it has seen everything up to `mark`, or could not and says so.
    pub(crate) fn answers(&self, mark: i64) -> bool {
        self.mark >= mark || self.outcome.is_err()
    }

    /// True for one reader, near the end of its life.
    pub(crate) fn wants_renewal(&self, now: Timestamp) -> bool {
        now >= self.renew_at && !self.renewing.swap(true, Ordering::Relaxed)
    }

    pub(crate) fn is_stale(&self) -> bool {
        self.is_stale
    }

    pub(crate) fn loaded(&self) -> Option<&Loaded<V>> {
        self.outcome.as_ref().ok()
    }

    /// The value, or the error as often as somebody waited for it.
    pub(crate) fn value(&self) -> Result<V, StoreError> {
        match &self.outcome {
            Ok(loaded) => Ok(loaded.value.clone()),
            Err(error) if error.is_retryable() => {
                Err(StoreError::retryable("load for a cache", Arc::clone(error)))
            }
            Err(error) => Err(StoreError::new("load for a cache", Arc::clone(error))),
        }
    }
}

/// When a fresh answer of that moment is to be renewed, and until when it is good.
pub(crate) fn times(ttl: Duration, asked_at: Timestamp) -> (Timestamp, Timestamp) {
    let life = ttl.saturating_sub(jitter(ttl, asked_at));
    (asked_at.plus(life.saturating_sub(life / AHEAD)), asked_at.plus(life))
}

/// Up to a fifth of the life, by the moment.
fn jitter(ttl: Duration, asked_at: Timestamp) -> Duration {
    let mut hasher = DefaultHasher::new();
    asked_at.hash(&mut hasher);
    let thousandths = u32::try_from(hasher.finish() % 1_000).unwrap_or(0);
    ttl / 5 * thousandths / 1_000
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loaded(second: i64) -> Loaded<u8> {
        let asked_at = Timestamp::from_micros(second * 1_000_000);
        Loaded { value: 7, mark: 3, asked_at, ttl: Duration::from_secs(5) }
    }

    fn second(n: i64) -> Timestamp {
        Timestamp::from_micros(n * 1_000_000)
    }

    #[test]
    fn jitter_shortens_and_never_lengthens() {
        let mut ends = Vec::new();
        for n in 0..1_000 {
            let entry = Entry::fresh(loaded(n), Duration::from_mins(1));
            let life = entry.good_until.since(second(n));
            assert!((4_000..=5_000).contains(&life.as_millis()), "{life:?}");
            ends.push(life.as_millis());
        }
        ends.sort_unstable();
        ends.dedup();
        assert!(ends.len() > 500, "only {} different lives", ends.len());
    }

    #[test]
    fn an_entry_is_good_for_its_mark_and_its_time() {
        let entry = Entry::fresh(loaded(0), Duration::ZERO);
        assert!(entry.is_good(second(3), 3));
        assert!(!entry.is_good(second(3), 4), "a later change");
        assert!(!entry.is_good(second(5), 3), "too old");
    }

    #[test]
    fn one_reader_renews() {
        let entry = Entry::fresh(loaded(0), Duration::ZERO);
        assert!(!entry.wants_renewal(second(3)));
        assert!(entry.wants_renewal(second(4)));
        assert!(!entry.wants_renewal(second(4)), "another one has gone");
    }

    #[test]
    fn a_stale_entry_ends_where_it_was_promised() {
        let entry = Entry::fresh(loaded(0), Duration::from_mins(1));
        let stale = entry.stale(9, second(6)).unwrap();
        assert!(stale.is_good(second(64), 9) && !stale.is_good(second(65), 9));
        assert!(stale.stale(9, second(64)).is_some());
        assert!(stale.stale(9, second(65)).is_none());
        let failed = Entry::<u8>::failed(StoreError::conflict("x"), 0, second(1));
        assert!(failed.stale(0, second(0)).is_none() && failed.value().is_err());
    }
}
