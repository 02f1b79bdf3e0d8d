//! An order and attempts to pay it, for tests.

use jangbogo_kernel::{Id, Money, Quantity, Timestamp, Uuid};
use jangbogo_member::AddressDetails;
use jangbogo_ordering::{Order, OrderLine, OrderState};
use jangbogo_payment::{Attempt, AttemptState, Operation, ProviderName, RefundPart};

fn id<T: ?Sized>(value: u128) -> Id<T> {
    Id::new(Uuid::from_u128(value))
}

pub(crate) fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn line(number: i64, name: &str) -> OrderLine {
    OrderLine {
        number,
        product: id(10),
        seller: id(11),
        product_name: name.to_owned(),
        unit_price: Money::won(12_900),
        quantity: Quantity::ONE,
        total: Money::won(12_900),
        returned: 0,
    }
}

pub(crate) fn order(state: OrderState) -> Order {
    let receiver = AddressDetails::parse("홍길동", "010-1234-5678", "04524", "세종대로 110", "3층");
    Order {
        id: id(1),
        buyer: id(2),
        origin: jangbogo_ordering::OrderOrigin::Buyer,
        state,
        lines: vec![line(1, "<b>홍삼</b> & 꿀"), line(2, "비타민")],
        total: Money::won(25_800),
        refunded: Money::won(0),
        receiver: receiver.unwrap(),
        placed_at: time("2026-11-21T02:00:00Z"),
        expires_at: time("2026-11-21T02:05:00Z"),
        capture_in_flight: None,
        version: 1,
    }
}

pub(crate) fn payment(state: AttemptState) -> Attempt {
    Attempt {
        id: id(3),
        intent: id(4),
        order: id(1),
        buyer: id(2),
        number: 1,
        operation: Operation::Capture,
        provider: ProviderName("kakaopay".to_owned()),
        way: jangbogo_payment::Way::Session,
        merchant_ref: "ours".to_owned(),
        amount: Money::won(25_800),
        state,
        version: 1,
        session: None,
        provider_transaction: None,
        problem: Some("-752: http://10.0.0.7 said no".to_owned()),
        raw: None,
        created_at: time("2026-11-21T02:01:00Z"),
        sent_at: None,
        settled_at: None,
        due_at: None,
        lookups: 0,
        missing_since: None,
        is_surplus: false,
    }
}

pub(crate) fn refund(state: AttemptState) -> Attempt {
    Attempt {
        id: id(5),
        number: 2,
        operation: Operation::Refund(RefundPart {
            request: id(5),
            refunded_before: Money::won(0),
            captured: Money::won(25_800),
            returned: Vec::new(),
            reason: "changed my mind".to_owned(),
        }),
        amount: Money::won(5_000),
        ..payment(state)
    }
}
