//! The cache over the embedded database, on a clock that tests move: how old an answer may be, who
//! loads it, and what happens when the database, the shared cache or the notices fail.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod ground;
mod lists;
mod outage;
mod product_pages;
mod shared;
mod two_processes;
