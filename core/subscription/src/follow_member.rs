//! Who leaves the shop wants nothing again and again.

use std::sync::Arc;

use jangbogo_catalog::ProductId;
use jangbogo_kernel::{Clock, EventKind, Id, IdGenerator, Store, StoreError, retried};
use jangbogo_member::MemberId;

use crate::steps::Stage;
use crate::{BillingCalendar, EndReason, SubscriptionId, Transaction};

/// Takes in that a member has left: both carts are emptied and all subscriptions end. One whose
/// first order is being paid at this moment ends when that is known, by
/// [`FollowOrder`](crate::FollowOrder).
pub struct FollowMember {
    store: Arc<dyn Store<dyn Transaction>>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdGenerator>,
    calendar: BillingCalendar,
}

impl FollowMember {
    /// The name under which handled events are recorded.
    pub const CONSUMER: &'static str = "subscription.follow-member";

    /// The most subscriptions that end in one transaction.
    pub const BATCH_MAX: u32 = 20;

    /// Assembles the use case.
    pub fn new(
        store: Arc<dyn Store<dyn Transaction>>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdGenerator>,
        calendar: BillingCalendar,
    ) -> Self {
        Self { store, clock, ids, calendar }
    }

    /// Takes in that the member has left; a second time changes nothing.
    pub async fn run(&self, event: Id<EventKind>, member: MemberId) -> Result<(), StoreError> {
        retried(|| self.empty_carts(member)).await?;
        let mut after = None;
        loop {
            after = retried(|| self.end_some(event, member, after)).await?;
            if after.is_none() {
                return Ok(());
            }
        }
    }

    async fn empty_carts(&self, member: MemberId) -> Result<(), StoreError> {
        let mut tx = self.store.begin().await?;
        tx.carts().lock(&[member]).await?;
        let once = tx.carts().items(&[member]).await?.remove(&member).unwrap_or_default();
        let once: Vec<_> = once.iter().map(|item| (member, item.product)).collect();
        tx.carts().remove(&once).await?;
        let again = tx.recurring_carts().items(member).await?;
        let again: Vec<ProductId> = again.iter().map(|kept| kept.item.product).collect();
        tx.recurring_carts().remove(member, &again).await?;
        tx.commit().await
    }

    /// Ends some subscriptions and gives the last of them; `None` when there are no more.
    async fn end_some(
        &self,
        event: Id<EventKind>,
        member: MemberId,
        after: Option<SubscriptionId>,
    ) -> Result<Option<SubscriptionId>, StoreError> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        let mut found = tx.subscriptions().of_member(member, after, Self::BATCH_MAX).await?;
        for subscription in &mut found {
            let mut cycle = tx.subscriptions().open_cycle(subscription.id).await?;
            let (ids, calendar) = (&*self.ids, &self.calendar);
            let mut stage = Stage { tx: &mut *tx, ids, calendar, now };
            // One that is being paid is left to whoever hears of its payment.
            stage.cancel(subscription, cycle.as_mut(), EndReason::MemberLeft).await?;
        }
        let last = found.last().map(|subscription| subscription.id);
        if last.is_none() {
            // What was ended before is not found again, so only the end needs to be recorded.
            tx.inbox().record(Self::CONSUMER, event, now).await?;
        }
        tx.commit().await?;
        Ok(last)
    }
}
