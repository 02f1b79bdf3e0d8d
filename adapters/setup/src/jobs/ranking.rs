//! Rankings of what was sold are made anew.

use async_trait::async_trait;
use jangbogo_catalog::{RankProducts, RankingPeriod, ViewDay};
use jangbogo_job::{BusinessDate, ItemWork, Outcome, SourcePage, WorkError};

/// An item is a time that a ranking looks at.
pub(super) struct Items(pub(super) RankProducts);

#[async_trait]
impl ItemWork for Items {
    async fn page(
        &self,
        _as_of: BusinessDate,
        _after: Option<&str>,
        _limit: u32,
    ) -> Result<SourcePage, WorkError> {
        let items = RankingPeriod::ALL.map(|period| period.name().to_owned());
        Ok(SourcePage { items: items.to_vec(), next: None })
    }

    async fn settle(&self, as_of: BusinessDate, item: &str) -> Result<Outcome, WorkError> {
        let Some(period) = RankingPeriod::from_name(item) else {
            return Ok(Outcome::Skipped("no such ranking any more".to_owned()));
        };
        self.0.run(period, ViewDay::from_number(as_of.number())).await?;
        Ok(Outcome::Done)
    }
}
