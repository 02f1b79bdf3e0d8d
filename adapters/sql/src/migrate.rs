//! Numbered migrations, embedded in the binary, run at start under the engine's own lock.

use std::cmp::Ordering;

use jangbogo_kernel::StoreError;
use sqlx::migrate::{Migrate, Migration, MigrationType, Migrator};
use sqlx::pool::PoolConnection;
use sqlx::{Database, Pool, SqlSafeStr as _};

use crate::backend::Backend;

struct Step {
    version: i64,
    name: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

/// One file for both engines, or one each where they must differ.
macro_rules! step {
    ($version:literal, $name:literal) => {
        Step {
            version: $version,
            name: $name,
            sqlite: include_str!(concat!("../migrations/", $name, ".sql")),
            postgres: include_str!(concat!("../migrations/", $name, ".sql")),
        }
    };
    ($version:literal, $name:literal, by engine) => {
        Step {
            version: $version,
            name: $name,
            sqlite: include_str!(concat!("../migrations/", $name, ".sqlite.sql")),
            postgres: include_str!(concat!("../migrations/", $name, ".postgres.sql")),
        }
    };
}

/// Never change a step that has landed: add one.
const STEPS: [Step; 15] = [
    step!(1, "0001_events"),
    step!(2, "0002_members"),
    step!(3, "0003_catalogue"),
    step!(4, "0004_orders_and_payments"),
    step!(5, "0005_append_only", by engine),
    step!(6, "0006_hot_path", by engine),
    step!(7, "0007_lists", by engine),
    step!(8, "0008_counters"),
    step!(9, "0009_stock_fence"),
    step!(10, "0010_subscriptions"),
    step!(11, "0011_jobs"),
    step!(12, "0012_reconciliations"),
    step!(13, "0013_rankings_and_retention"),
    step!(14, "0014_late_payments", by engine),
    step!(15, "0015_order_origin"),
];

/// Where sqlx notes which steps have run.
const APPLIED: &str = "_sqlx_migrations";

/// Brings the schema up to date.
pub(crate) async fn run<DB: Backend>(pool: &Pool<DB>) -> Result<(), StoreError>
where
    <DB as Database>::Connection: Migrate,
{
    let failed = |error| StoreError::new("bring the schema up to date", error);
    let migrator = Migrator::with_migrations(steps::<DB>());
    let mut connection = connection(pool).await?;
    migrator.run_direct(None, &mut *connection, false).await.map_err(failed)
}

/// Refuses a database whose schema is not exactly this program's; changes nothing.
pub(crate) async fn check<DB: Backend>(pool: &Pool<DB>) -> Result<(), StoreError>
where
    <DB as Database>::Connection: Migrate,
{
    let refused = |why: String| StoreError::new("recognise the database's schema", why);
    let mut connection = connection(pool).await?;
    let applied = connection.list_applied_migrations(APPLIED).await;
    let applied = applied.map_err(|error| refused(format!("it is not a shop's: {error}")))?;
    let broken = connection.dirty_version(APPLIED).await;
    let broken = broken.map_err(|error| refused(error.to_string()))?;
    if let Some(step) = broken {
        return Err(refused(format!("step {step} broke off in the middle")));
    }
    let steps = steps::<DB>();
    for (step, applied) in steps.iter().zip(&applied) {
        if step.version != applied.version || step.checksum != applied.checksum {
            let why = format!("step {} is another program's", applied.version);
            return Err(refused(why));
        }
    }
    let (known, found) = (steps.len(), applied.len());
    match found.cmp(&known) {
        Ordering::Equal => Ok(()),
        Ordering::Less => Err(refused(format!(
            "it has {found} of {known} steps: start the shop once to bring it up to date"
        ))),
        Ordering::Greater => Err(refused(format!(
            "it has {found} steps and this program knows {known}: use a newer program"
        ))),
    }
}

fn steps<DB: Backend>() -> Vec<Migration> {
    let steps = STEPS.iter().map(|step| {
        let text = if DB::NAME == "SQLite" { step.sqlite } else { step.postgres };
        let text = text.into_sql_str();
        Migration::new(step.version, step.name.into(), MigrationType::Simple, text, false)
    });
    steps.collect()
}

async fn connection<DB: Backend>(pool: &Pool<DB>) -> Result<PoolConnection<DB>, StoreError> {
    let connection = pool.acquire().await;
    connection.map_err(|error| crate::error::store_error("get a connection", error))
}
