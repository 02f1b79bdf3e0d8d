//! How orders come to the database: four ways that end in the same orders.
//!
//! | strategy | one transaction for | who wants the same stock |
//! |---|---|---|
//! | combined | all orders that have queued | is in the batch, or waits for the row |
//! | row lock | one order | waits for the row |
//! | optimistic | one order | tries again |
//! | distributed lock | one order | waits for the lock, outside of the database |

use std::sync::Arc;

use async_trait::async_trait;
use jangbogo_kernel::{LockGuard, LockService, LockTimes, StoreError};
use jangbogo_ordering::{PlaceOrder, PlaceOrderError, PlaceOrders, PlacedOrder, StockAccess};
use jangbogo_runtime::{BatchHandler, Lanes, Singles, SinglesSettings, SubmitError, Turn};
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;

use crate::ShopSettings;

/// How stock is reserved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderStrategy {
    /// Many orders share one transaction, which locks their rows.
    #[default]
    Combined,
    /// A transaction for each order, which locks its rows.
    RowLock,
    /// A transaction for each order, which locks nothing and is tried again after a conflict.
    Optimistic,
    /// A transaction for each order, under a lock outside of the database.
    DistributedLock,
}

/// Places orders by one of the strategies.
pub enum OrderPlacer {
    /// Through combiners.
    Combined(Lanes<PlaceOrder, Answer>),
    /// One by one.
    Single(Singles<PlaceOrder, Answer>),
}

type Answer = Result<PlacedOrder, PlaceOrderError>;

/// Transactions of single orders at the same time: more of them only wait longer for each other's
/// rows. That readers find a connection is the pool's own care.
const TRANSACTIONS_MAX: u32 = 16;
/// Orders that may wait for their locks at the same time, without a connection.
const LOCKING_MAX: u32 = 1_024;

impl OrderPlacer {
    /// Assembles the strategy. Must be called inside a tokio runtime.
    pub(crate) fn new(
        place: PlaceOrders,
        locks: &Arc<dyn LockService>,
        settings: &ShopSettings,
    ) -> Self {
        let single = |parallel_max, handler| {
            let queue_max = u32::try_from(settings.combiner.queue_max).unwrap_or(u32::MAX);
            let wait_max = settings.lock.wait;
            Self::Single(Singles::new(
                SinglesSettings { queue_max, parallel_max, wait_max },
                handler,
            ))
        };
        match settings.strategy {
            OrderStrategy::Combined => {
                let handler: Arc<dyn BatchHandler<_, _>> = if settings.combiner.parallel_max > 1 {
                    Arc::new(PlaceInTurn(place))
                } else {
                    Arc::new(PlaceWith { place, access: StockAccess::RowLock })
                };
                let (lanes, combiner) = (settings.lanes, settings.combiner);
                Self::Combined(Lanes::spawn(lanes, combiner, &handler, PlaceOrder::competes_for))
            }
            OrderStrategy::RowLock => {
                let access = StockAccess::RowLock;
                single(TRANSACTIONS_MAX, Arc::new(PlaceWith { place, access }))
            }
            OrderStrategy::Optimistic => {
                let access = StockAccess::Optimistic;
                single(TRANSACTIONS_MAX, Arc::new(PlaceWith { place, access }))
            }
            OrderStrategy::DistributedLock => {
                let (locks, times) = (Arc::clone(locks), settings.lock);
                let turns = Semaphore::new(TRANSACTIONS_MAX as usize);
                single(LOCKING_MAX, Arc::new(PlaceLocked { place, locks, times, turns }))
            }
        }
    }

    /// Places the order, and waits until it is placed or refused. It is done even if the future is
    /// dropped.
    pub async fn submit(&self, command: PlaceOrder) -> Result<Answer, SubmitError> {
        match self {
            Self::Combined(combiner) => combiner.submit(command).await,
            Self::Single(singles) => singles.submit(command).await,
        }
    }

    /// Refuses new orders and waits until all that were submitted are done.
    pub async fn shutdown(&self) {
        match self {
            Self::Combined(combiner) => combiner.shutdown().await,
            Self::Single(singles) => singles.shutdown().await,
        }
    }
}

struct PlaceInTurn(PlaceOrders);

#[async_trait]
impl BatchHandler<PlaceOrder, Answer> for PlaceInTurn {
    async fn handle(&self, batch: &[PlaceOrder], turn: Turn) -> Result<Vec<Answer>, StoreError> {
        self.0.run_in_turn(batch, turn.come()).await
    }
}

struct PlaceWith {
    place: PlaceOrders,
    access: StockAccess,
}

#[async_trait]
impl BatchHandler<PlaceOrder, Answer> for PlaceWith {
    async fn handle(&self, batch: &[PlaceOrder], _turn: Turn) -> Result<Vec<Answer>, StoreError> {
        self.place.run_with(batch, self.access).await
    }
}

struct PlaceLocked {
    place: PlaceOrders,
    locks: Arc<dyn LockService>,
    times: LockTimes,
    turns: Semaphore,
}

#[async_trait]
impl BatchHandler<PlaceOrder, Answer> for PlaceLocked {
    async fn handle(&self, batch: &[PlaceOrder], _turn: Turn) -> Result<Vec<Answer>, StoreError> {
        let mut keys = Vec::new();
        for command in batch {
            let products = self.place.products_of(command).await?;
            keys.extend(products.into_iter().map(|product| format!("stock:{product}")));
        }
        let guard = match self.locks.acquire(&keys, self.times).await {
            Ok(Some(guard)) => guard,
            Ok(None) => {
                return Err(StoreError::retryable("acquire a lock", "it was held too long"));
            }
            Err(error) => {
                tracing::debug!(?error, "no locks; the database's are used");
                return self.run(batch, StockAccess::RowLock).await;
            }
        };
        let placed = self.run(batch, StockAccess::Fenced(guard.fence())).await;
        // Only now: whoever comes next must see what was committed.
        release(guard).await;
        match placed {
            // The lock was lost, or somebody works without it. The row's lock cannot be lost.
            Err(error) if error.is_retryable() => {
                tracing::debug!(?error, "a lock was not enough; the database's are used");
                self.run(batch, StockAccess::RowLock).await
            }
            placed => placed,
        }
    }
}

impl PlaceLocked {
    async fn run(
        &self,
        batch: &[PlaceOrder],
        access: StockAccess,
    ) -> Result<Vec<Answer>, StoreError> {
        let turn = self.turns.acquire().await;
        let _turn = turn.map_err(|closed| StoreError::new("wait for a turn", closed))?;
        self.place.run_with(batch, access).await
    }
}

async fn release(guard: Box<dyn LockGuard>) {
    match guard.release().await {
        Ok(true) => {}
        Ok(false) => tracing::warn!("an order took longer than its lock's lease"),
        Err(error) => tracing::debug!(?error, "a lock is left to its lease"),
    }
}
