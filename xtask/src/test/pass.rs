//! One run of the test binaries.

use std::process::Command;

use super::Engine;
use super::summary::{POSTGRES, engine};
use crate::workspace::cargo;

/// In a test's name, the module that runs it on PostgreSQL.
pub(crate) const POSTGRES_MODULE: &str = "postgres::";
/// In a test's name, the module that runs it on Redis.
const REDIS_MODULE: &str = "redis::";
/// The suites that run on the engine that [`Pass::Shops`] names; the others know theirs.
const SHOPS: [&str; 2] = ["acceptance", "crash"];

/// Which tests run, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pass {
    /// Every test; whole shops on SQLite.
    Everything,
    /// What needs no server.
    Embedded,
    /// What names PostgreSQL itself.
    Named,
    /// Whole shops, on PostgreSQL.
    Shops,
}

impl Pass {
    /// The passes of a run.
    pub(super) fn all(engine: Engine) -> impl Iterator<Item = Self> {
        let passes: &[Self] = match engine {
            Engine::Sqlite => &[Self::Embedded],
            Engine::Postgres => &[Self::Named, Self::Shops],
            Engine::All => &[Self::Everything, Self::Shops],
        };
        passes.iter().copied()
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Everything => "every test, shops on SQLite",
            Self::Embedded => "every test that needs no server",
            Self::Named => "what runs on PostgreSQL alone",
            Self::Shops => "shops on PostgreSQL",
        }
    }

    /// What the harness is told.
    pub(super) const fn engine_of_shops(self) -> &'static str {
        if matches!(self, Self::Shops) { "postgres" } else { "sqlite" }
    }

    /// The engine that a test ran on.
    pub(super) fn engine_of(self, suite: &str, test: &str) -> &'static str {
        if self == Self::Shops { POSTGRES } else { engine(suite, test) }
    }

    /// What `cargo nextest run` takes in.
    pub(super) fn filterset(self) -> Option<String> {
        match self {
            Self::Everything => None,
            Self::Embedded => {
                Some(format!("not test({POSTGRES_MODULE}) and not test({REDIS_MODULE})"))
            }
            Self::Named => Some(format!("test({POSTGRES_MODULE})")),
            Self::Shops => {
                let suites = SHOPS.map(|suite| format!("binary({suite})")).join(" or ");
                Some(format!("package(jangbogo-tests) and ({suites})"))
            }
        }
    }

    /// The same for plain `cargo test`.
    pub(super) fn cargo_test(self, extra: &[String]) -> Command {
        let mut command = cargo(&["test", "--locked", "--no-fail-fast"]);
        match self {
            Self::Shops => {
                command.args(["--package", "jangbogo-tests"]);
                command.args(SHOPS.iter().flat_map(|suite| ["--test", suite]));
            }
            _ => {
                command.arg("--workspace");
            }
        }
        command.args(extra);
        if !extra.iter().any(|extra| extra == "--") {
            command.arg("--");
        }
        match self {
            Self::Embedded => {
                command.args(["--skip", POSTGRES_MODULE, "--skip", REDIS_MODULE]);
            }
            Self::Named => {
                command.arg(POSTGRES_MODULE);
            }
            Self::Everything | Self::Shops => {}
        }
        command
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(pass: Pass, extra: &[&str]) -> Vec<String> {
        let extra: Vec<String> = extra.iter().map(|&extra| extra.to_owned()).collect();
        let command = pass.cargo_test(&extra);
        command.get_args().map(|argument| argument.to_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn whole_shops_run_on_both_engines() {
        let engines: Vec<_> = Pass::all(Engine::All).map(Pass::engine_of_shops).collect();
        assert_eq!(engines, ["sqlite", "postgres"]);
    }

    #[test]
    fn without_servers_nothing_is_asked_for_that_needs_one() {
        let passes: Vec<_> = Pass::all(Engine::Sqlite).collect();
        assert_eq!(passes, [Pass::Embedded]);
        let filterset = Pass::Embedded.filterset().unwrap();
        assert_eq!(filterset, "not test(postgres::) and not test(redis::)");
        let arguments = arguments(Pass::Embedded, &["--", "--nocapture"]);
        assert!(arguments.ends_with(&["--skip".to_owned(), "redis::".to_owned()]));
        assert_eq!(arguments.iter().filter(|argument| *argument == "--").count(), 1);
    }

    #[test]
    fn the_second_pass_counts_for_postgres() {
        let suite = "jangbogo-tests::acceptance";
        assert_eq!(Pass::Everything.engine_of(suite, "cart::a"), "SQLite (bundled)");
        assert_eq!(Pass::Shops.engine_of(suite, "cart::a"), "PostgreSQL");
        let named = arguments(Pass::Shops, &[]);
        assert!(named.join(" ").contains("--test acceptance --test crash"), "{named:?}");
    }
}
