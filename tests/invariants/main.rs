//! The invariant checker against a healthy shop, and against one breach after the other, on every
//! engine.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod breaches;
mod checker;
mod place;
