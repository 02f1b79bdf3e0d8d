//! The store: pools, transactions, and every repository reached through them.

use std::sync::Arc;

use async_trait::async_trait;
use jangbogo_kernel::{HistoryRepository, IdempotencyRepository, Inbox, Outbox, Store, StoreError};
use sqlx::pool::PoolConnection;
use sqlx::{Pool, Postgres, Sqlite};

use crate::backend::Backend;
use crate::error::store_error;
use crate::pool::{Arrival, ConnectionPool, PoolStatus, Reading, Turn};

/// The store on SQLite.
pub type SqliteStore = SqlStore<Sqlite>;
/// The store on PostgreSQL.
pub type PostgresStore = SqlStore<Postgres>;

/// Every repository and query port, on one engine.
#[derive(Debug)]
pub struct SqlStore<DB: Backend> {
    pub(crate) writer: Arc<ConnectionPool<DB>>,
    pub(crate) reader: Arc<ConnectionPool<DB>>,
}

/// One open transaction; implements every repository itself.
pub struct SqlTransaction<DB: Backend> {
    open: sqlx::Transaction<'static, DB>,
    /// Given back after the connection.
    _turn: Option<Turn>,
}

impl<DB: Backend> SqlStore<DB> {
    /// One pool for reading and writing.
    pub(crate) fn of_one(pool: Pool<DB>) -> Self {
        let pool = Arc::new(ConnectionPool::new("all", pool));
        Self { reader: Arc::clone(&pool), writer: pool }
    }

    /// A connection for reading outside transactions.
    pub(crate) async fn read(&self) -> Result<Reading<'_, DB>, StoreError> {
        self.reader.reading().await
    }

    /// A connection that may write outside a transaction; one statement is one transaction.
    pub(crate) async fn write(&self) -> Result<PoolConnection<DB>, StoreError> {
        self.writer.acquire().await
    }

    pub(crate) async fn transaction(&self) -> Result<SqlTransaction<DB>, StoreError> {
        self.arriving(Arrival::Steady).await
    }

    async fn arriving(&self, arrival: Arrival) -> Result<SqlTransaction<DB>, StoreError> {
        let turn = self.writer.turn(arrival).await?;
        Ok(SqlTransaction { open: self.writer.begin(DB::BEGIN).await?, _turn: Some(turn) })
    }

    /// A transaction that only reads, all of it from one moment.
    pub(crate) async fn snapshot(&self) -> Result<SqlTransaction<DB>, StoreError> {
        Ok(SqlTransaction { open: self.reader.begin(DB::BEGIN_SNAPSHOT).await?, _turn: None })
    }

    /// What each pool is doing now.
    pub fn pools(&self) -> Vec<PoolStatus> {
        let writer = self.writer.status();
        if Arc::ptr_eq(&self.writer, &self.reader) {
            return vec![writer];
        }
        vec![writer, self.reader.status()]
    }

    /// Closes all connections, once they are given back.
    pub async fn close(&self) {
        self.reader.close().await;
        self.writer.close().await;
    }
}

impl<DB: Backend> SqlTransaction<DB> {
    /// The connection that the transaction runs on.
    pub(crate) fn on(&mut self) -> &mut DB::Connection {
        &mut self.open
    }
}

#[async_trait]
impl<DB: Backend> jangbogo_kernel::Transaction for SqlTransaction<DB> {
    fn outbox(&mut self) -> &mut dyn Outbox {
        self
    }

    fn inbox(&mut self) -> &mut dyn Inbox {
        self
    }

    fn idempotency(&mut self) -> &mut dyn IdempotencyRepository {
        self
    }

    fn history(&mut self) -> &mut dyn HistoryRepository {
        self
    }

    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        self.open.commit().await.map_err(|error| store_error("commit", error))
    }
}

macro_rules! begins {
    ($($crate_name:ident: $arrival:ident),* $(,)?) => {
        $(
            #[async_trait]
            impl<DB: Backend> Store<dyn $crate_name::Transaction> for SqlStore<DB> {
                async fn begin(&self) -> Result<Box<dyn $crate_name::Transaction>, StoreError> {
                    Ok(Box::new(self.arriving(Arrival::$arrival).await?))
                }
            }
        )*
    };
}

begins! {
    jangbogo_kernel: Steady,
    jangbogo_job: Steady,
    jangbogo_member: Steady,
    jangbogo_catalog: Steady,
    jangbogo_inventory: Steady,
    jangbogo_cart: Steady,
    jangbogo_ordering: Steady,
    // A provider that was slow answers all at once.
    jangbogo_payment: Bursts,
    jangbogo_subscription: Steady,
}

macro_rules! reaches {
    ($($crate_name:ident { $($accessor:ident: $repository:ident),* })*) => {
        $(
            impl<DB: Backend> $crate_name::Transaction for SqlTransaction<DB> {
                $(
                    fn $accessor(&mut self) -> &mut dyn $crate_name::$repository {
                        self
                    }
                )*
            }
        )*
    };
}

reaches! {
    jangbogo_job { runs: RunRepository, schedules: ScheduleRepository }
    jangbogo_member {
        members: MemberRepository,
        sessions: SessionRepository,
        addresses: AddressRepository
    }
    jangbogo_catalog {
        products: ProductRepository,
        sales: SalesRepository,
        views: ViewRepository,
        rankings: RankingRepository
    }
    jangbogo_inventory { stock: StockRepository }
    jangbogo_cart { carts: CartRepository }
    jangbogo_ordering { orders: OrderRepository }
    jangbogo_payment {
        payments: PaymentRepository,
        agreements: AgreementRepository,
        reconciliations: ReconciliationRepository
    }
    jangbogo_subscription {
        subscriptions: SubscriptionRepository,
        recurring_carts: RecurringCartRepository
    }
}
