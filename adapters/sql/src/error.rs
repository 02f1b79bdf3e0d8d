//! What went wrong, and whether trying again may help.

use jangbogo_kernel::StoreError;
use sqlx::Error;

/// Turns a driver's error into the core's.
pub(crate) fn store_error(operation: &'static str, error: Error) -> StoreError {
    let may_pass = match &error {
        // A closed pool belongs to a process that is stopping; the next one may serve.
        Error::PoolTimedOut | Error::PoolClosed => true,
        _ if is_lost(&error) => true,
        Error::Database(database) => {
            let code = database.code().unwrap_or_default();
            // A unique violation means that another writer was first: tried again, the use case
            // sees the other's row. The rest is contention: SQLITE_BUSY and SQLITE_LOCKED with
            // their extended codes, PostgreSQL's serialisation failure, deadlock, lock and statement
            // time-out, and no room for another connection.
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
                        | "53300"
                        | "55P03"
                        | "57014"
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

/// Whether the connection is gone: its server hung up, or said why it was about to.
pub(crate) fn is_lost(error: &Error) -> bool {
    match error {
        Error::Io(_) | Error::WorkerCrashed => true,
        Error::Database(database) => {
            // Ended for idling inside a transaction, or for idling at all; shut down; crashed.
            let code = database.code().unwrap_or_default();
            matches!(&*code, "25P03" | "57P01" | "57P02" | "57P05")
        }
        _ => false,
    }
}
