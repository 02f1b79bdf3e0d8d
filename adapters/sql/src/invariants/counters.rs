//! Counters that are written behind.

use super::{Invariant, Rows, Rule};

pub(super) const INVARIANTS: [Invariant; 1] = [Invariant::always(
    "X12",
    "a product's views are the sum of its visitors over the days",
    Rule::Rows(Rows::of("pro", SUM_OF_DAYS)),
)];

const SUM_OF_DAYS: &str = "\
    SELECT p.id AS subject FROM product p \
    LEFT JOIN (SELECT product_id, SUM(visitors) AS visitors FROM product_view \
               GROUP BY product_id) v ON v.product_id = p.id \
    WHERE p.views <> COALESCE(v.visitors, 0)";
