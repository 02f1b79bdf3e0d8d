//! Our books are compared with the providers'.

use std::sync::Arc;

use async_trait::async_trait;
use jangbogo_job::{BusinessDate, ItemNote, Outcome, RoundDone, RoundWork, Timetable, WorkError};
use jangbogo_kernel::{Money, StoreError};
use jangbogo_payment::{
    Difference, Period, Providers, Reconcile, ReconcileError, Reconciled, SettleError,
};

/// Whole days before the business date: more than one, so that a day that was missed is compared by
/// the next run.
const DAYS: u32 = 3;

pub(super) struct Rounds {
    pub(super) reconcile: Arc<Reconcile>,
    pub(super) providers: Providers,
    pub(super) timetable: Arc<dyn Timetable>,
    pub(super) zone: String,
}

#[async_trait]
impl RoundWork for Rounds {
    async fn waiting(&self, _as_of: BusinessDate) -> Result<u64, WorkError> {
        Ok(u64::try_from(self.providers.all().count()).unwrap_or(u64::MAX))
    }

    async fn round(&self, as_of: BusinessDate) -> Result<RoundDone, WorkError> {
        let start_of = |day| {
            let start = self.timetable.start_of(&self.zone, day);
            start.map_err(|error| StoreError::new("find a business day", error))
        };
        let period = Period { from: start_of(as_of.days_before(DAYS))?, until: start_of(as_of)? };
        let mut done = RoundDone::default();
        for provider in self.providers.all() {
            let name = provider.profile().name;
            match self.reconcile.run(&name, period).await {
                Ok(reconciled) => note(&mut done, &reconciled),
                Err(
                    ReconcileError::Store(error)
                    | ReconcileError::Settle(SettleError::Store(error)),
                ) => {
                    return Err(error.into());
                }
                Err(ReconcileError::Provider(error)) => {
                    return Err(WorkError::Unreachable(format!("{}: {error}", name.0)));
                }
                Err(error) => done
                    .notes
                    .push(ItemNote { item: name.0, outcome: Outcome::Failed(error.to_string()) }),
            }
        }
        Ok(done)
    }
}

fn note(done: &mut RoundDone, reconciled: &Reconciled) {
    done.done += u64::from(reconciled.compared);
    for difference in reconciled.raised() {
        let item = difference.merchant_ref.clone();
        let outcome = Outcome::Failed(words(difference));
        done.notes.push(ItemNote { item, outcome });
    }
    for merchant_ref in &reconciled.busy {
        let outcome = Outcome::Later("it changed each time that it was looked at".to_owned());
        done.notes.push(ItemNote { item: merchant_ref.clone(), outcome });
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
