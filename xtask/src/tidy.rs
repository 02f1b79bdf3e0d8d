//! `cargo xtask tidy`: the house rules that the compiler cannot check.
//!
//! Each check is a function from text to findings, so that its unit tests can plant a breach.

mod files;
mod graph;
mod lexer;
mod manifest;
mod ports;
mod source;
mod tree;

use anyhow::bail;

use self::tree::File;
use crate::workspace::root;

#[derive(clap::Args)]
pub(crate) struct Args {}

/// One thing that is not as it should be.
#[derive(Debug, PartialEq, Eq)]
struct Finding {
    level: Level,
    /// A file, `file:line` or a package.
    place: String,
    message: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Level {
    /// Makes tidy fail.
    Fault,
    /// Is shown only.
    Warning,
}

impl Finding {
    fn fault(place: impl Into<String>, message: impl Into<String>) -> Self {
        Self { level: Level::Fault, place: place.into(), message: message.into() }
    }

    fn warning(place: impl Into<String>, message: impl Into<String>) -> Self {
        Self { level: Level::Warning, place: place.into(), message: message.into() }
    }
}

pub(crate) fn run(_: &Args) -> anyhow::Result<()> {
    let files = tree::read(root())?;
    let mut findings = graph::check(&graph::read(root())?);
    findings.extend(check_files(&files)?);
    for finding in &findings {
        let level = match finding.level {
            Level::Fault => "fault",
            Level::Warning => "warning",
        };
        eprintln!("{level}: {}: {}", finding.place, finding.message);
    }
    let faults = findings.iter().filter(|finding| finding.level == Level::Fault).count();
    if faults > 0 {
        bail!("tidy found {faults} faults");
    }
    println!("tidy: {} files are in order", files.len());
    Ok(())
}

fn check_files(files: &[File]) -> anyhow::Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for file in files {
        findings.extend(files::check(file));
        let Some(text) = &file.text else { continue };
        if file.is_rust() {
            findings.extend(source::check(&file.path, text));
        }
        if let Some(folder) = file.path.strip_suffix("/Cargo.toml") {
            findings.extend(manifest::check(folder, text)?);
        }
    }
    findings.extend(ports::check(files));
    findings.extend(files::check_changelog(files));
    Ok(findings)
}
