//! Filling a database with very many rows, resumably.
//!
//! A load is a number of chunks. A chunk and the note that it is done are one transaction, so that
//! a load that was killed goes on where it stopped. Into empty tables PostgreSQL loads without
//! their secondary indexes and foreign keys; what was taken away is noted in the same transaction
//! and put back at the end. How rows get in is each engine's own: `sqlite.rs`, `postgres.rs`.

mod postgres;
mod sqlite;

use std::borrow::Cow;
use std::collections::HashSet;

use async_trait::async_trait;
use jangbogo_kernel::StoreError;
use uuid::Uuid;

use crate::backend::Backend;
use crate::statement::{assembled, sql};
use crate::store::SqlStore;

/// A value of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Nothing.
    Null,
    /// A number.
    Number(i64),
    /// An id.
    Id(Uuid),
    /// A text.
    Text(Cow<'static, str>),
}

/// Rows of one table.
#[derive(Debug)]
pub struct Rows {
    /// `table (column, column …)`.
    into: &'static str,
    width: usize,
    cells: Vec<Cell>,
}

impl Rows {
    /// No rows yet, for `table (column, column …)`.
    pub fn into(into: &'static str) -> Self {
        Self { into, width: into.split(',').count(), cells: Vec::new() }
    }

    /// Adds a row; its values stand in the order of the columns.
    pub fn push<const N: usize>(&mut self, row: [Cell; N]) {
        debug_assert_eq!(N, self.width, "{}", self.into);
        self.cells.extend(row);
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    fn rows(&self) -> impl Iterator<Item = &[Cell]> {
        self.cells.chunks_exact(self.width.max(1))
    }
}

/// What an engine does in its own way.
#[async_trait]
pub trait Loads: Backend {
    /// At the beginning of a transaction that may take long: a statement of a shop is stopped after
    /// seconds, an index of ten million rows is not made in them.
    #[doc(hidden)]
    const AT_LENGTH: &'static str;

    /// Takes away and notes what slows a load down, if the tables of products are empty.
    #[doc(hidden)]
    async fn take_away(on: &mut Self::Connection) -> Result<(), StoreError>;

    /// Writes rows.
    #[doc(hidden)]
    async fn write(on: &mut Self::Connection, rows: &Rows) -> Result<(), StoreError>;

    /// Adds what the temporary rows say to the stock.
    #[doc(hidden)]
    async fn settle(on: &mut Self::Connection) -> Result<(), StoreError>;
}

const NOTES: [&str; 3] = [
    "CREATE TABLE IF NOT EXISTS bulk_load (name TEXT NOT NULL PRIMARY KEY, plan TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS bulk_chunk (number BIGINT NOT NULL PRIMARY KEY)",
    "CREATE TABLE IF NOT EXISTS bulk_restore ( \
         number BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, away TEXT NOT NULL, \
         restore TEXT NOT NULL)",
];

/// A load under way.
pub struct Load<'a, DB: Loads> {
    store: &'a SqlStore<DB>,
    plan: String,
    done: HashSet<i64>,
}

impl<'a, DB: Loads> Load<'a, DB> {
    /// The plan of a load that was begun and has not ended.
    pub async fn unfinished(store: &SqlStore<DB>) -> Result<Option<String>, StoreError> {
        let operation = "look for an unfinished load";
        let mut tx = store.transaction().await?;
        for note in NOTES {
            sql::<DB>(note).execute(tx.on(), operation).await?;
        }
        let row = sql::<DB>("SELECT plan FROM bulk_load").row(tx.on(), operation).await?;
        let plan = row.map(|row| row.get("plan")).transpose()?;
        jangbogo_kernel::Transaction::commit(Box::new(tx)).await?;
        Ok(plan)
    }

