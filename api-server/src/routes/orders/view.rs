//! How orders look.

use jangbogo_member::{AccessError, AddressDetails, Caller};
use jangbogo_ordering::{HistoryEntry, Order, OrderDetail, OrderId, OrderLine};
use jangbogo_payment::{Attempt, Operation, RefundPart};
use jangbogo_setup::Shop;
use serde::Serialize;
use utoipa::ToSchema;

use crate::problem::Problem;
use crate::routes::payments::status_name;
use crate::routes::view::MoneyView;

/// An order as it stands in a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OrderSummaryView {
    /// The order.
    #[schema(examples("ord_019a2f3e4b5c7d8e9f0a1b2c3d4e5f60"))]
    id: String,
    /// Where it is: `pending_payment`, `paid`, `preparing`, `shipped`, `delivered`, `completed`,
    /// `expired`, `cancelled`, `partially_refunded` or `refunded`.
    #[schema(examples("pending_payment"))]
    status: &'static str,
    /// What the buyer pays.
    total: MoneyView,
    /// What went back so far.
    refunded: MoneyView,
    /// At the prices of the moment of placing.
    lines: Vec<OrderLineView>,
    /// When it was placed.
    placed_at: String,
    /// When it expires if it is not paid.
    expires_at: String,
}

/// An order with everything that the buyer may know of it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OrderView {
    #[serde(flatten)]
    summary: OrderSummaryView,
    /// Where it goes: a copy, which later changes of the address book do not touch.
    receiver: ReceiverView,
    /// Its steps, oldest first.
    history: Vec<HistoryView>,
    /// Attempts to pay it, oldest first.
    payments: Vec<OrderPaymentView>,
    /// Refunds, oldest first.
    refunds: Vec<OrderRefundView>,
}

/// A line of an order.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OrderLineView {
    /// 1, 2, 3 …
    number: i64,
    /// The product.
    product_id: String,
    /// Its name when it was ordered.
    product_name: String,
    /// Its price when it was ordered.
    unit_price: MoneyView,
    /// Pieces.
    quantity: i64,
    /// `unit_price × quantity`.
    total: MoneyView,
    /// Pieces that were refunded and came back.
    returned: i64,
}

/// Where an order goes.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReceiverView {
    /// Who receives it.
    name: String,
    /// Their telephone number.
    phone: String,
    /// Five digits.
    postcode: String,
    /// Road address.
    address1: String,
    /// Building, floor, room; may be empty.
    address2: String,
}

/// A step of an order.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HistoryView {
    /// The state that it led to.
    status: &'static str,
    /// Why.
    reason: String,
    /// When.
    at: String,
}

/// An attempt to pay an order.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OrderPaymentView {
    /// The payment.
    id: String,
    /// `created`, `pending`, `under_review`, `succeeded`, `declined`, `failed` or `cancelled`.
    status: &'static str,
    /// Through whom.
    provider: String,
    /// How much.
    amount: MoneyView,
    /// When it was begun.
    created_at: String,
}

/// A refund of an order.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OrderRefundView {
    /// The refund.
    id: String,
    /// `pending`, `under_review`, `succeeded`, `declined`, `failed` or `cancelled`.
    status: &'static str,
    /// How much.
    amount: MoneyView,
    /// The words of who asked for it.
    reason: String,
    /// When it was asked for.
    created_at: String,
    /// When its outcome was known.
    settled_at: Option<String>,
}

impl OrderView {
    /// The order as it is now; to everybody but its buyer and admins it does not exist.
    pub(crate) async fn load(shop: &Shop, caller: &Caller, id: OrderId) -> Result<Self, Problem> {
        let found = shop.orders.find(id).await?;
        let detail = found.ok_or(AccessError::Hidden)?;
        caller.require_owner(detail.order.buyer)?;
        let attempts = shop.payments.of_order(id).await?;
        Ok(Self::of(&detail, &attempts))
    }

