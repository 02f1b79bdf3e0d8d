//! What the result page says: one choice of words for every pair of payment and order.

use jangbogo_kernel::{Currency, Money, Timestamp};
use jangbogo_ordering::OrderState;
use jangbogo_payment::AttemptState;

/// The words of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Words {
    /// `good`, `wait` or `bad`: the colour.
    pub(crate) tone: &'static str,
    /// What happened.
    pub(crate) title: &'static str,
    /// The same in English.
    pub(crate) title_en: &'static str,
    /// What it means for the buyer's money.
    pub(crate) text: &'static str,
    /// What to do next.
    pub(crate) next: &'static str,
    /// When the page asks again.
    pub(crate) refresh_s: Option<u32>,
}

impl Words {
    /// The words for a payment and its order; `is_payable` tells whether the order still awaits
    /// payment and its time is not over.
    pub(crate) const fn of(payment: AttemptState, order: OrderState, is_payable: bool) -> Self {
        match (payment, order) {
            (AttemptState::Sent | AttemptState::Unknown, _) => Self::PENDING,
            (AttemptState::Manual, _) => Self::UNDER_REVIEW,
            (AttemptState::Succeeded, OrderState::Refunded) => Self::REFUNDED,
            (AttemptState::Succeeded, OrderState::PartiallyRefunded) => Self::PARTLY_REFUNDED,
            (AttemptState::Succeeded, _) => Self::PAID,
            (_, OrderState::Cancelled) => Self::ORDER_CANCELLED,
            (unpaid, OrderState::PendingPayment) if is_payable => Self::of_unpaid(unpaid),
            (_, OrderState::PendingPayment | OrderState::Expired) => Self::ORDER_EXPIRED,
            _ => Self::PAID_OTHERWISE,
        }
    }

    const fn of_unpaid(payment: AttemptState) -> Self {
        match payment {
            AttemptState::Declined => Self::DECLINED,
            AttemptState::NotSent => Self::NOT_SENT,
            AttemptState::Aborted => Self::GIVEN_UP,
            _ => Self::NOT_BEGUN,
        }
    }

