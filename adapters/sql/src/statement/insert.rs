//! Inserts of many rows, and updates from many rows.

use std::marker::PhantomData;

use jangbogo_kernel::StoreError;

use super::cell::Cell;
use super::{Statement, assembled};
use crate::backend::Backend;

/// Rows with named columns, on their way into one statement. How an engine takes many rows is its
/// own: `statement/sqlite.rs` and `statement/postgres.rs`.
pub(crate) struct Rows<DB: Backend> {
    columns: Vec<&'static str>,
    /// Row after row.
    cells: Vec<Cell>,
    _engine: PhantomData<fn() -> DB>,
}

/// The rows so far, for the values of one more.
pub(crate) struct Values(Vec<Cell>);

impl Values {
    /// The next column's value.
    pub(crate) fn bind(mut self, value: impl Into<Cell>) -> Self {
        self.0.push(value.into());
        self
    }
}

impl<DB: Backend> Rows<DB> {
    /// No rows yet, with these columns: `a, b, c`.
    pub(crate) fn of(columns: &'static str) -> Self {
        let columns = columns.split(',').map(str::trim).collect();
        Self { columns, cells: Vec::new(), _engine: PhantomData }
    }

    /// Adds a row.
    pub(crate) fn row(&mut self, values: impl FnOnce(Values) -> Values) {
        let before = self.cells.len();
        self.cells = values(Values(std::mem::take(&mut self.cells))).0;
        debug_assert_eq!(self.cells.len() - before, self.columns.len(), "{:?}", self.columns);
    }

    /// Statements `before … (the rows) … after`, as few as the engine allows.
    fn statements(self, before: &str, after: &str) -> Vec<Statement<DB>> {
        let width = self.columns.len().max(1);
        let most = (DB::CELLS_MAX / width).max(1) * width;
        let mut statements = Vec::with_capacity(self.cells.len().div_ceil(most));
        let mut cells = self.cells;
        while !cells.is_empty() {
            let rest = cells.split_off(cells.len().min(most));
            let mut text = String::from(before);
            let arguments = DB::rows(std::mem::replace(&mut cells, rest), width, &mut text);
            text.push_str(after);
            statements.push(assembled(text).with(arguments));
        }
        statements
    }

    /// The statement, with these rows as its table `n`.
    fn into_n(self, statement: &str) -> Vec<Statement<DB>> {
        let before = format!("WITH n({}) AS (", self.columns.join(", "));
        self.statements(&before, &format!(") {statement}"))
    }

    /// Runs a statement that reads the rows as `n`, and tells how many rows it changed.
    pub(crate) async fn execute(
        self,
        on: &mut DB::Connection,
        statement: &'static str,
        operation: &'static str,
    ) -> Result<u64, StoreError> {
        let mut changed = 0;
        for statement in self.into_n(statement) {
            changed += statement.execute(on, operation).await?;
        }
        Ok(changed)
    }

    /// Runs a query that reads the rows as `n`.
    pub(crate) async fn select(
        self,
        on: &mut DB::Connection,
        query: &'static str,
        operation: &'static str,
    ) -> Result<Vec<super::Record<DB>>, StoreError> {
        let mut found = Vec::new();
        for statement in self.into_n(query) {
            found.extend(statement.rows(on, operation).await?);
        }
        Ok(found)
    }
}

/// A multi-row insert.
pub(crate) struct Insert<DB: Backend> {
    into: &'static str,
    rows: Rows<DB>,
    or: &'static str,
}

impl<DB: Backend> Insert<DB> {
    /// An insert into `table (column, column …)`.
    pub(crate) fn into(into: &'static str) -> Self {
        let columns = into.split_once('(').map_or("", |(_, rest)| rest.trim_end_matches(')'));
        Self { into, rows: Rows::of(columns), or: "" }
    }

    /// What happens instead to a row that is there already: ` ON CONFLICT …`.
    pub(crate) fn or(mut self, conflict: &'static str) -> Self {
        self.or = conflict;
        self
    }

    /// Adds a row.
    pub(crate) fn row(&mut self, values: impl FnOnce(Values) -> Values) {
        self.rows.row(values);
    }

    /// Runs it; no rows, no statement.
    pub(crate) async fn execute(
        self,
        on: &mut DB::Connection,
        operation: &'static str,
    ) -> Result<(), StoreError> {
        let before = format!("INSERT INTO {} ", self.into);
        for statement in self.rows.statements(&before, self.or) {
            statement.execute(on, operation).await?;
        }
        Ok(())
    }
}
