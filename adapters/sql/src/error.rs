//! What went wrong, and whether trying again may help.

use jangbogo_kernel::StoreError;
use sqlx::Error;

/// Turns a driver's error into the core's.
pub(crate) fn store_error(operation: &'static str, error: Error) -> StoreError {
    // A closed pool belongs to a process that is stopping; the next one may serve.
    if is_lost(&error) || matches!(error, Error::PoolTimedOut | Error::PoolClosed) {
        return StoreError::retryable(operation, error);
    }
    let Error::Database(database) = &error else {
        return StoreError::new(operation, error);
    };
    match &*database.code().unwrap_or_default() {
        // Another writer was first: tried again, the use case sees the other's row.
        _ if database.is_unique_violation() => StoreError::contended(operation, error),
        // SQLITE_BUSY and SQLITE_LOCKED with their extended codes; PostgreSQL's serialisation
        // failure, deadlock and lock time-out: the transaction is undone.
        "5" | "6" | "261" | "262" | "517" | "518" | "773" | "40001" | "40P01" | "55P03" => {
            StoreError::contended(operation, error)
        }
        // No room for another connection, statement time-out, a server that starts: another try
        // at once would only add to it.
        "53300" | "57014" | "57P03" => StoreError::retryable(operation, error),
        _ => StoreError::new(operation, error),
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
