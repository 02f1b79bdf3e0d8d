//! One TossPayments payment: its states and what it may do next.

/// The window lives 30 minutes from its opening.
const WINDOW_US: i64 = 30 * 60 * 1_000_000;
/// What the buyer agreed to must be confirmed within 10 minutes.
const CONFIRM_US: i64 = 10 * 60 * 1_000_000;

/// How a payment came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Normal,
    Billing,
}

impl Kind {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Normal => "NORMAL",
            Self::Billing => "BILLING",
        }
    }
}

/// Where a payment stands, by TossPayments' names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Ready,
    InProgress,
    Done,
    Canceled,
    PartialCanceled,
    Aborted,
    /// Never stored: it is what time makes of the open ones.
    Expired,
}

impl State {
    pub(super) const ALL: [Self; 7] = [
        Self::Ready,
        Self::InProgress,
        Self::Done,
        Self::Canceled,
        Self::PartialCanceled,
        Self::Aborted,
        Self::Expired,
    ];

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "READY",
            Self::InProgress => "IN_PROGRESS",
            Self::Done => "DONE",
            Self::Canceled => "CANCELED",
            Self::PartialCanceled => "PARTIAL_CANCELED",
            Self::Aborted => "ABORTED",
            Self::Expired => "EXPIRED",
        }
    }
}

/// A payment as it is stored.
#[expect(clippy::struct_field_names, reason = "paymentKey is what the provider calls it")]
#[derive(Clone, Debug)]
pub(super) struct Payment {
    pub(super) payment_key: String,
    pub(super) kind: Kind,
    pub(super) order_id: String,
    pub(super) order_name: String,
    pub(super) customer_key: Option<String>,
    pub(super) amount: i64,
    pub(super) tax_free: i64,
    pub(super) success_url: Option<String>,
    pub(super) fail_url: Option<String>,
    /// By its Korean name, as the API writes it.
    pub(super) method: Option<String>,
    pub(super) state: State,
    pub(super) requested_at_us: i64,
    pub(super) authenticated_at_us: Option<i64>,
    pub(super) approved_at_us: Option<i64>,
    /// The transactionKey of its capture.
    pub(super) capture_key: Option<String>,
    pub(super) last_transaction_key: Option<String>,
    pub(super) balance: i64,
    pub(super) tax_free_balance: i64,
    /// Why it was aborted.
    pub(super) failure: Option<String>,
}

impl Payment {
    /// Where it stands at a moment: an open payment expires by itself.
    pub(super) fn state_at(&self, now_us: i64) -> State {
        let since = |us: i64| now_us.saturating_sub(us);
        match self.state {
            State::Ready if since(self.requested_at_us) >= WINDOW_US => State::Expired,
            State::InProgress
                if since(self.authenticated_at_us.unwrap_or(self.requested_at_us))
                    >= CONFIRM_US =>
            {
                State::Expired
            }
            state => state,
        }
    }

    /// A rounded eleventh of the taxable part. (Eleven is odd: there is no half to round.)
    pub(super) fn vat(total: i64, tax_free: i64) -> i64 {
        (total - tax_free + 5) / 11
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn open_payments_expire_and_others_do_not() {
        let minute = 60 * 1_000_000;
        let payment = |state| Payment {
            payment_key: "tviva1".to_owned(),
            kind: Kind::Normal,
            order_id: "ord_01".to_owned(),
            order_name: "생수".to_owned(),
            customer_key: None,
            amount: 1_000,
            tax_free: 0,
            success_url: None,
            fail_url: None,
            method: None,
            state,
            requested_at_us: 0,
            authenticated_at_us: Some(minute),
            approved_at_us: None,
            capture_key: None,
            last_transaction_key: None,
            balance: 1_000,
            tax_free_balance: 0,
            failure: None,
        };
        let at = |state, minutes| payment(state).state_at(minutes * minute);
        assert_eq!(at(State::Ready, 29), State::Ready);
        assert_eq!(at(State::Ready, 30), State::Expired);
        assert_eq!(at(State::InProgress, 10), State::InProgress);
        assert_eq!(at(State::InProgress, 11), State::Expired);
        assert_eq!(at(State::Done, 100_000), State::Done);
    }
}
