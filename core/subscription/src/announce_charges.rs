//! Tell members what will be charged, before it is.

use std::sync::Arc;
use std::time::Duration;

use jangbogo_catalog::Product;
use jangbogo_kernel::{Clock, IdGenerator, Store, StoreError, Timestamp, retried};

use crate::steps::Stage;
use crate::{
    AnnouncedLine, BillingCalendar, ChargeAnnounced, CycleId, CycleState, Subscription,
    SubscriptionFacts, SubscriptionSettings, SubscriptionState, Transaction,
};

/// Announces charges some days ahead, and with them new prices.
///
/// A member is never charged a price that they were not told in time: prices change by this
/// announcement alone, and only when it comes at least a day less than the promised days before.
/// One that comes later, because this did not run, leaves the old price for this charge.
pub struct AnnounceCharges {
    store: Arc<dyn Store<dyn Transaction>>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdGenerator>,
    calendar: BillingCalendar,
    settings: SubscriptionSettings,
}

const DAY: Duration = Duration::from_hours(24);

impl AnnounceCharges {
    /// The most announcements of one round.
    pub const BATCH_MAX: u32 = 50;

    /// Assembles the use case.
    pub fn new(
        store: Arc<dyn Store<dyn Transaction>>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdGenerator>,
        calendar: BillingCalendar,
        settings: SubscriptionSettings,
    ) -> Self {
        Self { store, clock, ids, calendar, settings }
    }

    /// How many charges one round would announce.
    pub async fn waiting(&self) -> Result<u32, StoreError> {
        Ok(u32::try_from(self.due().await?.len()).unwrap_or(u32::MAX))
    }

    /// Announces up to [`BATCH_MAX`](Self::BATCH_MAX) charges and tells how many there were; a full
    /// batch means that more may wait. Safe to run anywhere, any number of times at once.
    pub async fn run(&self) -> Result<u32, StoreError> {
        let due = self.due().await?;
        for cycle in &due {
            retried(|| self.announce(*cycle)).await?;
        }
        Ok(u32::try_from(due.len()).unwrap_or(u32::MAX))
    }

    async fn due(&self) -> Result<Vec<CycleId>, StoreError> {
        let now = self.clock.now();
        let until = now.plus(days(self.settings.notice_days));
        let mut tx = self.store.begin().await?;
        tx.subscriptions().to_announce(now, until, Self::BATCH_MAX).await
    }

    async fn announce(&self, id: CycleId) -> Result<(), StoreError> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        let Some((mut subscription, mut cycle)) = tx.subscriptions().of_cycle(id).await? else {
            return Ok(());
        };
        let is_ahead = cycle.state == CycleState::Scheduled && cycle.announced_at.is_none();
        if !is_ahead || subscription.state != SubscriptionState::Active {
            return Ok(()); // somebody else was faster
        }
        let products: Vec<_> = subscription.lines.iter().map(|line| line.product).collect();
        let products = tx.products().find_many(&products).await?;
        let lead = days(self.settings.notice_days.saturating_sub(1));
        let is_in_time = now.plus(lead) <= cycle.due_at;
        let lines = told(&mut subscription, &products, is_in_time);
        let mut stage = Stage { tx: &mut *tx, ids: &*self.ids, calendar: &self.calendar, now };
        cycle.announced_at = Some(now);
        let step = cycle.advance(CycleState::Scheduled, "announced", now);
        stage.save_cycle(&cycle, step).await?;
        stage.tx.subscriptions().save_lines(&subscription).await?;
        let day = cycle.period_start.to_string();
        stage.announced(&mut subscription, day, lines, now).await?;
        tx.commit().await
    }
}

fn days(days: i64) -> Duration {
    DAY.saturating_mul(u32::try_from(days).unwrap_or(0))
}

/// The lines as the member is told them; prices follow the catalogue if the member hears of them
/// in time, and if the product is still sold.
fn told(
    subscription: &mut Subscription,
    products: &[Product],
    is_in_time: bool,
) -> Vec<AnnouncedLine> {
    let line = |line: &mut crate::SubscriptionLine| {
        let product = products.iter().find(|product| product.id == line.product);
        let before = line.unit_price;
        let sold = product.filter(|product| product.is_on_sale());
        if let Some(product) = sold.filter(|_| is_in_time) {
            line.unit_price = product.price.selling();
        }
        AnnouncedLine {
            product: line.product,
            name: product.map(|product| product.name.clone()).unwrap_or_default(),
            quantity: line.quantity.get(),
            unit_price: line.unit_price.minor(),
            unit_price_before: before.minor(),
        }
    };
    subscription.lines.iter_mut().map(line).collect()
}

impl Stage<'_> {
    async fn announced(
        &mut self,
        subscription: &mut Subscription,
        day: String,
        lines: Vec<AnnouncedLine>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let absurd = |error| StoreError::new("add up a subscription", error);
        let total = subscription.total().map_err(absurd)?;
        let step = subscription.advance(subscription.state, "announced", now);
        let step = step.map_err(|error| StoreError::new("announce a charge", error))?;
        let fact = ChargeAnnounced {
            facts: SubscriptionFacts::of(subscription),
            day,
            total: total.minor(),
            currency: total.currency().code().to_owned(),
            lines,
        };
        self.save(subscription, step, &fact).await
    }
}
