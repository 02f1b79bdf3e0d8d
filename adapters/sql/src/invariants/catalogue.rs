//! Products: what lists are made of.

use super::{Invariant, Rows, Rule};

pub(super) const INVARIANTS: [Invariant; 1] = [Invariant::always(
    "X10",
    "a product's categories carry the values that it has itself",
    Rule::Rows(Rows::of("pro", COPIES)),
)];

const COPIES: &str = "\
    SELECT p.id AS subject FROM product_category w JOIN product p ON p.id = w.product_id \
    WHERE w.status <> p.status OR w.updated_at <> p.updated_at \
       OR w.selling_price <> p.selling_price OR w.sales <> p.sales \
       OR w.discount_bps <> p.discount_bps";
