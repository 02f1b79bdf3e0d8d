//! What every simulated provider and the admin port share.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::agenda::Agenda;
use crate::clock::Clock;
use crate::connection::Door;
use crate::fault::{Fault, FaultProgram};
use crate::ledger::Ledger;
use crate::turnstile::Turnstile;
use crate::webhook::Webhooks;

/// The ledger, the clock, the faults and the unfinished business of one running simulator.
#[derive(Debug)]
pub(crate) struct Backstage {
    pub(crate) ledger: Ledger,
    pub(crate) clock: Clock,
    pub(crate) faults: FaultProgram,
    pub(crate) agenda: Agenda,
    pub(crate) door: Door,
    pub(crate) webhooks: Webhooks,
    pub(crate) seed: u64,
    /// How many charges without the buyer are taken.
    pub(crate) turnstile: Turnstile,
    /// How far the register of recurring charges lags behind, microseconds.
    pub(crate) witness_delay_us: AtomicI64,
}

impl Backstage {
    /// How far the register of recurring charges lags behind.
    pub(crate) fn witness_delay_us(&self) -> i64 {
        self.witness_delay_us.load(Ordering::Relaxed)
    }

    /// Replaces the fault program, and opens or closes the door as it says.
    pub(crate) async fn program(&self, program: Vec<Fault>) {
        self.faults.replace(program, self.clock.now_us());
        self.door.keep(!self.faults.refuses_connections()).await;
    }
}

/// Locks; a panic elsewhere leaves our small tables usable, so poison is ignored.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
