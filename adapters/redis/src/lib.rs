//! What Redis speeds up: the shared cache, its invalidation, locks, unique visitors. The database
//! decides; with Redis gone or flushed every answer stays right.
//!
//! Everything here stands on [`RedisConnection`]: opening it never fails because the server is
//! away, and while it is away every question is answered at once with [`RedisError::Away`], so that
//! a dead Redis costs a request nothing.

mod cache;
mod connection;
mod invalidation;
mod locks;
mod visitors;

pub use cache::RedisCache;
pub use connection::{RedisConnection, RedisError, RedisSettings, RedisUrlError};
pub use invalidation::{Listening, RedisNotices};
pub use locks::RedisLocks;
pub use visitors::RedisVisitors;
