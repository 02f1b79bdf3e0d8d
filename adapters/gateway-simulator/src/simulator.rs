//! Starting and stopping a simulator.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::admin;
use crate::backstage::Backstage;
use crate::clock::Clock;
use crate::connection::{Cut, CuttableListener};
use crate::fault::{Fault, FaultProgram};
use crate::kakaopay::{self, KakaoPay};
use crate::ledger::{Ledger, LedgerEntry};

/// How long [`Simulator::shutdown`] waits for calls under way.
const SHUTDOWN_MAX: Duration = Duration::from_secs(5);

/// What a simulator needs to start.
#[derive(Clone, Debug)]
pub struct SimulatorConfig {
    /// Where the provider's API and the pay pages listen; port 0 takes a free one.
    pub bind: SocketAddr,
    /// Where the admin port listens; port 0 takes a free one.
    pub admin_bind: SocketAddr,
    /// What the redirect addresses begin with; by default `http://` and the bound address.
    pub public_url: Option<String>,
    /// The ledger's SQLite file, created when missing; `None` keeps a private one in memory.
    pub ledger: Option<PathBuf>,
    /// The key expected in `Authorization: SECRET_KEY {key}` (or `DEV_SECRET_KEY {key}`).
    pub secret_key: String,
    /// Decides the shares of faults, the buyers' methods and the unlisted fields. Ids and tokens
    /// are random regardless.
    pub seed: u64,
}

/// A running simulator. Dropping it stops it without waiting.
#[derive(Debug)]
pub struct Simulator {
    backstage: Arc<Backstage>,
    address: SocketAddr,
    admin_address: SocketAddr,
    stop: watch::Sender<()>,
    servers: JoinSet<std::io::Result<()>>,
}

impl Simulator {
    /// Binds both ports, opens the ledger and serves.
    pub async fn start(config: SimulatorConfig) -> anyhow::Result<Self> {
        let ledger = Ledger::open(config.ledger.as_deref()).await?;
        let listener = TcpListener::bind(config.bind)
            .await
            .with_context(|| format!("bind the provider's API to {}", config.bind))?;
        let admin_listener = TcpListener::bind(config.admin_bind)
            .await
            .with_context(|| format!("bind the admin port to {}", config.admin_bind))?;
        let address = listener.local_addr()?;
        let admin_address = admin_listener.local_addr()?;

        let backstage = Arc::new(Backstage {
            ledger,
            clock: Clock::default(),
            faults: FaultProgram::new(config.seed),
        });
        let public_url = config.public_url.unwrap_or_else(|| format!("http://{address}"));
        let public_url = public_url.trim_end_matches('/').to_owned();
        let kakaopay =
            KakaoPay::new(Arc::clone(&backstage), config.secret_key, public_url, config.seed);

        let (stop, stopped) = watch::channel(());
        let mut servers = JoinSet::new();
        let provider = kakaopay::router(Arc::new(kakaopay));
        let provider = axum::serve(
            CuttableListener(listener),
            provider.into_make_service_with_connect_info::<Cut>(),
        );
        let provider = provider.with_graceful_shutdown(told(stopped.clone()));
        servers.spawn(async move { provider.await });
        let admin = axum::serve(admin_listener, admin::router(Arc::clone(&backstage)));
        let admin = admin.with_graceful_shutdown(told(stopped));
        servers.spawn(async move { admin.await });
        tracing::info!(%address, %admin_address, "gateway simulator is listening");
        Ok(Self { backstage, address, admin_address, stop, servers })
    }

    /// The provider's API, e.g. `http://127.0.0.1:8090`.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The admin port, e.g. `http://127.0.0.1:8091`.
    pub fn admin_url(&self) -> String {
        format!("http://{}", self.admin_address)
    }

    /// Replaces the fault program and starts its dice again; an empty one ends all faults.
    #[expect(clippy::unused_async, reason = "callers need not change when faults move to the file")]
    pub async fn faults(&self, program: Vec<Fault>) {
        self.backstage.faults.replace(program);
    }

    /// Every money movement really done, oldest first.
    pub async fn ledger(&self) -> anyhow::Result<Vec<LedgerEntry>> {
        self.backstage.ledger.entries().await.context("read the ledger")
    }

    /// Moves the simulator's own clock forward, for example past the 15 minutes of a payment.
    #[expect(clippy::unused_async, reason = "as `faults`: the simulator may move elsewhere")]
    pub async fn advance(&self, by: Duration) {
        self.backstage.clock.advance(by);
    }

    /// Takes no more calls, waits a few seconds for those under way, and closes the ledger.
    pub async fn shutdown(mut self) {
        // No receiver left means that both servers are gone already.
        let _gone = self.stop.send(());
        let all = async { while self.servers.join_next().await.is_some() {} };
        if tokio::time::timeout(SHUTDOWN_MAX, all).await.is_err() {
            tracing::warn!("calls were still under way at shutdown");
        }
        self.backstage.ledger.close().await;
    }
}

/// Waits for the word to stop, or for the simulator to be dropped.
async fn told(mut stopped: watch::Receiver<()>) {
    let _dropped = stopped.changed().await;
}
