//! A PostgreSQL server of one's own.

use std::net::TcpListener;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use jangbogo_sql::PostgresStore;

use super::database::{run_apart, statement};
use super::kept::{Kept, Stop};
use super::programs::Server;

const SERVER: Server = Server {
    name: "PostgreSQL",
    program: "postgres",
    version_min: 15,
    package: "postgresql",
    versions: Some("/usr/lib/postgresql"),
};

/// The migrated database that fresh ones are copied from; nobody works in it.
pub(super) const TEMPLATE: &str = "jangbogo_template";

/// How a server is started.
#[derive(Debug, Clone)]
pub struct PostgresSettings {
    /// Whether an acknowledged commit survives `kill -9` and a power cut.
    pub durable: bool,
    /// Further settings, as the server's option `-c` takes them.
    pub more: Vec<(String, String)>,
}

impl PostgresSettings {
    /// As a shop runs it: what is acknowledged is on the disk.
    pub fn durable() -> Self {
        Self { durable: true, more: Vec::new() }
    }

    /// As suites want it whose server nobody kills: fast.
    pub fn hasty() -> Self {
        Self { durable: false, more: Vec::new() }
    }

    /// The same with this setting.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.more.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// A running PostgreSQL server; dropping it stops it and removes its data.
#[derive(Debug)]
pub struct Postgres {
    kept: Kept,
    programs: PathBuf,
    port: u16,
    settings: PostgresSettings,
}

impl Postgres {
    /// Starts a server with an empty data folder on a free port, and migrates the template.
    pub fn start(settings: PostgresSettings) -> anyhow::Result<Self> {
        let programs = SERVER.folder()?;
        let kept = Kept::new("postgres")?;
        let mut server = Self { kept, programs, port: 0, settings };
        server.initialise()?;
        server.port = free_port()?;
        server.start_again()?;
        let url = server.url(TEMPLATE);
        statement(&server.url("postgres"), format!("CREATE DATABASE {TEMPLATE}"))?;
        run_apart(async move {
            PostgresStore::connect(&url).await?.close().await;
            Ok(())
        })?;
        Ok(server)
    }

    /// The folder with the programs that come with PostgreSQL.
    pub fn programs() -> anyhow::Result<PathBuf> {
        SERVER.folder()
    }

    /// The address of one of its databases; `postgres` is always there.
    pub fn url(&self, database: &str) -> String {
        url(self.port, database)
    }

    /// The address of the server, as [`POSTGRES_VARIABLE`](super::POSTGRES_VARIABLE) has it.
    pub fn address(&self) -> String {
        self.url("postgres")
    }

    /// Stops it; its data stay.
    pub fn stop(&mut self, how: Stop) -> anyhow::Result<()> {
        self.kept.stop(how)
    }

    /// Starts it on the same port with the same data.
    pub fn start_again(&mut self) -> anyhow::Result<()> {
        const READY: &str = "database system is ready to accept connections";
        // After SIGKILL the old server's children hold its memory until they have noticed.
        let patience_ends = Instant::now() + Duration::from_secs(30);
        loop {
            match self.kept.start(self.command(), READY) {
                Err(_) if Instant::now() < patience_ends => {}
                started => return started,
            }
        }
    }

    /// Stops it and starts it again.
    pub fn restart(&mut self, how: Stop) -> anyhow::Result<()> {
        self.stop(how)?;
        self.start_again()
    }

    fn initialise(&self) -> anyhow::Result<()> {
        let output = self
            .kept
            .command(&self.programs.join("initdb"))
            .args(["-D", "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"])
            .args(["--locale=C.UTF-8", "--no-instructions"])
            .output()
            .context("cannot start initdb")?;
        if !output.status.success() {
            bail!("initdb failed: {}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(())
    }

    fn command(&self) -> std::process::Command {
        let mut command = self.kept.command(&self.programs.join("postgres"));
        command.args(["-D", "data", "-h", "127.0.0.1", "-p", &self.port.to_string()]);
        let mut set = |name: &str, value: &str| {
            command.args(["-c", &format!("{name}={value}")]);
        };
        set("unix_socket_directories", "");
        // Tests run beside each other, and every shop has a pool of its own.
        set("max_connections", "400");
        if !self.settings.durable {
            for name in ["fsync", "synchronous_commit", "full_page_writes", "autovacuum"] {
                set(name, "off");
            }
        }
        for (name, value) in &self.settings.more {
            set(name, value);
        }
        command
    }
}

pub(super) fn url(port: u16, database: &str) -> String {
    format!("postgres://postgres@127.0.0.1:{port}/{database}")
}

/// A port that was free a moment ago.
pub(super) fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
