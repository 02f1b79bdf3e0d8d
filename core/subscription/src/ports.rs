//! What the crate needs from outside.

use async_trait::async_trait;
use jangbogo_catalog::ProductId;
use jangbogo_kernel::{Fault, Page, PageRequest, StoreError, Timestamp, fault};
use jangbogo_member::MemberId;
use jangbogo_ordering::OrderId;
use jangbogo_payment::{Firmness, ProviderName};

use crate::{
    BillingDay, ChargeTry, Cycle, CycleId, RecurringCart, RecurringItem, Subscription,
    SubscriptionId,
};

/// A transaction that reaches subscriptions, and payments and orders with them.
pub trait Transaction: jangbogo_payment::Transaction {
    /// Subscriptions and their cycles.
    fn subscriptions(&mut self) -> &mut dyn SubscriptionRepository;

    /// Recurring carts.
    fn recurring_carts(&mut self) -> &mut dyn RecurringCartRepository;
}

/// Loads and saves subscriptions and their cycles.
///
/// Whoever changes a cycle has locked its subscription first, and orders after it.
#[async_trait]
pub trait SubscriptionRepository: Send {
    /// Adds a subscription with its lines.
    async fn add(&mut self, subscription: &Subscription) -> Result<(), StoreError>;

    /// The subscription, locked until the transaction ends.
    async fn find(&mut self, id: SubscriptionId) -> Result<Option<Subscription>, StoreError>;

    /// A cycle and its subscription, both locked until the transaction ends.
    async fn of_cycle(&mut self, id: CycleId) -> Result<Option<(Subscription, Cycle)>, StoreError>;

    /// The subscription that an order belongs to, be it the first order or a cycle's; locked.
    async fn of_order(&mut self, order: OrderId) -> Result<Option<Subscription>, StoreError>;

    /// Subscriptions of a member that have not ended, by id from the one after `after` on; locked.
    async fn of_member(
        &mut self,
        member: MemberId,
        after: Option<SubscriptionId>,
        limit: u32,
    ) -> Result<Vec<Subscription>, StoreError>;

    /// The one cycle of a subscription that is not over.
    async fn open_cycle(&mut self, id: SubscriptionId) -> Result<Option<Cycle>, StoreError>;

    /// The last day that a cycle which is over was for.
    async fn last_day(&mut self, id: SubscriptionId) -> Result<Option<BillingDay>, StoreError>;

    /// Whether the cycle of this day was skipped.
    async fn is_skipped(&mut self, id: SubscriptionId, day: BillingDay)
    -> Result<bool, StoreError>;

    /// Saves everything but lines and first order of a subscription whose version was raised by
    /// one.
    ///
    /// # Errors
    /// A conflict when the stored version is not the one before.
    async fn save(&mut self, subscription: &Subscription) -> Result<(), StoreError>;

    /// Replaces the lines of a subscription that is saved in the same transaction.
    async fn save_lines(&mut self, subscription: &Subscription) -> Result<(), StoreError>;

    /// Writes a cycle.
    ///
    /// # Errors
    /// Retryable when the subscription has one for this day, or another one that is not over: the
    /// database refuses the second one whatever the caller computed.
    async fn add_cycle(&mut self, cycle: &Cycle) -> Result<(), StoreError>;

    /// Saves a cycle that made the step from `version_before`.
    ///
    /// # Errors
    /// A conflict when the stored version is another.
    async fn save_cycle(&mut self, cycle: &Cycle, version_before: i64) -> Result<(), StoreError>;

    /// Saves a cycle that begins to be charged.
    ///
    /// # Guarantees
    /// One statement decides and changes: `false`, with nothing changed, unless the stored cycle
    /// has that version, awaits a charge that is due by `now`, its subscription has not ended and
    /// is not paused, and the member has not left.
    async fn begin_charge(
        &mut self,
        cycle: &Cycle,
        version_before: i64,
        now: Timestamp,
    ) -> Result<bool, StoreError>;

    /// Writes a try.
    ///
    /// # Errors
    /// Retryable when the cycle has one of these days already.
    async fn add_try(&mut self, one: &ChargeTry) -> Result<(), StoreError>;

    /// Cycles that are due after `now` and by `until`, of which their members were not told, in the
    /// order of their days.
    async fn to_announce(
        &mut self,
        now: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<CycleId>, StoreError>;
}

/// Loads and saves recurring carts, line by line. Whoever changes one has locked it first, with the
/// lock of the member's one-time cart.
#[async_trait]
pub trait RecurringCartRepository: Send {
    /// The member's lines, oldest first.
    async fn items(&mut self, member: MemberId) -> Result<Vec<RecurringItem>, StoreError>;

    /// Adds a line, or sets quantity and period of the one with the same product, which keeps its
    /// place.
    async fn put(&mut self, member: MemberId, item: &RecurringItem) -> Result<(), StoreError>;

