//! The payment providers' side: real wire formats, own durable ledger, faults, a pay page.
//!
//! The simulator speaks the providers' wire formats over real HTTP, keeps every money movement in
//! a ledger of its own that survives the shop's crashes, and can be told to fail: late, lost,
//! broken and lying answers before or after the effect. Tests compare the shop's books with
//! [`Simulator::ledger`]; the embedded shop uses the pay page.
//!
//! ```
//! use jangbogo_gateway_simulator::{Action, Call, Fault, Simulator, SimulatorConfig, When};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> anyhow::Result<()> {
//! let simulator = Simulator::start(SimulatorConfig::new("test-secret")).await?;
//! // The next approval is charged, but its answer is lost.
//! simulator.faults(vec![Fault::new(Call::Approve, When::After, Action::Reset).times(1)]).await;
//! assert!(simulator.ledger().await?.is_empty());
//! simulator.shutdown().await;
//! # Ok(())
//! # }
//! ```
//!
//! A *reset* is a true one: the connection is closed with a TCP RST and not one byte of an answer.

mod admin;
mod agenda;
mod backstage;
mod clock;
mod connection;
mod fault;
mod kakaopay;
mod ledger;
mod random;
mod script;
mod simulator;
mod summary;
mod tosspayments;
mod turnstile;
mod webhook;
mod won;

pub use fault::{Action, Call, Fault, Provider, Ramp, When, read_faults};
pub use ledger::{LedgerEntry, LedgerOp, read_ledger};
pub use simulator::{Simulator, SimulatorConfig};
