//! What happens later: effects after the client has left, webhooks and their repetitions.
//!
//! Kept in memory: a simulator that is killed forgets what it has not done yet, and its ledger
//! knows nothing of it.

use std::collections::BTreeMap;
use std::fmt;
use std::pin::Pin;
use std::sync::Mutex;
use std::time::Duration;

use tokio::sync::Notify;

use crate::backstage::lock;
use crate::clock::Clock;

type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Work by the moment when it is due, on the simulator's clock.
#[derive(Default)]
pub(crate) struct Agenda {
    entries: Mutex<Entries>,
    /// One at a time, so that who moves the clock finds everything done when it is their turn.
    turn: tokio::sync::Mutex<()>,
    changed: Notify,
}

#[derive(Default)]
struct Entries {
    next: u64,
    due: BTreeMap<(i64, u64), Work>,
}

/// Longest sleep between two looks at a clock that tests may move.
const NAP_MAX: Duration = Duration::from_mins(1);

impl Agenda {
    /// Does this when its time has come.
    pub(crate) fn add(&self, due_us: i64, work: impl Future<Output = ()> + Send + 'static) {
        let mut entries = lock(&self.entries);
        entries.next += 1;
        let place = (due_us, entries.next);
        entries.due.insert(place, Box::pin(work));
        drop(entries);
        self.changed.notify_one();
    }

    /// Does what is due, in its order, and returns when it is done.
    pub(crate) async fn catch_up(&self, clock: &Clock) {
        let _turn = self.turn.lock().await;
        while let Some(work) = self.take_due(clock.now_us()) {
            work.await;
        }
    }

    /// Does everything in its time, for ever.
    pub(crate) async fn keep(&self, clock: &Clock) {
        loop {
            self.catch_up(clock).await;
            let nap = self.time_left(clock);
            // Neither end means anything by itself: look again.
            let _woken = tokio::time::timeout(nap, self.changed.notified()).await;
        }
    }

    fn take_due(&self, now_us: i64) -> Option<Work> {
        let mut entries = lock(&self.entries);
        let first = *entries.due.first_key_value()?.0;
        if first.0 > now_us { None } else { entries.due.remove(&first) }
    }

    fn time_left(&self, clock: &Clock) -> Duration {
        let first = lock(&self.entries).due.first_key_value().map(|((due_us, _), _)| *due_us);
        let left_us = first.filter(|_| clock.ticks()).map(|due_us| due_us - clock.now_us());
        let left = left_us.map(|us| Duration::from_micros(u64::try_from(us).unwrap_or(0)));
        left.unwrap_or(NAP_MAX).min(NAP_MAX)
    }
}

impl fmt::Debug for Agenda {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Agenda")
            .field("entries", &lock(&self.entries).due.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::Timestamp;

    use super::*;

    #[tokio::test]
    async fn what_is_due_is_done_in_its_order_and_nothing_else() {
        let (clock, agenda) = (Clock::frozen_at(Timestamp::UNIX_EPOCH), Agenda::default());
        let done = Arc::new(Mutex::new(Vec::new()));
        for (due_us, name) in [(3_000, 'c'), (1_000, 'a'), (1_000, 'b'), (9_000, 'd')] {
            let done = Arc::clone(&done);
            agenda.add(due_us, async move { lock(&done).push(name) });
        }
        agenda.catch_up(&clock).await;
        assert!(lock(&done).is_empty());
        clock.advance(Duration::from_millis(5));
        agenda.catch_up(&clock).await;
        assert_eq!(*lock(&done), ['a', 'b', 'c']);
    }
}
