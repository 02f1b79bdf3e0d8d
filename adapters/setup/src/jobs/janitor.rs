//! Payments that nobody looks after are looked into.

use std::sync::Arc;

use async_trait::async_trait;
use jangbogo_job::{BusinessDate, ItemNote, Outcome, RoundDone, RoundWork, WorkError};
use jangbogo_payment::ResolveAttempts;

pub(super) struct Rounds(pub(super) Arc<ResolveAttempts>);

#[async_trait]
impl RoundWork for Rounds {
    async fn waiting(&self, _as_of: BusinessDate) -> Result<u64, WorkError> {
        Ok(self.0.waiting().await?.into())
    }

    async fn round(&self, _as_of: BusinessDate) -> Result<RoundDone, WorkError> {
        let resolved = self.0.run().await?;
        let done = u64::from(resolved.aborted) + u64::from(resolved.handled);
        let alarms = (1..).zip(resolved.alarms);
        let notes = alarms.map(|(number, alarm): (u32, String)| ItemNote {
            item: format!("alarm {number}"),
            outcome: Outcome::Failed(alarm),
        });
        let notes: Vec<ItemNote> = notes.collect();
        let alarms = u64::try_from(notes.len()).unwrap_or(u64::MAX);
        Ok(RoundDone { done: done.saturating_sub(alarms), notes, has_more: false })
    }
}
