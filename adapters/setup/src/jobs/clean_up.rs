//! What has served its time is let go of, a batch at a time.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jangbogo_catalog::ForgetSales;
use jangbogo_job::{BusinessDate, ForgetRuns, RoundDone, RoundWork, WorkError};
use jangbogo_kernel::{Clock, Retention};

/// Rows of one transaction: other writers wait only briefly.
const BATCH_MAX: u32 = 500;

/// What is cleaned up.
pub(super) enum What {
    Keys(Arc<dyn Retention>, Duration),
    Events(Arc<dyn Retention>, Duration),
    Runs(ForgetRuns),
    SoldDays(ForgetSales),
}

pub(super) struct Rounds {
    pub(super) what: What,
    pub(super) clock: Arc<dyn Clock>,
}

#[async_trait]
impl RoundWork for Rounds {
    /// Nobody counts what is old: that would cost as much as forgetting it.
    async fn waiting(&self, _as_of: BusinessDate) -> Result<u64, WorkError> {
        Ok(1)
    }

    async fn round(&self, _as_of: BusinessDate) -> Result<RoundDone, WorkError> {
        let before = |keep: Duration| self.clock.now().minus(keep);
        let done = match &self.what {
            What::Keys(retention, keep) => retention.forget_keys(before(*keep), BATCH_MAX).await?,
            What::Events(retention, keep) => {
                retention.forget_events(before(*keep), BATCH_MAX).await?
            }
            What::Runs(forget) => forget.run().await?,
            What::SoldDays(forget) => forget.run().await?,
        };
        Ok(RoundDone { done, has_more: done > 0, ..RoundDone::default() })
    }
}
