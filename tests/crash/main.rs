//! The shop as a process: started, stopped, misconfigured, killed, and nothing is lost.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod configuration;
mod kill_nine;
mod load;
mod process;

/// The shop's program; only a test knows where it was built.
const SHOP: &str = env!("CARGO_BIN_EXE_shop-under-test");
