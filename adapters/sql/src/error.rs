//! What went wrong, and whether trying again may help.

use jangbogo_kernel::StoreError;
use sqlx::Error;

/// Turns a driver's error into the core's.
pub(crate) fn store_error(operation: &'static str, error: Error) -> StoreError {
    let may_pass = match &error {
        // A closed pool belongs to a process that is stopping; the next one may serve.
        Error::PoolTimedOut | Error::PoolClosed | Error::Io(_) | Error::WorkerCrashed => true,
        Error::Database(database) => {
            let code = database.code().unwrap_or_default();
            // A unique violation means that another writer was first: tried again, the use case
            // sees the other's row. The rest is contention: SQLITE_BUSY and SQLITE_LOCKED with
            // their extended codes, PostgreSQL's serialisation failure, deadlock, lock time-out
            // and shutdown.
            database.is_unique_violation()
                || matches!(
                    &*code,
                    "5" | "6"
                        | "261"
                        | "262"
                        | "517"
                        | "518"
                        | "773"
                        | "40001"
                        | "40P01"
                        | "55P03"
                        | "57P01"
                        | "57P02"
                        | "57P03"
                )
        }
        _ => false,
    };
    if may_pass {
        StoreError::retryable(operation, error)
    } else {
        StoreError::new(operation, error)
    }
}
