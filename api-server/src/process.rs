//! The process: command line, configuration, start, signals, stop.

use std::io::{IsTerminal as _, Write as _};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use clap::Parser;
use jangbogo_setup::demo::DemoAccounts;
use jangbogo_setup::{Background, Config, LogFormat, Opened, Shop};
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

use crate::app::AppState;
use crate::server::Server;

/// Jangbogo, a shop that starts with one command.
#[derive(Debug, Parser)]
#[command(name = "api-server", version)]
struct CommandLine {
    /// A TOML file with settings; the environment goes over it.
    #[arg(long, env = "JANGBOGO_CONFIG")]
    config: Option<PathBuf>,
    /// Print the configuration, secrets masked, and stop.
    #[arg(long)]
    print_config: bool,
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
    let line = CommandLine::parse();
    if line.print_openapi {
        print(&format!("{}\n", crate::app::openapi().to_pretty_json()?))?;
        return Ok(ExitCode::SUCCESS);
    }
    let config = match Config::load(line.config.as_deref(), std::env::vars()) {
        Ok(config) => config,
        Err(error) => {
            writeln!(std::io::stderr(), "{error}")?;
            return Ok(ExitCode::from(2));
        }
    };
    if line.print_config {
        print(&config.masked()?)?;
        return Ok(ExitCode::SUCCESS);
    }
    start_logging(&config)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    if let Err(error) = runtime.block_on(run(config)) {
        // One line with every cause; a port that is taken needs no backtrace.
        writeln!(std::io::stderr(), "the shop cannot open: {error:#}")?;
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}

async fn run(config: Config) -> anyhow::Result<()> {
    // Asked for first: a signal during the start stops the process as one after it does.
    let stop = stop_signal()?;
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
        // Two providers are in the dependency tree's reach; which one counts is said once.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let config = Arc::new(config);
        let listener = TcpListener::bind(config.server.bind)
            .await
            .with_context(|| format!("cannot listen on {}", config.server.bind))?;
        let bound = listener.local_addr()?;
        let opened = Opened::open(&config, bound).await?;
        let accounts = opened.seed_when_empty(&config).await?;
        let state = AppState::new(opened.shop.clone(), config.clone(), &opened.public_url);
        let server = Server::start(state, listener)?;
        let background = Background::start(&config.background, &opened.shop, opened.relay.clone());
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
        self.opened.close().await;
        tracing::info!(data_dir = %self.config.data_dir.display(), "closed");
    }
}

/// Resolves when the process is told to stop (Ctrl-C or SIGTERM).
fn stop_signal() -> anyhow::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

fn start_logging(config: &Config) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&config.log.filter).context("the setting log.filter")?;
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // Colours are for people, not for files.
    let lines = lines.with_ansi(std::io::stderr().is_terminal());
    match config.log.format {
        LogFormat::Readable => lines.compact().init(),
        LogFormat::Json => lines.json().flatten_event(true).with_current_span(true).init(),
    }
    Ok(())
}

/// Standard output is the process's word to its owner; logs go to standard error.
fn print(text: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}
