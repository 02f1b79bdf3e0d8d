//! What the world may know about subscriptions. Every step of a subscription is one event.

use jangbogo_catalog::ProductId;
use jangbogo_kernel::{DomainEvent, Uuid};
use jangbogo_member::MemberId;
use jangbogo_ordering::OrderId;
use jangbogo_payment::AgreementId;
use serde::{Deserialize, Serialize};

use crate::{Subscription, SubscriptionId};

/// The part that all subscription events share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubscriptionFacts {
    /// The subscription.
    pub subscription: SubscriptionId,
    /// Whose it is.
    pub member: MemberId,
    /// The subscription's version after the step.
    pub version: i64,
    /// The state after the step.
    pub state: String,
}

/// A line of a charge that is announced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnnouncedLine {
    /// The product.
    pub product: ProductId,
    /// Its name.
    pub name: String,
    /// Pieces.
    pub quantity: i64,
    /// What one piece will cost, minor units.
    pub unit_price: i64,
    /// What it cost before.
    pub unit_price_before: i64,
}

impl SubscriptionFacts {
    /// What may be known of the subscription in its present version.
    pub fn of(subscription: &Subscription) -> Self {
        Self {
            subscription: subscription.id,
            member: subscription.member,
            version: subscription.version,
            state: subscription.state.name().to_owned(),
        }
    }
}

macro_rules! subscription_event {
    ($(#[$doc:meta])* $name:ident = $text:literal {
        $($(#[$field_doc:meta])* $field:ident: $type:ty,)*
    }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        pub struct $name {
            /// The subscription after the step.
            #[serde(flatten)]
            pub facts: SubscriptionFacts,
            $($(#[$field_doc])* pub $field: $type,)*
        }

        impl DomainEvent for $name {
            const NAME: &'static str = $text;

            fn aggregate(&self) -> Uuid {
                self.facts.subscription.uuid()
            }

            fn sequence(&self) -> i64 {
                self.facts.version
            }
        }
    };
}

subscription_event! {
    /// A member wants something again and again; its first order awaits payment.
    SubscriptionCreated = "subscription.created.v1" {
        /// The order that it begins with.
        first_order: OrderId,
    }
}
subscription_event! {
    /// The first order is paid and the agreement is there.
    SubscriptionActivated = "subscription.activated.v1" {
        /// The day of the next charge, `2026-11-21`.
        next_day: String,
    }
}
subscription_event! {
    /// The member changed it, or it changed by what became of a charge.
    SubscriptionChanged = "subscription.changed.v1" {
        /// What was changed: `paused`, `resumed`, `period`, `quantities`, `skipped` …
        change: String,
    }
}
subscription_event! {
    /// The member is told what will be charged.
    ChargeAnnounced = "subscription.charge_announced.v1" {
        /// The day of the charge, `2026-11-21`.
        day: String,
        /// What will be charged, minor units.
        total: i64,
        /// ISO 4217.
        currency: String,
        /// The lines.
        lines: Vec<AnnouncedLine>,
    }
}
subscription_event! {
    /// A cycle was charged.
    CycleCharged = "subscription.charged.v1" {
        /// Its order.
        order: OrderId,
        /// What was charged, minor units.
        total: i64,
        /// ISO 4217.
        currency: String,
        /// The day of the next charge, `2026-11-21`; none when the subscription has ended.
        next_day: Option<String>,
    }
}
subscription_event! {
    /// A charge was declined and will be tried again.
    CycleDeclined = "subscription.charge_declined.v1" {
        /// What was to be charged, minor units.
        total: i64,
        /// ISO 4217.
        currency: String,
        /// The day of the next try, `2026-11-21`.
        next_day: String,
    }
}
subscription_event! {
    /// A cycle was left out, because there was too little in stock.
    CycleLeftOut = "subscription.left_out.v1" {
        /// The day that it was for, `2026-11-21`.
        day: String,
        /// The day of the next charge.
        next_day: String,
    }
}
subscription_event! {
    /// Nothing more will be charged.
    SubscriptionEnded = "subscription.ended.v1" {
        /// Why: `member`, `not_paid`, `declined`, `agreement_ended`, `agreement_lost`.
        reason: String,
        /// What was charged until then, to be deactivated at the provider.
        agreement: Option<AgreementId>,
    }
}
