//! A pool of connections: bounded, timed, counted.

use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use jangbogo_kernel::StoreError;
use metrics::{counter, histogram};
use sqlx::pool::PoolConnection;
use sqlx::{Error, Pool, Transaction};

use crate::backend::Backend;
use crate::error::{is_lost, store_error};

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
        Self { name, pool, waiting: AtomicU64::new(0) }
    }

    /// A connection, within the pool's time.
    pub(crate) async fn acquire(&self) -> Result<PoolConnection<DB>, StoreError> {
        let acquired = self.waiting_for(self.pool.acquire()).await;
        acquired.map_err(|error| store_error("get a connection", error))
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
        let idle = u32::try_from(self.pool.num_idle()).unwrap_or(u32::MAX).min(open);
        let waiting = self.waiting.load(Ordering::Relaxed);
        PoolStatus { name: self.name, max: self.max(), open, idle, waiting }
    }

    /// Closes all connections, once they are given back.
    pub(crate) async fn close(&self) {
        self.pool.close().await;
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
