//! What members change about their subscriptions: period, quantities, skip, pause, resume, cancel.

use std::sync::Arc;

use jangbogo_catalog::ProductId;
use jangbogo_kernel::{Clock, IdGenerator, Quantity, Store, StoreError, fault, retried};
use jangbogo_member::{AccessError, Caller};

use crate::steps::Stage;
use crate::{
    BillingCalendar, BillingDay, Cycle, CycleState, EndReason, Subscription, SubscriptionChanged,
    SubscriptionFacts, SubscriptionId, SubscriptionSettings, SubscriptionState, Transaction,
};

/// Changes the caller's own subscription. Whatever it is, it counts from the next charge that has
/// not begun: what is under way goes on as it was begun.
pub struct ChangeSubscription {
    store: Arc<dyn Store<dyn Transaction>>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdGenerator>,
    calendar: BillingCalendar,
    settings: SubscriptionSettings,
}

/// A change. Each may be asked for again: what is so already stays so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Another period, other quantities, or both. With another period the next charge comes one
    /// such period after the last cycle, and never today.
    Terms {
        /// Days from one due day to the next.
        period_days: Option<i64>,
        /// Pieces of products that the subscription has.
        quantities: Vec<(ProductId, Quantity)>,
    },
    /// The cycle of this day is not wanted.
    Skip(BillingDay),
    /// Nothing for a while.
    Pause,
    /// Goes on: on the day that was next, or tomorrow if that is over.
    Resume,
    /// Nothing any more.
    Cancel,
}

/// The subscription was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// It is in no state for this.
    #[error("a subscription that is {} cannot be changed like this", .0.name())]
    NotChangeable(SubscriptionState),
    /// The next cycle is another day's, or is being charged.
    #[error("no cycle of this day can be skipped")]
    NotSkippable,
    /// The outcome of a payment must be known first.
    #[error("a payment of this subscription is under way")]
    PaymentInProgress,
    /// Too short or too long.
    #[error("a period has {min} to {max} days")]
    Period {
        /// The shortest.
        min: i64,
        /// The longest.
        max: i64,
    },
    /// The subscription does not have this product.
    #[error("the subscription has no product {0}")]
    UnknownLine(ProductId),
    /// No such subscription, or another member's.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// Storage failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
fault!(ChangeError {
    NotChangeable: Conflict = "subscription-not-changeable",
    NotSkippable: Conflict = "cycle-not-skippable",
    PaymentInProgress: Conflict = "payment-in-progress",
    Period: Unprocessable = "period-out-of-range",
    UnknownLine: Unprocessable = "product-not-found",
} passes on { Access, Store });

impl ChangeSubscription {
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

    /// Makes the change.
    pub async fn run(
        &self,
        caller: &Caller,
        id: SubscriptionId,
        change: &Change,
    ) -> Result<(), ChangeError> {
        if let Change::Terms { period_days: Some(days), .. } = change {
            let period = self.settings.check_period(*days);
            period.map_err(|(min, max)| ChangeError::Period { min, max })?;
        }
        retried(|| self.once(caller, id, change)).await
    }

    async fn once(
        &self,
        caller: &Caller,
        id: SubscriptionId,
        change: &Change,
    ) -> Result<(), ChangeError> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        let found = tx.subscriptions().find(id).await?.ok_or(AccessError::Hidden)?;
        caller.require_owner(found.member)?;
        let cycle = tx.subscriptions().open_cycle(id).await?;
        let (ids, calendar) = (&*self.ids, &self.calendar);
        let mut changing = Changing {
            stage: Stage { tx: &mut *tx, ids, calendar, now },
            subscription: found,
            cycle,
        };
        match change {
            Change::Terms { period_days, quantities } => {
                changing.terms(*period_days, quantities).await?;
            }
            Change::Skip(day) => changing.skip(*day).await?,
            Change::Pause => changing.pause().await?,
            Change::Resume => changing.resume().await?,
            Change::Cancel => changing.cancel().await?,
        }
        Ok(tx.commit().await?)
    }
}

/// A subscription and its open cycle, locked.
struct Changing<'a> {
    stage: Stage<'a>,
    subscription: Subscription,
    cycle: Option<Cycle>,
}

