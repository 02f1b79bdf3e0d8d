//! Statements: constant text, bound arguments, rows read by column name.

mod cell;
mod insert;
mod postgres;
mod sqlite;

use std::fmt::Write as _;
use std::str::FromStr;

use jangbogo_kernel::{Currency, Id, Money, Quantity, StoreError, Timestamp};
use sqlx::{AssertSqlSafe, SqlSafeStr as _, SqlStr};
use uuid::Uuid;

use crate::backend::{Backend, Stores};
use crate::error::store_error;

pub use cell::Cell;
pub(crate) use insert::{Insert, Rows, Values};

/// A statement with its arguments.
pub(crate) struct Statement<DB: Backend> {
    sql: SqlStr,
    arguments: DB::Arguments,
    broken: Option<sqlx::Error>,
}

/// A constant statement; arguments are `$1`, `$2` … on both engines.
pub(crate) fn sql<DB: Backend>(text: &'static str) -> Statement<DB> {
    Statement::of(text.into_sql_str())
}

/// A statement put together from constant pieces; never from input.
pub(crate) fn assembled<DB: Backend>(text: String) -> Statement<DB> {
    Statement::of(AssertSqlSafe(text).into_sql_str())
}

/// A statement that grows by what is asked for: constant pieces and bound values in turn.
pub(crate) struct Composed<DB: Backend> {
    text: String,
    count: usize,
    binds: Vec<Bound<DB>>,
}

/// Binds its value when the statement is finished.
type Bound<DB> = Box<dyn FnOnce(&mut Statement<DB>) + Send>;

/// Begins a statement that grows.
pub(crate) fn composed<DB: Backend>(text: impl Into<String>) -> Composed<DB> {
    Composed { text: text.into(), count: 0, binds: Vec::new() }
}

impl<DB: Backend> Composed<DB> {
    /// Goes on with a constant piece.
    pub(crate) fn text(mut self, piece: &'static str) -> Self {
        self.text.push_str(piece);
        self
    }

    /// Goes on with a value: its placeholder into the text, itself into the arguments.
    pub(crate) fn bind<T: Send + 'static>(mut self, value: T) -> Self
    where
        DB: Stores<T>,
    {
        self.count += 1;
        let _ = write!(self.text, "${}", self.count);
        self.binds.push(Box::new(move |statement| statement.put(value)));
        self
    }

    /// Goes on with a condition: what stands before is one of these ids.
    pub(crate) fn any_of<T: ?Sized>(mut self, ids: &[Id<T>]) -> Self {
        let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
        let condition = DB::any_of(ids.len(), self.count + 1);
        self.text.push_str(&condition.text);
        self.count += condition.arguments;
        self.binds.push(Box::new(move |statement| {
            if let Err(error) = DB::bind_ids(&mut statement.arguments, ids) {
                statement.broken.get_or_insert(error);
            }
        }));
        self
    }

    /// The whole statement.
    pub(crate) fn finish(self) -> Statement<DB> {
        let mut statement = assembled(self.text);
        for bind in self.binds {
            bind(&mut statement);
        }
        statement
    }
}

/// `$first, $first+1 …`, `count` of them; for `IN (…)`. An empty list matches nothing.
fn placeholders(first: usize, count: usize) -> String {
    if count == 0 {
        return "NULL".to_owned();
    }
    let mut list = String::with_capacity(count * 5);
    for n in first..first + count {
        let _ = write!(list, "{}${n}", if n == first { "" } else { ", " });
    }
    list
}

impl<DB: Backend> Statement<DB> {
    fn of(sql: SqlStr) -> Self {
        Self { sql, arguments: DB::Arguments::default(), broken: None }
    }

    /// Binds the next argument.
    pub(crate) fn bind<T>(mut self, value: T) -> Self
    where
        DB: Stores<T>,
    {
        self.put(value);
        self
    }

    /// Has these arguments, or is broken.
    fn with(mut self, arguments: Result<DB::Arguments, sqlx::Error>) -> Self {
        match arguments {
            Ok(arguments) => self.arguments = arguments,
            Err(error) => self.broken = Some(error),
        }
        self
    }

