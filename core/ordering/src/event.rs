//! What the world may know about orders. Every step of an order is one event.

use jangbogo_catalog::ProductId;
use jangbogo_kernel::{DomainEvent, Uuid};
use jangbogo_member::MemberId;
use serde::{Deserialize, Serialize};

use crate::{Order, OrderId, OrderOrigin};

/// The part that all order events share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderFacts {
    /// The order.
    pub order: OrderId,
    /// Who ordered.
    pub buyer: MemberId,
    /// How it came about; what says nothing is the buyer's own.
    #[serde(default)]
    pub origin: OrderOrigin,
    /// The order's version after the step.
    pub version: i64,
    /// When it was placed, RFC 3339.
    pub placed_at: String,
    /// What the buyer pays, minor units.
    pub total: i64,
    /// ISO 4217.
    pub currency: String,
    /// The lines.
    pub lines: Vec<EventLine>,
}

/// A line of an order event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventLine {
    /// The product.
    pub product: ProductId,
    /// Its name when ordered.
    pub name: String,
    /// Pieces.
    pub quantity: i64,
    /// Its price when ordered, minor units.
    pub unit_price: i64,
}

impl OrderFacts {
    /// What may be known of the order in its present version.
    pub fn of(order: &Order) -> Self {
        let lines = order.lines.iter().map(|line| EventLine {
            product: line.product,
            name: line.product_name.clone(),
            quantity: line.quantity.get(),
            unit_price: line.unit_price.minor(),
        });
        Self {
            order: order.id,
            buyer: order.buyer,
            origin: order.origin,
            version: order.version,
            placed_at: order.placed_at.to_string(),
            total: order.total.minor(),
            currency: order.total.currency().code().to_owned(),
            lines: lines.collect(),
        }
    }
}

macro_rules! order_event {
    ($(#[$doc:meta])* $name:ident = $text:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        pub struct $name {
            /// The order after the step.
            #[serde(flatten)]
            pub facts: OrderFacts,
        }

        impl DomainEvent for $name {
            const NAME: &'static str = $text;

            fn aggregate(&self) -> Uuid {
                self.facts.order.uuid()
            }

            fn sequence(&self) -> i64 {
                self.facts.version
            }
        }
    };
}

order_event! {
    /// An order was placed and its pieces are held.
    OrderPlaced = "ordering.order_placed.v1"
}
order_event! {
    /// An order was paid in full.
    OrderPaid = "ordering.order_paid.v1"
}
order_event! {
    /// An order was given up before payment.
    OrderCancelled = "ordering.order_cancelled.v1"
}
order_event! {
    /// An order was not paid in time.
    OrderExpired = "ordering.order_expired.v1"
}

/// Part of an order's money went back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderPartiallyRefunded {
    /// The order after the step.
    #[serde(flatten)]
    pub facts: OrderFacts,
    /// What went back in this step, minor units.
    pub amount: i64,
    /// Pieces that came back in this step.
    pub returned: Vec<EventLine>,
}

/// All of an order's money has gone back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderRefunded {
    /// The order after the step.
    #[serde(flatten)]
    pub facts: OrderFacts,
    /// What went back in this step, minor units.
    pub amount: i64,
    /// Pieces that came back in this step.
    pub returned: Vec<EventLine>,
}

impl DomainEvent for OrderPartiallyRefunded {
    const NAME: &'static str = "ordering.order_partially_refunded.v1";

    fn aggregate(&self) -> Uuid {
        self.facts.order.uuid()
    }

    fn sequence(&self) -> i64 {
        self.facts.version
    }
}

impl DomainEvent for OrderRefunded {
    const NAME: &'static str = "ordering.order_refunded.v1";

    fn aggregate(&self) -> Uuid {
        self.facts.order.uuid()
    }

    fn sequence(&self) -> i64 {
        self.facts.version
    }
}