    fn of(detail: &OrderDetail, attempts: &[Attempt]) -> Self {
        let mut payments = Vec::new();
        let mut refunds: Vec<OrderRefundView> = Vec::new();
        for attempt in attempts {
            match &attempt.operation {
                Operation::Capture => payments.push(OrderPaymentView::of(attempt)),
                Operation::Refund(part) => {
                    let refund = OrderRefundView::of(attempt, part);
                    // A further try is the same refund to the buyer.
                    refunds.retain(|earlier| earlier.id != refund.id);
                    refunds.push(refund);
                }
            }
        }
        Self {
            summary: OrderSummaryView::of(&detail.order),
            receiver: ReceiverView::of(&detail.order.receiver),
            history: detail.history.iter().map(HistoryView::of).collect(),
            payments,
            refunds,
        }
    }
}

impl OrderSummaryView {
    pub(crate) fn of(order: &Order) -> Self {
        Self {
            id: order.id.to_string(),
            status: order.state.name(),
            total: order.total.into(),
            refunded: order.refunded.into(),
            lines: order.lines.iter().map(OrderLineView::of).collect(),
            placed_at: order.placed_at.to_string(),
            expires_at: order.expires_at.to_string(),
        }
    }
}

impl OrderLineView {
    fn of(line: &OrderLine) -> Self {
        Self {
            number: line.number,
            product_id: line.product.to_string(),
            product_name: line.product_name.clone(),
            unit_price: line.unit_price.into(),
            quantity: line.quantity.get(),
            total: line.total.into(),
            returned: line.returned,
        }
    }
}

impl ReceiverView {
    fn of(receiver: &AddressDetails) -> Self {
        Self {
            name: receiver.name.clone(),
            phone: receiver.phone.as_str().to_owned(),
            postcode: receiver.postcode.clone(),
            address1: receiver.address1.clone(),
            address2: receiver.address2.clone(),
        }
    }
}

impl HistoryView {
    fn of(entry: &HistoryEntry) -> Self {
        Self { status: entry.state.name(), reason: entry.reason.clone(), at: entry.at.to_string() }
    }
}

impl OrderPaymentView {
    fn of(attempt: &Attempt) -> Self {
        Self {
            id: attempt.id.to_string(),
            status: status_name(attempt),
            provider: attempt.provider.0.clone(),
            amount: attempt.amount.into(),
            created_at: attempt.created_at.to_string(),
        }
    }
}

impl OrderRefundView {
    fn of(attempt: &Attempt, part: &RefundPart) -> Self {
        Self {
            id: part.request.to_string(),
            status: status_name(attempt),
            amount: attempt.amount.into(),
            reason: part.reason.clone(),
            created_at: attempt.created_at.to_string(),
            settled_at: attempt.settled_at.map(|at| at.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use jangbogo_ordering::OrderState;
    use jangbogo_payment::AttemptState;
    use serde_json::json;

    use super::*;
    use crate::routes::payments::samples::{order, payment, refund, time};

    #[test]
    fn payments_and_refunds_are_told_apart() {
        let detail = OrderDetail {
            order: order(OrderState::Paid),
            history: vec![HistoryEntry {
                state: OrderState::Paid,
                reason: "captured".to_owned(),
                at: time("2026-11-21T02:03:04Z"),
            }],
        };
        let attempts = [
            payment(AttemptState::Aborted),
            payment(AttemptState::Succeeded),
            refund(AttemptState::Unknown),
        ];
        let view = serde_json::to_value(OrderView::of(&detail, &attempts)).unwrap();
        assert_eq!(view["status"], "paid");
        assert_eq!(view["total"], json!({"amount": 25_800, "currency": "KRW"}));
        assert_eq!(view["expires_at"], "2026-11-21T02:05:00Z");
        assert_eq!(view["payments"][0]["status"], "cancelled");
        assert_eq!(view["payments"][1]["status"], "succeeded");
        assert_eq!(view["payments"].as_array().unwrap().len(), 2);
        assert_eq!(view["refunds"].as_array().unwrap().len(), 1);
        let refund = &view["refunds"][0];
        assert_eq!(refund["id"], "rfd_00000000000000000000000000000005");
        assert_eq!(refund["status"], "pending");
        assert_eq!(refund["settled_at"], json!(null));
        let step = json!({"status": "paid", "reason": "captured", "at": "2026-11-21T02:03:04Z"});
        assert_eq!(view["history"], json!([step]));
    }
}
