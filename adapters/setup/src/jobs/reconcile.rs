//! Our books are compared with the providers'.

use std::sync::Arc;

use async_trait::async_trait;
use jangbogo_job::{BusinessDate, ItemNote, Outcome, RoundDone, RoundWork, Timetable, WorkError};
use jangbogo_kernel::{ErrorKind, Fault as _, Money, StoreError};
use jangbogo_payment::{
    CompareBooks, CompareBooksError, Difference, Period, ProviderName, ReconciliationDetail,
};

pub(super) struct Rounds {
    pub(super) compare: Arc<CompareBooks>,
    pub(super) timetable: Arc<dyn Timetable>,
    pub(super) zone: String,
    /// Whole days before the business date: more than one, so that a day that was missed is
    /// compared by the next run.
    pub(super) look_back_days: u32,
}

#[async_trait]
impl RoundWork for Rounds {
    async fn waiting(&self, _as_of: BusinessDate) -> Result<u64, WorkError> {
        Ok(u64::try_from(self.compare.providers().len()).unwrap_or(u64::MAX))
    }

    /// One provider that does not answer keeps nobody from the others; then the round is made
    /// again, which is harmless.
    async fn round(&self, as_of: BusinessDate) -> Result<RoundDone, WorkError> {
        let start_of = |day| {
            let start = self.timetable.start_of(&self.zone, day);
            start.map_err(|error| StoreError::new("find a business day", error))
        };
        let first = as_of.days_before(self.look_back_days);
        let period = Period { from: start_of(first)?, until: start_of(as_of)? };
        let (mut done, mut unreachable) = (RoundDone::default(), None);
        for provider in self.compare.providers() {
            match self.compare.run(&provider, period).await {
                Ok(found) => {
                    tell(&found);
                    note(&mut done, &found);
                }
                Err(error) => {
                    let error = broken_off(&provider, error, &mut done)?;
                    unreachable = unreachable.or(error);
                }
            }
        }
        unreachable.map_or(Ok(done), |why| Err(WorkError::Unreachable(why)))
    }
}

/// What is to be done about a comparison that broke off: it is made again, if that may help.
fn broken_off(
    provider: &ProviderName,
    error: CompareBooksError,
    done: &mut RoundDone,
) -> Result<Option<String>, StoreError> {
    count(provider, "broken_off");
    match error {
        CompareBooksError::Store(error) => Err(error),
        error if error.kind() == ErrorKind::Unavailable => {
            Ok(Some(format!("{}: {error}", provider.0)))
        }
        error => {
            let outcome = Outcome::Failed(error.to_string());
            done.notes.push(ItemNote { item: provider.0.clone(), outcome });
            Ok(None)
        }
    }
}

/// For those who watch: the log, and numbers.
fn tell(found: &ReconciliationDetail) {
    let (run, totals) = (&found.run, found.run.totals);
    count(&run.provider, "compared");
    let open = metrics::gauge!("payment_differences_open", "provider" => run.provider.0.clone());
    open.set(f64::from(totals.open));
    tracing::info!(
        reconciliation = %run.id,
        provider = run.provider.0,
        compared = totals.compared,
        asked = totals.asked,
        differences = totals.differences,
        open = totals.open,
        "books were compared"
    );
}

fn count(provider: &ProviderName, result: &'static str) {
    let provider = provider.0.clone();
    metrics::counter!("payment_reconciliations_total", "provider" => provider, "result" => result)
        .increment(1);
}

fn note(done: &mut RoundDone, found: &ReconciliationDetail) {
    done.done += u64::from(found.run.totals.compared);
    for difference in found.differences.iter().filter(|found| !found.is_repaired) {
        let item = difference.merchant_ref.clone();
        let outcome = Outcome::Failed(words(difference));
        done.notes.push(ItemNote { item, outcome });
    }
    if found.run.totals.busy > 0 {
        let why = format!("{} payments changed while they were looked at", found.run.totals.busy);
        let item = found.run.provider.0.clone();
        done.notes.push(ItemNote { item, outcome: Outcome::Later(why) });
    }
}

fn words(difference: &Difference) -> String {
    let money = |money: Option<Money>| money.map_or("nothing".to_owned(), |it| it.to_string());
    format!(
        "{}: {} in our books, {} in those of {}",
        difference.class.name(),
        money(difference.ours),
        money(difference.theirs),
        difference.provider.0,
    )
}