    const PAID: Self = Self {
        tone: "good",
        title: "결제가 완료되었습니다",
        title_en: "Payment complete",
        text: "주문해 주셔서 감사합니다. 결제 내용을 이메일로도 보내 드립니다.",
        next: "이 창을 닫고 주문 내역에서 진행 상황을 확인하실 수 있습니다.",
        refresh_s: None,
    };
    const PENDING: Self = Self {
        tone: "wait",
        title: "결제 결과를 확인하고 있습니다",
        title_en: "Checking the payment",
        text: "결제사의 응답을 기다리고 있습니다. 한 번만 청구되니 다시 결제하지 마세요.",
        next: "잠시 기다려 주세요. 이 화면은 저절로 새로 고쳐지며, 창을 닫으셔도 확인은 계속됩니다.",
        refresh_s: Some(3),
    };
    const UNDER_REVIEW: Self = Self {
        tone: "wait",
        title: "담당자가 결제를 확인하고 있습니다",
        title_en: "A person is checking the payment",
        text: "결제 결과를 저절로 확인하지 못해 담당자가 살펴보고 있습니다. 다시 결제하지 마세요.",
        next: "확인이 끝나면 주문 내역에 나타납니다.",
        refresh_s: None,
    };
    const REFUNDED: Self = Self {
        tone: "good",
        title: "환불이 완료되었습니다",
        title_en: "Refunded in full",
        text: "결제하신 금액을 모두 돌려 드렸습니다.",
        next: "카드사에 따라 며칠 뒤에 반영될 수 있습니다.",
        refresh_s: None,
    };
    const PARTLY_REFUNDED: Self = Self {
        tone: "good",
        title: "일부 금액이 환불되었습니다",
        title_en: "Refunded in part",
        text: "결제하신 금액 가운데 일부를 돌려 드렸습니다.",
        next: "자세한 내용은 주문 내역에서 확인하실 수 있습니다.",
        refresh_s: None,
    };
    const NOT_BEGUN: Self = Self {
        tone: "wait",
        title: "아직 결제하지 않으셨습니다",
        title_en: "Not paid yet",
        text: "결제사에서 승인하신 내용을 받지 못했습니다. 청구된 금액은 없습니다.",
        next: "결제사의 결제 화면으로 돌아가 승인하시거나, 결제 기한 안에 다시 결제해 주세요.",
        refresh_s: None,
    };
    const DECLINED: Self = Self {
        tone: "bad",
        title: "결제가 거절되었습니다",
        title_en: "Payment declined",
        text: "결제사가 결제를 승인하지 않았습니다. 청구된 금액은 없습니다.",
        next: "결제 수단을 확인하시고 결제 기한 안에 다시 결제해 주세요.",
        refresh_s: None,
    };
    const NOT_SENT: Self = Self {
        tone: "bad",
        title: "결제사에 연결하지 못했습니다",
        title_en: "The payment provider could not be reached",
        text: "결제 요청이 전달되지 않았습니다. 청구된 금액은 없습니다.",
        next: "잠시 뒤에, 결제 기한 안에 다시 결제해 주세요.",
        refresh_s: None,
    };
    const GIVEN_UP: Self = Self {
        tone: "bad",
        title: "결제를 마치지 않으셨습니다",
        title_en: "Payment cancelled",
        text: "이 결제는 취소되었습니다. 청구된 금액은 없습니다.",
        next: "주문은 결제 기한까지 남아 있으니 다시 결제하실 수 있습니다.",
        refresh_s: None,
    };
    const ORDER_EXPIRED: Self = Self {
        tone: "bad",
        title: "결제 기한이 지났습니다",
        title_en: "The order has expired",
        text: "기한 안에 결제되지 않아 주문이 취소되었습니다. 청구된 금액은 없습니다.",
        next: "상품이 남아 있다면 새로 주문해 주세요.",
        refresh_s: None,
    };
    const ORDER_CANCELLED: Self = Self {
        tone: "bad",
        title: "취소된 주문입니다",
        title_en: "The order was cancelled",
        text: "이 주문은 결제 전에 취소되었습니다. 청구된 금액은 없습니다.",
        next: "상품이 남아 있다면 새로 주문해 주세요.",
        refresh_s: None,
    };
    const PAID_OTHERWISE: Self = Self {
        tone: "good",
        title: "이미 결제된 주문입니다",
        title_en: "Already paid with another payment",
        text: "이 주문은 다른 결제로 완료되었습니다. 이 결제로 청구된 금액은 없습니다.",
        next: "주문 내역에서 진행 상황을 확인하실 수 있습니다.",
        refresh_s: None,
    };
    /// There is no such payment.
    pub(crate) const NOT_FOUND: Self = Self {
        tone: "bad",
        title: "결제를 찾을 수 없습니다",
        title_en: "No such payment",
        text: "주소가 잘못되었거나 없는 결제입니다.",
        next: "주문 내역에서 결제를 다시 확인해 주세요.",
        refresh_s: None,
    };
    /// We cannot tell at the moment.
    pub(crate) const UNAVAILABLE: Self = Self {
        tone: "wait",
        title: "잠시 결과를 보여 드릴 수 없습니다",
        title_en: "Temporarily unavailable",
        text: "결제 내용은 안전하게 남아 있습니다. 다시 결제하지 마세요.",
        next: "잠시 기다려 주세요. 이 화면은 저절로 새로 고쳐집니다.",
        refresh_s: Some(5),
    };
}

/// An order's state in a few words.
pub(crate) const fn order_words(state: OrderState) -> &'static str {
    match state {
        OrderState::PendingPayment => "결제 대기",
        OrderState::Paid => "결제 완료",
        OrderState::Preparing => "상품 준비 중",
        OrderState::Shipped => "배송 중",
        OrderState::Delivered => "배송 완료",
        OrderState::Completed => "구매 확정",
        OrderState::Expired => "결제 기한 지남",
        OrderState::Cancelled => "주문 취소",
        OrderState::PartiallyRefunded => "일부 환불",
        OrderState::Refunded => "환불 완료",
    }
}

