//! Orders: their pieces, their sums, and how they came to be where they are.

use std::time::Duration;

use super::{Invariant, Rows, Rule};

/// Sweepers come by long before.
const EXPIRY_GRACE: Duration = Duration::from_mins(1);

pub(super) const INVARIANTS: [Invariant; 7] = [
    Invariant::quiet(
        "I6",
        "no hold outlives its time, unless a capture for it is under way",
        Rule::Rows(Rows::older_than(EXPIRY_GRACE, "", MORTAL_HOLDS)),
    ),
    Invariant::always(
        "I7",
        "an order's lines and reservations agree: unpaid ones are held, paid ones sold, dead free",
        Rule::Rows(Rows::of("ord", LINES_AND_HOLDS)),
    ),
    Invariant::always(
        "I11",
        "a line is quantity × price, an order is the sum of its lines",
        Rule::Rows(Rows::of("ord", SUMS)),
    ),
    Invariant::always(
        "I16",
        "states move along legal steps only, and no version is skipped",
        Rule::Steps(Rows::of("", VERSIONS)),
    ),
    Invariant::always(
        "X3",
        "an order's state and version are those of its last step",
        Rule::Rows(Rows::of("ord", LAST_STEP)),
    ),
    Invariant::always(
        "X4",
        "pieces that came back to a line came back to stock",
        Rule::Rows(Rows::of("ord", RETURNED)),
    ),
    Invariant::always(
        "X9",
        "the rows of an order refer to a buyer, an order, products and sellers that exist",
        Rule::Rows(Rows::of("", REFERENCES)),
    ),
];

/// What PostgreSQL is not asked to check row by row: see migration 6.
const REFERENCES: &str = "\
    SELECT o.id AS subject FROM orders o \
    WHERE NOT EXISTS (SELECT 1 FROM member m WHERE m.id = o.buyer_id) \
    UNION ALL SELECT l.order_id FROM order_line l \
    WHERE NOT EXISTS (SELECT 1 FROM orders o WHERE o.id = l.order_id) \
       OR NOT EXISTS (SELECT 1 FROM product p WHERE p.id = l.product_id) \
       OR NOT EXISTS (SELECT 1 FROM member m WHERE m.id = l.seller_id) \
    UNION ALL SELECT r.id FROM reservation r \
    WHERE NOT EXISTS (SELECT 1 FROM orders o WHERE o.id = r.order_id) \
       OR NOT EXISTS (SELECT 1 FROM stock s WHERE s.product_id = r.product_id) \
    UNION ALL SELECT g.product_id FROM stock_ledger g \
    WHERE NOT EXISTS (SELECT 1 FROM stock s WHERE s.product_id = g.product_id)";

const MORTAL_HOLDS: &str = "\
    SELECT r.id AS subject FROM reservation r \
    WHERE r.state = 'HELD' AND r.expires_at < $1 AND NOT EXISTS ( \
        SELECT 1 FROM payment_attempt a \
        WHERE a.order_id = r.order_id AND a.operation = 'CAPTURE' \
          AND a.state IN ('SENT', 'UNKNOWN', 'MANUAL'))";

const LINES_AND_HOLDS: &str = "\
    SELECT l.order_id AS subject FROM order_line l \
    JOIN orders o ON o.id = l.order_id \
    LEFT JOIN reservation r ON r.order_id = l.order_id AND r.product_id = l.product_id \
         AND NOT EXISTS (SELECT 1 FROM reservation later WHERE later.order_id = r.order_id \
                         AND later.product_id = r.product_id AND later.is_second > r.is_second) \
    WHERE r.id IS NULL OR r.quantity <> l.quantity \
       OR r.state <> CASE WHEN o.state = 'pending_payment' THEN 'HELD' \
                          WHEN o.state IN ('expired', 'cancelled') THEN 'RELEASED' \
                          ELSE 'COMMITTED' END \
    UNION \
    SELECT r.order_id FROM reservation r \
    WHERE NOT EXISTS (SELECT 1 FROM order_line l \
                      WHERE l.order_id = r.order_id AND l.product_id = r.product_id)";

const SUMS: &str = "\
    SELECT o.id AS subject FROM orders o \
    LEFT JOIN (SELECT order_id, SUM(total) AS lines, \
                      MAX(CASE WHEN quantity < 1 OR unit_price < 1 \
                                 OR total <> quantity * unit_price THEN 1 ELSE 0 END) AS bad \
               FROM order_line GROUP BY order_id) l ON l.order_id = o.id \
    WHERE l.order_id IS NULL OR l.bad = 1 OR l.lines <> o.total";

/// Versions are 1, 2, 3 …, and each step begins where the one before ended.
const VERSIONS: &str = "\
    SELECT entity_id AS subject FROM state_history GROUP BY entity, entity_id \
    HAVING MIN(version) <> 1 OR COUNT(*) <> MAX(version) OR COUNT(DISTINCT version) <> COUNT(*) \
    UNION \
    SELECT h.entity_id FROM state_history h \
    LEFT JOIN state_history before \
           ON before.entity = h.entity AND before.entity_id = h.entity_id \
          AND before.version = h.version - 1 \
    WHERE h.from_state <> COALESCE(before.to_state, '')";

const LAST_STEP: &str = "\
    SELECT o.id AS subject FROM orders o \
    LEFT JOIN state_history h \
           ON h.entity = 'order' AND h.entity_id = o.id AND h.version = o.version \
    WHERE COALESCE(h.to_state, '') <> o.state \
    UNION \
    SELECT h.entity_id FROM state_history h LEFT JOIN orders o ON o.id = h.entity_id \
    WHERE h.entity = 'order' AND h.version > COALESCE(o.version, 0)";

const RETURNED: &str = "\
    SELECT l.order_id AS subject FROM order_line l \
    LEFT JOIN (SELECT r.order_id, r.product_id, SUM(k.pieces) AS back FROM stock_ledger k \
               JOIN reservation r ON r.id = k.reservation_id \
               WHERE k.kind = 'RESTOCK' GROUP BY r.order_id, r.product_id) b \
           ON b.order_id = l.order_id AND b.product_id = l.product_id \
    WHERE l.returned <> COALESCE(b.back, 0)";

#[cfg(test)]
mod tests {
    use jangbogo_ordering::OrderState;

    use super::*;

    #[test]
    fn states_are_called_as_the_domain_calls_them() {
        for state in [OrderState::PendingPayment, OrderState::Expired, OrderState::Cancelled] {
            assert!(LINES_AND_HOLDS.contains(&format!("'{}'", state.name())));
        }
    }
}
