//! Numbered migrations, embedded in the binary, run at start under the engine's own lock.

use jangbogo_kernel::StoreError;
use sqlx::migrate::{Migrate, Migration, MigrationType, Migrator};
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
const STEPS: [Step; 5] = [
    step!(1, "0001_events"),
    step!(2, "0002_members"),
    step!(3, "0003_catalogue"),
    step!(4, "0004_orders_and_payments"),
    step!(5, "0005_append_only", by engine),
];

/// Brings the schema up to date.
pub(crate) async fn run<DB: Backend>(pool: &Pool<DB>) -> Result<(), StoreError>
where
    <DB as Database>::Connection: Migrate,
{
    let steps = STEPS.iter().map(|step| {
        let text = if DB::NAME == "SQLite" {
            step.sqlite
        } else {
            step.postgres
        };
        let text = text.into_sql_str();
        Migration::new(
            step.version,
            step.name.into(),
            MigrationType::Simple,
            text,
            false,
        )
    });
    let failed = |error| StoreError::new("bring the schema up to date", error);
    let migrator = Migrator::with_migrations(steps.collect());
    let mut connection = pool
        .acquire()
        .await
        .map_err(|error| crate::error::store_error("get a connection", error))?;
    migrator
        .run_direct(None, &mut *connection, false)
        .await
        .map_err(failed)
}
