//! `cargo xtask test`: every test of the workspace, then which suite ran on which engine.
//!
//! It starts the servers that the tests need and stops them afterwards. The suites that open whole
//! shops run twice, once on each engine. With cargo-nextest when it is there, with plain
//! `cargo test` otherwise: a fresh machine has only Rust.

mod junit;
mod libtest;
mod nextest;
mod pass;
mod servers;
mod summary;

use std::time::Instant;

use anyhow::{Context, bail};
use cargo_metadata::{Metadata, MetadataCommand};
use clap::builder::FalseyValueParser;

use self::pass::Pass;
use self::servers::Servers;
use self::summary::Summary;
use crate::workspace::{cargo, has_cargo_command, root};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// `sqlite` leaves out what needs a server, `postgres` runs only what runs there
    #[arg(long, default_value = "all")]
    engine: Engine,
    /// A skipped test and a missing server are failures; on in CI
    #[arg(long, env = "CI", value_parser = FalseyValueParser::new())]
    strict: bool,
    /// Passed on to `cargo nextest run` (or `cargo test`); nextest then leaves out doc tests
    #[arg(last = true)]
    extra: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Engine {
    Sqlite,
    Postgres,
    All,
}

impl Args {
    /// Every test, none skipped: what `ci` runs.
    pub(crate) fn everything() -> Self {
        Self { engine: Engine::All, strict: true, extra: Vec::new() }
    }
}

pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let servers = Servers::started_for(args)?;
    let engine = if servers.are_running() { args.engine } else { Engine::Sqlite };
    let metadata = metadata()?;
    let mut summary = Summary::default();
    let mut succeeded = true;
    let has_nextest = has_cargo_command("nextest");
    if !has_nextest {
        println!("cargo-nextest is not installed: using cargo test");
    }
    for pass in Pass::all(engine) {
        let started = Instant::now();
        succeeded &= if has_nextest {
            nextest::run(pass, args, &servers, &metadata, &mut summary)?
        } else {
            libtest::run(pass.cargo_test(&args.extra), pass, &servers, &metadata, &mut summary)?
        };
        println!("{}: {:.0?}", pass.name(), started.elapsed());
    }
    // nextest cannot run documentation tests.
    if has_nextest && args.extra.is_empty() && engine != Engine::Postgres {
        let doc = cargo(&["test", "--doc", "--workspace", "--locked", "--no-fail-fast"]);
        succeeded &= libtest::run(doc, Pass::Everything, &servers, &metadata, &mut summary)?;
    }
    println!("\n{summary}");
    servers.say_what_did_not_run();
    judge(succeeded, args.strict, &summary)
}

/// What the whole run comes to; a run without a single test proves nothing and fails.
fn judge(succeeded: bool, strict: bool, summary: &Summary) -> anyhow::Result<()> {
    let total = summary.total();
    if total.failed > 0 || !succeeded {
        bail!("tests failed");
    }
    if total.passed == 0 {
        bail!("no test ran");
    }
    if strict && total.skipped > 0 {
        bail!("{} tests were skipped, which CI does not accept", total.skipped);
    }
    Ok(())
}

fn metadata() -> anyhow::Result<Metadata> {
    let mut command = MetadataCommand::new();
    command.current_dir(root()).no_deps().other_options(vec!["--locked".to_owned()]);
    command.exec().context("cannot read the workspace")
}

#[cfg(test)]
mod tests {
    use super::summary::Verdict;
    use super::{Summary, judge};

    fn summary(verdicts: &[Verdict]) -> Summary {
        let mut summary = Summary::default();
        for verdict in verdicts {
            summary.add("jangbogo-kernel", "–", *verdict);
        }
        summary
    }

    #[test]
    fn a_run_in_which_all_passed_is_accepted() {
        assert!(judge(true, true, &summary(&[Verdict::Passed])).is_ok());
    }

    #[test]
    fn a_failure_is_not_accepted_even_if_the_runner_says_success() {
        assert!(judge(true, false, &summary(&[Verdict::Passed, Verdict::Failed])).is_err());
    }

    #[test]
    fn a_runner_that_failed_is_not_accepted_even_if_all_counted_tests_passed() {
        assert!(judge(false, false, &summary(&[Verdict::Passed])).is_err());
    }

    #[test]
    fn a_run_without_tests_is_not_accepted() {
        assert!(judge(true, false, &summary(&[])).is_err());
    }

    #[test]
    fn a_skipped_test_is_accepted_only_outside_ci() {
        let skipping = summary(&[Verdict::Passed, Verdict::Skipped]);
        assert!(judge(true, false, &skipping).is_ok());
        assert!(judge(true, true, &skipping).is_err());
    }
}
