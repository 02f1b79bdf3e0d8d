//! A pool of connections: bounded, timed, counted.

use std::future::Future;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jangbogo_kernel::StoreError;
use metrics::{counter, histogram};
use sqlx::pool::PoolConnection;
use sqlx::{Error, Pool, Transaction};
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::backend::Backend;
use crate::error::{is_lost, store_error};

/// A connection that was well so lately is believed to be; another is asked first.
pub(crate) const TRUSTED_FOR: Duration = Duration::from_secs(1);
/// The longest that readers hand a connection on before the pool sees it again, which closes old
/// ones.
const AWAY_MAX: Duration = Duration::from_mins(1);

/// How large a pool may be and how long it may keep somebody waiting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolSettings {
    /// Connections of this process on a server; an embedded database has one writer and few readers
    /// whatever is said here.
    pub max: u32,
    /// How long work waits for a connection before it is refused as overload.
    pub acquire_timeout: Duration,
    /// Longest time of one statement on a server; what takes longer is stopped there.
    pub statement_timeout: Duration,
    /// How a server's lists of connections name this program.
    pub application_name: String,
}

/// What a pool is doing now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolStatus {
    /// Which one.
    pub name: &'static str,
    /// Most connections.
    pub max: u32,
    /// Connections that are open.
    pub open: u32,
    /// Those of them that nobody uses.
    pub idle: u32,
    /// Work that waits for one.
    pub waiting: u64,
}

/// Connections for one kind of work.
#[derive(Debug)]
pub(crate) struct ConnectionPool<DB: Backend> {
    name: &'static str,
    pool: Pool<DB>,
    waiting: AtomicU64,
    at_hand: Mutex<Vec<Used<DB>>>,
    turns: Arc<Semaphore>,
    burst_turns: Arc<Semaphore>,
}

/// The turn of a transaction that writes, until it is dropped.
#[derive(Debug)]
pub(crate) struct Turn {
    _among_all: OwnedSemaphorePermit,
    _in_burst: Option<OwnedSemaphorePermit>,
}

/// How transactions of one kind arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// As people ask for them.
    Steady,
    /// Many at one moment. They are let in a few at a time: spread out they cost each some
    /// milliseconds, at once they would have everybody else wait.
    Bursts,
}

/// A connection for reading. Dropped, it goes back to the pool, which asks it first whether it is
/// well: a round trip for each, as dear as the reading itself. [`done`](Self::done) says that it
/// is, and leaves it at hand for the next.
pub(crate) struct Reading<'a, DB: Backend> {
    used: Used<DB>,
    pool: &'a ConnectionPool<DB>,
}

/// A connection outside the pool.
#[derive(Debug)]
struct Used<DB: Backend> {
    connection: PoolConnection<DB>,
    /// When the pool gave it.
    since: Instant,
    /// When it was last well.
    well: Instant,
}

impl Default for PoolSettings {
    fn default() -> Self {
        Self {
            max: 20,
            acquire_timeout: Duration::from_secs(3),
            statement_timeout: Duration::from_secs(15),
            application_name: "jangbogo".to_owned(),
        }
    }
}

impl<DB: Backend> ConnectionPool<DB> {
    /// A pool that is shown by this name.
    pub(crate) fn new(name: &'static str, pool: Pool<DB>) -> Self {
        let most = pool.options().get_max_connections();
        let turns = |most| Arc::new(Semaphore::new(usize::try_from(most).unwrap_or(usize::MAX)));
        Self {
            name,
            pool,
            waiting: AtomicU64::new(0),
            at_hand: Mutex::default(),
            turns: turns(writers_max(most)),
            burst_turns: turns(burst_max(most)),
        }
    }

    /// A turn to write, within the pool's time. There are fewer turns than connections: however
    /// many transactions come at once, whoever only reads need not queue behind all of them.
    pub(crate) async fn turn(&self, arrival: Arrival) -> Result<Turn, StoreError> {
        let taken = self.waiting_for(async {
            let turns = async {
                let in_burst = match arrival {
                    Arrival::Steady => None,
                    Arrival::Bursts => Some(Arc::clone(&self.burst_turns).acquire_owned().await?),
                };
                let among_all = Arc::clone(&self.turns).acquire_owned().await?;
                Ok(Turn { _among_all: among_all, _in_burst: in_burst })
            };
            let taken = timeout(self.pool.options().get_acquire_timeout(), turns).await;
            taken.map_err(|_| Error::PoolTimedOut)?.map_err(|_: AcquireError| Error::PoolClosed)
        });
        taken.await.map_err(|error| store_error("wait for a turn to write", error))
    }

    /// A connection, within the pool's time.
    pub(crate) async fn acquire(&self) -> Result<PoolConnection<DB>, StoreError> {
        let acquired = self.waiting_for(self.pool.acquire()).await;
        acquired.map_err(|error| store_error("get a connection", error))
    }

