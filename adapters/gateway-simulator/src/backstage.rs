//! What every simulated provider and the admin port share.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::clock::Clock;
use crate::fault::FaultProgram;
use crate::ledger::Ledger;

/// The ledger, the clock and the fault program of one running simulator.
#[derive(Debug)]
pub(crate) struct Backstage {
    pub(crate) ledger: Ledger,
    pub(crate) clock: Clock,
    pub(crate) faults: FaultProgram,
}

/// Locks; a panic elsewhere leaves our small tables usable, so poison is ignored.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
