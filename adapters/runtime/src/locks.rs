//! Locks inside one process.
//!
//! A key has a holder and a queue: whoever releases hands the key to the one who has waited
//! longest. Several keys are taken one after the other in the order of their names, so that two
//! callers never wait for each other. Leases are measured by a clock that is never set back.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use jangbogo_kernel::{Clock, LockGuard, LockService, LockTimes, StoreError};
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep_until};

/// Locks among the tasks of one process.
#[derive(Clone)]
pub struct ProcessLocks {
    table: Arc<Mutex<Table>>,
    clock: Arc<dyn Clock>,
}

#[derive(Default)]
struct Table {
    keys: HashMap<String, Entry>,
    last_owner: u64,
    last_fence: i64,
}

/// A key that somebody holds or waits for.
struct Entry {
    owner: u64,
    until: Instant,
    queue: VecDeque<Waiting>,
}

struct Waiting {
    owner: u64,
    until: Instant,
    turn: oneshot::Sender<()>,
}

/// What one caller holds or waits for; dropping it gives all of it up.
struct Taken {
    table: Arc<Mutex<Table>>,
    owner: u64,
    keys: Vec<String>,
    fence: i64,
}

/// What became of a look at a key.
enum Look {
    Taken,
    /// Somebody holds it until then, unless the turn comes earlier.
    Wait(Instant, oneshot::Receiver<()>),
}

impl ProcessLocks {
    /// Locks whose fences are not lower than the time, so that they grow across restarts.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { table: Arc::default(), clock }
    }
}

#[async_trait]
impl LockService for ProcessLocks {
    async fn acquire(
        &self,
        keys: &[String],
        times: LockTimes,
    ) -> Result<Option<Box<dyn LockGuard>>, StoreError> {
        let deadline = Instant::now() + times.wait;
        let mut keys = keys.to_vec();
        keys.sort_unstable();
        keys.dedup();
        let owner = {
            let mut table = lock(&self.table);
            table.last_owner += 1;
            table.last_owner
        };
        let table = Arc::clone(&self.table);
        let mut taken = Taken { table, owner, keys: Vec::with_capacity(keys.len()), fence: 0 };
        for key in keys {
            if !taken.take(key, deadline, deadline + times.lease).await {
                return Ok(None);
            }
        }
        let until = Instant::now() + times.lease;
        Ok(taken.start(until, self.clock.now().as_micros()).then(|| Box::new(taken) as _))
    }
}

impl Taken {
    /// Waits for one key; `until` is later than any lease that starts before the deadline.
    async fn take(&mut self, key: String, deadline: Instant, until: Instant) -> bool {
        let look = lock(&self.table).look(&key, self.owner, until);
        self.keys.push(key.clone());
        let Look::Wait(mut end, mut turn) = look else { return true };
        loop {
            tokio::select! {
                // A sender that is gone has taken this wait out of the queue: nobody does that.
                _ = &mut turn => return lock(&self.table).owns(&key, self.owner),
                () = sleep_until(end.min(deadline)) => {}
            }
            let mut table = lock(&self.table);
            let now = Instant::now();
            // The holder's time may be over; then the key goes to the first in the queue.
            end = table.expire(&key, now);
            if table.owns(&key, self.owner) {
                return true;
            }
            if now >= deadline {
                return false;
            }
        }
    }

    /// Begins the lease of all keys; `false` when one has been lost on the way.
    fn start(&mut self, until: Instant, now_micros: i64) -> bool {
        let mut table = lock(&self.table);
        if !self.keys.iter().all(|key| table.owns(key, self.owner)) {
            return false;
        }
        for key in &self.keys {
            if let Some(entry) = table.keys.get_mut(key) {
                entry.until = until;
            }
        }
        table.last_fence = now_micros.max(table.last_fence + 1);
        self.fence = table.last_fence;
        true
    }

    /// Gives everything up and tells whether all of it was still held.
    fn give_up(&mut self) -> bool {
        let mut table = lock(&self.table);
        let now = Instant::now();
        let mut all = true;
        for key in std::mem::take(&mut self.keys) {
            all &= table.leave(&key, self.owner, now);
        }
        all
    }
}

#[async_trait]
impl LockGuard for Taken {
    fn fence(&self) -> i64 {
        self.fence
    }

    async fn release(mut self: Box<Self>) -> Result<bool, StoreError> {
        Ok(self.give_up())
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.give_up();
    }
}

impl Table {
    fn owns(&self, key: &str, owner: u64) -> bool {
        self.keys.get(key).is_some_and(|entry| entry.owner == owner)
    }

    /// Takes a free key, or stands in its queue.
    fn look(&mut self, key: &str, owner: u64, until: Instant) -> Look {
        self.expire(key, Instant::now());
        match self.keys.get_mut(key) {
            None => {
                let entry = Entry { owner, until, queue: VecDeque::new() };
                self.keys.insert(key.to_owned(), entry);
                Look::Taken
            }
            Some(entry) => {
                let (sender, turn) = oneshot::channel();
                entry.queue.push_back(Waiting { owner, until, turn: sender });
                Look::Wait(entry.until, turn)
            }
        }
    }

    /// Ends a lease that is over; returns when to look again.
    fn expire(&mut self, key: &str, now: Instant) -> Instant {
        while self.keys.get(key).is_some_and(|entry| entry.until <= now) {
            self.pass_on(key);
        }
        self.keys.get(key).map_or(now, |entry| entry.until)
    }

    /// Gives the key to the first in its queue that is still there, or frees it.
    fn pass_on(&mut self, key: &str) {
        let Some(entry) = self.keys.get_mut(key) else { return };
        while let Some(next) = entry.queue.pop_front() {
            if next.turn.send(()).is_ok() {
                entry.owner = next.owner;
                entry.until = next.until;
                return;
            }
        }
        self.keys.remove(key);
    }

    /// Ends what `owner` has to do with the key; `true` when it was its lease.
    fn leave(&mut self, key: &str, owner: u64, now: Instant) -> bool {
        let Some(entry) = self.keys.get_mut(key) else { return false };
        if entry.owner != owner {
            entry.queue.retain(|waiting| waiting.owner != owner);
            return false;
        }
        let in_time = now < entry.until;
        self.pass_on(key);
        in_time
    }
}

fn lock(table: &Mutex<Table>) -> MutexGuard<'_, Table> {
    table.lock().unwrap_or_else(PoisonError::into_inner)
}
