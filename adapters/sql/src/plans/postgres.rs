//! Plans of PostgreSQL: the statement is carried out, and every node counts its rows.

use std::fmt::Write as _;

use jangbogo_kernel::StoreError;
use serde_json::Value;
use sqlx::postgres::PgRow;
use sqlx::{Postgres, Row as _};

use super::{Explains, OPERATION, Plan, Read};
use crate::error::store_error;

impl Explains for Postgres {
    const EXPLAIN: &'static str = "EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) ";

    fn plan(rows: &[&PgRow]) -> Result<Plan, StoreError> {
        let row = rows.first().ok_or_else(|| StoreError::new(OPERATION, "there is none"))?;
        // The column is of the type json, which is text underneath.
        let text: String =
            row.try_get_unchecked(0).map_err(|error| store_error(OPERATION, error))?;
        let plan: Value =
            serde_json::from_str(&text).map_err(|error| StoreError::new(OPERATION, error))?;
        let mut found = Plan { reads: Vec::new(), sorts: false, text: String::new() };
        walk(&plan[0]["Plan"], 0, true, &mut found);
        Ok(found)
    }
}

/// `leads` is false below a subquery of a column, whose rows come in no order of the list.
fn walk(node: &Value, depth: usize, leads: bool, found: &mut Plan) {
    let kind = node["Node Type"].as_str().unwrap_or_default();
    let count = |what: &str| node[what].as_f64().unwrap_or(0.0);
    let index = node["Index Name"].as_str();
    let each = count("Actual Rows")
        + count("Rows Removed by Filter")
        + count("Rows Removed by Index Recheck");
    let rows = rounded(each * count("Actual Loops"));
    let name = index.or_else(|| node["Relation Name"].as_str()).unwrap_or_default();
    let _ = writeln!(found.text, "{:depth$}{kind} {name}: {rows} rows", "");
    // A bitmap's rows are counted where the table is read.
    if kind.contains("Scan") && kind != "Bitmap Heap Scan" && kind != "CTE Scan" {
        let is_read = index.is_some() || node["Relation Name"].is_string();
        if is_read && kind != "WorkTable Scan" {
            found.reads.push(Read { index: index.map(str::to_owned), rows: Some(rows) });
        }
    }
    found.sorts |= leads && kind.contains("Sort");
    for child in node["Plans"].as_array().into_iter().flatten() {
        let relation = child["Parent Relationship"].as_str().unwrap_or_default();
        let leads = leads && !matches!(relation, "SubPlan" | "InitPlan");
        walk(child, depth + 2, leads, found);
    }
}

/// Counts are whole numbers, averages over the loops nearly so.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a count of rows is neither negative nor beyond 2^53"
)]
fn rounded(count: f64) -> u64 {
    count.round() as u64
}
