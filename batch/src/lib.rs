//! The batch process: what the shop does without being asked, apart from delivering events.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use jangbogo_setup::process::{self, ProcessArgs, ProcessKind, Stop, print};
use jangbogo_setup::{Background, Config, Opened};

/// Does what the shop does without being asked.
#[derive(Debug, Parser)]
#[command(name = "batch", version)]
struct CommandLine {
    #[command(flatten)]
    process: ProcessArgs,
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Sweep unpaid orders, ask what became of payments, and add up sales, until told to stop.
    /// Several may run.
    Serve,
}

/// Runs the process until it is told to stop.
pub fn main() -> anyhow::Result<ExitCode> {
    let line = CommandLine::parse();
    let kind = ProcessKind { failure: "the batch cannot run", check: Config::check_beside };
    match line.task {
        Task::Serve => process::run(kind, &line.process, serve),
    }
}

async fn serve(config: Config, stop: Stop) -> anyhow::Result<()> {
    let opened = Opened::open_beside(&config).await?;
    let mut background = Background::idle();
    background.sweep(&config.background, &opened);
    background.count_sales(&config.counters, &opened);
    print(&format!("batch is running ({})\n", opened.database.engine()))?;
    stop.await;
    background.stop().await;
    opened.close().await;
    print("stopped.\n")
}
