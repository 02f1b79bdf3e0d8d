//! Plans of SQLite: one line for each table, without counts.

use jangbogo_kernel::StoreError;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, Sqlite};

use super::{Explains, OPERATION, Plan, Read};
use crate::error::store_error;

impl Explains for Sqlite {
    const EXPLAIN: &'static str = "EXPLAIN QUERY PLAN ";

    fn plan(rows: &[&SqliteRow]) -> Result<Plan, StoreError> {
        let lines = rows.iter().map(|row| row.try_get("detail"));
        let lines = lines.collect::<Result<Vec<String>, _>>();
        let lines = lines.map_err(|error| store_error(OPERATION, error))?;
        let text = lines.join("\n");
        let sorts = text.contains("TERM OF ORDER BY") || text.contains("TEMP B-TREE FOR ORDER BY");
        Ok(Plan { reads: lines.iter().filter_map(|line| read(line)).collect(), sorts, text })
    }
}

/// `SEARCH p USING INDEX name (…)`, `SCAN p USING COVERING INDEX name`, `SCAN p`.
fn read(line: &str) -> Option<Read> {
    line.strip_prefix("SEARCH ").or_else(|| line.strip_prefix("SCAN "))?;
    let index = line.split_once(" INDEX ").map(|(_, rest)| {
        let name = rest.split(' ').next().unwrap_or_default();
        // A scan of a whole index in its order is a walk that the limit ends.
        name.to_owned()
    });
    Some(Read { index, rows: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indexes_are_named_and_walks_are_not() {
        let index = |line| read(line).map(|read| read.index);
        let search = "SEARCH w USING INDEX category_newest (category=? AND updated_at<?)";
        assert_eq!(index(search), Some(Some("category_newest".to_owned())));
        let covering = "SCAN p USING COVERING INDEX product_newest";
        assert_eq!(index(covering), Some(Some("product_newest".to_owned())));
        assert_eq!(index("SCAN p"), Some(None));
        assert_eq!(index("CORRELATED SCALAR SUBQUERY 1"), None);
    }
}
