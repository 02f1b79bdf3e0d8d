//! What becomes of an order is taken in by its subscription.

use std::sync::Arc;

use jangbogo_kernel::{Clock, EventKind, Id, IdGenerator, Store, StoreError, retried};
use jangbogo_member::MemberId;
use jangbogo_ordering::{Order, OrderId, OrderState};
use jangbogo_payment::AttemptState;

use crate::steps::Stage;
use crate::{
    BillingCalendar, Cycle, CycleState, EndReason, Subscription, SubscriptionActivated,
    SubscriptionFacts, SubscriptionState, Transaction,
};

/// Takes in that an order was paid or is over: the first one makes its subscription active or ends
/// it, a cycle's makes the cycle paid. Most of the latter is known by then; this is for what was
/// found out later, or paid by the member themselves.
pub struct FollowOrder {
    store: Arc<dyn Store<dyn Transaction>>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdGenerator>,
    calendar: BillingCalendar,
}

impl FollowOrder {
    /// The name under which handled events are recorded.
    pub const CONSUMER: &'static str = "subscription.follow-order";

    /// Assembles the use case.
    pub fn new(
        store: Arc<dyn Store<dyn Transaction>>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdGenerator>,
        calendar: BillingCalendar,
    ) -> Self {
        Self { store, clock, ids, calendar }
    }

    /// Takes in an event of the order; a second time changes nothing.
    pub async fn run(&self, event: Id<EventKind>, order: OrderId) -> Result<(), StoreError> {
        retried(|| self.once(event, order)).await
    }

    async fn once(&self, event: Id<EventKind>, order: OrderId) -> Result<(), StoreError> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        if !tx.inbox().record(Self::CONSUMER, event, now).await? {
            return Ok(());
        }
        let subscription = tx.subscriptions().of_order(order).await?;
        let found = tx.orders().find_many(&[order]).await?.pop();
        if let (Some(mut subscription), Some(order)) = (subscription, found) {
            let (ids, calendar) = (&*self.ids, &self.calendar);
            let mut stage = Stage { tx: &mut *tx, ids, calendar, now };
            if order.id == subscription.first_order {
                stage.first_order(&mut subscription, &order).await?;
            } else {
                stage.cycle_order(&mut subscription, &order).await?;
            }
        }
        tx.commit().await
    }
}

impl Stage<'_> {
    async fn first_order(
        &mut self,
        subscription: &mut Subscription,
        order: &Order,
    ) -> Result<(), StoreError> {
        if subscription.state != SubscriptionState::AwaitingFirstPayment {
            return Ok(());
        }
        match order.state {
            OrderState::PendingPayment => Ok(()),
            OrderState::Expired | OrderState::Cancelled => {
                self.end(subscription, EndReason::NotPaid, false).await
            }
            // The first order stands; nobody is there who wants it again.
            _ if self.has_left(subscription.member).await? => {
                self.end(subscription, EndReason::MemberLeft, false).await
            }
            _ => match self.tx.agreements().of_order(order.id).await? {
                Some(agreement) => {
                    subscription.agreement = Some(agreement.id);
                    self.activate(subscription).await
                }
                None => self.end(subscription, EndReason::AgreementLost, false).await,
            },
        }
    }

    async fn has_left(&mut self, member: MemberId) -> Result<bool, StoreError> {
        let member = self.tx.members().find(member).await?;
        Ok(!member.is_some_and(|member| member.is_active()))
    }

    /// The first cycle is paid, and the second is planned one period later.
    async fn activate(&mut self, subscription: &mut Subscription) -> Result<(), StoreError> {
        let step = subscription.advance(SubscriptionState::Active, "first payment", self.now);
        let step = step.map_err(|error| StoreError::new("activate a subscription", error))?;
        let first = Cycle::first(self.ids.next(), subscription, self.calendar, self.now);
        self.tx.subscriptions().add_cycle(&first).await?;
        self.tx.history().add(vec![first.created()]).await?;
        let next = self.plan_next(subscription, &first).await?;
        let facts = SubscriptionFacts::of(subscription);
        let fact = SubscriptionActivated { facts, next_day: next.period_start.to_string() };
        self.save(subscription, step, &fact).await
    }

    async fn cycle_order(
        &mut self,
        subscription: &mut Subscription,
        order: &Order,
    ) -> Result<(), StoreError> {
        let open = self.tx.subscriptions().open_cycle(subscription.id).await?;
        let Some(mut cycle) = open.filter(|cycle| cycle.order == Some(order.id)) else {
            return Ok(()); // it is over, and knows
        };
        // A charge that succeeded is counted as a try by whoever bills; the order alone tells that
        // it is paid, and by which attempt.
        let charging = cycle.attempt.filter(|_| cycle.state == CycleState::Charging);
        let attempt = match charging {
            Some(id) => self.tx.payments().find(id).await?,
            None => None,
        };
        if let Some(attempt) = attempt.filter(|attempt| attempt.state == AttemptState::Succeeded) {
            self.charged(subscription, &mut cycle, order, Some(&attempt)).await?;
            return Ok(());
        }
        self.order_is_over(subscription, &mut cycle, order).await?;
        Ok(())
    }
}
