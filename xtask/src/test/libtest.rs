//! Reads what `cargo test` prints: which suite runs, its tests, its result.

use std::process::Command;

use cargo_metadata::{Metadata, TargetKind};

use super::pass::{POSTGRES_MODULE, Pass};
use super::servers::Servers;
use super::summary::{Summary, Tally, Verdict};
use crate::workspace::run_reading;

/// A target that cargo may announce.
#[derive(Debug)]
pub(crate) struct Target {
    /// What the summary calls it, in nextest's words: `package::binary`.
    pub(crate) suite: String,
    /// The name of its executable without the hash.
    pub(crate) file: String,
    /// Its main source file.
    pub(crate) source: String,
}

/// Reads the output line by line and adds each suite to the summary.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    pass: Pass,
    targets: &'a [Target],
    summary: &'a mut Summary,
    current: Option<Suite>,
}

#[derive(Debug)]
struct Suite {
    name: String,
    /// The part of the tests since the last result that ran on PostgreSQL.
    postgres: Tally,
    /// Documentation tests may report more than once: those that share a binary, then the others.
    has_reported: bool,
}

/// Runs `cargo test …` and counts what its suites report.
pub(super) fn run(
    mut command: Command,
    pass: Pass,
    servers: &Servers,
    metadata: &Metadata,
    summary: &mut Summary,
) -> anyhow::Result<bool> {
    // Colours would hide the words that the reader looks for.
    command.env("CARGO_TERM_COLOR", "never");
    servers.tell(&mut command, pass);
    let targets = targets(metadata);
    let mut reader = Reader::new(pass, &targets, summary);
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

impl<'a> Reader<'a> {
    pub(crate) fn new(pass: Pass, targets: &'a [Target], summary: &'a mut Summary) -> Self {
        Self { pass, targets, summary, current: None }
    }

    pub(crate) fn line(&mut self, line: &str) {
        let line = line.trim_start();
        if let Some(announced) = line.strip_prefix("Running ") {
            if let Some(name) = self.suite_name(announced) {
                self.begin(name);
            }
        } else if let Some(library) = line.strip_prefix("Doc-tests ") {
            let name = self.doc_suite_name(library);
            self.begin(name);
        } else if let Some(result) = line.strip_prefix("test result: ") {
            self.end(result);
        } else if let Some((test, verdict)) = test_line(line)
            && let Some(suite) = &mut self.current
            && test.contains(POSTGRES_MODULE)
        {
            suite.postgres.add(verdict);
        }
    }

    /// A suite that was announced and gave no result has died.
    pub(crate) fn finish(&mut self) {
        if let Some(suite) = self.current.take()
            && !suite.has_reported
        {
            let engine = self.pass.engine_of(&suite.name, "");
            self.summary.add(&suite.name, engine, Verdict::Failed);
        }
    }

    fn begin(&mut self, name: String) {
        self.finish();
        self.current = Some(Suite { name, postgres: Tally::default(), has_reported: false });
    }

    fn end(&mut self, result: &str) {
        let Some(suite) = &mut self.current else {
            return;
        };
        let all = Tally {
            passed: count(result, "passed"),
            failed: count(result, "failed"),
            skipped: count(result, "ignored"),
        };
        let postgres = std::mem::take(&mut suite.postgres);
        suite.has_reported = true;
        let on_postgres = self.pass.engine_of(&suite.name, POSTGRES_MODULE);
        self.summary.add_tally(&suite.name, on_postgres, postgres);
        let otherwise = self.pass.engine_of(&suite.name, "");
        self.summary.add_tally(&suite.name, otherwise, all.without(postgres));
    }

    /// From `tests/contract/main.rs (target/debug/deps/contract-0123456789abcdef)`.
    fn suite_name(&self, announced: &str) -> Option<String> {
        let (source, executable) = announced.split_once(" (")?;
        let source = source.strip_prefix("unittests ").unwrap_or(source);
        let file = executable.trim_end_matches(')').rsplit(['/', '\\']).next()?;
        let file = file.rsplit_once('-').map_or(file, |(file, _hash)| file);
        let known = self
            .targets
            .iter()
            .find(|target| target.file == file && target.source.ends_with(source));
        Some(known.map_or_else(|| file.to_owned(), |target| target.suite.clone()))
    }

    /// From `jangbogo_kernel`.
    fn doc_suite_name(&self, library: &str) -> String {
        let is_library = |target: &&Target| target.file == library && !target.suite.contains("::");
        let package = self.targets.iter().find(is_library);
        format!("{}::doc", package.map_or(library, |target| &target.suite))
    }
}

/// From `test money::tests::adds ... ok`.
fn test_line(line: &str) -> Option<(&str, Verdict)> {
    let (test, verdict) = line.strip_prefix("test ")?.rsplit_once(" ... ")?;
    match verdict.split([',', ' ']).next()? {
        "ok" => Some((test, Verdict::Passed)),
        "FAILED" => Some((test, Verdict::Failed)),
        "ignored" => Some((test, Verdict::Skipped)),
        _ => None,
    }
}

/// From `ok. 5 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s`.
fn count(result: &str, what: &str) -> u64 {
    let mut parts = result.split([';', '.']).map(str::trim);
    let part = parts.find_map(|part| part.strip_suffix(what));
    part.and_then(|number| number.trim().parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{Pass, Reader, Summary, Tally, Target};

    const SQLITE: &str = "SQLite (bundled)";

    fn read(output: &str) -> Summary {
        let target = |suite: &str, file: &str, source: &str| Target {
            suite: suite.to_owned(),
            file: file.to_owned(),
            source: source.to_owned(),
        };
        let targets = [
            target("jangbogo-kernel", "jangbogo_kernel", "/shop/core/kernel/src/lib.rs"),
            target("jangbogo-tests::contract", "contract", "/shop/tests/contract/main.rs"),
            target("xtask::bin/xtask", "xtask", "/shop/xtask/src/main.rs"),
        ];
        let mut summary = Summary::default();
        let mut reader = Reader::new(Pass::Everything, &targets, &mut summary);
        output.lines().for_each(|line| reader.line(line));
        reader.finish();
        summary
    }

    #[test]
    fn suites_are_named_by_package_and_binary() {
        let summary = read(
            "\
     Running unittests src/lib.rs (target/debug/deps/jangbogo_kernel-72d1228a8632fa39)
running 2 tests
test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s
     Running unittests src/main.rs (target/debug/deps/xtask-9e032c6a2be50810)
test result: ok. 12 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
   Doc-tests jangbogo_kernel
test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
",
        );
        let tally = |passed, skipped| Tally { passed, failed: 0, skipped };
        assert_eq!(summary.tally("jangbogo-kernel", "–"), tally(2, 1));
        assert_eq!(summary.tally("xtask::bin/xtask", "–"), tally(12, 0));
        assert_eq!(summary.tally("jangbogo-kernel::doc", "–"), tally(4, 0));
    }

    #[test]
    fn the_tests_of_a_postgres_module_are_counted_apart() {
        let summary = read(
            "\
     Running contract/main.rs (target/debug/deps/contract-e662ffbf56153e99)
test sqlite::orders::commit_keeps_every_write ... ok
test postgres::orders::commit_keeps_every_write ... ok
test postgres::orders::drop_undoes_every_write ... FAILED
test postgres::orders::later ... ignored, no server
test result: FAILED. 2 passed; 1 failed; 1 ignored; 0 measured; 0 filtered out; finished in 1s
",
        );
        let sqlite = summary.tally("jangbogo-tests::contract", SQLITE);
        assert_eq!(sqlite, Tally { passed: 1, failed: 0, skipped: 0 });
        let postgres = summary.tally("jangbogo-tests::contract", "PostgreSQL");
        assert_eq!(postgres, Tally { passed: 1, failed: 1, skipped: 1 });
    }

    #[test]
    fn a_suite_that_dies_without_a_result_is_a_failure() {
        let summary = read(
            "\
     Running contract/main.rs (target/debug/deps/contract-e662ffbf56153e99)
test sqlite::a ... ok
     Running unittests src/lib.rs (target/debug/deps/jangbogo_kernel-72d1228a8632fa39)
test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
",
        );
        assert_eq!(summary.tally("jangbogo-tests::contract", SQLITE).failed, 1);
        assert_eq!(summary.tally("jangbogo-kernel", "–").passed, 1);
    }

    #[test]
    fn a_result_without_an_announcement_counts_for_nothing() {
        let line = "test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out";
        assert_eq!(read(line).total(), Tally::default());
    }
}
