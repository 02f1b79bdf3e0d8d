//! The relay as a process of its own; any number of them may share one database.

use std::process::ExitCode;

use clap::Parser;
use jangbogo_setup::process::{self, ProcessArgs, ProcessKind, Stop, print};
use jangbogo_setup::{Background, Config, Opened};

/// Delivers the shop's events to their consumers.
#[derive(Debug, Parser)]
#[command(name = "event-outbox", version)]
struct CommandLine {
    #[command(flatten)]
    process: ProcessArgs,
}

/// Runs the process until it is told to stop.
pub fn main() -> anyhow::Result<ExitCode> {
    let line: CommandLine = match process::command_line() {
        Ok(line) => line,
        Err(over) => return Ok(over),
    };
    let kind = ProcessKind { failure: "events cannot be delivered", check: Config::check_beside };
    process::run(kind, &line.process, run)
}

async fn run(config: Config, stop: Stop) -> anyhow::Result<()> {
    let opened = Opened::open_beside(&config).await?;
    let mut background = Background::idle();
    background.relay(&opened);
    print(&format!("event-outbox is running ({})\n", opened.database.engine()))?;
    stop.await;
    background.stop().await;
    opened.close().await;
    print("stopped.\n")
}
