//! Opening a database of either engine.

use std::fs::File;
use std::path::Path;
use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;

use jangbogo_kernel::StoreError;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection as _, Pool, Postgres, Row as _, Sqlite};

use crate::error::store_error;
use crate::migrate;
use crate::pool::{ConnectionPool, PoolSettings, TRUSTED_FOR};
use crate::store::SqlStore;

/// Readers beside the one writer of an embedded database.
const READERS: u32 = 4;
/// Below this SQLite may corrupt a WAL database that several connections use
/// (sqlite.org/wal.html, "the WAL-reset bug").
const SQLITE_MIN: (u32, u32, u32) = (3, 51, 3);
/// Statements that a connection remembers; the shop has fewer.
const STATEMENTS: usize = 512;

/// What every session on a server is told, unless the URL says otherwise.
const SESSION: [(&str, &str); 7] = [
    // Whoever waits longer for a row is better refused and tried again.
    ("lock_timeout", "5s"),
    // A process that hangs between two statements must not keep its locks.
    ("idle_in_transaction_session_timeout", "30s"),
    // A host that vanished is noticed within a minute, and its locks are freed.
    ("tcp_keepalives_idle", "30"),
    ("tcp_keepalives_interval", "10"),
    ("tcp_keepalives_count", "3"),
    // Every statement here is short; compiling one takes longer than running it.
    ("jit", "off"),
    // Every question is a walk along an index, on disks without arms and mostly in memory. The
    // server's own 4.0 makes it read small tables whole to spare itself such walks.
    ("random_page_cost", "1.1"),
];

impl SqlStore<Sqlite> {
    /// Opens, and when needed creates, a database file, and brings its schema up to date.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        Self::open_with(path, &PoolSettings::default()).await
    }

    /// The same with settings.
    pub async fn open_with(path: &Path, settings: &PoolSettings) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // Money is in here: what was acknowledged survives a power cut.
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(5))
            .statement_cache_capacity(STATEMENTS)
            .optimize_on_close(true, None);
        let failed = |error| store_error("open the database", error);
        let pool = |connections| {
            SqlitePoolOptions::new()
                .max_connections(connections)
                .acquire_timeout(settings.acquire_timeout)
                .test_before_acquire(false)
                .idle_timeout(None)
                .max_lifetime(None)
        };
        let turn = Turn::of(path).await?;
        let writer = pool(1).connect_with(options.clone()).await.map_err(failed)?;
        check_sqlite_version(&writer).await?;
        migrate::run(&writer).await?;
        drop(turn);
        let read_only = options.read_only(true).create_if_missing(false);
        let reader = pool(READERS).connect_with(read_only).await.map_err(failed)?;
        Ok(Self {
            writer: Arc::new(ConnectionPool::new("write", writer)),
            reader: Arc::new(ConnectionPool::new("read", reader)),
        })
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
            .acquire_timeout(PoolSettings::default().acquire_timeout)
            .connect_with(options)
            .await
            .map_err(|error| store_error("open the database", error))?;
        check_sqlite_version(&reader).await?;
        migrate::check(&reader).await?;
        Ok(Self::of_one(reader))
    }
}

