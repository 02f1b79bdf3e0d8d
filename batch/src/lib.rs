//! The batch process: what the shop does without being asked, apart from delivering events.
//!
//! | exit code | of `batch run` |
//! |---|---|
//! | 0 | done, or nothing was to be done |
//! | 1 | failed; the next start goes on where it was |
//! | 2 | done, and some items need somebody's attention |
//! | 64 | the command line is not understood |
//! | 75 | stopped before the end; the next start goes on where it was |
//! | 78 | the configuration cannot be used |
//!
//! On a terminal it speaks to people; elsewhere every line is one JSON object.

mod history;
mod list;
mod run;
mod schedule;
mod serve;
mod show;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use jangbogo_setup::process::{self, ProcessArgs, ProcessKind};
use jangbogo_setup::{Config, Opened};

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
    /// Run one job now, to its end. Several may: they share the work.
    Run(run::Args),
    /// Tell which jobs there are.
    List,
    /// Tell what has run.
    History(history::Args),
    /// Show or change when jobs run by themselves.
    #[command(subcommand)]
    Schedule(schedule::Change),
    /// Run jobs at their times, until told to stop. Several may.
    Serve,
}

/// The exit code of a run that was stopped before its end, as `sysexits.h` has it: try again.
const STOPPED: u8 = 75;

/// Does what the command line says.
pub fn main() -> anyhow::Result<ExitCode> {
    let line: CommandLine = match process::command_line() {
        Ok(line) => line,
        Err(over) => return Ok(over),
    };
    let kind = ProcessKind { failure: "the batch cannot run", check: Config::check_beside };
    process::run(kind, &line.process, |config, stop| async move {
        let opened = Opened::open_beside(&config).await?;
        let done = match line.task {
            Task::Run(args) => run::run(&config, &opened, args, stop).await,
            Task::List => list::run(&config, &opened).await,
            Task::History(args) => history::run(&config, &opened, args).await,
            Task::Schedule(change) => schedule::run(&config, &opened, change).await,
            Task::Serve => serve::run(&config, &opened, stop).await,
        };
        opened.close().await;
        done
    })
}
