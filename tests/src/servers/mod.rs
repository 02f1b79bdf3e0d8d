//! Throw-away servers for the suites and benches: PostgreSQL and Redis, each on a free port of this
//! machine, with a folder of its own, gone when its owner is, whatever the owner dies of.
//!
//! `cargo xtask test` starts one of each and names them in [`POSTGRES_VARIABLE`] and
//! [`REDIS_VARIABLE`]; a test that runs without it starts its own. Either way a test asks for
//! [`Database::fresh`] and need not know.

mod database;
mod kept;
mod postgres;
mod programs;
mod redis;

pub use database::Database;
pub use kept::Stop;
pub use postgres::{Postgres, PostgresSettings};
pub use redis::Redis;

/// Where `cargo xtask test` has started PostgreSQL.
pub const POSTGRES_VARIABLE: &str = "JANGBOGO_TEST_POSTGRES";
/// Where `cargo xtask test` has started Redis.
pub const REDIS_VARIABLE: &str = "JANGBOGO_TEST_REDIS";
/// Which engine the suites run on: `sqlite`, when it is not set, or `postgres`.
pub const ENGINE_VARIABLE: &str = "JANGBOGO_TEST_ENGINE";

/// The engine that the suites run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// Embedded, a file for each test.
    Sqlite,
    /// A server, a database for each test.
    Postgres,
}

impl Engine {
    /// What the run was started for.
    pub fn of_the_run() -> Self {
        match variable(ENGINE_VARIABLE).as_deref() {
            None | Some("sqlite") => Self::Sqlite,
            Some("postgres") => Self::Postgres,
            Some(other) => panic!("{ENGINE_VARIABLE} is sqlite or postgres, not {other:?}"),
        }
    }
}

/// A setting of the suites, if it is made.
#[expect(
    clippy::disallowed_methods,
    reason = "these are settings of the suites, which adapters/setup knows nothing of"
)]
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