    /// A connection for reading: one that is at hand, else one of the pool's.
    pub(crate) async fn reading(&self) -> Result<Reading<'_, DB>, StoreError> {
        if let Some(used) = self.take_at_hand() {
            return Ok(Reading { used, pool: self });
        }
        let connection = self.acquire().await?;
        let now = Instant::now();
        Ok(Reading { used: Used { connection, since: now, well: now }, pool: self })
    }

    fn take_at_hand(&self) -> Option<Used<DB>> {
        let used = self.at_hand.lock().unwrap_or_else(PoisonError::into_inner).pop()?;
        // One that lay there is for the pool to ask, and one that was long away to renew.
        let fresh = used.well.elapsed() < TRUSTED_FOR && used.since.elapsed() < AWAY_MAX;
        fresh.then_some(used)
    }

    fn keep_at_hand(&self, used: Used<DB>) {
        // The rest is for whoever writes.
        let most = usize::try_from(self.max() / 4).unwrap_or_default();
        let mut at_hand = self.at_hand.lock().unwrap_or_else(PoisonError::into_inner);
        if at_hand.len() < most && !self.pool.is_closed() {
            at_hand.push(used);
        }
    }

    /// A transaction begun by `statement`, within the pool's time.
    ///
    /// A server that was restarted leaves dead connections behind. Asking each before its use would
    /// cost everybody a round trip; here the first statement finds out, before it has done
    /// anything, and the next connection is taken.
    pub(crate) async fn begin(
        &self,
        statement: &'static str,
    ) -> Result<Transaction<'static, DB>, StoreError> {
        let since = Instant::now();
        let mut dead = 0;
        loop {
            match self.waiting_for(self.pool.begin_with(statement)).await {
                Ok(begun) => return Ok(begun),
                Err(error) if is_lost(&error) && dead < self.max() && self.has_time(since) => {
                    dead += 1;
                }
                Err(error) => return Err(store_error("begin a transaction", error)),
            }
        }
    }

    /// What it is doing now.
    pub(crate) fn status(&self) -> PoolStatus {
        let open = self.pool.size();
        let at_hand = self.at_hand.lock().unwrap_or_else(PoisonError::into_inner).len();
        let idle = self.pool.num_idle() + at_hand;
        let idle = u32::try_from(idle).unwrap_or(u32::MAX).min(open);
        let waiting = self.waiting.load(Ordering::Relaxed);
        PoolStatus { name: self.name, max: self.max(), open, idle, waiting }
    }

    /// Closes all connections, once they are given back.
    pub(crate) async fn close(&self) {
        // The pool is closed from now on: nobody keeps anything at hand any more.
        let closing = self.pool.close();
        self.at_hand.lock().unwrap_or_else(PoisonError::into_inner).clear();
        closing.await;
    }

    fn max(&self) -> u32 {
        self.pool.options().get_max_connections()
    }

    fn has_time(&self, since: Instant) -> bool {
        since.elapsed() < self.pool.options().get_acquire_timeout()
    }

    async fn waiting_for<T>(
        &self,
        acquiring: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let since = Instant::now();
        let acquired = {
            let _counted = Counted::one_more(&self.waiting);
            acquiring.await
        };
        histogram!("database_acquire_seconds", "pool" => self.name).record(since.elapsed());
        if matches!(acquired, Err(Error::PoolTimedOut)) {
            counter!("database_acquire_timeouts_total", "pool" => self.name).increment(1);
        }
        acquired
    }
}

impl<DB: Backend> Reading<'_, DB> {
    /// Everything that was asked has been answered: the next reader may have it.
    pub(crate) fn done(self) {
        let well = Instant::now();
        self.pool.keep_at_hand(Used { well, ..self.used });
    }
}

impl<DB: Backend> Deref for Reading<'_, DB> {
    type Target = DB::Connection;

    fn deref(&self) -> &DB::Connection {
        &self.used.connection
    }
}

impl<DB: Backend> DerefMut for Reading<'_, DB> {
    fn deref_mut(&mut self) -> &mut DB::Connection {
        &mut self.used.connection
    }
}

/// Most transactions that write at the same time on so many connections: the rest is for readers.
const fn writers_max(connections: u32) -> u32 {
    at_least_one(connections - connections.div_ceil(4))
}

/// Most of them that come in bursts.
const fn burst_max(connections: u32) -> u32 {
    at_least_one(connections / 5)
}

const fn at_least_one(number: u32) -> u32 {
    if number == 0 { 1 } else { number }
}

/// Counts somebody until it is dropped, which is also when they give up waiting.
struct Counted<'a>(&'a AtomicU64);

impl<'a> Counted<'a> {
    fn one_more(count: &'a AtomicU64) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
