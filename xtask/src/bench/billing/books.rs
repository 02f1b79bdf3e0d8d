//! What the provider's ledger says of our cycles.

use std::collections::HashMap;
use std::fmt;

use jangbogo_gateway_simulator::{LedgerEntry, LedgerOp};
use sqlx::{PgPool, Row as _};

/// The comparison.
#[derive(Debug, Default)]
pub(super) struct Books {
    /// Cycles that were charged.
    charged: usize,
    /// Cycles that were declined and wait for another day, or ended.
    declined: usize,
    /// Cycles whose charge a person must look at.
    for_a_person: usize,
    /// Cycles that were charged more than once, or charges that are no cycle's.
    pub(super) double: usize,
    /// Cycles that nobody has looked after, that are paid without a charge, or charged without
    /// being paid.
    pub(super) missed: usize,
}

impl fmt::Display for Books {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { charged, declined, for_a_person, .. } = self;
        write!(f, "{charged} charged, {declined} declined, {for_a_person} for a person")
    }
}

/// Every cycle that was due, against every capture.
pub(super) async fn compare(pool: &PgPool, ledger: &[LedgerEntry]) -> anyhow::Result<Books> {
    let mut captures: HashMap<&str, usize> = HashMap::new();
    for entry in ledger.iter().filter(|entry| entry.op == LedgerOp::Capture) {
        *captures.entry(entry.merchant_ref.as_str()).or_default() += 1;
    }
    // All attempts of a cycle share its order.
    let text = "SELECT c.state, a.state AS attempt, \
                    COALESCE((SELECT string_agg(one.merchant_ref, ' ') FROM payment_attempt one \
                              WHERE one.order_id = c.order_id AND one.way = 'CHARGE'), '') AS refs \
                FROM due_cycle c LEFT JOIN payment_attempt a ON a.id = c.attempt_id \
                WHERE c.number = 1";
    let mut books = Books::default();
    let mut of_cycles = 0;
    for row in sqlx::query(text).fetch_all(pool).await? {
        let (state, refs): (String, String) = (row.try_get("state")?, row.try_get("refs")?);
        let attempt: Option<String> = row.try_get("attempt")?;
        let times: usize = refs.split(' ').filter_map(|one| captures.get(one)).sum();
        of_cycles += times;
        books.double += usize::from(times > 1);
        match (state.as_str(), times) {
            ("PAID", 1..) => books.charged += 1,
            ("CHARGING", _) if attempt.as_deref() == Some("MANUAL") => books.for_a_person += 1,
            ("RETRYING" | "FAILED", 0) => books.declined += 1,
            _ => books.missed += 1,
        }
    }
    // A charge of nobody's is as bad as a second one.
    books.double += captures.values().sum::<usize>().saturating_sub(of_cycles);
    Ok(books)
}
