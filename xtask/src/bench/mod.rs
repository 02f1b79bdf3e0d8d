//! `cargo xtask bench NAME`: figures over real HTTP, against a shop of its own.
//!
//! Each bench prints its figure, its yardstick's figure from the same run, and as its last line
//! their ratio. A bench is a module with an `Args` struct and `run`; adding one is a line in each
//! of the two lists below.

mod approvals;
mod billing;
mod breaker;
mod cart;
mod faults;
mod flash_sale;
mod http;
mod list_cached;
mod list_deep;
mod load;
mod locks;
mod order_detail;
mod orders;
mod payer;
mod pgbench;
mod promotion;
mod retry;
mod server;
mod shop;

use std::ffi::OsString;
use std::process::Command;

use anyhow::{Context as _, bail};

use crate::workspace::root;

/// Measure one thing.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    bench: Bench,
}

/// What can be measured.
#[derive(Debug, clap::Subcommand)]
enum Bench {
    /// All buyers on one product, durable on PostgreSQL; yardstick: pgbench on one row
    FlashSale(flash_sale::Args),
    /// Orders spread over 10,000 products; yardstick: pgbench over 10,000 rows
    Orders(orders::Args),
    /// The strategies of stock reservation side by side; ratio: combined to row lock
    Locks(locks::Args),
    /// 1,000 orders a second offered, durable on PostgreSQL; reach for p99 ≤ 250 ms, all served
    Promotion(promotion::Args),
    /// The first page of the product list; yardstick: a bare handler that returns the same bytes
    ListCached(list_cached::Args),
    /// Carts are read, changed and read; yardstick: the same shop with a transaction per change
    Cart(cart::Args),
    /// 100 buyers at a provider that takes 5 s and fails up to 75 %; reach for ≤ 1 ms when open
    Breaker(breaker::Args),
    /// 25,000 payments, one connection in five fails; reach for ≤ 0.16 % failed, none twice
    Retry(retry::Args),
    /// Page 100,000 of ten million products; yardstick: page 1
    ListDeep(list_deep::Args),
    /// An order of ten lines; yardstick: a statement for each thing on its page
    OrderDetail(order_detail::Args),
    /// 100,000 cycles due, three batches, 200 kills; reach for 0.9 of the provider's limit
    Billing(billing::Args),
    /// 1,000 approvals of 2 s with 10 connections; ratio: p99 of lists beside them, reach for 1.2
    Approvals(approvals::Args),
    /// Charges under a seeded fault program: in the end every attempt is known, nothing is double
    Faults(faults::Args),
}

/// Runs one bench, in a release build whatever build asks for it.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    if cfg!(debug_assertions) {
        return run_again_optimised();
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        match &args.bench {
            Bench::FlashSale(args) => flash_sale::run(args).await,
            Bench::Orders(args) => orders::run(args).await,
            Bench::Locks(args) => locks::run(args).await,
            Bench::Promotion(args) => promotion::run(args).await,
            Bench::ListCached(args) => list_cached::run(args).await,
            Bench::Cart(args) => cart::run(args).await,
            Bench::Breaker(args) => breaker::run(args).await,
            Bench::Retry(args) => retry::run(args).await,
            Bench::ListDeep(args) => list_deep::run(args).await,
            Bench::OrderDetail(args) => order_detail::run(args).await,
            Bench::Billing(args) => billing::run(args).await,
            Bench::Approvals(args) => approvals::run(args).await,
            Bench::Faults(args) => faults::run(args).await,
        }
    })
}

/// The same command line in a release build: figures of a debug build mean nothing.
fn run_again_optimised() -> anyhow::Result<()> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut command = Command::new(cargo);
    command.current_dir(root()).args(["run", "--quiet", "--release", "--package", "xtask", "--"]);
    let status = command.args(std::env::args_os().skip(1)).status().context("cannot run cargo")?;
    if !status.success() {
        bail!("the bench failed ({status})");
    }
    Ok(())
}