/// The turn of one process among those that open an embedded database. Who turns on the write-ahead
/// log of a new file, or changes its schema, is not waited for by SQLite.
struct Turn(#[expect(dead_code, reason = "held, and given up when dropped")] File);

impl Turn {
    async fn of(database: &Path) -> Result<Self, StoreError> {
        let mut path = database.as_os_str().to_owned();
        path.push("-lock");
        let wait = move || {
            let file = File::options().create(true).append(true).open(path)?;
            file.lock()?;
            Ok(Self(file))
        };
        let turn = tokio::task::spawn_blocking(wait).await.map_err(std::io::Error::other);
        turn.flatten().map_err(|error| StoreError::new("wait for the database's lock", error))
    }
}

impl SqlStore<Postgres> {
    /// Connects to a server and brings its schema up to date.
    pub async fn connect(url: &str) -> Result<Self, StoreError> {
        Self::connect_with(url, &PoolSettings::default()).await
    }

    /// The same with settings.
    ///
    /// # Errors
    /// Also when the pool cannot fit into the server, or the server is a standby.
    pub async fn connect_with(url: &str, settings: &PoolSettings) -> Result<Self, StoreError> {
        let mut options = address(url)?;
        if options.get_application_name().is_none() {
            options = options.application_name(&settings.application_name);
        }
        check_server(&options, settings.max).await?;
        let failed = |error| store_error("connect to the database", error);
        // The time limits of a session are for serving; building an index may take its time.
        let once = PgPoolOptions::new().max_connections(1).connect_with(options.clone());
        let once = once.await.map_err(failed)?;
        migrate::run(&once).await?;
        once.close().await;
        let pool = PgPoolOptions::new()
            .max_connections(settings.max)
            .acquire_timeout(settings.acquire_timeout)
            // The first statement of a transaction finds a dead connection as well, for nothing.
            .test_before_acquire(false)
            .before_acquire(|connection, about| {
                Box::pin(async move {
                    if about.idle_for >= TRUSTED_FOR {
                        connection.ping().await?;
                    }
                    Ok(true)
                })
            })
            // After a fail-over the address may lead to a server that only follows another.
            .after_connect(|connection, _| Box::pin(refuse_standby(connection)))
            .connect_with(session(options, settings.statement_timeout))
            .await
            .map_err(failed)?;
        Ok(Self::of_one(pool))
    }

    /// Connects to a database whose schema is this program's, for reading only: every attempt to
    /// write fails.
    pub async fn connect_existing(url: &str) -> Result<Self, StoreError> {
        let options = address(url)?;
        let reader = PgPoolOptions::new()
            .max_connections(READERS)
            .acquire_timeout(PoolSettings::default().acquire_timeout)
            .connect_with(options.options([("default_transaction_read_only", "on")]))
            .await
            .map_err(|error| store_error("connect to the database", error))?;
        migrate::check(&reader).await?;
        Ok(Self::of_one(reader))
    }
}

/// The driver's own error may repeat the URL, which has a password in it.
fn address(url: &str) -> Result<PgConnectOptions, StoreError> {
    let options = PgConnectOptions::from_str(url);
    let refused = |_| StoreError::new("read database.url", "it is not a postgres:// address");
    options.map(|o| o.statement_cache_capacity(STATEMENTS)).map_err(refused)
}

fn session(options: PgConnectOptions, statement_timeout: Duration) -> PgConnectOptions {
    let given = options.get_options().unwrap_or_default().to_owned();
    let limit = ("statement_timeout", statement_timeout.as_millis().to_string());
    let told = SESSION.iter().map(|(name, value)| (*name, (*value).to_owned()));
    let told = told.chain([limit]).filter(|(name, _)| !given.contains(name));
    options.options(told)
}

/// What the server says about itself before a pool is opened on it.
async fn check_server(options: &PgConnectOptions, wanted: u32) -> Result<(), StoreError> {
    let failed = |error| store_error("connect to the database", error);
    let mut connection = PgConnection::connect_with(options).await.map_err(failed)?;
    refuse_standby(&mut connection).await.map_err(failed)?;
    let row = sqlx::query(
        "SELECT current_setting('max_connections')::bigint AS allowed, \
             current_setting('superuser_reserved_connections')::bigint + \
             COALESCE(current_setting('reserved_connections', true), '0')::bigint AS reserved",
    );
    let row = row.fetch_one(&mut connection).await.map_err(failed)?;
    let number = |column| row.try_get::<i64, _>(column).map_err(failed);
    let (allowed, reserved) = (number("allowed")?, number("reserved")?);
    // That a connection could not be closed politely changes nothing.
    let _ = connection.close().await;
    let most = allowed - reserved;
    if i64::from(wanted) <= most {
        return Ok(());
    }
    let why = format!(
        "database.pool_max is {wanted}, but the server allows {allowed} connections and keeps \
         {reserved} of them for its administrators: at most {most}, shared by all processes"
    );
    Err(StoreError::new("fit the pool into the server", why))
}

async fn refuse_standby(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    let standby = sqlx::query_scalar("SELECT pg_is_in_recovery()").fetch_one(connection);
    if standby.await? {
        let why = "the server is a standby: it follows another and cannot write";
        return Err(sqlx::Error::Configuration(why.into()));
    }
    Ok(())
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
