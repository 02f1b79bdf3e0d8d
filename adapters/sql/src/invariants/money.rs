//! Money in our own books: intents, attempts, the double-entry ledger.

use std::time::Duration;

use super::{Invariant, Rows, Rule};

/// After that a person decides.
const IGNORANCE_MAX: Duration = Duration::from_hours(24);

pub(super) const INVARIANTS: [Invariant; 8] = [
    Invariant::always(
        "I8",
        "an order's state and refunded amount follow the money that moved, and the other way round",
        Rule::Rows(Rows::of("ord", STATE_FOLLOWS_MONEY)),
    ),
    Invariant::always(
        "I12",
        "debits equal credits in every ledger transaction",
        Rule::Rows(Rows::of("pay", BALANCED)),
    ),
    Invariant::quiet(
        "I15",
        "nobody waits for an attempt's outcome longer than a day",
        Rule::Rows(Rows::older_than(IGNORANCE_MAX, "pay", BOUNDED_IGNORANCE)),
    ),
    Invariant::always(
        "X5",
        "an attempt's state and version are those of its last step",
        Rule::Rows(Rows::of("pay", LAST_STEP)),
    ),
    Invariant::always(
        "X6",
        "every successful attempt is in the ledger once with its amount, and no other one is",
        Rule::Rows(Rows::of("pay", POSTED)),
    ),
    Invariant::always(
        "X7",
        "order, intent and attempts agree on amount, currency and buyer",
        Rule::Rows(Rows::of("ord", AGREED)),
    ),
    Invariant::always(
        "X8",
        "an order knows the capture that is under way for it, and no other",
        Rule::Rows(Rows::of("ord", CAPTURE_IN_FLIGHT)),
    ),
    Invariant::always(
        "X15",
        "money that no order takes is back, or on its way",
        Rule::Rows(Rows::of("pay", SURPLUS_GOES_BACK)),
    ),
];

const STATE_FOLLOWS_MONEY: &str = "\
    SELECT x.id AS subject FROM ( \
        SELECT o.id, o.state, o.total, o.refunded AS booked, \
               COALESCE(m.captured, 0) AS captured, COALESCE(m.refunded, 0) AS refunded \
        FROM orders o \
        LEFT JOIN (SELECT order_id, \
                       SUM(CASE WHEN operation = 'CAPTURE' THEN amount ELSE 0 END) AS captured, \
                       SUM(CASE WHEN operation = 'REFUND' THEN amount ELSE 0 END) AS refunded \
                   FROM payment_attempt WHERE state = 'SUCCEEDED' AND NOT is_surplus \
                   GROUP BY order_id) m \
               ON m.order_id = o.id) x \
    WHERE x.booked <> x.refunded \
       OR (x.state IN ('paid', 'preparing', 'shipped', 'delivered', 'completed')) \
          <> (x.captured = x.total AND x.refunded = 0) \
       OR (x.state = 'partially_refunded' \
           AND NOT (x.captured = x.total AND x.refunded > 0 AND x.refunded < x.total)) \
       OR (x.state = 'refunded' AND NOT (x.captured = x.total AND x.refunded = x.total)) \
       OR (x.state IN ('pending_payment', 'expired', 'cancelled') AND x.captured <> x.refunded)";

const BALANCED: &str = "\
    SELECT attempt_id AS subject FROM ledger_entry GROUP BY attempt_id \
    HAVING SUM(debit) <> SUM(credit) OR COUNT(DISTINCT currency) <> 1";

const BOUNDED_IGNORANCE: &str = "\
    SELECT id AS subject FROM payment_attempt \
    WHERE state IN ('SENT', 'UNKNOWN') AND COALESCE(sent_at, created_at) < $1";

const LAST_STEP: &str = "\
    SELECT a.id AS subject FROM payment_attempt a \
    LEFT JOIN state_history h \
           ON h.entity = 'attempt' AND h.entity_id = a.id AND h.version = a.version \
    WHERE COALESCE(h.to_state, '') <> a.state \
    UNION \
    SELECT h.entity_id FROM state_history h LEFT JOIN payment_attempt a ON a.id = h.entity_id \
    WHERE h.entity = 'attempt' AND h.version > COALESCE(a.version, 0)";

const POSTED: &str = "\
    SELECT a.id AS subject FROM payment_attempt a \
    LEFT JOIN (SELECT attempt_id, SUM(debit) AS moved FROM ledger_entry GROUP BY attempt_id) e \
           ON e.attempt_id = a.id \
    WHERE COALESCE(e.moved, 0) <> CASE WHEN a.state = 'SUCCEEDED' THEN a.amount ELSE 0 END";

const AGREED: &str = "\
    SELECT o.id AS subject FROM orders o JOIN payment_intent i ON i.order_id = o.id \
    WHERE i.amount <> o.total OR i.currency <> o.currency OR i.buyer_id <> o.buyer_id \
    UNION \
    SELECT a.order_id FROM payment_attempt a JOIN payment_intent i ON i.id = a.intent_id \
    WHERE a.order_id <> i.order_id OR a.buyer_id <> i.buyer_id OR a.currency <> i.currency \
       OR (a.operation = 'CAPTURE' AND a.amount <> i.amount)";

const CAPTURE_IN_FLIGHT: &str = "\
    SELECT o.id AS subject FROM orders o \
    WHERE o.capture_in_flight IS NOT NULL AND NOT EXISTS ( \
        SELECT 1 FROM payment_attempt a \
        WHERE a.id = o.capture_in_flight AND a.order_id = o.id AND a.operation = 'CAPTURE' \
          AND a.state IN ('SENT', 'UNKNOWN', 'MANUAL')) \
    UNION \
    SELECT o.id FROM orders o JOIN payment_attempt a ON a.order_id = o.id \
    WHERE a.operation = 'CAPTURE' AND a.state IN ('SENT', 'UNKNOWN') \
      AND (o.capture_in_flight IS NULL OR o.capture_in_flight <> a.id)";

const SURPLUS_GOES_BACK: &str = "\
    SELECT a.id AS subject FROM payment_attempt a \
    WHERE a.operation = 'CAPTURE' AND a.is_surplus AND NOT EXISTS ( \
        SELECT 1 FROM payment_attempt r \
        WHERE r.intent_id = a.intent_id AND r.merchant_ref = a.merchant_ref \
          AND r.operation = 'REFUND' AND r.is_surplus AND r.amount = a.amount \
          AND r.state IN ('CREATED', 'SENT', 'UNKNOWN', 'SUCCEEDED', 'MANUAL'))";

#[cfg(test)]
mod tests {
    use jangbogo_ordering::OrderState;

    use super::*;

    #[test]
    fn every_order_state_says_something_about_money() {
        for state in OrderState::ALL {
            let quoted = format!("'{}'", state.name());
            assert!(STATE_FOLLOWS_MONEY.contains(&quoted), "{quoted}");
        }
    }
}
