//! Recurring orders: what members want again and again is charged once for each of its days.
//!
//! * A [`Subscription`] begins with an order that is paid at a provider which charges without the
//!   buyer later; that payment brings the agreement, and makes the subscription active.
//! * A [`Cycle`] is what is due on one day. It is written when the one before is over, has one
//!   order however often it is tried, and is charged at most once: [`BillCycle`] may be called by
//!   anybody, at once and again.
//! * What was declined is tried again 1, 3 and 5 days after the first try; what nobody knows is no
//!   try, and is found out first. A hard no, or the last one, ends the subscription.
//! * A [`RecurringCart`] collects what a member means to subscribe to; the lines of one period
//!   become one subscription and leave the cart with it.
//! * Who leaves the shop takes carts and subscriptions along: [`FollowMember`].
//! * Days are those of a [`BillingCalendar`]; what is due is selected by state and time, never by
//!   "today", so that a missed day is caught up.
//!
//! ```
//! use jangbogo_subscription::{BillingCalendar, BillingDay};
//!
//! let day: BillingDay = "2028-01-30".parse()?;
//! assert_eq!(day.plus(30).to_string(), "2028-02-29");
//! assert_eq!(BillingCalendar::korea().start_of(day).to_string(), "2028-01-29T15:00:00Z");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod announce_charges;
mod bill_cycle;
mod calendar;
mod change_recurring_cart;
mod change_subscription;
mod cycle;
mod cycle_order;
mod dunning;
mod event;
mod follow_member;
mod follow_order;
mod ports;
mod recurring_cart;
mod state;
mod steps;
mod subscribe;
mod subscription;

pub mod contract;

pub use announce_charges::AnnounceCharges;
pub use bill_cycle::BillCycle;
pub use calendar::{BillingCalendar, BillingDay, BillingDayError};
pub use change_recurring_cart::{ChangeRecurringCart, ChangeRecurringCartError, RecurringWish};
pub use change_subscription::{Change, ChangeError, ChangeSubscription};
pub use cycle::{AfterDecline, ChargeTry, Cycle};
pub use dunning::{DUNNING_OFFSETS, offset_after, offset_on};
pub use event::{
    AnnouncedLine, ChargeAnnounced, CycleCharged, CycleDeclined, CycleLeftOut,
    SubscriptionActivated, SubscriptionChanged, SubscriptionCreated, SubscriptionEnded,
    SubscriptionFacts,
};
pub use follow_member::FollowMember;
pub use follow_order::FollowOrder;
pub use ports::{
    ChargeCycle, ChargeCycleError, CycleOutcome, DueCharge, DueCycle, RecurringCartQueries,
    RecurringCartRepository, SubscriptionDetail, SubscriptionQueries, SubscriptionRepository,
    Transaction,
};
pub use recurring_cart::{RecurringCart, RecurringItem, RecurringLine};
pub use state::{CycleState, SubscriptionState};
pub use subscribe::{
    Subscribe, SubscribeCommand, SubscribeError, Subscribed, SubscriptionSettings, Wanted,
};
pub use subscription::{EndReason, IllegalStep, Subscription, SubscriptionLine};

use jangbogo_kernel::Id;

/// A subscription's id: `sub_…`.
pub type SubscriptionId = Id<Subscription>;
/// A cycle's id: `cyc_…`.
pub type CycleId = Id<Cycle>;
