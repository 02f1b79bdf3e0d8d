//! Tells a buyer that an order was not paid in time.

use jangbogo_kernel::Timestamp;

use crate::Mail;
use crate::words::{korean_time, one_line};

/// What the notice of an expired order tells.
#[derive(Clone, Copy)]
pub struct OrderExpiredNotice<'a> {
    /// The buyer's address.
    pub to: &'a str,
    /// The order's id.
    pub order: &'a str,
    /// When the time to pay ran out.
    pub expired_at: Timestamp,
}

impl OrderExpiredNotice<'_> {
    /// The mail; one per order.
    pub fn compose(&self) -> Mail {
        let order = one_line(self.order);
        let expired_at = korean_time(self.expired_at);
        Mail {
            to: self.to.to_owned(),
            subject: format!("[장보고] 결제 기한이 지나 주문이 취소되었습니다 ({order})"),
            text: format!(
                "결제 기한이 지나 주문이 자동으로 취소되었습니다.\n\
                 상품이 필요하시면 다시 주문해 주세요.\n\
                 \n\
                 주문번호: {order}\n\
                 결제기한: {expired_at} (한국 시간)\n\
                 \n\
                 ----\n\
                 Your order {order} was not paid in time and has been cancelled.\n"
            ),
            key: format!("order-expired-{order}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_buyer_reads_which_order_ended_and_when() {
        let mail = OrderExpiredNotice {
            to: "buyer@example.com",
            order: "ord_7",
            expired_at: "2026-11-21T02:03:04Z".parse().unwrap(),
        }
        .compose();
        assert_eq!(mail.to, "buyer@example.com");
        assert_eq!(mail.key, "order-expired-ord_7");
        assert!(mail.subject.contains("ord_7"));
        assert!(mail.text.contains("결제기한: 2026-11-21 11:03 (한국 시간)"));
        assert!(mail.text.contains("Your order ord_7 was not paid in time"));
    }
}