/// An amount as Korean readers write it; other currencies plainly.
pub(crate) fn money_words(money: Money) -> String {
    if money.currency() != Currency::Krw {
        return money.to_string();
    }
    let digits = money.minor().unsigned_abs().to_string();
    let mut text = String::from(if money.minor() < 0 { "-" } else { "" });
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text.push('원');
    text
}

/// Hour and minute in Korea, which is nine hours ahead of UTC all year.
pub(crate) fn hour_words(at: Timestamp) -> String {
    const AHEAD_S: i64 = 9 * 60 * 60;
    let minutes = (at.as_seconds() + AHEAD_S).div_euclid(60);
    let (hour, minute) = (minutes.div_euclid(60).rem_euclid(24), minutes.rem_euclid(60));
    format!("{hour:02}:{minute:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNPAID: [AttemptState; 4] = [
        AttemptState::Created,
        AttemptState::Declined,
        AttemptState::NotSent,
        AttemptState::Aborted,
    ];

    #[test]
    fn only_a_payment_that_may_still_move_refreshes_the_page() {
        for payment in AttemptState::ALL {
            for order in OrderState::ALL {
                let refreshes = Words::of(payment, order, false).refresh_s.is_some();
                let moves = matches!(payment, AttemptState::Sent | AttemptState::Unknown);
                assert_eq!(refreshes, moves, "{payment:?} {order:?}");
            }
        }
    }

    #[test]
    fn no_page_claims_success_without_a_capture() {
        for payment in UNPAID {
            for order in [OrderState::PendingPayment, OrderState::Expired, OrderState::Cancelled] {
                for is_payable in [true, false] {
                    let words = Words::of(payment, order, is_payable);
                    assert_ne!(words.tone, "good", "{payment:?} {order:?}");
                    assert!(words.text.contains("청구된 금액은 없습니다"), "{words:?}");
                }
            }
        }
    }

    #[test]
    fn an_unpaid_order_says_why_until_its_time_is_over() {
        let pending = OrderState::PendingPayment;
        let said = UNPAID.map(|payment| Words::of(payment, pending, true).title_en);
        let reasons = [
            "Not paid yet",
            "Payment declined",
            "The payment provider could not be reached",
            "Payment cancelled",
        ];
        assert_eq!(said, reasons);
        for payment in UNPAID {
            let late = Words::of(payment, pending, false);
            assert_eq!(late, Words::of(payment, OrderState::Expired, false));
            assert_eq!(late.title_en, "The order has expired");
        }
    }

    #[test]
    fn another_payment_of_a_paid_order_says_so() {
        let words = Words::of(AttemptState::Aborted, OrderState::Paid, false);
        assert_eq!(words.title_en, "Already paid with another payment");
        let words = Words::of(AttemptState::Succeeded, OrderState::Shipped, false);
        assert_eq!(words.title_en, "Payment complete");
        let words = Words::of(AttemptState::Succeeded, OrderState::Refunded, false);
        assert_eq!(words.title_en, "Refunded in full");
    }

    #[test]
    fn amounts_are_grouped_in_threes() {
        for (won, text) in [
            (0, "0원"),
            (999, "999원"),
            (1_000, "1,000원"),
            (12_900, "12,900원"),
            (1_234_567, "1,234,567원"),
            (-12_900, "-12,900원"),
        ] {
            assert_eq!(money_words(Money::won(won)), text);
        }
        assert_eq!(money_words(Money::new(1_905, Currency::Usd)), "19.05 USD");
    }

    #[test]
    fn hours_are_korean() {
        for (utc, seoul) in [
            ("2026-11-21T02:03:04Z", "11:03"),
            ("2026-11-21T15:00:00Z", "00:00"),
            ("1969-12-31T14:59:59Z", "23:59"),
        ] {
            assert_eq!(hour_words(utc.parse().unwrap()), seoul);
        }
    }
}
