//! The intent to pay an order: one per order, however many attempts it takes.

use jangbogo_kernel::{Kind, Money, Timestamp};
use jangbogo_member::MemberId;
use jangbogo_ordering::OrderId;

use crate::IntentId;

/// That an order is to be paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PaymentIntent {
    /// Identity.
    pub id: IntentId,
    /// The order; no other intent names it.
    pub order: OrderId,
    /// Who pays.
    pub buyer: MemberId,
    /// The order's total.
    pub amount: Money,
    /// When the buyer first went to pay.
    pub created_at: Timestamp,
    /// Whether the buyer agrees to later charges with it.
    pub is_recurring: bool,
}

impl Kind for PaymentIntent {
    const PREFIX: &'static str = "pin";
}
