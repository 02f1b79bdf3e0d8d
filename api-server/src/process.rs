//! The process: command line, start, welcome, stop.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use clap::Parser;
use jangbogo_setup::demo::DemoAccounts;
use jangbogo_setup::jobs::Jobs;
use jangbogo_setup::process::{self, ProcessArgs, ProcessKind, Stop, print};
use jangbogo_setup::{Background, Config, Opened, Shop};
use tokio::net::TcpListener;

use crate::app::AppState;
use crate::server::Server;

/// Jangbogo, a shop that starts with one command.
#[derive(Debug, Parser)]
#[command(name = "api-server", version)]
struct CommandLine {
    #[command(flatten)]
    process: ProcessArgs,
    /// Print the OpenAPI document and stop.
    #[arg(long)]
    print_openapi: bool,
}

/// A running shop: HTTP server, background work, simulator and database in one process.
pub struct Process {
    config: Arc<Config>,
    opened: Opened,
    accounts: Option<DemoAccounts>,
    background: Background,
    server: Server,
}

/// Runs the process until it is told to stop.
pub fn main() -> anyhow::Result<ExitCode> {
    let line: CommandLine = match process::command_line() {
        Ok(line) => line,
        Err(over) => return Ok(over),
    };
    if line.print_openapi {
        print(&format!("{}\n", crate::app::openapi().to_pretty_json()?))?;
        return Ok(ExitCode::SUCCESS);
    }
    let kind = ProcessKind { failure: "the shop cannot open", check: |_| Ok(()) };
    process::run(kind, &line.process, run)
}

async fn run(config: Config, stop: Stop) -> anyhow::Result<()> {
    let process = Process::start(config).await?;
    print(&process.welcome())?;
    stop.await;
    print("\nstopping: requests under way are being finished …\n")?;
    process.stop().await;
    print("stopped.\n")
}

impl Process {
    /// Starts everything that the configuration wants, and tells where it is.
    pub async fn start(config: Config) -> anyhow::Result<Self> {
        let config = Arc::new(config);
        let listener = TcpListener::bind(config.server.bind)
            .await
            .with_context(|| format!("cannot listen on {}", config.server.bind))?;
        let bound = listener.local_addr()?;
        let opened = Opened::open(&config, bound).await?;
        let accounts = opened.seed_when_empty(&config).await?;
        let state = AppState::new(opened.shop.clone(), config.clone(), &opened.public_url);
        let server = Server::start(state, listener)?;
        let mut background = Background::idle();
        if config.background.enabled {
            background.relay(&opened);
            background.schedule(Jobs::of(&config, &opened)?).await?;
        }
        background.count_views(&config.counters, &opened);
        Ok(Self { config, opened, accounts, background, server })
    }

    /// Where the server listens.
    pub fn addr(&self) -> SocketAddr {
        self.server.addr()
    }

    /// Every use case of the shop, for whoever starts the process inside of another program.
    pub fn shop(&self) -> &Shop {
        &self.opened.shop
    }

    /// Where the shop's parts are, for the person who started it.
    pub fn welcome(&self) -> String {
        let (config, opened, url) = (&self.config, &self.opened, &self.opened.public_url);
        format!(
            "\n장보고 Jangbogo is open on http://{} ({}, data in {})\n\n\
             \x20 browse     {url}/api/v1/products\n\
             \x20 try it     {url}/docs\n\
             \x20 OpenAPI    {url}/openapi.json\n\
             {}{}\n\
             A whole purchase, step by step: cargo xtask demo. Stop with Ctrl-C.\n\n",
            self.addr(),
            opened.database.engine(),
            config.data_dir.display(),
            self.welcome_to_simulator(),
            self.welcome_to_accounts(),
        )
    }

    fn welcome_to_simulator(&self) -> String {
        let Some(simulator) = &self.opened.simulator else {
            return String::new();
        };
        let (pages, admin) = (simulator.base_url(), simulator.admin_url());
        format!("  payments   simulated on {pages} (its ledger: {admin}/admin/ledger)\n")
    }

    fn welcome_to_accounts(&self) -> String {
        let file = Opened::accounts_file(&self.config);
        let Some(DemoAccounts { buyer, seller }) = &self.accounts else {
            let kept = file.exists();
            return if kept { format!("  accounts   {}\n", file.display()) } else { String::new() };
        };
        format!(
            "\nA demo catalogue of {} products and two accounts are ready:\n\n\
             \x20 buyer      {}   {}\n\
             \x20 seller     {}   {}\n\n\
             (kept in {})\n",
            self.config.demo.products,
            buyer.email,
            buyer.password,
            seller.email,
            seller.password,
            file.display()
        )
    }

    /// Where the payment simulator's admin port is, when the simulator runs here.
    pub fn simulator_admin_url(&self) -> Option<String> {
        let simulator = self.opened.simulator.as_ref()?;
        Some(simulator.admin_url())
    }

    /// Finishes what is under way and closes everything.
    pub async fn stop(self) {
        self.server.shutdown().await;
        self.background.stop().await;
        if let Err(error) = self.opened.shop.flush_counters().await {
            tracing::warn!(?error, "the last visitors were not counted");
        }
        self.opened.close().await;
        tracing::info!(data_dir = %self.config.data_dir.display(), "closed");
    }
}
