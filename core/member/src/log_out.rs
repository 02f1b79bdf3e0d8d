//! Log out.

use std::sync::Arc;

use jangbogo_kernel::{Clock, Store, StoreError, retried};

use crate::{Caller, Transaction};

/// Ends the caller's session; access and refresh tokens of it stop counting at once.
pub struct LogOut {
    store: Arc<dyn Store<dyn Transaction>>,
    clock: Arc<dyn Clock>,
}

impl LogOut {
    /// Assembles the use case.
    pub fn new(store: Arc<dyn Store<dyn Transaction>>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    /// Ends the session. Repeating it changes nothing.
    pub async fn run(&self, caller: &Caller) -> Result<(), StoreError> {
        retried(|| self.once(caller)).await
    }

    async fn once(&self, caller: &Caller) -> Result<(), StoreError> {
        let mut tx = self.store.begin().await?;
        tx.sessions().revoke(caller.session, self.clock.now()).await?;
        tx.commit().await
    }
}
