//! One cycle of a subscription: what is due on one day.

use jangbogo_kernel::{Kind, Timestamp, Transition};
use jangbogo_ordering::OrderId;
use jangbogo_payment::{AttemptId, Firmness};

use crate::dunning::{offset_after, offset_on};
use crate::{BillingCalendar, BillingDay, CycleId, CycleState, Subscription, SubscriptionId};

/// What is due on one day, once. It is written when the cycle before it is over, and has one order
/// however often it is tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cycle {
    /// Identity.
    pub id: CycleId,
    /// Whose cycle it is.
    pub subscription: SubscriptionId,
    /// 0 is the first payment, then 1, 2, 3 …
    pub number: i64,
    /// The day that it is for; no other cycle of the subscription has it.
    pub period_start: BillingDay,
    /// When it is first due.
    pub due_at: Timestamp,
    /// When it is due next.
    pub next_at: Timestamp,
    /// Where it is.
    pub state: CycleState,
    /// How often a provider has decided about it.
    pub tries: i64,
    /// The day of the first such try: the days of the dunning are counted from it.
    pub first_day: Option<BillingDay>,
    /// Its order, from the first try on.
    pub order: Option<OrderId>,
    /// The charge under way, or the last one.
    pub attempt: Option<AttemptId>,
    /// When the member was told of it beforehand.
    pub announced_at: Option<Timestamp>,
    /// 1 when written, one more with each step.
    pub version: i64,
    /// When it was written.
    pub created_at: Timestamp,
}

/// A decision of a provider about a cycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChargeTry {
    /// The cycle.
    pub cycle: CycleId,
    /// 0, 1, 3 or 5 days after the first.
    pub day_offset: i64,
    /// The attempt that was decided on.
    pub attempt: AttemptId,
    /// Whether it took the money.
    pub is_charged: bool,
    /// When it was sent.
    pub tried_at: Timestamp,
}

/// What a no means for the cycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterDecline {
    /// Another day.
    TryAgain(Timestamp),
    /// For good.
    GiveUp,
}

impl Kind for Cycle {
    const PREFIX: &'static str = "cyc";
}

impl Cycle {
    /// The kind under which transitions are recorded.
    pub const ENTITY: &'static str = "cycle";

    /// The cycle that is paid by the subscription's first order.
    pub fn first(
        id: CycleId,
        subscription: &Subscription,
        calendar: &BillingCalendar,
        now: Timestamp,
    ) -> Self {
        let day = calendar.day_of(now);
        Self {
            state: CycleState::Paid,
            order: Some(subscription.first_order),
            ..Self::scheduled(id, subscription, 0, day, calendar, now)
        }
    }

    /// The cycle one period after this one.
    #[must_use]
    pub fn following(
        &self,
        id: CycleId,
        subscription: &Subscription,
        calendar: &BillingCalendar,
        now: Timestamp,
    ) -> Self {
        let day = self.period_start.plus(subscription.period_days);
        Self::scheduled(id, subscription, self.number + 1, day, calendar, now)
    }

    fn scheduled(
        id: CycleId,
        subscription: &Subscription,
        number: i64,
        day: BillingDay,
        calendar: &BillingCalendar,
        now: Timestamp,
    ) -> Self {
        let due_at = calendar.start_of(day);
        Self {
            id,
            subscription: subscription.id,
            number,
            period_start: day,
            due_at,
            next_at: due_at,
            state: CycleState::Scheduled,
            tries: 0,
            first_day: None,
            order: None,
            attempt: None,
            announced_at: None,
            version: 1,
            created_at: now,
        }
    }

    /// The step that wrote it.
    pub fn created(&self) -> Transition {
        self.transition("", "planned", self.created_at)
    }

    /// Whether it can be charged at this time, as far as it knows itself.
    pub fn is_due(&self, now: Timestamp) -> bool {
        matches!(self.state, CycleState::Scheduled | CycleState::Retrying) && self.next_at <= now
    }

    /// Goes to `next` and tells the step, for the history; `None` when it cannot.
    #[must_use = "a step that is not recorded breaks the history"]
    pub fn advance(&mut self, next: CycleState, why: &str, at: Timestamp) -> Option<Transition> {
        if !self.state.may_become(next) {
            return None;
        }
        let from = self.state.name();
        self.state = next;
        self.version += 1;
        Some(self.transition(from, why, at))
    }

    /// Is charged for an order by an attempt.
    #[must_use = "a step that is not recorded breaks the history"]
    pub fn charge(
        &mut self,
        order: OrderId,
        attempt: AttemptId,
        at: Timestamp,
    ) -> Option<Transition> {
        let step = self.advance(CycleState::Charging, "charge", at)?;
        self.order = Some(order);
        self.attempt = Some(attempt);
        Some(step)
    }

    /// Comes to another day, if it is still ahead.
    #[must_use = "a step that is not recorded breaks the history"]
    pub fn move_to(
        &mut self,
        day: BillingDay,
        calendar: &BillingCalendar,
        why: &str,
        at: Timestamp,
    ) -> Option<Transition> {
        let step = self.advance(CycleState::Scheduled, why, at)?;
        self.period_start = day;
        self.due_at = calendar.start_of(day);
        self.next_at = self.due_at;
        self.announced_at = None;
        Some(step)
    }

    /// Counts a decision of the provider about a charge that was sent at `sent_at`.
    pub fn count_try(
        &mut self,
        attempt: AttemptId,
        is_charged: bool,
        sent_at: Timestamp,
        calendar: &BillingCalendar,
    ) -> ChargeTry {
        let day = calendar.day_of(sent_at);
        let first = *self.first_day.get_or_insert(day);
        self.tries += 1;
        let day_offset = offset_on(day.since(first));
        ChargeTry { cycle: self.id, day_offset, attempt, is_charged, tried_at: sent_at }
    }

    /// What the no that was just counted means.
    pub fn after_decline(
        &self,
        counted: &ChargeTry,
        firmness: Firmness,
        calendar: &BillingCalendar,
    ) -> AfterDecline {
        let is_final = match firmness {
            Firmness::Hard => true,
            Firmness::Ambiguous => self.tries >= 2,
            Firmness::Soft | Firmness::Ours => false,
        };
        let first = self.first_day.unwrap_or_else(|| calendar.day_of(counted.tried_at));
        let elapsed = calendar.day_of(counted.tried_at).since(first);
        match offset_after(elapsed) {
            Some(offset) if !is_final => {
                AfterDecline::TryAgain(calendar.start_of(first.plus(offset)))
            }
            _ => AfterDecline::GiveUp,
        }
    }

    fn transition(&self, from: &'static str, why: &str, at: Timestamp) -> Transition {
        Transition {
            entity: Self::ENTITY,
            entity_id: self.id.uuid(),
            version: self.version,
            from,
            to: self.state.name(),
            reason: why.to_owned(),
            at,
        }
    }
}
