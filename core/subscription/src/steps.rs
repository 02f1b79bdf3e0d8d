//! What becomes of a subscription and its cycle when a charge has been decided; steps inside the
//! transaction of whoever learnt of it. The subscription is locked.

use jangbogo_kernel::{DomainEvent, Event, IdGenerator, StoreError, Timestamp, Transition};
use jangbogo_ordering::{Order, cancel_within};
use jangbogo_payment::{Attempt, Charge, Firmness, Way};

use crate::{
    AfterDecline, BillingCalendar, Cycle, CycleCharged, CycleDeclined, CycleLeftOut, CycleOutcome,
    CycleState, EndReason, Subscription, SubscriptionEnded, SubscriptionFacts, SubscriptionState,
    Transaction,
};

/// What every step needs.
pub(crate) struct Stage<'a> {
    pub(crate) tx: &'a mut dyn Transaction,
    pub(crate) ids: &'a dyn IdGenerator,
    pub(crate) calendar: &'a BillingCalendar,
    pub(crate) now: Timestamp,
}

impl Stage<'_> {
    /// Saves a step of the subscription with its event.
    pub(crate) async fn save(
        &mut self,
        subscription: &Subscription,
        step: Transition,
        fact: &(impl DomainEvent + Sync),
    ) -> Result<(), StoreError> {
        self.tx.subscriptions().save(subscription).await?;
        self.tx.history().add(vec![step]).await?;
        self.tx.outbox().append(vec![Event::of(fact, self.ids, self.now)?]).await
    }

    /// Saves a step of a cycle.
    pub(crate) async fn save_cycle(
        &mut self,
        cycle: &Cycle,
        step: Option<Transition>,
    ) -> Result<(), StoreError> {
        let step = step.ok_or_else(|| illegal(cycle))?;
        self.tx.subscriptions().save_cycle(cycle, cycle.version - 1).await?;
        self.tx.history().add(vec![step]).await
    }

    /// Writes the cycle after this one, which is over.
    pub(crate) async fn plan_next(
        &mut self,
        subscription: &Subscription,
        cycle: &Cycle,
    ) -> Result<Cycle, StoreError> {
        let next = cycle.following(self.ids.next(), subscription, self.calendar, self.now);
        self.tx.subscriptions().add_cycle(&next).await?;
        self.tx.history().add(vec![next.created()]).await?;
        Ok(next)
    }

    /// The order's money was taken, by the charge or by the member themselves.
    pub(crate) async fn charged(
        &mut self,
        subscription: &mut Subscription,
        cycle: &mut Cycle,
        order: &Order,
        attempt: Option<&Attempt>,
    ) -> Result<CycleOutcome, StoreError> {
        let counted = attempt.map(|attempt| {
            let sent_at = attempt.sent_at.unwrap_or(self.now);
            cycle.count_try(attempt.id, true, sent_at, self.calendar)
        });
        let step = cycle.advance(CycleState::Paid, "charged", self.now);
        self.save_cycle(cycle, step).await?;
        if let Some(counted) = counted {
            self.tx.subscriptions().add_try(&counted).await?;
        }
        let next = if subscription.state == SubscriptionState::Ending {
            None
        } else {
            Some(self.plan_next(subscription, cycle).await?)
        };
        let state = match subscription.state {
            SubscriptionState::Ending => SubscriptionState::Cancelled,
            SubscriptionState::PastDue => SubscriptionState::Active,
            state => state,
        };
        let step = subscription.advance(state, "charged", self.now);
        let step = step.map_err(|error| StoreError::new("charge a subscription", error))?;
        let fact = CycleCharged {
            facts: SubscriptionFacts::of(subscription),
            order: order.id,
            total: order.total.minor(),
            currency: order.total.currency().code().to_owned(),
            next_day: next.map(|next| next.period_start.to_string()),
        };
        self.save(subscription, step, &fact).await?;
        Ok(CycleOutcome::Charged)
    }

    /// The provider said no.
    pub(crate) async fn declined(
        &mut self,
        subscription: &mut Subscription,
        cycle: &mut Cycle,
        order: &mut Order,
        attempt: &Attempt,
    ) -> Result<CycleOutcome, StoreError> {
        let firmness = firmness(attempt);
        if firmness == Firmness::Ours {
            // Not the member's doing: another day, and no try.
            let today = self.calendar.day_of(self.now);
            cycle.next_at = self.calendar.end_of(today);
            self.put_back(subscription, cycle, order, "refused by our fault").await?;
            return Ok(CycleOutcome::Declined(firmness));
        }
        let sent_at = attempt.sent_at.unwrap_or(self.now);
        let counted = cycle.count_try(attempt.id, false, sent_at, self.calendar);
        let after = cycle.after_decline(&counted, firmness, self.calendar);
        let is_over = subscription.state == SubscriptionState::Ending;
        match after {
            AfterDecline::TryAgain(next_at) if !is_over => {
                cycle.next_at = next_at;
                let step = cycle.advance(CycleState::Retrying, "declined", self.now);
                self.save_cycle(cycle, step).await?;
                self.tx.subscriptions().add_try(&counted).await?;
                self.fall_behind(subscription, order, next_at).await?;
            }
            _ => {
                let state = if is_over { CycleState::Cancelled } else { CycleState::Failed };
                let step = cycle.advance(state, "declined for good", self.now);
                self.save_cycle(cycle, step).await?;
                self.tx.subscriptions().add_try(&counted).await?;
                self.give_order_up(order).await?;
                self.end(subscription, EndReason::Declined, false).await?;
            }
        }
        Ok(CycleOutcome::Declined(firmness))
    }

    /// Surely nothing was sent: the cycle is due as before.
    pub(crate) async fn put_back(
        &mut self,
        subscription: &mut Subscription,
        cycle: &mut Cycle,
        order: &mut Order,
        why: &str,
    ) -> Result<CycleOutcome, StoreError> {
        if subscription.state == SubscriptionState::Ending {
            let step = cycle.advance(CycleState::Cancelled, why, self.now);
            self.save_cycle(cycle, step).await?;
            self.give_order_up(order).await?;
            self.end(subscription, EndReason::Member, false).await?;
        } else {
            let state = if cycle.tries == 0 { CycleState::Scheduled } else { CycleState::Retrying };
            let step = cycle.advance(state, why, self.now);
            self.save_cycle(cycle, step).await?;
        }
        Ok(CycleOutcome::NotSent(why.to_owned()))
    }

    /// There is too little in stock: nothing is charged for this cycle, and the next one is
    /// planned.
    pub(crate) async fn leave_out(
        &mut self,
        subscription: &mut Subscription,
        cycle: &mut Cycle,
    ) -> Result<CycleOutcome, StoreError> {
        let step = cycle.advance(CycleState::LeftOut, "out of stock", self.now);
        self.save_cycle(cycle, step).await?;
        let next = self.plan_next(subscription, cycle).await?;
        let step = subscription.advance(subscription.state, "left out", self.now);
        let step = step.map_err(|error| StoreError::new("leave a cycle out", error))?;
        let fact = CycleLeftOut {
            facts: SubscriptionFacts::of(subscription),
            day: cycle.period_start.to_string(),
            next_day: next.period_start.to_string(),
        };
        self.save(subscription, step, &fact).await?;
        Ok(CycleOutcome::LeftOut)
    }

    /// Nothing more is wanted of the subscription, whose open cycle this is: what is ahead is given
    /// up, what is under way is found out first. `false`, with nothing changed, while somebody pays
    /// its order at this moment.
    pub(crate) async fn cancel(
        &mut self,
        subscription: &mut Subscription,
        cycle: Option<&mut Cycle>,
        reason: EndReason,
    ) -> Result<bool, StoreError> {
        let order = match &cycle {
            None => Some(subscription.first_order), // awaits its first payment
            Some(cycle) => cycle.order,
        };
        let order = match order {
            Some(id) => self.tx.orders().find_many(&[id]).await?.pop(),
            None => None,
        };
        let is_charging = cycle.as_ref().is_some_and(|cycle| cycle.state == CycleState::Charging);
        if !is_charging {
            if order.as_ref().is_some_and(|order| order.capture_in_flight.is_some()) {
                return Ok(false);
            }
            if let Some(cycle) = cycle {
                let step = cycle.advance(CycleState::Cancelled, "cancelled", self.now);
                self.save_cycle(cycle, step).await?;
            }
            if let Some(mut order) = order {
                self.give_order_up(&mut order).await?;
            }
        }
        self.end(subscription, reason, is_charging).await?;
        Ok(true)
    }

    /// The subscription ends, and with it the agreement; what is under way is found out first.
    pub(crate) async fn end(
        &mut self,
        subscription: &mut Subscription,
        reason: EndReason,
        is_charging: bool,
    ) -> Result<(), StoreError> {
        let step = subscription.end(reason, is_charging, self.now);
        let step = step.map_err(|error| StoreError::new("end a subscription", error))?;
        let agreement = match subscription.agreement {
            Some(id) => self.tx.agreements().find(id).await?,
            // One that came with a first payment which took no money.
            None => self.tx.agreements().of_order(subscription.first_order).await?,
        };
        let agreement_id = agreement.as_ref().map(|agreement| agreement.id);
        if let Some(mut agreement) = agreement {
            let version = agreement.version;
            if let Some(step) = agreement.end(reason.name(), self.now) {
                self.tx.agreements().save(&agreement, version).await?;
                self.tx.history().add(vec![step]).await?;
            }
        }
        let reason = subscription.ended.map_or(reason, |(_, reason)| reason);
        let fact = SubscriptionEnded {
            facts: SubscriptionFacts::of(subscription),
            reason: reason.name().to_owned(),
            agreement: agreement_id,
        };
        self.save(subscription, step, &fact).await
    }

    /// The cycle's order is not wanted any more.
    pub(crate) async fn give_order_up(&mut self, order: &mut Order) -> Result<(), StoreError> {
        // One that is over already, because its time ran out or the member gave it up, stays so.
        let why = "the subscription's charge came to nothing";
        let _over = cancel_within(self.tx, order, why, self.ids, self.now).await?;
        Ok(())
    }

    async fn fall_behind(
        &mut self,
        subscription: &mut Subscription,
        order: &Order,
        next_at: Timestamp,
    ) -> Result<(), StoreError> {
        let step = subscription.advance(SubscriptionState::PastDue, "declined", self.now);
        let step = step.map_err(|error| StoreError::new("decline a charge", error))?;
        let fact = CycleDeclined {
            facts: SubscriptionFacts::of(subscription),
            total: order.total.minor(),
            currency: order.total.currency().code().to_owned(),
            next_day: self.calendar.day_of(next_at).to_string(),
        };
        self.save(subscription, step, &fact).await
    }
}

/// How final the provider's no is; one without a class may pass another day.
fn firmness(attempt: &Attempt) -> Firmness {
    match &attempt.way {
        Way::Charge(Charge { firmness, .. }) => firmness.unwrap_or(Firmness::Soft),
        Way::Session | Way::Agreeing => Firmness::Soft,
    }
}

fn illegal(cycle: &Cycle) -> StoreError {
    let words = format!("{} is {} and cannot make this step", cycle.id, cycle.state.name());
    StoreError::new("save a cycle", words)
}
