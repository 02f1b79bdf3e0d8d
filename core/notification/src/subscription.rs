//! Tells a member about the charges of a subscription: before, after, and when there will be none.

use std::fmt::Write as _;

use jangbogo_kernel::Money;

use crate::Mail;
use crate::words::{amount_in_english, amount_in_korean, one_line};

/// A product of a charge that is announced.
#[derive(Clone, Copy)]
pub struct AnnouncedItem<'a> {
    /// Its name.
    pub name: &'a str,
    /// Pieces.
    pub quantity: i64,
    /// What one piece will cost.
    pub price: Money,
    /// What it cost before.
    pub price_before: Money,
}

/// What will be charged, and on which day.
#[derive(Clone, Copy)]
pub struct ChargeAnnouncement<'a> {
    /// The member's address.
    pub to: &'a str,
    /// The subscription's id.
    pub subscription: &'a str,
    /// `2026-11-21`.
    pub day: &'a str,
    /// What for.
    pub items: &'a [AnnouncedItem<'a>],
    /// In all.
    pub total: Money,
}

/// What was charged.
#[derive(Clone, Copy)]
pub struct ChargeNotice<'a> {
    /// The member's address.
    pub to: &'a str,
    /// The subscription's id.
    pub subscription: &'a str,
    /// The order that was paid.
    pub order: &'a str,
    /// In all.
    pub total: Money,
    /// The next day, if there is one.
    pub next_day: Option<&'a str>,
}

/// That a charge was declined and will be tried again.
#[derive(Clone, Copy)]
pub struct ChargeDeclinedNotice<'a> {
    /// The member's address.
    pub to: &'a str,
    /// The subscription's id.
    pub subscription: &'a str,
    /// What was to be charged.
    pub total: Money,
    /// The day of the next try.
    pub next_day: &'a str,
}

/// That a delivery was left out because there was too little in stock.
#[derive(Clone, Copy)]
pub struct DeliveryLeftOutNotice<'a> {
    /// The member's address.
    pub to: &'a str,
    /// The subscription's id.
    pub subscription: &'a str,
    /// The day that it was for.
    pub day: &'a str,
    /// The next day.
    pub next_day: &'a str,
}

/// That nothing more will be charged.
#[derive(Clone, Copy)]
pub struct SubscriptionEndedNotice<'a> {
    /// The member's address.
    pub to: &'a str,
    /// The subscription's id.
    pub subscription: &'a str,
    /// `member`, `not_paid`, `declined`, `agreement_ended`, `agreement_lost`.
    pub reason: &'a str,
}

impl ChargeAnnouncement<'_> {
    /// The mail; one per cycle. New prices stand beside the old ones.
    pub fn compose(&self) -> Mail {
        let subscription = one_line(self.subscription);
        let (day, total) = (one_line(self.day), amount_in_korean(self.total));
        let is_new = self.items.iter().any(|item| item.price != item.price_before);
        let subject = if is_new {
            format!("[장보고] 정기결제 예정 안내: 가격이 변경됩니다 ({day})")
        } else {
            format!("[장보고] 정기결제 예정 안내 ({day})")
        };
        let mut lines = String::new();
        for item in self.items {
            // Writing to a string cannot fail.
            let _ = write!(
                lines,
                "- {} × {}: 개당 {}",
                one_line(item.name),
                item.quantity,
                amount_in_korean(item.price)
            );
            if item.price != item.price_before {
                let _ = write!(lines, " (이전 {})", amount_in_korean(item.price_before));
            }
            lines.push('\n');
        }
        Mail {
            to: self.to.to_owned(),
            subject,
            text: format!(
                "{day}에 정기결제가 예정되어 있습니다.\n\
                 원하지 않으시면 그 전에 건너뛰거나 해지하실 수 있습니다.\n\
                 \n\
                 {lines}\
                 결제예정금액: {total}\n\
                 구독번호: {subscription}\n\
                 \n\
                 ----\n\
                 {} will be charged on {day}{} for your subscription {subscription}.\n",
                amount_in_english(self.total),
                if is_new { ", at new prices," } else { "" },
            ),
            key: format!("charge-announced-{subscription}-{day}"),
        }
    }
}

impl ChargeNotice<'_> {
    /// The mail; one per charge.
    pub fn compose(&self) -> Mail {
        let (subscription, order) = (one_line(self.subscription), one_line(self.order));
        let total = amount_in_korean(self.total);
        let next = match self.next_day {
            Some(day) => format!("다음 결제 예정일: {}\n", one_line(day)),
            None => "정기구독이 종료되어 다음 결제는 없습니다.\n".to_owned(),
        };
        Mail {
            to: self.to.to_owned(),
            subject: format!("[장보고] 정기결제 {total}이 완료되었습니다"),
            text: format!(
                "정기결제가 완료되었습니다.\n\
                 \n\
                 결제금액: {total}\n\
                 주문번호: {order}\n\
                 구독번호: {subscription}\n\
                 {next}\
                 \n\
                 ----\n\
                 {} was charged for your subscription {subscription}, order {order}.\n",
                amount_in_english(self.total),
            ),
            key: format!("charged-{order}"),
        }
    }
}