    /// Begins a load with the rows that all chunks refer to, or goes on with one of the same plan.
    pub async fn begin(
        store: &'a SqlStore<DB>,
        plan: &str,
        ground: &[Rows],
    ) -> Result<Self, StoreError> {
        let operation = "begin a load";
        let unfinished = Self::unfinished(store).await?;
        let mut tx = store.transaction().await?;
        match unfinished {
            Some(begun) if begun != plan => {
                let why = format!("another one is unfinished: {begun}");
                return Err(StoreError::new(operation, why));
            }
            Some(_) => {}
            None => {
                for rows in ground {
                    DB::write(tx.on(), rows).await?;
                }
                DB::take_away(tx.on()).await?;
                sql::<DB>("INSERT INTO bulk_load (name, plan) VALUES ('load', $1)")
                    .bind(plan.to_owned())
                    .execute(tx.on(), operation)
                    .await?;
            }
        }
        let rows = sql::<DB>("SELECT number FROM bulk_chunk").rows(tx.on(), operation).await?;
        let done = rows.iter().map(|row| row.get("number")).collect::<Result<_, _>>()?;
        jangbogo_kernel::Transaction::commit(Box::new(tx)).await?;
        Ok(Self { store, plan: plan.to_owned(), done })
    }

    /// Whether a chunk is in already.
    pub fn has(&self, chunk: i64) -> bool {
        self.done.contains(&chunk)
    }

    /// Writes a chunk, its tables in this order, and notes that it is in. Rows for
    /// `bulk_stock` are added to the stock.
    pub async fn chunk(&self, number: i64, tables: &[Rows]) -> Result<(), StoreError> {
        let mut tx = self.store.transaction().await?;
        sql::<DB>(DB::AT_LENGTH).rows(tx.on(), "load a chunk").await?;
        for rows in tables.iter().filter(|rows| !rows.is_empty()) {
            if rows.into == STOCK_CHANGES {
                sql::<DB>(
                    "CREATE TEMPORARY TABLE IF NOT EXISTS bulk_stock ( \
                         product_id UUID NOT NULL, reserved BIGINT NOT NULL, \
                         sold BIGINT NOT NULL, steps BIGINT NOT NULL)",
                )
                .execute(tx.on(), "load a chunk")
                .await?;
                DB::write(tx.on(), rows).await?;
                DB::settle(tx.on()).await?;
            } else {
                DB::write(tx.on(), rows).await?;
            }
        }
        sql::<DB>("INSERT INTO bulk_chunk (number) VALUES ($1)")
            .bind(number)
            .execute(tx.on(), "load a chunk")
            .await?;
        jangbogo_kernel::Transaction::commit(Box::new(tx)).await
    }

    /// How many indexes and foreign keys have to be put back.
    pub async fn missing(&self) -> Result<i64, StoreError> {
        let mut on = self.store.read().await?;
        let row = sql::<DB>("SELECT COUNT(*) AS missing FROM bulk_restore");
        let row = row.row(&mut on, "count what is missing").await?;
        row.map_or(Ok(0), |row| row.get("missing"))
    }

    /// Puts the next of them back and tells its name; `None` when nothing is missing.
    pub async fn restore_next(&self) -> Result<Option<String>, StoreError> {
        let operation = "put an index back";
        let mut tx = self.store.transaction().await?;
        let next = "SELECT number, name, restore FROM bulk_restore ORDER BY number LIMIT 1";
        let Some(row) = sql::<DB>(next).row(tx.on(), operation).await? else { return Ok(None) };
        sql::<DB>(DB::AT_LENGTH).rows(tx.on(), operation).await?;
        let statement = assembled::<DB>(row.get("restore")?);
        statement.execute(tx.on(), operation).await?;
        sql::<DB>("DELETE FROM bulk_restore WHERE number = $1")
            .bind(row.get::<i64>("number")?)
            .execute(tx.on(), operation)
            .await?;
        let name = row.get("name")?;
        jangbogo_kernel::Transaction::commit(Box::new(tx)).await?;
        Ok(Some(name))
    }

    /// Ends the load: the notes go away, and the engine looks at what it has.
    pub async fn finish(self) -> Result<String, StoreError> {
        let operation = "end a load";
        let mut tx = self.store.transaction().await?;
        for note in ["DROP TABLE bulk_load", "DROP TABLE bulk_chunk", "DROP TABLE bulk_restore"] {
            sql::<DB>(note).execute(tx.on(), operation).await?;
        }
        sql::<DB>(DB::AT_LENGTH).rows(tx.on(), operation).await?;
        sql::<DB>("ANALYZE").execute(tx.on(), operation).await?;
        jangbogo_kernel::Transaction::commit(Box::new(tx)).await?;
        Ok(self.plan)
    }
}

/// Where changes of the stock are given.
pub const STOCK_CHANGES: &str = "bulk_stock (product_id, reserved, sold, steps)";
