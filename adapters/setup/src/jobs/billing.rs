//! Billing cycles are charged.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use jangbogo_billing::Pace;
use jangbogo_job::{BusinessDate, ItemWork, Outcome, SourcePage, WorkError};
use jangbogo_kernel::{StoreError, Timestamp};
use jangbogo_payment::ProviderName;
use jangbogo_subscription::{
    BillingCalendar, BillingDay, ChargeCycle, ChargeCycleError, CycleId, CycleOutcome, DueCharge,
    DueCycle, SubscriptionQueries,
};

/// Cycles that a step charges, by how often a provider has decided about them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tried {
    /// Due today or overdue.
    Never,
    /// First, second: so many times.
    Times(i64),
    /// The last one, or whatever is still due.
    AtLeast(i64),
}

/// The steps of the job, in their order: what has waited for its first charge, then what is tried
/// again 1, 3 and 5 days after the first time.
pub(super) const STEPS: [(&str, Tried); 4] = [
    ("due", Tried::Never),
    ("first-retry", Tried::Times(1)),
    ("second-retry", Tried::Times(2)),
    ("final-retry", Tried::AtLeast(3)),
];

/// An item is a cycle and whom its charge is sent to: `cyc_…@kakaopay`.
pub(super) struct Items {
    pub(super) charges: Arc<dyn ChargeCycle>,
    pub(super) queries: Arc<dyn SubscriptionQueries>,
    pub(super) calendar: BillingCalendar,
    pub(super) pace: Arc<Pace>,
    pub(super) tried: Tried,
}

#[async_trait]
impl ItemWork for Items {
    async fn page(
        &self,
        as_of: BusinessDate,
        after: Option<&str>,
        limit: u32,
    ) -> Result<SourcePage, WorkError> {
        let tomorrow = BillingDay::from_number(as_of.number()).plus(1);
        let cut_off = self.calendar.start_of(tomorrow).minus(std::time::Duration::from_micros(1));
        let after = after.map(place).transpose()?;
        let due = self.queries.due(cut_off, after, limit).await?;
        let is_full = u32::try_from(due.len()).is_ok_and(|found| found >= limit);
        let next = due.last().filter(|_| is_full).map(cursor);
        let ids: Vec<CycleId> = due.iter().map(|due| due.cycle).collect();
        let charges = self.queries.charges(&ids).await?.into_iter();
        let charges: HashMap<CycleId, DueCharge> = charges.map(|one| (one.cycle, one)).collect();
        let ours = ids.iter().filter_map(|id| charges.get(id));
        let ours = ours.filter(|charge| self.tried.includes(charge.tries)).map(item);
        Ok(SourcePage { items: ours.collect(), next })
    }

    async fn settle(&self, _as_of: BusinessDate, item: &str) -> Result<Outcome, WorkError> {
        let Some((cycle, provider)) = parse(item) else {
            return Ok(Outcome::Failed("this is no cycle".to_owned()));
        };
        // A chunk of a process that was killed comes again with what it had charged: looking is
        // cheaper than a place in the provider's pace.
        if self.queries.charges(&[cycle]).await?.is_empty() {
            return Ok(Outcome::Skipped("it is over".to_owned()));
        }
        self.pace.wait(&provider).await;
        let charged = self.charges.charge(cycle).await;
        let name = charged.as_ref().map_or("error", name_of);
        metrics::counter!("billing_cycles_total", "outcome" => name).increment(1);
        outcome(charged)
    }
}

impl Tried {
    const fn includes(self, tries: i64) -> bool {
        match self {
            Self::Never => tries == 0,
            Self::Times(times) => tries == times,
            Self::AtLeast(times) => tries >= times,
        }
    }
}

