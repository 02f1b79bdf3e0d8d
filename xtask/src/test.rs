//! `cargo xtask test`: every test of the workspace, then which suite ran on which engine.
//!
//! With cargo-nextest when it is there, with plain `cargo test` otherwise: a fresh machine has
//! only Rust.

mod junit;
mod libtest;
mod summary;

use std::fs;
use std::process::{Command, Stdio};

use anyhow::{Context, bail};
use cargo_metadata::{Metadata, MetadataCommand, TargetKind};
use clap::builder::FalseyValueParser;

use self::libtest::{Reader, Target};
use self::summary::{Summary, Verdict};
use crate::workspace::{cargo, has_cargo_command, root, run_reading};

/// In a test's name, the module that runs it on PostgreSQL.
const POSTGRES_MODULE: &str = "postgres::";

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Only the tests of this engine, and those that need none
    #[arg(long)]
    engine: Option<Engine>,
    /// A skipped test is a failure; on in CI
    #[arg(long, env = "CI", value_parser = FalseyValueParser::new())]
    strict: bool,
    /// Passed on to `cargo nextest run` (or `cargo test`); nextest then leaves out doc tests
    #[arg(last = true)]
    extra: Vec<String>,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Engine {
    Sqlite,
}

impl Args {
    /// Every test, none skipped: what `ci` runs.
    pub(crate) fn everything() -> Self {
        Self { engine: None, strict: true, extra: Vec::new() }
    }
}

pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let mut summary = Summary::default();
    let metadata = metadata()?;
    let succeeded = if has_cargo_command("nextest") {
        let mut succeeded = run_nextest(args, &metadata, &mut summary)?;
        // nextest cannot run documentation tests.
        if args.extra.is_empty() {
            let doc = cargo(&["test", "--doc", "--workspace", "--locked", "--no-fail-fast"]);
            succeeded &= run_libtest(doc, &metadata, &mut summary)?;
        }
        succeeded
    } else {
        println!("cargo-nextest is not installed: using cargo test");
        run_libtest(cargo_test(args), &metadata, &mut summary)?
    };
    println!("\n{summary}");
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

fn run_nextest(args: &Args, metadata: &Metadata, summary: &mut Summary) -> anyhow::Result<bool> {
    let report = metadata.target_directory.join("nextest/default/junit.xml");
    // A report of an earlier run must not speak for this one.
    if report.exists() {
        fs::remove_file(&report).with_context(|| format!("cannot remove {report}"))?;
    }
    let mut command = cargo(&["nextest", "run", "--workspace", "--locked"]);
    if let Some(Engine::Sqlite) = args.engine {
        command.args(["--filterset", &format!("not test({POSTGRES_MODULE})")]);
    }
    command.args(&args.extra);
    let status = command.status().with_context(|| format!("cannot start {command:?}"))?;
    let text = fs::read_to_string(&report)
        .with_context(|| format!("{command:?} ran no test ({status}): no {report}"))?;
    for case in junit::parse(&text) {
        summary.add(&case.suite, &case.test, case.verdict);
    }
    // The report is silent about ignored tests.
    if args.extra.is_empty() {
        for line in ignored_tests()?.lines() {
            if let Some((suite, test)) = line.split_once(' ') {
                summary.add(suite, test, Verdict::Skipped);
            }
        }
    }
    Ok(status.success())
}

/// One line per ignored test: its suite, a space, its name.
fn ignored_tests() -> anyhow::Result<String> {
    let mut list = cargo(&["nextest", "list", "--workspace", "--locked", "--cargo-quiet"]);
    list.args(["--run-ignored", "only", "--message-format", "oneline", "--color", "never"]);
    let output = list.stderr(Stdio::inherit()).output().context("cannot list ignored tests")?;
    if !output.status.success() {
        bail!("{list:?} failed ({})", output.status);
    }
    String::from_utf8(output.stdout).context("the list of ignored tests is not UTF-8")
}

fn cargo_test(args: &Args) -> Command {
    let mut command = cargo(&["test", "--workspace", "--locked", "--no-fail-fast"]);
    command.args(&args.extra);
    if let Some(Engine::Sqlite) = args.engine {
        if !args.extra.iter().any(|extra| extra == "--") {
            command.arg("--");
        }
        command.args(["--skip", POSTGRES_MODULE]);
    }
    command
}

/// Runs `cargo test …` and counts what its suites report.
fn run_libtest(
    mut command: Command,
    metadata: &Metadata,
    summary: &mut Summary,
) -> anyhow::Result<bool> {
    // Colours would hide the words that the reader looks for.
    command.env("CARGO_TERM_COLOR", "never");
    let targets = targets(metadata);
    let mut reader = Reader::new(&targets, summary);
    let succeeded = run_reading(command, |line| reader.line(line))?;
    reader.finish();
    Ok(succeeded)
}

/// Every target of the workspace, to know which package an announced suite belongs to.
fn targets(metadata: &Metadata) -> Vec<Target> {
    let mut targets = Vec::new();
    for package in metadata.workspace_packages() {
        for target in &package.targets {
            let suite = match target.kind.first() {
                Some(TargetKind::Bin) => format!("{}::bin/{}", package.name, target.name),
                Some(TargetKind::Test) => format!("{}::{}", package.name, target.name),
                Some(TargetKind::Example) => format!("{}::example/{}", package.name, target.name),
                _ => package.name.to_string(),
            };
            let source = target.src_path.to_string();
            targets.push(Target { suite, file: target.name.replace('-', "_"), source });
        }
    }
    targets
}

fn metadata() -> anyhow::Result<Metadata> {
    let mut command = MetadataCommand::new();
    command.current_dir(root()).no_deps().other_options(vec!["--locked".to_owned()]);
    command.exec().context("cannot read the workspace")
}

#[cfg(test)]
mod tests {
    use super::{Summary, Verdict, judge};

    fn summary(verdicts: &[Verdict]) -> Summary {
        let mut summary = Summary::default();
        for verdict in verdicts {
            summary.add("jangbogo-kernel", "a_name", *verdict);
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