    fn put<T>(&mut self, value: T)
    where
        DB: Stores<T>,
    {
        if let Err(error) = DB::bind(&mut self.arguments, value) {
            self.broken.get_or_insert(error);
        }
    }

    /// Runs it and tells how many rows it changed.
    pub(crate) async fn execute(
        self,
        on: &mut DB::Connection,
        operation: &'static str,
    ) -> Result<u64, StoreError> {
        let failed = |error| store_error(operation, error);
        if let Some(error) = self.broken {
            return Err(failed(error));
        }
        DB::execute(on, self.sql, self.arguments).await.map_err(failed)
    }

    /// Runs it and demands that it changed exactly one row: a guarded update that matches nothing
    /// is a conflict.
    pub(crate) async fn change_one(
        self,
        on: &mut DB::Connection,
        operation: &'static str,
    ) -> Result<(), StoreError> {
        match self.execute(on, operation).await? {
            1 => Ok(()),
            _ => Err(StoreError::conflict(operation)),
        }
    }

    /// Runs it and returns its rows.
    pub(crate) async fn rows(
        self,
        on: &mut DB::Connection,
        operation: &'static str,
    ) -> Result<Vec<Record<DB>>, StoreError> {
        let failed = |error| store_error(operation, error);
        if let Some(error) = self.broken {
            return Err(failed(error));
        }
        let rows = DB::fetch(on, self.sql, self.arguments).await.map_err(failed)?;
        Ok(rows.into_iter().map(|row| Record { row, operation }).collect())
    }

    /// Runs it and returns its first row.
    pub(crate) async fn row(
        self,
        on: &mut DB::Connection,
        operation: &'static str,
    ) -> Result<Option<Record<DB>>, StoreError> {
        Ok(self.rows(on, operation).await?.into_iter().next())
    }
}

/// One row, read by column name.
pub(crate) struct Record<DB: Backend> {
    row: DB::Row,
    operation: &'static str,
}

impl<DB: Backend> Record<DB> {
    /// The driver's own row, for what has no name or no common type.
    pub(crate) fn raw(&self) -> &DB::Row {
        &self.row
    }

    /// A plain value.
    pub(crate) fn get<T>(&self, column: &str) -> Result<T, StoreError>
    where
        DB: Stores<T>,
    {
        DB::read(&self.row, column).map_err(|error| store_error(self.operation, error))
    }

    /// An id.
    pub(crate) fn id<T: ?Sized>(&self, column: &str) -> Result<Id<T>, StoreError> {
        Ok(Id::new(self.get::<Uuid>(column)?))
    }

    /// A point in time.
    pub(crate) fn time(&self, column: &str) -> Result<Timestamp, StoreError> {
        Ok(Timestamp::from_micros(self.get(column)?))
    }

    /// A point in time that may be missing.
    pub(crate) fn maybe_time(&self, column: &str) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.get::<Option<i64>>(column)?.map(Timestamp::from_micros))
    }

    /// An amount; its currency stands in the column `currency`.
    pub(crate) fn money(&self, column: &str) -> Result<Money, StoreError> {
        let currency = self.get::<String>("currency")?;
        let currency = Currency::from_str(&currency).map_err(|e| self.impossible(e))?;
        Ok(Money::new(self.get(column)?, currency))
    }

    /// Pieces.
    pub(crate) fn quantity(&self, column: &str) -> Result<Quantity, StoreError> {
        Quantity::try_new(self.get(column)?).map_err(|error| self.impossible(error))
    }

    /// A stable name, read by `parse`.
    pub(crate) fn named<T>(
        &self,
        column: &'static str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<T, StoreError> {
        let name: String = self.get(column)?;
        parse(&name).ok_or_else(|| self.impossible(format!("{column} is {name:?}")))
    }

    /// A stored value that the domain refuses: the database was changed by somebody else.
    pub(crate) fn impossible(
        &self,
        error: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> StoreError {
        StoreError::new(self.operation, error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_placeholders() {
        assert_eq!(placeholders(1, 1), "$1");
        assert_eq!(placeholders(3, 3), "$3, $4, $5");
        assert_eq!(placeholders(1, 0), "NULL");
    }
}
