//! The page in each of its states.

use jangbogo_kernel::Money;
use jangbogo_payment::AttemptState;

use super::*;
use crate::routes::payments::samples::{order, payment, time};

fn html(payment_state: AttemptState, order: &Order, now: &str) -> String {
    let page = ResultPage::of(&payment(payment_state), order, time(now));
    page.render().unwrap()
}

const IN_TIME: &str = "2026-11-21T02:04:59.999999Z";
const TOO_LATE: &str = "2026-11-21T02:05:00Z";

#[test]
fn a_paid_order_is_shown_with_its_items_and_total() {
    let html = html(AttemptState::Succeeded, &order(OrderState::Paid), TOO_LATE);
    assert!(html.contains("<h1>결제가 완료되었습니다</h1>"), "{html}");
    assert!(html.contains("ord_00000000000000000000000000000001"));
    assert!(html.contains("25,800원"));
    assert!(html.contains("외 1건"));
    assert!(html.contains(r#"data-payment="succeeded" data-order="paid""#));
    assert!(!html.contains("http-equiv"));
    assert!(!html.contains("결제 기한</dt>"));
}

#[test]
fn an_unknown_outcome_keeps_asking() {
    let pending = order(OrderState::PendingPayment);
    let html = html(AttemptState::Unknown, &pending, IN_TIME);
    assert!(html.contains(r#"<meta http-equiv="refresh" content="3">"#));
    assert!(html.contains(r#"data-payment="pending""#));
    assert!(html.contains("다시 결제하지 마세요"));
}

#[test]
fn a_declined_payment_can_be_repeated_until_the_order_expires() {
    let pending = order(OrderState::PendingPayment);
    let in_time = html(AttemptState::Declined, &pending, IN_TIME);
    assert!(in_time.contains("<h1>결제가 거절되었습니다</h1>"));
    assert!(in_time.contains("11:05 (한국 시각)"));
    let too_late = html(AttemptState::Declined, &pending, TOO_LATE);
    assert!(too_late.contains("<h1>결제 기한이 지났습니다</h1>"));
    assert!(!too_late.contains("한국 시각"));
}

#[test]
fn a_refund_shows_what_went_back() {
    let mut refunded = order(OrderState::PartiallyRefunded);
    refunded.refunded = Money::won(12_900);
    let html = html(AttemptState::Succeeded, &refunded, TOO_LATE);
    assert!(html.contains("환불된 금액</dt><dd>12,900원"));
}

#[test]
fn names_are_escaped_and_nothing_personal_or_internal_is_told() {
    for payment in AttemptState::ALL {
        for state in OrderState::ALL {
            let html = html(payment, &order(state), IN_TIME);
            assert!(!html.contains("<b>"), "{html}");
            for secret in ["홍길동", "01012345678", "세종대로", "04524", "10.0.0.7", "mem_"]
            {
                assert!(!html.contains(secret), "{secret} in {html}");
            }
        }
    }
}

#[test]
fn a_page_without_a_payment_has_no_summary() {
    let html = ResultPage::plain(Words::NOT_FOUND).render().unwrap();
    assert!(html.contains("<h1>결제를 찾을 수 없습니다</h1>"));
    assert!(!html.contains("<dl"));
}

#[test]
fn one_item_is_named_alone() {
    let mut single = order(OrderState::Paid);
    single.lines.truncate(1);
    assert_eq!(items(&single), "<b>홍삼</b> & 꿀");
    single.lines.clear();
    assert_eq!(items(&single), "");
}
