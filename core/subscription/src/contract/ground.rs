//! The rows that subscriptions and cycles stand on.

use jangbogo_kernel::{IdGenerator, Store, StoreError, Timestamp};
use jangbogo_ordering::{Order, OrderId};
use jangbogo_payment::contract::Purchase;
use jangbogo_payment::{Agreement, AgreementKey, Attempt, AttemptState};

use crate::{
    BillingCalendar, Cycle, CycleState, Subscription, SubscriptionLine, SubscriptionState,
    Transaction,
};

/// A stored subscription with the purchase that it began with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscribed {
    /// The subscription, awaiting its first payment.
    pub subscription: Subscription,
    /// Its first order and intent.
    pub purchase: Purchase,
}

impl Subscribed {
    /// A new subscription of a new member.
    pub async fn stored(
        store: &dyn Store<dyn Transaction>,
        ids: &dyn IdGenerator,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let mut tx = store.begin().await?;
        let purchase = Purchase::within(&mut *tx, ids, now).await?;
        let order = &purchase.order;
        let lines = order.lines.iter().map(|line| SubscriptionLine {
            product: line.product,
            quantity: line.quantity,
            unit_price: line.unit_price,
        });
        let subscription = Subscription {
            id: ids.next(),
            member: order.buyer,
            state: SubscriptionState::AwaitingFirstPayment,
            lines: lines.collect(),
            period_days: 30,
            receiver: order.receiver.clone(),
            first_order: order.id,
            agreement: None,
            version: 1,
            created_at: now,
            ended: None,
        };
        tx.subscriptions().add(&subscription).await?;
        tx.commit().await?;
        Ok(Self { subscription, purchase })
    }

    /// An agreement that the first payment granted; stored.
    pub async fn agreement(
        &self,
        store: &dyn Store<dyn Transaction>,
        ids: &dyn IdGenerator,
        now: Timestamp,
    ) -> Result<Agreement, StoreError> {
        let attempt = self.purchase.capture(1, AttemptState::Succeeded, ids);
        let key = AgreementKey::new(attempt.id.to_string());
        let (agreement, _) = Agreement::granted(ids.next(), &attempt, key, now);
        let mut tx = store.begin().await?;
        tx.payments().add(&attempt).await?;
        tx.agreements().add(&agreement).await?;
        tx.commit().await?;
        Ok(agreement)
    }

    /// The same subscription when it is active; stored.
    pub async fn activated(
        &self,
        store: &dyn Store<dyn Transaction>,
        ids: &dyn IdGenerator,
        now: Timestamp,
    ) -> Result<Subscription, StoreError> {
        let agreement = self.agreement(store, ids, now).await?;
        let active = Subscription {
            agreement: Some(agreement.id),
            state: SubscriptionState::Active,
            version: 2,
            ..self.subscription.clone()
        };
        let mut tx = store.begin().await?;
        tx.subscriptions().save(&active).await?;
        tx.commit().await?;
        Ok(active)
    }

    /// The cycle of that number, due `number` periods from `now`; not yet added.
    pub fn cycle(&self, number: i64, ids: &dyn IdGenerator, now: Timestamp) -> Cycle {
        let calendar = BillingCalendar::korea();
        let mut cycle = Cycle::first(ids.next(), &self.subscription, &calendar, now);
        while cycle.number < number {
            cycle = cycle.following(ids.next(), &self.subscription, &calendar, now);
        }
        cycle
    }

    /// One more order of the purchase's buyer, for the same products; stored.
    pub async fn another_order(
        store: &dyn Store<dyn Transaction>,
        purchase: &Purchase,
        ids: &dyn IdGenerator,
        now: Timestamp,
    ) -> Result<OrderId, StoreError> {
        let order = Order { id: ids.next(), placed_at: now, ..purchase.order.clone() };
        let mut tx = store.begin().await?;
        tx.orders().add(std::slice::from_ref(&order)).await?;
        tx.commit().await?;
        Ok(order.id)
    }

    /// Another order of the same member with an attempt to charge it; both stored.
    pub async fn charge(
        store: &dyn Store<dyn Transaction>,
        ids: &dyn IdGenerator,
        now: Timestamp,
    ) -> Result<Attempt, StoreError> {
        let mut tx = store.begin().await?;
        let purchase = Purchase::within(&mut *tx, ids, now).await?;
        let attempt = purchase.capture(1, AttemptState::Sent, ids);
        tx.payments().add(&attempt).await?;
        tx.commit().await?;
        Ok(attempt)
    }
}

/// The cycle as it is while it is charged for an attempt.
pub(super) fn charging(cycle: &Cycle, attempt: &Attempt) -> Cycle {
    Cycle {
        state: CycleState::Charging,
        order: Some(attempt.order),
        attempt: Some(attempt.id),
        version: cycle.version + 1,
        ..cycle.clone()
    }
}
