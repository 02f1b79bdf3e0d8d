//! Providers that were away when an agreement ended are told again.

use std::sync::Arc;

use async_trait::async_trait;
use jangbogo_job::{BusinessDate, RoundDone, RoundWork, WorkError};
use jangbogo_payment::EndAgreement;

pub(super) struct Rounds(pub(super) Arc<EndAgreement>);

#[async_trait]
impl RoundWork for Rounds {
    async fn waiting(&self, _as_of: BusinessDate) -> Result<u64, WorkError> {
        Ok(self.0.waiting().await?.into())
    }

    async fn round(&self, _as_of: BusinessDate) -> Result<RoundDone, WorkError> {
        let ended = self.0.run_all().await?;
        Ok(RoundDone { done: ended.into(), ..RoundDone::default() })
    }
}
