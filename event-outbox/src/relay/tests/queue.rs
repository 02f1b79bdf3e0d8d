//! A queue in memory whose insides a test can see. The real one is proved elsewhere.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use jangbogo_kernel::{
    Backlog, Clock, DeadLetter, Event, EventKind, Id, Publication, PublicationQueue, StoreError,
    Timestamp, Uuid,
};
use tokio::sync::Semaphore;

/// A clock that stands until it is advanced.
#[derive(Clone, Default)]
pub(super) struct ManualClock(Arc<Mutex<Duration>>);

impl ManualClock {
    pub(super) fn advance(&self, duration: Duration) {
        *self.0.lock().unwrap() += duration;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(0).plus(*self.0.lock().unwrap())
    }
}

/// An event of the aggregate, with this id.
pub(super) fn event(id: u128, aggregate: u128, sequence: i64) -> Event {
    Event {
        id: Id::new(Uuid::from_u128(id)),
        name: "test.happened.v1".to_owned(),
        aggregate: Uuid::from_u128(aggregate),
        sequence,
        occurred_at: Timestamp::from_micros(0),
        payload: "{}".to_owned(),
    }
}

enum State {
    Due(Timestamp),
    Published,
    Discarded(Vec<DeadLetter>),
}

struct Row {
    event: Event,
    attempts: u32,
    state: State,
}

#[derive(Default)]
struct Inside {
    rows: Vec<Row>,
    subscriptions: Vec<String>,
    published: Vec<u128>,
    retries: usize,
    failures: Vec<bool>,
    claim_failures: usize,
}

pub(super) struct FakeQueue {
    inside: Mutex<Inside>,
    empty_claims: Semaphore,
}

impl FakeQueue {
    pub(super) fn new(events: Vec<Event>) -> Self {
        let row = |event| Row { event, attempts: 0, state: State::Due(Timestamp::from_micros(0)) };
        let inside = Inside { rows: events.into_iter().map(row).collect(), ..Inside::default() };
        Self { inside: Mutex::new(inside), empty_claims: Semaphore::new(0) }
    }

    /// Lets the next writes fail; `true` is a failure that may go away.
    pub(super) fn fail(&self, retryable: &[bool]) {
        self.inside.lock().unwrap().failures = retryable.to_vec();
    }

    pub(super) fn fail_claims(&self, times: usize) {
        self.inside.lock().unwrap().claim_failures = times;
    }

    /// Waits until a claim has found nothing so often.
    pub(super) async fn empty_claims(&self, times: u32) {
        self.empty_claims.acquire_many(times).await.unwrap().forget();
    }

    pub(super) fn dead(&self, id: u128) -> Option<Vec<DeadLetter>> {
        let inside = self.inside.lock().unwrap();
        let row = inside.rows.iter().find(|row| row.event.id.uuid().as_u128() == id);
        match &row.unwrap().state {
            State::Discarded(dead) => Some(dead.clone()),
            State::Due(_) | State::Published => None,
        }
    }

    pub(super) fn published_ids(&self) -> Vec<u128> {
        self.inside.lock().unwrap().published.clone()
    }

    pub(super) fn subscriptions(&self) -> Vec<String> {
        self.inside.lock().unwrap().subscriptions.clone()
    }

    /// How often an event was made due again.
    pub(super) fn retries(&self) -> usize {
        self.inside.lock().unwrap().retries
    }
}

impl Inside {
    fn set(&mut self, id: Id<EventKind>, state: State) {
        let row = self.rows.iter_mut().find(|row| row.event.id == id).unwrap();
        row.state = state;
    }

    fn write(&mut self) -> Result<(), StoreError> {
        match self.failures.pop() {
            None => Ok(()),
            Some(true) => Err(StoreError::retryable("write", "busy")),
            Some(false) => Err(StoreError::new("write", "gone")),
        }
    }
}

#[async_trait]
impl PublicationQueue for FakeQueue {
    async fn subscribe(&self, consumer: &str, names: &[&str]) -> Result<(), StoreError> {
        let mut inside = self.inside.lock().unwrap();
        let line = format!("{consumer}: {}", names.join(" "));
        inside.subscriptions.push(line);
        Ok(())
    }

    async fn claim(
        &self,
        now: Timestamp,
        lease_until: Timestamp,
        limit: u32,
    ) -> Result<Vec<Publication>, StoreError> {
        let mut inside = self.inside.lock().unwrap();
        if inside.claim_failures > 0 {
            inside.claim_failures -= 1;
            return Err(StoreError::new("claim", "gone"));
        }
        let unfinished = |row: &&mut Row| matches!(row.state, State::Due(_));
        let mut rows: Vec<_> = inside.rows.iter_mut().filter(unfinished).collect();
        rows.sort_by_key(|row| (row.event.aggregate, row.event.sequence));
        rows.dedup_by_key(|row| row.event.aggregate);
        rows.retain(|row| matches!(row.state, State::Due(at) if at <= now));
        rows.truncate(usize::try_from(limit).unwrap());
        if rows.is_empty() {
            self.empty_claims.add_permits(1);
        }
        let claim = |row: &mut Row| {
            row.attempts += 1;
            row.state = State::Due(lease_until);
            Publication { event: row.event.clone(), attempts: row.attempts }
        };
        Ok(rows.into_iter().map(claim).collect())
    }

    async fn published(&self, events: &[Id<EventKind>], _now: Timestamp) -> Result<(), StoreError> {
        let mut inside = self.inside.lock().unwrap();
        inside.write()?;
        for event in events {
            inside.set(*event, State::Published);
            inside.published.push(event.uuid().as_u128());
        }
        Ok(())
    }

    async fn retry(&self, event: Id<EventKind>, at: Timestamp) -> Result<(), StoreError> {
        let mut inside = self.inside.lock().unwrap();
        inside.retries += 1;
        inside.write()?;
        inside.set(event, State::Due(at));
        Ok(())
    }

    async fn discard(
        &self,
        event: Id<EventKind>,
        dead: &[DeadLetter],
        _now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut inside = self.inside.lock().unwrap();
        inside.write()?;
        inside.set(event, State::Discarded(dead.to_vec()));
        Ok(())
    }

    async fn backlog(&self) -> Result<Backlog, StoreError> {
        let inside = self.inside.lock().unwrap();
        let waiting = inside.rows.iter().filter(|row| matches!(row.state, State::Due(_)));
        Ok(Backlog { waiting: waiting.count() as u64, oldest: None })
    }
}