impl Changing<'_> {
    fn state_must_be(&self, allowed: &[SubscriptionState]) -> Result<(), ChangeError> {
        let state = self.subscription.state;
        if allowed.contains(&state) { Ok(()) } else { Err(ChangeError::NotChangeable(state)) }
    }

    async fn terms(
        &mut self,
        period_days: Option<i64>,
        quantities: &[(ProductId, Quantity)],
    ) -> Result<(), ChangeError> {
        use SubscriptionState::{Active, PastDue, Paused};
        self.state_must_be(&[Active, PastDue, Paused])?;
        let before = self.subscription.clone();
        if let Some(days) = period_days {
            self.subscription.period_days = days;
        }
        for (product, quantity) in quantities {
            let mut lines = self.subscription.lines.iter_mut();
            let line = lines.find(|line| line.product == *product);
            line.ok_or(ChangeError::UnknownLine(*product))?.quantity = *quantity;
        }
        if self.subscription == before {
            return Ok(());
        }
        self.stage.tx.subscriptions().save_lines(&self.subscription).await?;
        if self.cycle.as_ref().is_some_and(|cycle| cycle.state == CycleState::Scheduled) {
            // Also when only quantities change: what was announced is not what will be charged.
            let has_new_period = self.subscription.period_days != before.period_days;
            self.plan(if has_new_period { None } else { Some(()) }).await?;
        }
        self.save(self.subscription.state, "terms").await
    }

    /// Puts the cycle ahead on its day, the present one if that is `kept`.
    async fn plan(&mut self, kept: Option<()>) -> Result<(), ChangeError> {
        let day = match (kept, &self.cycle) {
            (Some(()), Some(cycle)) => cycle.period_start,
            _ => self.next_day().await?,
        };
        let Some(cycle) = &mut self.cycle else {
            return Ok(());
        };
        let step = cycle.move_to(day, self.stage.calendar, "planned anew", self.stage.now);
        Ok(self.stage.save_cycle(cycle, step).await?)
    }

    /// One period after the last cycle that is over, and never today.
    async fn next_day(&mut self) -> Result<BillingDay, ChangeError> {
        let last = self.stage.tx.subscriptions().last_day(self.subscription.id).await?;
        let today = self.stage.calendar.day_of(self.stage.now);
        let last = last.unwrap_or(today);
        Ok(last.plus(self.subscription.period_days).max(today.plus(1)))
    }

    async fn skip(&mut self, day: BillingDay) -> Result<(), ChangeError> {
        if self.stage.tx.subscriptions().is_skipped(self.subscription.id, day).await? {
            return Ok(());
        }
        self.state_must_be(&[SubscriptionState::Active])?;
        let ahead = self.cycle.as_mut().filter(|cycle| {
            cycle.state == CycleState::Scheduled
                && cycle.period_start == day
                && cycle.order.is_none()
        });
        let cycle = ahead.ok_or(ChangeError::NotSkippable)?;
        self.stage.skipped(&mut self.subscription, cycle, "skipped").await?;
        Ok(())
    }

    async fn pause(&mut self) -> Result<(), ChangeError> {
        if self.subscription.state == SubscriptionState::Paused {
            return Ok(());
        }
        self.state_must_be(&[SubscriptionState::Active])?;
        let ahead = self.cycle.as_mut().filter(|cycle| cycle.state == CycleState::Scheduled);
        let cycle = ahead.ok_or(ChangeError::PaymentInProgress)?;
        let step = cycle.advance(CycleState::Held, "paused", self.stage.now);
        self.stage.save_cycle(cycle, step).await?;
        self.save(SubscriptionState::Paused, "paused").await
    }

    async fn resume(&mut self) -> Result<(), ChangeError> {
        if self.subscription.state.is_chargeable() {
            return Ok(());
        }
        self.state_must_be(&[SubscriptionState::Paused])?;
        self.plan(None).await?;
        self.save(SubscriptionState::Active, "resumed").await
    }

    async fn cancel(&mut self) -> Result<(), ChangeError> {
        if self.subscription.state.is_over() {
            return Ok(());
        }
        let cycle = self.cycle.as_mut();
        let is_cancelled = self.stage.cancel(&mut self.subscription, cycle, EndReason::Member);
        if is_cancelled.await? { Ok(()) } else { Err(ChangeError::PaymentInProgress) }
    }

    async fn save(
        &mut self,
        state: SubscriptionState,
        change: &'static str,
    ) -> Result<(), ChangeError> {
        let step = self.subscription.advance(state, change, self.stage.now);
        let step = step.map_err(|illegal| ChangeError::NotChangeable(illegal.from))?;
        let facts = SubscriptionFacts::of(&self.subscription);
        let fact = SubscriptionChanged { facts, change: change.to_owned() };
        Ok(self.stage.save(&self.subscription, step, &fact).await?)
    }
}
