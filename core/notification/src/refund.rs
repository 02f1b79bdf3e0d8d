//! Tells a buyer that money is on its way back.

use jangbogo_kernel::{Money, Timestamp};

use crate::Mail;
use crate::words::{amount_in_english, amount_in_korean, korean_time, one_line};

/// What the notice of a refund tells.
#[derive(Clone, Copy)]
pub struct RefundNotice<'a> {
    /// The buyer's address.
    pub to: &'a str,
    /// The order's id.
    pub order: &'a str,
    /// The refund's own id: an order may have several.
    pub refund: &'a str,
    /// What is paid back.
    pub amount: Money,
    /// When it was refunded.
    pub refunded_at: Timestamp,
}

impl RefundNotice<'_> {
    /// The mail; one per refund.
    pub fn compose(&self) -> Mail {
        let order = one_line(self.order);
        let amount = amount_in_korean(self.amount);
        let amount_in_english = amount_in_english(self.amount);
        let refunded_at = korean_time(self.refunded_at);
        Mail {
            to: self.to.to_owned(),
            subject: format!("[장보고] {amount}이 환불되었습니다 ({order})"),
            text: format!(
                "환불이 처리되었습니다.\n\
                 결제 수단에 따라 입금까지 며칠이 걸릴 수 있습니다.\n\
                 \n\
                 주문번호: {order}\n\
                 환불금액: {amount}\n\
                 환불시각: {refunded_at} (한국 시간)\n\
                 \n\
                 ----\n\
                 {amount_in_english} of your order {order} has been refunded.\n"
            ),
            key: format!("refund-{}", one_line(self.refund)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refund_of_an_order_has_its_own_mail() {
        let notice = RefundNotice {
            to: "buyer@example.com",
            order: "ord_7",
            refund: "ref_1",
            amount: Money::won(12_900),
            refunded_at: "2026-11-21T02:03:04Z".parse().unwrap(),
        };
        let mail = notice.compose();
        assert_eq!(mail.to, "buyer@example.com");
        assert_eq!(mail.key, "refund-ref_1");
        assert_eq!(mail.subject, "[장보고] 12,900원이 환불되었습니다 (ord_7)");
        assert!(mail.text.contains("환불금액: 12,900원"));
        assert!(mail.text.contains("환불시각: 2026-11-21 11:03 (한국 시간)"));
        assert!(mail.text.contains("12,900 KRW of your order ord_7"));
        let second = RefundNotice { refund: "ref_2", ..notice };
        assert_ne!(second.compose().key, mail.key);
    }
}
