//! The one place where the engines differ in type and dialect.

use async_trait::async_trait;
use sqlx::encode::Encode;
use sqlx::{
    Arguments as _, ColumnIndex, Database, Decode, Postgres, Row as _, SqlStr, Sqlite, Type,
};
use uuid::Uuid;

use crate::statement::Cell;

/// A value that an engine can bind and read back.
pub trait Stores<T>: Database {
    /// Adds the value to a statement's arguments.
    fn bind(arguments: &mut Self::Arguments, value: T) -> Result<(), sqlx::Error>;

    /// Reads the value of a column.
    fn read(row: &Self::Row, column: &str) -> Result<T, sqlx::Error>;
}

impl<DB, T> Stores<T> for DB
where
    DB: Database,
    T: for<'q> Encode<'q, DB> + for<'r> Decode<'r, DB> + Type<DB> + Send,
    for<'a> &'a str: ColumnIndex<DB::Row>,
{
    fn bind(arguments: &mut Self::Arguments, value: T) -> Result<(), sqlx::Error> {
        arguments.add(value).map_err(sqlx::Error::Encode)
    }

    fn read(row: &Self::Row, column: &str) -> Result<T, sqlx::Error> {
        row.try_get(column)
    }
}

/// How an engine takes many rows or ids in one statement.
pub trait Many: Database {
    /// Most values of one statement.
    const CELLS_MAX: usize;

    /// Goes on with a table of rows of `width` cells, given one after the other (`VALUES …` or
    /// `SELECT …`); arguments begin at `$1`.
    fn rows(
        cells: Vec<Cell>,
        width: usize,
        text: &mut String,
    ) -> Result<Self::Arguments, sqlx::Error>;

    /// The condition that a column is one of so many ids, whose arguments begin at `$first`.
    fn any_of(count: usize, first: usize) -> AnyOf;

    /// Adds the ids of that condition.
    fn bind_ids(arguments: &mut Self::Arguments, ids: Vec<Uuid>) -> Result<(), sqlx::Error>;
}

/// A condition over a list of ids.
pub struct AnyOf {
    /// Its text, with a space in front.
    pub text: String,
    /// How many arguments it has.
    pub arguments: usize,
}

/// An engine that the repositories run on. Supertraits are implied bounds, so that repositories
/// need no `where` clause.
#[async_trait]
pub trait Backend:
    Many
    + Stores<i64>
    + Stores<Option<i64>>
    + Stores<bool>
    + Stores<String>
    + Stores<Option<String>>
    + Stores<Uuid>
    + Stores<Option<Uuid>>
    + Stores<Vec<u8>>
    + Stores<Option<Vec<u8>>>
{
    /// Begins a transaction that may write.
    const BEGIN: &'static str;
    /// Begins a transaction that only reads, all of it from one moment.
    const BEGIN_SNAPSHOT: &'static str;
    /// Appended to a `SELECT` whose rows nobody else may change until the transaction ends. Others
    /// may go on adding rows that refer to them.
    const FOR_UPDATE: &'static str;
    /// The same, leaving out rows that somebody else holds.
    const SKIP_LOCKED: &'static str;

    /// Runs a statement and tells how many rows it changed.
    async fn execute(
        connection: &mut Self::Connection,
        sql: SqlStr,
        arguments: Self::Arguments,
    ) -> Result<u64, sqlx::Error>;

    /// Runs a statement and returns its rows.
    async fn fetch(
        connection: &mut Self::Connection,
        sql: SqlStr,
        arguments: Self::Arguments,
    ) -> Result<Vec<Self::Row>, sqlx::Error>;
}

macro_rules! backend {
    ($engine:ty { $($dialect:item)* }) => {
        #[async_trait]
        impl Backend for $engine {
            $($dialect)*

            async fn execute(
                connection: &mut Self::Connection,
                sql: SqlStr,
                arguments: Self::Arguments,
            ) -> Result<u64, sqlx::Error> {
                let done = sqlx::query_with::<Self, _>(sql, arguments).execute(connection).await?;
                Ok(done.rows_affected())
            }

            async fn fetch(
                connection: &mut Self::Connection,
                sql: SqlStr,
                arguments: Self::Arguments,
            ) -> Result<Vec<Self::Row>, sqlx::Error> {
                sqlx::query_with::<Self, _>(sql, arguments).fetch_all(connection).await
            }
        }
    };
}

backend!(Sqlite {
    // IMMEDIATE takes the write lock at once: a deferred transaction that upgrades later fails
    // with BUSY, and the busy time-out does not apply to it.
    const BEGIN: &'static str = "BEGIN IMMEDIATE";
    // The first read fixes the moment.
    const BEGIN_SNAPSHOT: &'static str = "BEGIN";
    // The one writer holds the whole database.
    const FOR_UPDATE: &'static str = "";
    const SKIP_LOCKED: &'static str = "";
});

backend!(Postgres {
    const BEGIN: &'static str = "BEGIN";
    const BEGIN_SNAPSHOT: &'static str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
    const FOR_UPDATE: &'static str = " FOR NO KEY UPDATE";
    const SKIP_LOCKED: &'static str = " FOR NO KEY UPDATE SKIP LOCKED";
});
