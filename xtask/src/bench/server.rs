//! The PostgreSQL server of a bench: its own, durable, unless another is named.

use std::path::PathBuf;

use jangbogo_tests::servers::{Database, Postgres, PostgresSettings};

/// Where the data is.
// Its arguments stand among those of a bench, whose group has the same name.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Args {
    /// An empty database on a PostgreSQL server that runs already; else one is started and removed
    #[arg(long, env = "BENCH_POSTGRES", hide_env_values = true)]
    postgres: Option<String>,
}

/// A running server; what it started itself it stops when dropped.
pub(crate) struct Server {
    url: String,
    /// The database goes before its server.
    _own: Option<(Database, Postgres)>,
}

impl Args {
    /// Starts the server, or takes the one that was named.
    pub(crate) fn open(&self) -> anyhow::Result<Server> {
        if let Some(url) = &self.postgres {
            return Ok(Server { url: url.clone(), _own: None });
        }
        // What an owner sets first; everything that makes a commit durable stays on.
        let settings = PostgresSettings::durable()
            .with("shared_buffers", "1GB")
            .with("max_wal_size", "4GB")
            .with("max_connections", "200");
        let server = Postgres::start(settings)?;
        let database = Database::on(&server);
        Ok(Server { url: database.url(), _own: Some((database, server)) })
    }
}

impl Server {
    /// The address of its empty database.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

/// A program that comes with PostgreSQL.
pub(crate) fn program(name: &str) -> anyhow::Result<PathBuf> {
    Ok(Postgres::programs()?.join(name))
}
