//! Sold pieces are added to the products' counters.

use std::sync::Arc;

use async_trait::async_trait;
use jangbogo_catalog::FlushSales;
use jangbogo_job::{BusinessDate, RoundDone, RoundWork, WorkError};

pub(super) struct Rounds(pub(super) Arc<FlushSales>);

#[async_trait]
impl RoundWork for Rounds {
    async fn waiting(&self, _as_of: BusinessDate) -> Result<u64, WorkError> {
        Ok(self.0.waiting().await?.into())
    }

    async fn round(&self, _as_of: BusinessDate) -> Result<RoundDone, WorkError> {
        let taken = self.0.run().await?;
        let has_more = taken == FlushSales::BATCH_MAX;
        Ok(RoundDone { done: taken.into(), has_more, ..RoundDone::default() })
    }
}
