//! Every repository and query port on SQLite and PostgreSQL, from one SQL text.
//!
//! [`SqlStore`] is generic over a small [`Backend`]; what the engines do differently is in
//! `backend.rs` and in migrations that end in `.sqlite.sql` and `.postgres.sql`, nowhere else.
//! Statements are constants with `$1` arguments; refusals are written into them (`WHERE version =
//! …`, `ON CONFLICT DO NOTHING`), because after a failed statement PostgreSQL ends the transaction
//! and SQLite does not.

mod backend;
pub mod bulk;
mod cart;
mod catalog;
mod connect;
mod error;
mod events;
#[cfg(test)]
mod fresh;
mod inventory;
mod job;
mod member;
mod migrate;
mod ordering;
mod payment;
pub mod plans;
mod pool;
mod publications;
mod retention;
mod statement;
mod store;
mod subscription;

pub mod invariants;

pub use backend::{AnyOf, Backend, Many, Stores};
pub use pool::{PoolSettings, PoolStatus};
pub use statement::Cell;
pub use store::{PostgresStore, SqlStore, SqlTransaction, SqliteStore};
