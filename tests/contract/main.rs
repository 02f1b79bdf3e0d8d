//! Every contract of every core crate on every adapter: `sqlite::ordering::…` and so on.
//!
//! A further engine is one more line here and one more function in `fresh`. What a core crate
//! demands and no adapter is asked for is found by `complete`.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[macro_use]
mod store;

mod complete;
mod contended;
mod credentials;
mod fencing;
mod fresh;
mod gateway;
mod jobs;
mod locks;
mod mail;
mod outside_world;
mod plans;
mod pool;
mod reconcile;
mod redis;
mod runtime;
mod scale;
mod shared_cache;
mod strategies;
mod visitors;

store_contracts!(sqlite);
store_contracts!(postgres);