/// What became of a cycle, as a run counts it. A decline is an answer: the member is told, and the
/// dunning goes on by itself.
fn outcome(charged: Result<CycleOutcome, ChargeCycleError>) -> Result<Outcome, WorkError> {
    match charged {
        Ok(CycleOutcome::Charged | CycleOutcome::Declined(_)) => Ok(Outcome::Done),
        Ok(CycleOutcome::Pending) => {
            Ok(Outcome::Later("nobody knows yet; the provider is asked".to_owned()))
        }
        // Surely nothing was sent: another try may succeed at once.
        Ok(CycleOutcome::NotSent(why)) => Err(WorkError::Unreachable(why)),
        Ok(CycleOutcome::LeftOut) => Ok(Outcome::Skipped("too little in stock".to_owned())),
        Ok(CycleOutcome::AlreadyDone) => Ok(Outcome::Skipped("it is over".to_owned())),
        Ok(CycleOutcome::NotDue) => Ok(Outcome::Skipped("it is not due".to_owned())),
        Err(ChargeCycleError::Store(error)) => Err(error.into()),
        Err(error) if error.is_passing() => Err(WorkError::Unreachable(error.to_string())),
        Err(error) => Ok(Outcome::Failed(error.to_string())),
    }
}

const fn name_of(outcome: &CycleOutcome) -> &'static str {
    match outcome {
        CycleOutcome::Charged => "charged",
        CycleOutcome::Declined(_) => "declined",
        CycleOutcome::Pending => "pending",
        CycleOutcome::NotSent(_) => "not_sent",
        CycleOutcome::LeftOut => "left_out",
        CycleOutcome::AlreadyDone => "already_done",
        CycleOutcome::NotDue => "not_due",
    }
}

fn item(charge: &DueCharge) -> String {
    format!("{}@{}", charge.cycle, charge.provider.0)
}

fn parse(item: &str) -> Option<(CycleId, ProviderName)> {
    let (cycle, provider) = item.split_once('@')?;
    Some((cycle.parse().ok()?, ProviderName(provider.to_owned())))
}

fn cursor(due: &DueCycle) -> String {
    format!("{}@{}", due.cycle, due.next_at.as_micros())
}

fn place(cursor: &str) -> Result<DueCycle, StoreError> {
    let parse = || {
        let (cycle, next_at) = cursor.split_once('@')?;
        let next_at = Timestamp::from_micros(next_at.parse().ok()?);
        Some(DueCycle { next_at, cycle: cycle.parse().ok()? })
    };
    parse().ok_or_else(|| StoreError::new("go on with due cycles", "this is no place among them"))
}

#[cfg(test)]
mod tests {
    use jangbogo_kernel::{Id, Uuid};
    use jangbogo_payment::Firmness;

    use super::*;

    #[test]
    fn every_number_of_tries_belongs_to_one_step() {
        let steps = |tries| STEPS.iter().filter(|(_, tried)| tried.includes(tries)).count();
        for tries in 0..=4 {
            assert_eq!(steps(tries), 1, "{tries}");
        }
    }

    #[test]
    fn items_and_places_are_read_as_they_were_written() {
        let (cycle, provider) = (Id::new(Uuid::from_u128(7)), ProviderName("kakaopay".to_owned()));
        let charge = DueCharge { cycle, tries: 1, provider: provider.clone() };
        assert_eq!(parse(&item(&charge)), Some((cycle, provider)));
        assert_eq!(parse("cyc_7"), None);
        let due = DueCycle { next_at: Timestamp::from_micros(-5), cycle };
        assert_eq!(place(&cursor(&due)).unwrap(), due);
        assert!(place("somewhere").is_err());
    }

    #[test]
    fn only_what_was_surely_not_sent_is_tried_again_at_once() {
        let tried = |charged| outcome(charged).is_err_and(|error| error.is_passing());
        assert!(tried(Ok(CycleOutcome::NotSent("breaker".to_owned()))));
        assert!(tried(Err(ChargeCycleError::Unreachable("503".to_owned()))));
        for settled in [
            CycleOutcome::Charged,
            CycleOutcome::Declined(Firmness::Soft),
            CycleOutcome::Pending,
            CycleOutcome::LeftOut,
            CycleOutcome::AlreadyDone,
            CycleOutcome::NotDue,
        ] {
            assert!(outcome(Ok(settled.clone())).is_ok(), "{settled:?}");
        }
        assert!(matches!(outcome(Err(ChargeCycleError::UnknownCycle)), Ok(Outcome::Failed(_))));
    }
}
