//! Ids for processes, which nobody can repeat, and ids for tests, which everybody can.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use jangbogo_kernel::{Clock, IdGenerator, Uuid};
use uuid::{ContextV7, Timestamp};

/// `UUIDv7`s of the clock's millisecond, a counter and random bits.
///
/// Ids of one generator rise strictly, even when the clock stands or goes back; ids of different
/// processes differ by their random bits.
pub struct RandomIds {
    clock: Arc<dyn Clock>,
    context: Mutex<ContextV7>,
}

/// Ids 1, 2, 3 … in the layout of `UUIDv7`; the same run makes the same ids.
#[derive(Debug, Default)]
pub struct SequentialIds(AtomicU64);

impl RandomIds {
    /// Takes the ids' time from `clock`.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, context: Mutex::new(ContextV7::new()) }
    }
}

impl IdGenerator for RandomIds {
    fn next_uuid(&self) -> Uuid {
        let micros = u64::try_from(self.clock.now().as_micros()).unwrap_or(0);
        let seconds = micros / 1_000_000;
        let subsecond = u32::try_from(micros % 1_000_000).unwrap_or(0);
        let context = self.context.lock().unwrap_or_else(PoisonError::into_inner);
        Uuid::new_v7(Timestamp::from_unix(&*context, seconds, subsecond * 1_000))
    }
}

impl SequentialIds {
    /// A generator whose first id is 1.
    pub fn new() -> Self {
        Self::default()
    }
}

impl IdGenerator for SequentialIds {
    fn next_uuid(&self) -> Uuid {
        const VERSION_7: u64 = 0x7000;
        const VARIANT: u64 = 0x8000_0000_0000_0000;
        let count = self.0.fetch_add(1, Ordering::Relaxed) + 1;
        Uuid::from_u64_pair(VERSION_7, VARIANT | count)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::time::Duration;

    use jangbogo_kernel::Timestamp;
    use uuid::{Variant, Version};

    use super::*;
    use crate::ManualClock;

    fn is_v7(id: Uuid) -> bool {
        id.get_version() == Some(Version::SortRand) && id.get_variant() == Variant::RFC4122
    }

    /// Shows the given times one after the other, over and over.
    struct Restless(Mutex<std::iter::Cycle<std::vec::IntoIter<i64>>>);

    impl Clock for Restless {
        fn now(&self) -> Timestamp {
            let micros = self.0.lock().unwrap().next().unwrap();
            Timestamp::from_micros(micros)
        }
    }

    #[test]
    fn random_ids_carry_the_clock_s_time() {
        let start: Timestamp = "2026-11-21T02:03:04.567Z".parse().unwrap();
        let ids = RandomIds::new(Arc::new(ManualClock::new(start)));
        let id = ids.next_uuid();
        assert!(is_v7(id), "{id}");
        let (seconds, nanos) = id.get_timestamp().unwrap().to_unix();
        assert_eq!(i64::try_from(seconds).unwrap(), start.as_seconds());
        assert_eq!(nanos, 567_000_000);
    }

    #[test]
    fn random_ids_rise_though_the_clock_stands_or_goes_back() {
        let times = vec![5_000_000, 5_000_000, 4_000_000, -1, 0, 5_000_999, 5_001_000];
        let ids = RandomIds::new(Arc::new(Restless(Mutex::new(times.into_iter().cycle()))));
        let mut former = ids.next_uuid();
        for _ in 0..100_000 {
            let id = ids.next_uuid();
            assert!(former < id, "{former} {id}");
            former = id;
        }
    }

    #[test]
    fn threads_and_processes_at_one_moment_do_not_repeat_ids() {
        let clock = ManualClock::new(Timestamp::from_micros(1));
        // Two generators are two processes, each used by two threads.
        let processes = [(), ()].map(|()| RandomIds::new(Arc::new(clock.clone())));
        let made: Vec<Uuid> = std::thread::scope(|scope| {
            let threads: Vec<_> = processes
                .iter()
                .cycle()
                .take(4)
                .map(|ids| scope.spawn(|| (0..5_000).map(|_| ids.next_uuid()).collect::<Vec<_>>()))
                .collect();
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(made.iter().collect::<HashSet<_>>().len(), 20_000);
    }

    #[test]
    fn sequential_ids_are_the_same_in_every_run() {
        let ids = SequentialIds::new();
        let made = [ids.next_uuid(), ids.next_uuid()];
        let text = made.map(|id| id.to_string());
        assert_eq!(text[0], "00000000-0000-7000-8000-000000000001");
        assert_eq!(text[1], "00000000-0000-7000-8000-000000000002");
        assert!(made.into_iter().all(is_v7));
    }

    #[test]
    fn a_clock_that_moves_on_gives_later_ids() {
        let clock = ManualClock::new(Timestamp::from_micros(0));
        let ids = RandomIds::new(Arc::new(clock.clone()));
        let first = ids.next_uuid();
        clock.advance(Duration::from_millis(1));
        let second = RandomIds::new(Arc::new(clock)).next_uuid();
        assert!(first < second, "across processes too");
    }
}
