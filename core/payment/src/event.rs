//! What the world may know about payments. What money does to an order is the order's event.

use jangbogo_kernel::{DomainEvent, Uuid};
use jangbogo_ordering::OrderId;
use serde::{Deserialize, Serialize};

use crate::AttemptId;

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
