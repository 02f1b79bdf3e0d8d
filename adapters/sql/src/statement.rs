//! Statements: constant text, bound arguments, rows read by column name.

use std::fmt::Write as _;
use std::marker::PhantomData;
use std::str::FromStr;

use jangbogo_kernel::{Currency, Id, Money, Quantity, StoreError, Timestamp};
use sqlx::{AssertSqlSafe, SqlSafeStr as _, SqlStr};
use uuid::Uuid;

use crate::backend::{Backend, Stores};
use crate::error::store_error;

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
pub(crate) fn placeholders(first: usize, count: usize) -> String {
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

    /// Binds the next arguments, one for each id.
    pub(crate) fn bind_ids<T: ?Sized>(mut self, ids: &[Id<T>]) -> Self {
        for id in ids {
            self.put(id.uuid());
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

/// A multi-row insert, split so that no statement has more arguments than the engines allow.
pub(crate) struct Insert<DB: Backend> {
    into: &'static str,
    columns: usize,
    rows: Vec<Vec<Bound<DB>>>,
    _engine: PhantomData<fn() -> DB>,
}

type Bound<DB> = Box<dyn FnOnce(&mut Statement<DB>) + Send>;

/// The values of one row of an [`Insert`].
pub(crate) struct Values<DB: Backend>(Vec<Bound<DB>>);

impl<DB: Backend> Values<DB> {
    /// The next column's value.
    pub(crate) fn bind<T: Send + 'static>(mut self, value: T) -> Self
    where
        DB: Stores<T>,
    {
        self.0.push(Box::new(move |statement| statement.put(value)));
        self
    }
}

impl<DB: Backend> Insert<DB> {
    /// Most arguments of one statement. SQLite allows 32 766 and PostgreSQL 65 535, but SQLite's
    /// time to read a statement grows with the square of its arguments: 30 000 take seconds.
    const ARGUMENTS_MAX: usize = 2_000;

    /// An insert into `table (column, column …)`.
    pub(crate) fn into(into: &'static str) -> Self {
        let columns = into.split(',').count();
        Self { into, columns, rows: Vec::new(), _engine: PhantomData }
    }

    /// Adds a row.
    pub(crate) fn row(&mut self, values: impl FnOnce(Values<DB>) -> Values<DB>) {
        let row = values(Values(Vec::with_capacity(self.columns))).0;
        debug_assert_eq!(row.len(), self.columns, "{}", self.into);
        self.rows.push(row);
    }

    /// Runs it; no rows, no statement.
    pub(crate) async fn execute(
        self,
        on: &mut DB::Connection,
        operation: &'static str,
    ) -> Result<(), StoreError> {
        let mut rows = self.rows;
        let most = Self::ARGUMENTS_MAX / self.columns.max(1);
        while !rows.is_empty() {
            let rest = rows.split_off(rows.len().min(most));
            let mut text = format!("INSERT INTO {} VALUES ", self.into);
            for n in 0..rows.len() {
                let comma = if n == 0 { "" } else { ", " };
                let values = placeholders(n * self.columns + 1, self.columns);
                let _ = write!(text, "{comma}({values})");
            }
            let mut statement = assembled::<DB>(text);
            for bind in rows.into_iter().flatten() {
                bind(&mut statement);
            }
            statement.execute(on, operation).await?;
            rows = rest;
        }
        Ok(())
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
