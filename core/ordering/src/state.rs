//! The states of an order and the steps between them.

/// Where an order is. Moves only along [`OrderState::TRANSITIONS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OrderState {
    /// Placed; pieces are held until it expires.
    PendingPayment,
    /// Captured in full.
    Paid,
    /// The seller packs.
    Preparing,
    /// On its way.
    Shipped,
    /// Arrived.
    Delivered,
    /// Nothing more will happen.
    Completed,
    /// Not paid in time; pieces are free again.
    Expired,
    /// Given up before payment; pieces are free again.
    Cancelled,
    /// Part of the money went back.
    PartiallyRefunded,
    /// All of the money went back.
    Refunded,
}

impl OrderState {
    /// All states.
    pub const ALL: [Self; 10] = [
        Self::PendingPayment,
        Self::Paid,
        Self::Preparing,
        Self::Shipped,
        Self::Delivered,
        Self::Completed,
        Self::Expired,
        Self::Cancelled,
        Self::PartiallyRefunded,
        Self::Refunded,
    ];

    /// Every legal step.
    pub const TRANSITIONS: [(Self, Self); 20] = [
        (Self::PendingPayment, Self::Paid),
        (Self::PendingPayment, Self::Expired),
        (Self::PendingPayment, Self::Cancelled),
        // Its money came too late, and its pieces were still there.
        (Self::Expired, Self::Paid),
        (Self::Paid, Self::Preparing),
        (Self::Preparing, Self::Shipped),
        (Self::Shipped, Self::Delivered),
        (Self::Delivered, Self::Completed),
        (Self::Paid, Self::PartiallyRefunded),
        (Self::Preparing, Self::PartiallyRefunded),
        (Self::Shipped, Self::PartiallyRefunded),
        (Self::Delivered, Self::PartiallyRefunded),
        (Self::Completed, Self::PartiallyRefunded),
        (Self::PartiallyRefunded, Self::PartiallyRefunded),
        (Self::Paid, Self::Refunded),
        (Self::Preparing, Self::Refunded),
        (Self::Shipped, Self::Refunded),
        (Self::Delivered, Self::Refunded),
        (Self::Completed, Self::Refunded),
        (Self::PartiallyRefunded, Self::Refunded),
    ];

    /// Whether the step from here to `next` is legal.
    pub fn may_become(self, next: Self) -> bool {
        Self::TRANSITIONS.contains(&(self, next))
    }

    /// The state's stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PendingPayment => "pending_payment",
            Self::Paid => "paid",
            Self::Preparing => "preparing",
            Self::Shipped => "shipped",
            Self::Delivered => "delivered",
            Self::Completed => "completed",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
            Self::PartiallyRefunded => "partially_refunded",
            Self::Refunded => "refunded",
        }
    }

    /// The state of a stable name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dead_ends_stay_dead() {
        for dead in [OrderState::Cancelled, OrderState::Refunded] {
            for next in OrderState::ALL {
                assert!(!dead.may_become(next), "{dead:?} → {next:?}");
            }
        }
    }

    #[test]
    fn only_late_money_brings_an_expired_order_back() {
        let next: Vec<_> = OrderState::ALL
            .into_iter()
            .filter(|next| OrderState::Expired.may_become(*next))
            .collect();
        assert_eq!(next, [OrderState::Paid]);
    }

    #[test]
    fn nothing_becomes_pending_again() {
        for state in OrderState::ALL {
            assert!(!state.may_become(OrderState::PendingPayment));
        }
    }

    #[test]
    fn names_are_names_of_their_own() {
        for state in OrderState::ALL {
            assert_eq!(OrderState::from_name(state.name()), Some(state));
        }
    }
}
