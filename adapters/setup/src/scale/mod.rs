//! A shop of any size, for measurements: products with the distribution of long lists, and orders
//! in every state. The same for the same seed; resumable; nothing in it breaks an invariant.

mod dice;
mod members;
mod order_rows;
mod orders;
mod products;

use std::borrow::Cow;

use anyhow::Context as _;
use jangbogo_kernel::Timestamp;
use jangbogo_sql::SqlStore;
use jangbogo_sql::bulk::{Cell, Load, Loads};

use crate::Database;

/// How large a shop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scale {
    /// So many products.
    pub products: i64,
    /// So many orders of them.
    pub orders: i64,
    /// Another seed gives other products.
    pub seed: u64,
    /// Nothing in the seed is younger.
    pub until: Timestamp,
    /// Products or orders of one transaction.
    pub chunk: i64,
    /// The hash of the password that all its members have.
    pub password_hash: String,
}

/// How far a fill is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// So many products and orders of all are in.
    Rows {
        /// In.
        done: i64,
        /// Of so many.
        all: i64,
    },
    /// An index or a foreign key that had been taken away is back.
    Restored {
        /// Its name.
        name: String,
        /// So many are still missing.
        missing: i64,
    },
}

impl Default for Scale {
    fn default() -> Self {
        Self {
            products: 0,
            orders: 0,
            seed: 1,
            // 2026-11-01T00:00:00Z
            until: Timestamp::from_micros(1_793_491_200_000_000),
            chunk: 20_000,
            password_hash: "nobody logs in".to_owned(),
        }
    }
}

impl Scale {
    /// Ten orders each.
    fn buyers(&self) -> i64 {
        if self.orders == 0 { 0 } else { (self.orders / 10).max(1) }
    }

    /// What a fill has to be to be the same as another.
    fn plan(&self) -> String {
        let Self { products, orders, seed, chunk, until, .. } = self;
        format!("{products} products, {orders} orders, seed {seed}, by {chunk}, until {until}")
    }

    /// The same with the time that an unfinished fill of such numbers was begun with.
    fn resumed(mut self, unfinished: Option<&str>) -> Self {
        if let Some((numbers, until)) = unfinished.and_then(|plan| plan.rsplit_once(" until "))
            && self.plan().starts_with(numbers)
            && let Ok(until) = until.parse()
        {
            self.until = until;
        }
        self
    }
}

/// Fills the database, or goes on with a fill that was interrupted.
pub async fn fill(
    database: &Database,
    scale: Scale,
    told: impl FnMut(Step) + Send,
) -> anyhow::Result<Scale> {
    match database {
        Database::Sqlite(store) => fill_store(store, scale, told).await,
        Database::Postgres(store) => fill_store(store, scale, told).await,
    }
}

/// The same on a store.
pub async fn fill_store<DB: Loads>(
    store: &SqlStore<DB>,
    scale: Scale,
    mut told: impl FnMut(Step) + Send,
) -> anyhow::Result<Scale> {
    let unfinished = Load::unfinished(store).await?;
    let scale = scale.resumed(unfinished.as_deref());
    let load = Load::begin(store, &scale.plan(), &members::rows(&scale)).await;
    let load = load.context("is another seed unfinished here, or this one in already?")?;
    let all = scale.products + scale.orders;
    let (mut number, step) = (0, usize::try_from(scale.chunk.max(1))?);
    for first in (0..scale.products).step_by(step) {
        number += 1;
        let behind = (first + scale.chunk).min(scale.products);
        if !load.has(number) {
            load.chunk(number, &products::rows(&scale, first..behind)?).await?;
        }
        told(Step::Rows { done: behind, all });
    }
    // Before the orders, which look for their products.
    loop {
        let Some(name) = load.restore_next().await? else { break };
        told(Step::Restored { name, missing: load.missing().await? });
    }
    let mut books = orders::Books::new(&scale)?;
    for first in (0..scale.orders).step_by(step) {
        number += 1;
        let behind = (first + scale.chunk).min(scale.orders);
        // Also when they are in: later orders number their stock movements behind theirs.
        let rows = books.rows(first..behind)?;
        if !load.has(number) {
            load.chunk(number, &rows).await?;
        }
        told(Step::Rows { done: scale.products + behind, all });
    }
    load.finish().await?;
    Ok(scale)
}

fn number(number: i64) -> Cell {
    Cell::Number(number)
}

fn text(text: impl Into<Cow<'static, str>>) -> Cell {
    Cell::Text(text.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interrupted_fill_goes_on_at_its_own_time() {
        let begun = Scale { products: 5, ..Scale::default() };
        let later = Scale { until: Timestamp::from_micros(0), ..begun.clone() };
        assert_eq!(later.clone().resumed(Some(&begun.plan())), begun);
        let other = Scale { products: 6, ..later.clone() };
        assert_eq!(other.clone().resumed(Some(&begun.plan())), other);
        assert_eq!(later.clone().resumed(None), later);
    }
}
