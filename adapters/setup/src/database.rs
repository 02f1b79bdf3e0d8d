//! Which database the shop runs on.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, bail};
use jangbogo_kernel::Timestamp;
use jangbogo_sql::invariants::{self, Moment, ProviderMovement, Report};
use jangbogo_sql::{PostgresStore, SqliteStore};
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
        let url = config.database.url.as_ref().map(|url| url.expose_secret().to_owned());
        match url {
            None => Self::open_file(&config.data_dir.join("shop.db")).await,
            Some(url) if url.starts_with("postgres:") || url.starts_with("postgresql:") => {
                // The driver's error may repeat the URL, which has a password in it.
                let store = PostgresStore::connect(&url).await;
                let store = store.map_err(|_| anyhow::anyhow!("cannot connect to PostgreSQL"))?;
                Ok(Self::Postgres(Arc::new(store)))
            }
            Some(url) => match sqlite_path(&url) {
                Some(path) => Self::open_file(&path).await,
                None => bail!("database.url is sqlite: and the name of a file, or postgres://…"),
            },
        }
    }

    async fn open_file(path: &Path) -> anyhow::Result<Self> {
        let store = SqliteStore::open(path).await;
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
        on_either!(self, store => Shop::assemble(store, around, settings))
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

    /// Closes all connections.
    pub async fn close(&self) {
        on_either!(self, store => store.close().await);
    }
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
    }
}
