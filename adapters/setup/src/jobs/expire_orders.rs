//! Orders that were not paid in time expire.

use std::sync::Arc;

use async_trait::async_trait;
use jangbogo_job::{BusinessDate, RoundDone, RoundWork, WorkError};
use jangbogo_ordering::ExpireOrders;

pub(super) struct Rounds(pub(super) Arc<ExpireOrders>);

#[async_trait]
impl RoundWork for Rounds {
    async fn waiting(&self, _as_of: BusinessDate) -> Result<u64, WorkError> {
        Ok(self.0.waiting().await?.into())
    }

    async fn round(&self, _as_of: BusinessDate) -> Result<RoundDone, WorkError> {
        let expired = self.0.run().await?;
        let has_more = expired == ExpireOrders::BATCH_MAX;
        Ok(RoundDone { done: expired.into(), has_more, ..RoundDone::default() })
    }
}
