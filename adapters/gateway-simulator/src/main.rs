//! `gateway-simulator`: the simulator as a process of its own.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Parser;
use jangbogo_gateway_simulator::{Simulator, SimulatorConfig, read_faults};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

/// The payment providers' side, for tests and demonstrations. No money moves.
#[derive(Debug, Parser)]
#[command(version)]
struct Args {
    /// Provider API and pay pages.
    #[arg(long, env = "GATEWAY_SIMULATOR_BIND", default_value = "127.0.0.1:8090")]
    bind: SocketAddr,
    /// Admin port; it has no access control.
    #[arg(long, env = "GATEWAY_SIMULATOR_ADMIN_BIND", default_value = "127.0.0.1:8091")]
    admin_bind: SocketAddr,
    /// Base of the pay pages' addresses, when browsers reach them under another name.
    #[arg(long, env = "GATEWAY_SIMULATOR_PUBLIC_URL")]
    public_url: Option<String>,
    /// SQLite file of the ledger; without it everything is forgotten at the end.
    #[arg(long, env = "GATEWAY_SIMULATOR_LEDGER")]
    ledger: Option<PathBuf>,
    /// KakaoPay's key, expected in `Authorization: SECRET_KEY {key}`.
    #[arg(
        long,
        env = "GATEWAY_SIMULATOR_SECRET_KEY",
        default_value = "simulator-secret-key",
        hide_env_values = true
    )]
    secret_key: String,
    /// TossPayments' key, expected in `Authorization: Basic base64({key}:)`; by default the same.
    #[arg(long, env = "GATEWAY_SIMULATOR_TOSSPAYMENTS_SECRET_KEY", hide_env_values = true)]
    tosspayments_secret_key: Option<String>,
    /// Where TossPayments' webhooks go.
    #[arg(long, env = "GATEWAY_SIMULATOR_WEBHOOK_URL")]
    webhook_url: Option<String>,
    /// Fault program to begin with, a .json or .toml file.
    #[arg(long, env = "GATEWAY_SIMULATOR_FAULTS")]
    faults: Option<PathBuf>,
    /// Decides which calls a share of faults hits.
    #[arg(long, env = "GATEWAY_SIMULATOR_SEED", default_value_t = 1)]
    seed: u64,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();

    let args = Args::parse();
    let faults = args.faults.as_deref().map(read_faults).transpose()?.unwrap_or_default();
    let simulator = Simulator::start(SimulatorConfig {
        bind: args.bind,
        admin_bind: args.admin_bind,
        public_url: args.public_url,
        ledger: args.ledger,
        secret_key: args.secret_key,
        tosspayments_secret_key: args.tosspayments_secret_key,
        webhook_url: args.webhook_url,
        seed: args.seed,
        faults,
        frozen_at: None,
    })
    .await?;
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted?,
        _ = terminate.recv() => {}
    }
    simulator.shutdown().await;
    Ok(())
}
