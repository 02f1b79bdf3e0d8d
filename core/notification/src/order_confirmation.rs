//! Tells a buyer what they have ordered.

use std::fmt::Write as _;

use jangbogo_kernel::{Money, Quantity, Timestamp};

use crate::Mail;
use crate::words::{amount_in_english, amount_in_korean, korean_time, one_line};

/// What the confirmation of an order tells.
#[derive(Clone, Copy)]
pub struct OrderConfirmation<'a> {
    /// The buyer's address.
    pub to: &'a str,
    /// The order's id.
    pub order: &'a str,
    /// When it was placed.
    pub placed_at: Timestamp,
    /// What was ordered.
    pub lines: &'a [OrderLine<'a>],
    /// What it costs.
    pub total: Money,
}

/// A product of the order.
#[derive(Debug, Clone, Copy)]
pub struct OrderLine<'a> {
    /// The product's name when it was ordered.
    pub name: &'a str,
    /// How many.
    pub quantity: Quantity,
    /// What they cost together.
    pub amount: Money,
}

impl OrderConfirmation<'_> {
    /// The mail; one per order.
    pub fn compose(&self) -> Mail {
        let order = one_line(self.order);
        let mut lines = String::new();
        for line in self.lines {
            let name = one_line(line.name);
            let amount = amount_in_korean(line.amount);
            // Writing to a string cannot fail.
            let _ = writeln!(lines, "- {name} × {} = {amount}", line.quantity);
        }
        let placed_at = korean_time(self.placed_at);
        let total = amount_in_korean(self.total);
        let total_in_english = amount_in_english(self.total);
        Mail {
            to: self.to.to_owned(),
            subject: format!("[장보고] 주문이 접수되었습니다 ({order})"),
            text: format!(
                "주문해 주셔서 감사합니다.\n\
                 \n\
                 주문번호: {order}\n\
                 주문시각: {placed_at} (한국 시간)\n\
                 \n\
                 {lines}\
                 \n\
                 합계: {total}\n\
                 \n\
                 ----\n\
                 Thank you for your order {order}. Total: {total_in_english}.\n"
            ),
            key: format!("order-confirmation-{order}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_buyer_reads_what_was_ordered() {
        let mail = OrderConfirmation {
            to: "buyer@example.com",
            order: "ord_7",
            placed_at: "2026-11-21T02:03:04Z".parse().unwrap(),
            lines: &[
                OrderLine {
                    name: "완도 김",
                    quantity: Quantity::try_new(2).unwrap(),
                    amount: Money::won(25_800),
                },
                OrderLine {
                    name: "참기름\n합계: 0원",
                    quantity: Quantity::ONE,
                    amount: Money::won(1_009_000),
                },
            ],
            total: Money::won(1_034_800),
        }
        .compose();
        assert_eq!(mail.to, "buyer@example.com");
        assert_eq!(mail.subject, "[장보고] 주문이 접수되었습니다 (ord_7)");
        assert_eq!(mail.key, "order-confirmation-ord_7");
        let expected = "주문해 주셔서 감사합니다.

주문번호: ord_7
주문시각: 2026-11-21 11:03 (한국 시간)

- 완도 김 × 2 = 25,800원
- 참기름 합계: 0원 × 1 = 1,009,000원

합계: 1,034,800원

----
Thank you for your order ord_7. Total: 1,034,800 KRW.
";
        assert_eq!(mail.text, expected);
    }
}
