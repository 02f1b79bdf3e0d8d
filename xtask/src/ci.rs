//! `cargo xtask ci`: what a change must pass, the same for people and for the machine.

use std::time::Instant;

use anyhow::Context;

use crate::workspace::{cargo, has_cargo_command, run as run_command};
use crate::{openapi, test, tidy};

#[derive(clap::Args)]
pub(crate) struct Args {}

struct Step {
    name: &'static str,
    run: fn() -> anyhow::Result<()>,
}

/// Cheapest first, so that most mistakes are told within seconds.
const STEPS: [Step; 7] = [
    Step { name: "format", run: format },
    Step { name: "tidy", run: || tidy::run(&tidy::Args {}) },
    Step { name: "clippy", run: clippy },
    Step { name: "openapi", run: || openapi::run(&openapi::Args { check: true }) },
    Step { name: "test", run: || test::run(&test::Args::everything()) },
    Step { name: "documentation", run: documentation },
    Step { name: "dependencies", run: dependencies },
];

pub(crate) fn run(_: &Args) -> anyhow::Result<()> {
    let start = Instant::now();
    for step in &STEPS {
        eprintln!("==> {}", step.name);
        let step_start = Instant::now();
        (step.run)().with_context(|| format!("step `{}` failed", step.name))?;
        eprintln!("<== {} passed in {:.1?}", step.name, step_start.elapsed());
    }
    eprintln!("all {} steps passed in {:.1?}", STEPS.len(), start.elapsed());
    Ok(())
}

fn format() -> anyhow::Result<()> {
    run_command(cargo(&["fmt", "--all", "--check"]))
}

fn clippy() -> anyhow::Result<()> {
    let args = ["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"];
    run_command(cargo(&args))
}

fn documentation() -> anyhow::Result<()> {
    let mut doc = cargo(&["doc", "--workspace", "--no-deps", "--locked"]);
    doc.env("RUSTDOCFLAGS", "-Dwarnings");
    run_command(doc)
}

/// Not a failure when the tool is absent: a fresh machine has only Rust.
fn dependencies() -> anyhow::Result<()> {
    if !has_cargo_command("deny") {
        eprintln!("!!! NOT RUN: cargo-deny is not installed, so bans, licences and sources");
        eprintln!("!!! of the dependencies are unchecked (cargo install --locked cargo-deny)");
        return Ok(());
    }
    run_command(cargo(&["deny", "--offline", "check", "bans", "licenses", "sources"]))
}
