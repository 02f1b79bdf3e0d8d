//! Members are told what will be charged.

use std::sync::Arc;

use async_trait::async_trait;
use jangbogo_job::{BusinessDate, RoundDone, RoundWork, WorkError};
use jangbogo_subscription::AnnounceCharges;

pub(super) struct Rounds(pub(super) Arc<AnnounceCharges>);

#[async_trait]
impl RoundWork for Rounds {
    async fn waiting(&self, _as_of: BusinessDate) -> Result<u64, WorkError> {
        Ok(self.0.waiting().await?.into())
    }

    async fn round(&self, _as_of: BusinessDate) -> Result<RoundDone, WorkError> {
        let announced = self.0.run().await?;
        let has_more = announced == AnnounceCharges::BATCH_MAX;
        Ok(RoundDone { done: announced.into(), has_more, ..RoundDone::default() })
    }
}
