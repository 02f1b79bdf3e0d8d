//! The servers of a test run, started once for all tests.

use std::process::Command;

use anyhow::Context as _;
use jangbogo_tests::servers::{
    ENGINE_VARIABLE, POSTGRES_VARIABLE, Postgres, PostgresSettings, REDIS_VARIABLE, Redis,
};

use super::pass::Pass;
use super::{Args, Engine};

/// What runs beside the tests; stopped when dropped.
pub(crate) struct Servers {
    running: Option<(Postgres, Redis)>,
    /// Why nothing runs that was wanted.
    missing: Option<String>,
}

impl Servers {
    /// Starts what the run needs. Where that cannot be, the run goes on without, and says so; with
    /// `strict`, or when only the server was asked for, it fails.
    pub(super) fn started_for(args: &Args) -> anyhow::Result<Self> {
        if args.engine == Engine::Sqlite {
            return Ok(Self { running: None, missing: None });
        }
        let started = || -> anyhow::Result<_> {
            // Nothing in these databases outlives the run: speed before safety.
            Ok((Postgres::start(PostgresSettings::hasty())?, Redis::start()?))
        };
        match started() {
            Ok(running) => Ok(Self { running: Some(running), missing: None }),
            Err(error) if args.strict || args.engine == Engine::Postgres => {
                Err(error).context("the tests need PostgreSQL and Redis")
            }
            Err(error) => {
                let servers = Self { running: None, missing: Some(format!("{error:#}")) };
                servers.say_what_did_not_run();
                Ok(servers)
            }
        }
    }

    pub(super) const fn are_running(&self) -> bool {
        self.running.is_some()
    }

    /// Tells the tests where the servers are.
    pub(super) fn tell(&self, command: &mut Command, pass: Pass) {
        command.env(ENGINE_VARIABLE, pass.engine_of_shops());
        if let Some((postgres, redis)) = &self.running {
            command.env(POSTGRES_VARIABLE, postgres.address()).env(REDIS_VARIABLE, redis.url());
        }
    }

    /// A developer who sees all green must know what was not looked at.
    pub(super) fn say_what_did_not_run(&self) {
        if let Some(why) = &self.missing {
            eprintln!("!!! NOT RUN: everything on PostgreSQL and Redis, because {why}");
        }
    }
}