impl ChargeDeclinedNotice<'_> {
    /// The mail; one per try.
    pub fn compose(&self) -> Mail {
        let (subscription, day) = (one_line(self.subscription), one_line(self.next_day));
        let total = amount_in_korean(self.total);
        Mail {
            to: self.to.to_owned(),
            subject: "[장보고] 정기결제가 승인되지 않았습니다".to_owned(),
            text: format!(
                "정기결제 {total}이 승인되지 않았습니다. 잔액과 한도를 확인해 주세요.\n\
                 {day}에 다시 결제를 시도합니다.\n\
                 \n\
                 구독번호: {subscription}\n\
                 \n\
                 ----\n\
                 {} for your subscription {subscription} was declined; we will try again on \
                 {day}.\n",
                amount_in_english(self.total),
            ),
            key: format!("charge-declined-{subscription}-{day}"),
        }
    }
}

impl DeliveryLeftOutNotice<'_> {
    /// The mail; one per cycle.
    pub fn compose(&self) -> Mail {
        let subscription = one_line(self.subscription);
        let (day, next_day) = (one_line(self.day), one_line(self.next_day));
        Mail {
            to: self.to.to_owned(),
            subject: format!("[장보고] 재고 부족으로 {day} 정기배송을 건너뜁니다"),
            text: format!(
                "재고가 부족하여 {day} 정기배송을 보내 드리지 못합니다.\n\
                 결제는 이루어지지 않았습니다. 다음 결제 예정일은 {next_day}입니다.\n\
                 \n\
                 구독번호: {subscription}\n\
                 \n\
                 ----\n\
                 Too little is in stock for the delivery of {day} of your subscription \
                 {subscription}. Nothing was charged; the next one is on {next_day}.\n"
            ),
            key: format!("left-out-{subscription}-{day}"),
        }
    }
}

impl SubscriptionEndedNotice<'_> {
    /// The mail; one per subscription.
    pub fn compose(&self) -> Mail {
        let subscription = one_line(self.subscription);
        let (korean, english) = match self.reason {
            "not_paid" => ("첫 결제가 이루어지지 않았습니다.", "its first order was not paid"),
            "declined" => ("결제가 승인되지 않았습니다.", "its charge was declined for good"),
            "agreement_ended" => {
                ("결제사에서 정기결제가 해지되었습니다.", "it was ended at the payment provider")
            }
            "agreement_lost" => (
                "첫 주문은 결제되었으나 정기결제 등록이 완료되지 않았습니다. 다시 신청해 주세요.",
                "its first order was paid, but the provider did not register further charges; \
                 please subscribe again",
            ),
            _ => ("요청하신 대로 해지되었습니다.", "you asked for it"),
        };
        Mail {
            to: self.to.to_owned(),
            subject: "[장보고] 정기구독이 종료되었습니다".to_owned(),
            text: format!(
                "정기구독이 종료되었습니다. {korean}\n\
                 더 이상 결제되지 않습니다.\n\
                 \n\
                 구독번호: {subscription}\n\
                 \n\
                 ----\n\
                 Your subscription {subscription} has ended: {english}. Nothing more will be \
                 charged.\n"
            ),
            key: format!("subscription-ended-{subscription}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TO: &str = "member@example.com";

    #[test]
    fn a_new_price_stands_beside_the_old_one() {
        let item = |price| AnnouncedItem {
            name: "루테인\n합계: 0원",
            quantity: 2,
            price: Money::won(price),
            price_before: Money::won(12_900),
        };
        let announce = |items: &[AnnouncedItem<'_>]| {
            let (subscription, day) = ("sub_7", "2026-12-21");
            let total = Money::won(26_000);
            ChargeAnnouncement { to: TO, subscription, day, items, total }.compose()
        };
        let same = announce(&[item(12_900)]);
        assert!(!same.subject.contains("가격") && !same.text.contains("이전"), "{}", same.text);
        let new = announce(&[item(13_000)]);
        assert!(new.subject.contains("가격이 변경됩니다 (2026-12-21)"), "{}", new.subject);
        assert!(new.text.contains("루테인 합계: 0원 × 2: 개당 13,000원 (이전 12,900원)"));
        assert!(new.text.contains("26,000 KRW will be charged on 2026-12-21, at new prices"));
    }

    #[test]
    fn every_charge_tells_what_comes_next() {
        let notice = ChargeNotice {
            to: TO,
            subscription: "sub_7",
            order: "ord_7",
            total: Money::won(12_900),
            next_day: Some("2027-01-20"),
        };
        let mail = notice.compose();
        assert_eq!(mail.key, "charged-ord_7");
        assert!(mail.text.contains("다음 결제 예정일: 2027-01-20"), "{}", mail.text);
        let last = ChargeNotice { next_day: None, ..notice }.compose();
        assert!(last.text.contains("다음 결제는 없습니다"), "{}", last.text);
        let (subscription, next_day) = ("sub_7", "2026-12-22");
        let total = Money::won(12_900);
        let declined = ChargeDeclinedNotice { to: TO, subscription, total, next_day }.compose();
        assert!(declined.text.contains("2026-12-22에 다시 결제를 시도합니다"), "{}", declined.text);
        let (day, next_day) = ("2026-12-21", "2027-01-20");
        let left_out = DeliveryLeftOutNotice { to: TO, subscription, day, next_day }.compose();
        assert!(left_out.text.contains("Nothing was charged"), "{}", left_out.text);
    }

    #[test]
    fn every_end_has_words_of_its_own() {
        let mut texts: Vec<String> =
            ["member", "not_paid", "declined", "agreement_ended", "agreement_lost"]
                .map(|reason| {
                    let subscription = "sub_7";
                    SubscriptionEndedNotice { to: TO, subscription, reason }.compose().text
                })
                .to_vec();
        texts.sort_unstable();
        texts.dedup();
        assert_eq!(texts.len(), 5);
    }
}
