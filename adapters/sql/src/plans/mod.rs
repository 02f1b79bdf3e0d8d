//! How the database carries out what lists and pages ask: the very statements of the queries, put
//! before the engine's EXPLAIN. For plan tests and measurements; a shop never asks.

mod postgres;
mod sqlite;

use jangbogo_catalog::{ListBrands, ListProducts};
use jangbogo_kernel::{Cursor, PageRequest, StoreError};
use jangbogo_member::MemberId;
use jangbogo_ordering::{OrderId, OrderState};

use crate::backend::Backend;
use crate::catalog::{brands, listing, place};
use crate::ordering;
use crate::statement::{Record, Statement};
use crate::store::SqlStore;

/// How a statement is carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// What is read, the leading table first.
    pub reads: Vec<Read>,
    /// Whether rows are sorted before they are returned, instead of being read in order.
    pub sorts: bool,
    /// The engine's own words.
    pub text: String,
}

/// One table or index that is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// The index; `None` when the whole table is walked through.
    pub index: Option<String>,
    /// Rows and index entries read, those that did not fit included; `None` when the engine does
    /// not count.
    pub rows: Option<u64>,
}

/// An engine that explains itself.
pub trait Explains: Backend {
    /// Stands in front of a statement.
    #[doc(hidden)]
    const EXPLAIN: &'static str;

    /// Reads the explanation.
    #[doc(hidden)]
    fn plan(rows: &[&Self::Row]) -> Result<Plan, StoreError>;
}

const OPERATION: &str = "explain a statement";

/// A list of products.
pub async fn products<DB: Explains>(
    store: &SqlStore<DB>,
    question: &ListProducts,
) -> Result<Plan, StoreError> {
    explained(store, listing(DB::EXPLAIN, question)).await
}

/// A list of brands.
pub async fn brand_names<DB: Explains>(
    store: &SqlStore<DB>,
    question: &ListBrands,
) -> Result<Plan, StoreError> {
    explained(store, brands(DB::EXPLAIN, question)).await
}

/// A buyer's list of orders: the orders; [`lines`] has the plan of their lines.
pub async fn orders<DB: Explains>(
    store: &SqlStore<DB>,
    buyer: MemberId,
    state: Option<OrderState>,
    page: &PageRequest,
) -> Result<Plan, StoreError> {
    explained(store, ordering::listing(DB::EXPLAIN, buyer, state, page)).await
}

/// The lines of so many orders.
pub async fn lines<DB: Explains>(
    store: &SqlStore<DB>,
    orders: &[OrderId],
) -> Result<Plan, StoreError> {
    explained(store, ordering::lines_of(DB::EXPLAIN, orders)).await
}

/// Every statement of one order's page, in turn: the order with its lines, its history.
pub async fn order<DB: Explains>(
    store: &SqlStore<DB>,
    id: OrderId,
) -> Result<Vec<Plan>, StoreError> {
    Ok(vec![
        explained(store, ordering::finding(DB::EXPLAIN, id)).await?,
        explained(store, ordering::steps_of(DB::EXPLAIN, id, i64::MAX)).await?,
    ])
}

/// The place behind so many products of a list; `None` when it is shorter. Counts them one by one:
/// this is what cursors spare.
pub async fn behind<DB: Backend>(
    store: &SqlStore<DB>,
    question: &ListProducts,
    rows: i64,
) -> Result<Option<Cursor>, StoreError> {
    let mut on = store.read().await?;
    let row = place::<DB>(question, rows).row(&mut on, "find a deep page").await?;
    row.map(|row| Ok(Cursor::new(question.sort.name(), row.get("sort_key")?, row.get("id")?)))
        .transpose()
}

async fn explained<DB: Explains>(
    store: &SqlStore<DB>,
    statement: Statement<DB>,
) -> Result<Plan, StoreError> {
    let rows = statement.rows(&mut *store.read().await?, OPERATION).await?;
    DB::plan(&rows.iter().map(Record::raw).collect::<Vec<_>>())
}
