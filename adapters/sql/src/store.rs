//! The store: pools, transactions, and every repository reached through them.

use std::path::Path;
use std::str::FromStr as _;
use std::time::Duration;

use async_trait::async_trait;
use jangbogo_kernel::{HistoryRepository, IdempotencyRepository, Inbox, Outbox, Store, StoreError};
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Pool, Postgres, Sqlite};

use crate::backend::Backend;
use crate::error::store_error;
use crate::migrate;

/// The store on SQLite.
pub type SqliteStore = SqlStore<Sqlite>;
/// The store on PostgreSQL.
pub type PostgresStore = SqlStore<Postgres>;

/// Every repository and query port, on one engine.
#[derive(Debug)]
pub struct SqlStore<DB: Backend> {
    writer: Pool<DB>,
    reader: Pool<DB>,
}

/// One open transaction; implements every repository itself.
pub struct SqlTransaction<DB: Backend> {
    open: sqlx::Transaction<'static, DB>,
}

/// How long a transaction waits for its connection before it is refused as overload.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(3);
/// Readers beside the one writer of an embedded database.
const READERS: u32 = 4;
/// Below this SQLite may corrupt a WAL database that several connections use
/// (sqlite.org/wal.html, "the WAL-reset bug").
const SQLITE_MIN: (u32, u32, u32) = (3, 51, 3);

impl SqlStore<Sqlite> {
    /// Opens, and when needed creates, a database file, and brings its schema up to date.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // Money is in here: what was acknowledged survives a power cut.
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(5))
            .statement_cache_capacity(512)
            .optimize_on_close(true, None);
        let failed = |error| store_error("open the database", error);
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(options.clone())
            .await
            .map_err(failed)?;
        check_sqlite_version(&writer).await?;
        migrate::run(&writer).await?;
        let reader = SqlitePoolOptions::new()
            .max_connections(READERS)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(options.read_only(true).create_if_missing(false))
            .await
            .map_err(failed)?;
        Ok(Self { writer, reader })
    }

    /// Opens a database file that exists, and whose schema is this program's, for reading only:
    /// every attempt to write fails.
    pub async fn open_existing(path: &Path) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(false)
            .read_only(true)
            .busy_timeout(Duration::from_secs(5));
        let reader = SqlitePoolOptions::new()
            .max_connections(READERS)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .connect_with(options)
            .await
            .map_err(|error| store_error("open the database", error))?;
        check_sqlite_version(&reader).await?;
        migrate::check(&reader).await?;
        Ok(Self { writer: reader.clone(), reader })
    }
}

impl SqlStore<Postgres> {
    /// Connects to a server and brings its schema up to date.
    pub async fn connect(url: &str) -> Result<Self, StoreError> {
        let failed = |error| store_error("connect to the database", error);
        let options = PgConnectOptions::from_str(url).map_err(failed)?;
        let writer = PgPoolOptions::new()
            .max_connections(20)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .connect_with(options)
            .await
            .map_err(failed)?;
        migrate::run(&writer).await?;
        Ok(Self { reader: writer.clone(), writer })
    }

    /// Connects to a database whose schema is this program's, for reading only: every attempt to
    /// write fails.
    pub async fn connect_existing(url: &str) -> Result<Self, StoreError> {
        let failed = |error| store_error("connect to the database", error);
        let options = PgConnectOptions::from_str(url).map_err(failed)?;
        let reader = PgPoolOptions::new()
            .max_connections(READERS)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .connect_with(options.options([("default_transaction_read_only", "on")]))
            .await
            .map_err(failed)?;
        migrate::check(&reader).await?;
        Ok(Self { writer: reader.clone(), reader })
    }
}

async fn check_sqlite_version(pool: &Pool<Sqlite>) -> Result<(), StoreError> {
    let operation = "check the SQLite version";
    let version: String = sqlx::query_scalar("SELECT sqlite_version()")
        .fetch_one(pool)
        .await
        .map_err(|error| store_error(operation, error))?;
    let mut parts = version.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    let mut next = || parts.next().unwrap_or(0);
    if (next(), next(), next()) < SQLITE_MIN {
        return Err(StoreError::new(operation, format!("SQLite {version} is too old")));
    }
    Ok(())
}

impl<DB: Backend> SqlStore<DB> {
    /// A connection for reading outside transactions.
    pub(crate) async fn read(&self) -> Result<PoolConnection<DB>, StoreError> {
        self.reader.acquire().await.map_err(|error| store_error("get a connection", error))
    }

    /// A connection that may write outside a transaction; one statement is one transaction.
    pub(crate) async fn write(&self) -> Result<PoolConnection<DB>, StoreError> {
        self.writer.acquire().await.map_err(|error| store_error("get a connection", error))
    }

    pub(crate) async fn transaction(&self) -> Result<SqlTransaction<DB>, StoreError> {
        let begun = self.writer.begin_with(DB::BEGIN).await;
        let open = begun.map_err(|error| store_error("begin a transaction", error))?;
        Ok(SqlTransaction { open })
    }

    /// A transaction that only reads, all of it from one moment.
    pub(crate) async fn snapshot(&self) -> Result<SqlTransaction<DB>, StoreError> {
        let begun = self.reader.begin_with(DB::BEGIN_SNAPSHOT).await;
        let open = begun.map_err(|error| store_error("begin a snapshot", error))?;
        Ok(SqlTransaction { open })
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
    ($($crate_name:ident),*) => {
        $(
            #[async_trait]
            impl<DB: Backend> Store<dyn $crate_name::Transaction> for SqlStore<DB> {
                async fn begin(&self) -> Result<Box<dyn $crate_name::Transaction>, StoreError> {
                    Ok(Box::new(self.transaction().await?))
                }
            }
        )*
    };
}

begins!(
    jangbogo_kernel,
    jangbogo_member,
    jangbogo_catalog,
    jangbogo_inventory,
    jangbogo_cart,
    jangbogo_ordering,
    jangbogo_payment
);

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
    jangbogo_member {
        members: MemberRepository,
        sessions: SessionRepository,
        addresses: AddressRepository
    }
    jangbogo_catalog { products: ProductRepository, sales: SalesRepository }
    jangbogo_inventory { stock: StockRepository }
    jangbogo_cart { carts: CartRepository }
    jangbogo_ordering { orders: OrderRepository }
    jangbogo_payment { payments: PaymentRepository }
}
