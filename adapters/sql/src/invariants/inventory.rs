//! Stock: counters, their ledger, and the holds.

use super::{Invariant, Rows, Rule};

pub(super) const INVARIANTS: [Invariant; 7] = [
    Invariant::always(
        "I1",
        "stock is conserved: initial + adjusted = available + reserved + sold",
        Rule::Rows(Rows::of("pro", CONSERVED)),
    ),
    Invariant::always(
        "I2",
        "no number of pieces is negative",
        Rule::Rows(Rows::of("pro", NOT_NEGATIVE)),
    ),
    Invariant::always(
        "I3",
        "reserved is the sum of held reservations, sold that of committed ones less what came back",
        Rule::Rows(Rows::of("pro", COUNTERS_EQUAL_PARTS)),
    ),
    Invariant::always(
        "I4",
        "replaying the stock ledger gives the available pieces, and the ledger has no gap",
        Rule::Rows(Rows::of("pro", REPLAY)),
    ),
    Invariant::always(
        "I5",
        "a hold is opened once and closed at most once",
        Rule::Rows(Rows::of("", ONE_HOLD_ONE_END)),
    ),
    Invariant::always(
        "X1",
        "stock stands at the last number of its ledger",
        Rule::Rows(Rows::of("pro", AT_LAST_NUMBER)),
    ),
    Invariant::always(
        "X2",
        "every reservation is what its ledger lines say",
        Rule::Rows(Rows::of("", RESERVATION_LINES)),
    ),
];

const CONSERVED: &str = "\
    SELECT product_id AS subject FROM stock \
    WHERE initial + adjusted <> available + reserved + sold";

const NOT_NEGATIVE: &str = "\
    SELECT product_id AS subject FROM stock WHERE available < 0 OR reserved < 0 OR sold < 0";

const COUNTERS_EQUAL_PARTS: &str = "\
    SELECT s.product_id AS subject FROM stock s \
    LEFT JOIN (SELECT product_id, \
                      SUM(CASE WHEN state = 'HELD' THEN quantity ELSE 0 END) AS held, \
                      SUM(CASE WHEN state = 'COMMITTED' THEN quantity ELSE 0 END) AS committed \
               FROM reservation GROUP BY product_id) r ON r.product_id = s.product_id \
    LEFT JOIN (SELECT product_id, SUM(pieces) AS back FROM stock_ledger \
               WHERE kind = 'RESTOCK' GROUP BY product_id) b ON b.product_id = s.product_id \
    WHERE s.reserved <> COALESCE(r.held, 0) \
       OR s.sold <> COALESCE(r.committed, 0) - COALESCE(b.back, 0)";

const REPLAY: &str = "\
    SELECT s.product_id AS subject FROM stock s \
    LEFT JOIN (SELECT product_id, COUNT(*) AS lines, MAX(sequence) AS newest, \
                      SUM(CASE kind WHEN 'HOLD' THEN -pieces WHEN 'COMMIT' THEN 0 \
                                    ELSE pieces END) AS available \
               FROM stock_ledger GROUP BY product_id) l ON l.product_id = s.product_id \
    WHERE COALESCE(l.available, 0) <> s.available OR COALESCE(l.lines, 0) <> COALESCE(l.newest, 0)";

const ONE_HOLD_ONE_END: &str = "\
    SELECT reservation_id AS subject FROM stock_ledger \
    WHERE kind IN ('HOLD', 'COMMIT', 'RELEASE') GROUP BY reservation_id \
    HAVING SUM(CASE WHEN kind = 'HOLD' THEN 1 ELSE 0 END) <> 1 \
        OR SUM(CASE WHEN kind = 'HOLD' THEN 0 ELSE 1 END) > 1 \
        OR reservation_id IS NULL";

const AT_LAST_NUMBER: &str = "\
    SELECT s.product_id AS subject FROM stock s \
    LEFT JOIN (SELECT product_id, MAX(sequence) AS newest FROM stock_ledger GROUP BY product_id) l \
           ON l.product_id = s.product_id \
    WHERE COALESCE(l.newest, 0) <> s.sequence";

/// Its hold and, when it is closed, its end, each of its pieces and product.
const RESERVATION_LINES: &str = "\
    SELECT r.id AS subject FROM reservation r \
    LEFT JOIN stock_ledger h ON h.reservation_id = r.id AND h.kind = 'HOLD' \
    LEFT JOIN stock_ledger e ON e.reservation_id = r.id AND e.kind IN ('COMMIT', 'RELEASE') \
    WHERE h.kind IS NULL OR h.pieces <> r.quantity OR h.product_id <> r.product_id \
       OR e.pieces <> r.quantity OR e.product_id <> r.product_id \
       OR COALESCE(e.kind, 'HOLD') <> CASE r.state \
              WHEN 'COMMITTED' THEN 'COMMIT' WHEN 'RELEASED' THEN 'RELEASE' ELSE 'HOLD' END \
    UNION \
    SELECT l.reservation_id FROM stock_ledger l \
    WHERE l.reservation_id IS NOT NULL \
      AND NOT EXISTS (SELECT 1 FROM reservation r WHERE r.id = l.reservation_id)";
