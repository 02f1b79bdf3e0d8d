//! What the world may know about payments. What money does to an order is the order's event.

use jangbogo_kernel::{DomainEvent, Uuid};
use jangbogo_member::MemberId;
use jangbogo_ordering::OrderId;
use serde::{Deserialize, Serialize};

use crate::{AttemptId, RefundId};

/// A refund was agreed to and is to be carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundRequested {
    /// The attempt that carries it out.
    pub attempt: AttemptId,
    /// The order.
    pub order: OrderId,
    /// How much, minor units.
    pub amount: i64,
}

impl DomainEvent for RefundRequested {
    const NAME: &'static str = "payment.refund_requested.v1";

    fn aggregate(&self) -> Uuid {
        self.attempt.uuid()
    }

    fn sequence(&self) -> i64 {
        1
    }
}

/// A buyer's money that no order took has gone back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SurplusReturned {
    /// The refund that gave it back, however many attempts it took.
    pub refund: RefundId,
    /// The order that it was paid for, too late or once too often.
    pub order: OrderId,
    /// Whose money it is.
    pub buyer: MemberId,
    /// How much, minor units.
    pub amount: i64,
    /// ISO 4217 code.
    pub currency: String,
}

impl DomainEvent for SurplusReturned {
    const NAME: &'static str = "payment.surplus_returned.v1";

    fn aggregate(&self) -> Uuid {
        self.refund.uuid()
    }

    fn sequence(&self) -> i64 {
        2 // after its request
    }
}
