//! Which database the shop runs on.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use jangbogo_kernel::Timestamp;
use jangbogo_runtime::CombinerSettings;
use jangbogo_sql::invariants::{self, Moment, ProviderMovement, Report};
use jangbogo_sql::{PoolSettings, PoolStatus, PostgresStore, SqliteStore};
use secrecy::ExposeSecret as _;

use crate::demo::DemoAccounts;
use crate::{Config, Shop, ShopSettings, Surroundings, demo};

/// An open database of either engine.
#[derive(Clone)]
pub enum Database {
    /// Embedded.
    Sqlite(Arc<SqliteStore>),
    /// On a server.
    Postgres(Arc<PostgresStore>),
}

/// The same words for both engines.
macro_rules! on_either {
    ($database:expr, $store:ident => $action:expr) => {
        match $database {
            Database::Sqlite($store) => $action,
            Database::Postgres($store) => $action,
        }
    };
}

impl Database {
    /// Opens the configured database and brings its schema up to date.
    pub async fn open(config: &Config) -> anyhow::Result<Self> {
        let settings = pool_settings(config);
        let url = config.database.url.as_ref().map(|url| url.expose_secret().to_owned());
        match url {
            None => Self::open_file(&config.data_dir.join("shop.db"), &settings).await,
            Some(url) if is_postgres(&url) => {
                let store = PostgresStore::connect_with(&url, &settings).await;
                Ok(Self::Postgres(Arc::new(store.context("cannot open PostgreSQL")?)))
            }
            Some(url) => match sqlite_path(&url) {
                Some(path) => Self::open_file(&path, &settings).await,
                None => bail!("database.url is sqlite: and the name of a file, or postgres://…"),
            },
        }
    }

    async fn open_file(path: &Path, settings: &PoolSettings) -> anyhow::Result<Self> {
        let store = SqliteStore::open_with(path, settings).await;
        let store = store.with_context(|| format!("cannot open {}", path.display()))?;
        Ok(Self::Sqlite(Arc::new(store)))
    }

    /// Opens a database that exists and has this program's schema, for looking only: every attempt
    /// to write fails. `url` is as in the configuration.
    pub async fn look_at(url: &str) -> anyhow::Result<Self> {
        if is_postgres(url) {
            let store = PostgresStore::connect_existing(url).await;
            let store = store.context("cannot connect to PostgreSQL")?;
            return Ok(Self::Postgres(Arc::new(store)));
        }
        // Not repeated when it is wrong: it may have a password in it.
        let path = sqlite_path(url).context("a database URL is sqlite:path or postgres://…")?;
        let store = SqliteStore::open_existing(&path).await;
        let store = store.with_context(|| format!("cannot open {}", path.display()))?;
        Ok(Self::Sqlite(Arc::new(store)))
    }

    /// The engine's name.
    pub fn engine(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "SQLite",
            Self::Postgres(_) => "PostgreSQL",
        }
    }

    /// Assembles the shop on this database.
    pub fn shop(&self, around: Surroundings, settings: ShopSettings) -> Shop {
        match self {
            // The one writer takes one batch at a time.
            Self::Sqlite(store) => {
                let combiner = CombinerSettings { parallel_max: 1, ..settings.combiner };
                Shop::assemble(store, around, ShopSettings { lanes: 1, combiner, ..settings })
            }
            Self::Postgres(store) => Shop::assemble(store, around, settings),
        }
    }

    /// Fills an empty shop with the demo catalogue; `None` when the shop has products.
    pub async fn seed(
        &self,
        around: &Surroundings,
        products: usize,
        keep: impl FnOnce(&DemoAccounts) -> anyhow::Result<()> + Send,
    ) -> anyhow::Result<Option<DemoAccounts>> {
        on_either!(self, store => demo::seed(&**store, around, products, keep).await)
    }

    /// Looks for broken invariants.
    pub async fn check(
        &self,
        moment: Moment,
        now: Timestamp,
        provider: Option<&[ProviderMovement]>,
    ) -> anyhow::Result<Report> {
        Ok(on_either!(self, store => invariants::check(store, moment, now, provider).await)?)
    }

    /// What each pool of connections is doing now.
    pub fn pools(&self) -> Vec<PoolStatus> {
        on_either!(self, store => store.pools())
    }

    /// Closes all connections.
    pub async fn close(&self) {
        on_either!(self, store => store.close().await);
    }
}

fn pool_settings(config: &Config) -> PoolSettings {
    let program = std::env::current_exe().ok();
    let program = program.as_deref().and_then(Path::file_stem).unwrap_or_default();
    PoolSettings {
        max: config.database.pool_max,
        acquire_timeout: Duration::from_millis(config.database.acquire_timeout_ms),
        statement_timeout: Duration::from_millis(config.database.statement_timeout_ms),
        application_name: format!("jangbogo {}", program.to_string_lossy()),
    }
}

fn is_postgres(url: &str) -> bool {
    url.starts_with("postgres:") || url.starts_with("postgresql:")
}

/// The file of `sqlite:path` or `sqlite://path`.
fn sqlite_path(url: &str) -> Option<PathBuf> {
    let rest = url.strip_prefix("sqlite:")?;
    let path = rest.strip_prefix("//").unwrap_or(rest);
    let path = path.split('?').next().unwrap_or_default();
    // In memory every connection would have a database of its own.
    (!path.is_empty() && path != ":memory:").then(|| PathBuf::from(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_sqlite_urls() {
        assert_eq!(sqlite_path("sqlite:data/shop.db"), Some(PathBuf::from("data/shop.db")));
        assert_eq!(sqlite_path("sqlite:///var/shop.db?mode=rwc"), Some("/var/shop.db".into()));
        assert_eq!(sqlite_path("sqlite:"), None);
        assert_eq!(sqlite_path("sqlite::memory:"), None);
        assert_eq!(sqlite_path("mysql://x"), None);
        assert_eq!(sqlite_path("data/shop.db"), None);
        assert!(is_postgres("postgres://h/db") && is_postgres("postgresql://h/db"));
        assert!(!is_postgres("sqlite:postgres:") && !is_postgres("mysql://h/db"));
    }
}
