//! Developer tasks, run as `cargo xtask <task>`; no shell scripts, nothing to install.
//!
//! A task is a module with an `Args` struct and `run(&Args)`; adding one is a line in each of the
//! three lists below.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "talking to the developer is this program's whole job"
)]

mod bench;
mod check_invariants;
mod ci;
mod client;
mod demo;
mod openapi;
mod scratch;
mod seed;
mod test;
mod tidy;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The server's, because benches run the shop in this process.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Jangbogo's developer tasks", version)]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Everything a change must pass, in order; stops at the first failure
    Ci(ci::Args),
    /// The house rules that the compiler cannot check
    Tidy(tidy::Args),
    /// Every test, then which suite ran on which engine
    Test(test::Args),
    /// Writes api-server/openapi.json from the handlers
    Openapi(openapi::Args),
    /// A whole purchase against a shop of its own, as a timeline
    Demo(demo::Args),
    /// Fills an empty database with the demo catalogue
    Seed(seed::Args),
    /// Measures; run it with `--release` for figures that mean something
    Bench(bench::Args),
    /// Looks for broken invariants in a shop's database; fails when there are any
    CheckInvariants(check_invariants::Args),
}

/// When this is set, the program is the batch: a bench kills processes of its own.
const AS_BATCH: &str = "JANGBOGO_XTASK_AS_BATCH";

fn main() -> ExitCode {
    if std::env::var_os(AS_BATCH).is_some() {
        return jangbogo_batch::main().unwrap_or(ExitCode::FAILURE);
    }
    let outcome = match Cli::parse().task {
        Task::Ci(args) => ci::run(&args),
        Task::Tidy(args) => tidy::run(&args),
        Task::Test(args) => test::run(&args),
        Task::Openapi(args) => openapi::run(&args),
        Task::Demo(args) => demo::run(&args),
        Task::Seed(args) => seed::run(&args),
        Task::Bench(args) => bench::run(&args),
        Task::CheckInvariants(args) => check_invariants::run(&args),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Without a backtrace: the reader's mistake is rarely in this program.
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
