//! A database of one's own on a PostgreSQL server that others use as well.

use std::future::Future;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::Context as _;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use super::postgres::{Postgres, PostgresSettings, TEMPLATE};
use super::{POSTGRES_VARIABLE, variable};

/// An empty shop's database, with every migration in it; dropping it removes it.
#[derive(Debug)]
pub struct Database {
    name: String,
    /// The address of the server's database `postgres`.
    server: String,
}

impl Database {
    /// A database on the run's server, or, without `cargo xtask test`, on one that lives as long
    /// as this process.
    pub fn fresh() -> Self {
        static OWN: OnceLock<Postgres> = OnceLock::new();
        let start = || Postgres::start(PostgresSettings::hasty()).unwrap();
        let server =
            variable(POSTGRES_VARIABLE).unwrap_or_else(|| OWN.get_or_init(start).address());
        Self::at(server)
    }

    /// A database on this server.
    pub fn on(server: &Postgres) -> Self {
        Self::at(server.address())
    }

    /// Another database with what is in this one, which nobody may be connected to.
    pub fn copied(&self) -> Self {
        Self::of(self.server.clone(), &self.name)
    }

    fn at(server: String) -> Self {
        Self::of(server, TEMPLATE)
    }

    fn of(server: String, template: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("shop_{}_{number}", std::process::id());
        // A process of the same number may have died before it could remove its own.
        let drop = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
        statement(&server, drop).unwrap();
        statement(&server, format!("CREATE DATABASE {name} TEMPLATE {template}")).unwrap();
        Self { name, server }
    }

    /// Its address.
    pub fn url(&self) -> String {
        let (server, _) = self.server.rsplit_once('/').unwrap();
        format!("{server}/{}", self.name)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // A server that was killed on purpose takes its databases with it.
        let _ = statement(&self.server, format!("DROP DATABASE {} WITH (FORCE)", self.name));
    }
}

/// Runs one statement on a connection of its own.
pub(super) fn statement(url: &str, sql: String) -> anyhow::Result<()> {
    let url = url.to_owned();
    run_apart(async move {
        let connection = PgConnection::connect(&url).await;
        let mut connection = connection.with_context(|| format!("cannot connect to {url}"))?;
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await?;
        Ok(connection.close().await?)
    })
}

/// Waits for a future on a thread and runtime of its own, so that both synchronous code and a test
/// that is a future itself may ask.
pub(super) fn run_apart(
    work: impl Future<Output = anyhow::Result<()>> + Send + 'static,
) -> anyhow::Result<()> {
    let thread = std::thread::spawn(move || {
        tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work)
    });
    thread.join().unwrap()
}