    /// Removes the lines that there are.
    async fn remove(&mut self, member: MemberId, products: &[ProductId]) -> Result<(), StoreError>;
}

/// Reads recurring carts outside transactions.
#[async_trait]
pub trait RecurringCartQueries: Send + Sync {
    /// The member's recurring cart with the products of now, in a fixed number of queries.
    async fn get(&self, member: MemberId) -> Result<RecurringCart, StoreError>;
}

/// A cycle that is due, as the reader of a batch gets it; also the place to go on from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DueCycle {
    /// Since when.
    pub next_at: Timestamp,
    /// Which.
    pub cycle: CycleId,
}

/// What a charge of a cycle will be, as the pace of a batch depends on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueCharge {
    /// Which.
    pub cycle: CycleId,
    /// How often a provider has decided about it.
    pub tries: i64,
    /// Whom it is sent to.
    pub provider: ProviderName,
}

/// A subscription with its last cycles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscriptionDetail {
    /// The subscription.
    pub subscription: Subscription,
    /// Its newest cycles, newest first.
    pub cycles: Vec<Cycle>,
}

/// Reads outside transactions.
#[async_trait]
pub trait SubscriptionQueries: Send + Sync {
    /// Cycles that are due by `cut_off`, or whose charge is under way since then: by the time since
    /// when, then by id, from the one after `after` on.
    ///
    /// # Guarantees
    /// A walk from page to page meets every cycle that stays due once. What is charged or declined
    /// meanwhile leaves, and does not come again before another day.
    async fn due(
        &self,
        cut_off: Timestamp,
        after: Option<DueCycle>,
        limit: u32,
    ) -> Result<Vec<DueCycle>, StoreError>;

    /// What the charges of these cycles will be, in any order. Cycles that are over, and those
    /// without an agreement, which nobody can charge, are left out.
    async fn charges(&self, cycles: &[CycleId]) -> Result<Vec<DueCharge>, StoreError>;

    /// The subscription with its 12 newest cycles.
    async fn find(&self, id: SubscriptionId) -> Result<Option<SubscriptionDetail>, StoreError>;

    /// A page of a member's subscriptions, newest first.
    async fn list(
        &self,
        member: MemberId,
        page: &PageRequest,
    ) -> Result<Page<Subscription>, StoreError>;
}

impl dyn SubscriptionQueries {
    /// The name that cursors of [`SubscriptionQueries::list`] carry.
    pub const LIST: &'static str = "subscriptions";
}

/// What became of one cycle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CycleOutcome {
    /// It is charged now.
    Charged,
    /// The provider said no; the cycle waits for another day, or is over.
    Declined(Firmness),
    /// A charge was sent and nobody knows what became of it; the provider will be asked. It must
    /// not be repeated, and is no try.
    Pending,
    /// Surely nothing was sent: it may be tried again soon, and is no try.
    NotSent(String),
    /// Nothing was charged, because there is too little in stock; the next cycle is planned.
    LeftOut,
    /// It was over before (charged, skipped, cancelled …), or another caller has taken in and told
    /// what became of it.
    AlreadyDone,
    /// It is not due, or its subscription is paused.
    NotDue,
}

/// The cycle could not be looked after; what was begun is finished by the next call.
#[derive(Debug, thiserror::Error)]
pub enum ChargeCycleError {
    /// No such cycle.
    #[error("there is no such cycle")]
    UnknownCycle,
    /// The agreement's provider is not configured.
    #[error("the agreement's provider is not configured")]
    UnknownProvider,
    /// Whoever charges could not be reached, or does not answer.
    #[error("whoever charges does not answer: {0}")]
    Unreachable(String),
    /// What it answered makes no sense.
    #[error("the answer makes no sense: {0}")]
    Senseless(String),
    /// The charge could not be settled.
    #[error(transparent)]
    Settle(#[from] jangbogo_payment::SettleError),
    /// Storage failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
fault!(ChargeCycleError {
    UnknownCycle: NotFound = "not-found",
    UnknownProvider: Internal = "internal",
    Unreachable: Unavailable = "unavailable",
    Senseless: Internal = "internal",
} passes on { Settle, Store });

impl ChargeCycleError {
    /// Whether the same call may succeed soon. It can always be made again: a cycle is charged
    /// once.
    pub fn is_passing(&self) -> bool {
        self.is_contended()
            || match self {
                Self::Unreachable(_) => true,
                Self::Store(error) | Self::Settle(jangbogo_payment::SettleError::Store(error)) => {
                    error.is_retryable()
                }
                _ => false,
            }
    }
}

/// Charges one cycle: in this process, or by asking the one that does.
#[async_trait]
pub trait ChargeCycle: Send + Sync {
    /// Charges the cycle, if it is due.
    ///
    /// # Guarantees
    /// Any number of calls, at once or one after the other, from any number of processes, charge
    /// the subscription once for the cycle's day.
    async fn charge(&self, cycle: CycleId) -> Result<CycleOutcome, ChargeCycleError>;
}
