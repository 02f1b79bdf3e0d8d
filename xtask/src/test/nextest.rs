//! Runs a pass with cargo-nextest and reads its report.

use std::fs;
use std::process::Stdio;

use anyhow::{Context, bail};
use cargo_metadata::Metadata;

use super::pass::Pass;
use super::servers::Servers;
use super::summary::{Summary, Verdict};
use super::{Args, junit};
use crate::workspace::cargo;

pub(super) fn run(
    pass: Pass,
    args: &Args,
    servers: &Servers,
    metadata: &Metadata,
    summary: &mut Summary,
) -> anyhow::Result<bool> {
    let report = metadata.target_directory.join("nextest/default/junit.xml");
    // A report of an earlier run must not speak for this one.
    if report.exists() {
        fs::remove_file(&report).with_context(|| format!("cannot remove {report}"))?;
    }
    let mut command = cargo(&["nextest", "run", "--workspace", "--locked"]);
    // A filter of the developer's may leave nothing for one of the passes; `judge` looks at all.
    command.arg("--no-tests=pass");
    if let Some(filterset) = pass.filterset() {
        command.args(["--filterset", &filterset]);
    }
    command.args(&args.extra);
    servers.tell(&mut command, pass);
    let status = command.status().with_context(|| format!("cannot start {command:?}"))?;
    if report.exists() {
        let text = fs::read_to_string(&report).with_context(|| format!("cannot read {report}"))?;
        for case in junit::parse(&text) {
            let engine = pass.engine_of(&case.suite, &case.test);
            summary.add(&case.suite, engine, case.verdict);
        }
    }
    // The report is silent about ignored tests.
    if args.extra.is_empty() {
        for line in ignored_tests(pass)?.lines() {
            if let Some((suite, test)) = line.split_once(' ') {
                summary.add(suite, pass.engine_of(suite, test), Verdict::Skipped);
            }
        }
    }
    Ok(status.success())
}

/// One line per ignored test: its suite, a space, its name.
fn ignored_tests(pass: Pass) -> anyhow::Result<String> {
    let mut list = cargo(&["nextest", "list", "--workspace", "--locked", "--cargo-quiet"]);
    list.args(["--run-ignored", "only", "--message-format", "oneline", "--color", "never"]);
    if let Some(filterset) = pass.filterset() {
        list.args(["--filterset", &filterset]);
    }
    let output = list.stderr(Stdio::inherit()).output().context("cannot list ignored tests")?;
    if !output.status.success() {
        bail!("{list:?} failed ({})", output.status);
    }
    String::from_utf8(output.stdout).context("the list of ignored tests is not UTF-8")
}
