//! Counts per suite and engine, and the table that shows them.

use std::collections::BTreeMap;
use std::fmt;

use super::pass::POSTGRES_MODULE;

/// The packages whose tests run on the embedded database unless they say otherwise.
const DATABASE_PACKAGES: [&str; 2] = ["jangbogo-tests", "jangbogo-sql"];

/// The engine that is a server, for people.
pub(crate) const POSTGRES: &str = "PostgreSQL";

/// How a test ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Passed,
    Failed,
    Skipped,
}

/// How many tests ended in which way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) skipped: u64,
}

/// The tallies of a run.
#[derive(Debug, Default)]
pub(crate) struct Summary {
    tallies: BTreeMap<(String, &'static str), Tally>,
}

impl Tally {
    pub(crate) fn add(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::Passed => self.passed += 1,
            Verdict::Failed => self.failed += 1,
            Verdict::Skipped => self.skipped += 1,
        }
    }

    fn merge(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }

    /// What remains of this tally without `part`.
    pub(crate) fn without(self, part: Self) -> Self {
        Self {
            passed: self.passed.saturating_sub(part.passed),
            failed: self.failed.saturating_sub(part.failed),
            skipped: self.skipped.saturating_sub(part.skipped),
        }
    }
}

impl Summary {
    pub(crate) fn add(&mut self, suite: &str, engine: &'static str, verdict: Verdict) {
        let mut tally = Tally::default();
        tally.add(verdict);
        self.add_tally(suite, engine, tally);
    }

    pub(crate) fn add_tally(&mut self, suite: &str, engine: &'static str, tally: Tally) {
        if tally != Tally::default() {
            self.tallies.entry((suite.to_owned(), engine)).or_default().merge(tally);
        }
    }

    pub(crate) fn total(&self) -> Tally {
        let mut total = Tally::default();
        for tally in self.tallies.values() {
            total.merge(*tally);
        }
        total
    }

    #[cfg(test)]
    pub(crate) fn tally(&self, suite: &str, engine: &'static str) -> Tally {
        self.tallies.get(&(suite.to_owned(), engine)).copied().unwrap_or_default()
    }
}

/// The engine that a test ran on, told from its place.
pub(crate) fn engine(suite: &str, test: &str) -> &'static str {
    let (package, binary) = suite.split_once("::").unwrap_or((suite, ""));
    if test.contains(POSTGRES_MODULE) {
        POSTGRES
    } else if DATABASE_PACKAGES.contains(&package) && binary != "doc" {
        "SQLite (bundled)"
    } else {
        "–"
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.tallies.keys().map(|(suite, _)| suite.chars().count());
        let width = names.max().unwrap_or(0).max("suite".len());
        let head = ("suite", "engine", "passed", "failed", "skipped");
        writeln!(
            formatter,
            "{:width$}  {:16}  {:>6}  {:>6}  {:>7}",
            head.0, head.1, head.2, head.3, head.4
        )?;
        for ((suite, engine), tally) in &self.tallies {
            write_row(formatter, width, (suite, engine), *tally)?;
        }
        write_row(formatter, width, ("total", ""), self.total())
    }
}

fn write_row(
    formatter: &mut fmt::Formatter<'_>,
    width: usize,
    (suite, engine): (&str, &str),
    tally: Tally,
) -> fmt::Result {
    let Tally { passed, failed, skipped } = tally;
    writeln!(formatter, "{suite:width$}  {engine:16}  {passed:>6}  {failed:>6}  {skipped:>7}")
}

#[cfg(test)]
mod tests {
    use super::{Summary, Tally, Verdict, engine};

    #[test]
    fn the_engine_follows_from_package_and_module() {
        assert_eq!(engine("jangbogo-tests::contract", "sqlite::ordering::x"), "SQLite (bundled)");
        assert_eq!(engine("jangbogo-tests::contract", "postgres::ordering::x"), "PostgreSQL");
        assert_eq!(engine("jangbogo-sql", "statement::tests::x"), "SQLite (bundled)");
        assert_eq!(engine("jangbogo-sql::doc", "src/lib.rs - (line 3)"), "–");
        assert_eq!(engine("jangbogo-kernel", "money::tests::x"), "–");
    }

    #[test]
    fn one_suite_on_two_engines_is_two_rows() {
        let mut summary = Summary::default();
        let mut add = |test: &str, verdict| {
            let suite = "jangbogo-tests::contract";
            summary.add(suite, engine(suite, test), verdict);
        };
        add("sqlite::a", Verdict::Passed);
        add("sqlite::b", Verdict::Failed);
        add("postgres::a", Verdict::Skipped);
        let sqlite = summary.tally("jangbogo-tests::contract", "SQLite (bundled)");
        assert_eq!(sqlite, Tally { passed: 1, failed: 1, skipped: 0 });
        let postgres = summary.tally("jangbogo-tests::contract", "PostgreSQL");
        assert_eq!(postgres, Tally { passed: 0, failed: 0, skipped: 1 });
        assert_eq!(summary.total(), Tally { passed: 1, failed: 1, skipped: 1 });
    }

    #[test]
    fn the_table_names_every_suite_and_the_total() {
        let mut summary = Summary::default();
        summary.add("jangbogo-kernel", "–", Verdict::Passed);
        let expected = "\
suite            engine            passed  failed  skipped
jangbogo-kernel  –                      1       0        0
total                                   1       0        0
";
        assert_eq!(summary.to_string(), expected);
    }
}
