//! Starting and stopping a simulator.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::admin;
use crate::agenda::Agenda;
use crate::backstage::Backstage;
use crate::clock::Clock;
use crate::connection::{Cut, CuttableListener, Door};
use crate::fault::{Fault, FaultProgram};
use crate::kakaopay::{self, KakaoPay};
use crate::ledger::{Ledger, LedgerEntry};
use crate::tosspayments::{self, TossPayments};
use crate::turnstile::Turnstile;
use crate::webhook::Webhooks;

/// How long [`Simulator::shutdown`] waits for calls under way.
const SHUTDOWN_MAX: Duration = Duration::from_secs(5);

/// What a simulator needs to start.
///
/// ```
/// use jangbogo_gateway_simulator::SimulatorConfig;
///
/// let config = SimulatorConfig { seed: 7, ..SimulatorConfig::new("secret") };
/// assert_eq!(config.bind.port(), 0);
/// ```
#[derive(Clone, Debug)]
pub struct SimulatorConfig {
    /// Where the providers' APIs and the pay pages listen; port 0 takes a free one.
    pub bind: SocketAddr,
    /// Where the admin port listens; port 0 takes a free one.
    pub admin_bind: SocketAddr,
    /// What the redirect addresses begin with; by default `http://` and the bound address.
    pub public_url: Option<String>,
    /// The ledger's SQLite file, created when missing; `None` keeps a private one in memory.
    pub ledger: Option<PathBuf>,
    /// The merchant's key: KakaoPay expects it in `Authorization: SECRET_KEY {key}` (or
    /// `DEV_SECRET_KEY {key}`).
    pub secret_key: String,
    /// TossPayments expects this one as the name, with an empty password, in `Authorization:
    /// Basic`; by default the same as KakaoPay's.
    pub tosspayments_secret_key: Option<String>,
    /// Where TossPayments' webhooks go; nowhere by default.
    pub webhook_url: Option<String>,
    /// Decides the shares of faults, the buyers' methods and the unlisted fields. Ids and tokens
    /// are random regardless.
    pub seed: u64,
    /// The fault program to begin with.
    pub faults: Vec<Fault>,
    /// The simulator's clock begins here and moves only by [`Simulator::advance`]; by default it
    /// is the system's.
    pub frozen_at: Option<Timestamp>,
}

impl SimulatorConfig {
    /// A simulator on free ports of this machine, with its ledger in memory and without faults.
    pub fn new(secret_key: impl Into<String>) -> Self {
        Self {
            bind: ([127, 0, 0, 1], 0).into(),
            admin_bind: ([127, 0, 0, 1], 0).into(),
            public_url: None,
            ledger: None,
            secret_key: secret_key.into(),
            tosspayments_secret_key: None,
            webhook_url: None,
            seed: 1,
            faults: Vec::new(),
            frozen_at: None,
        }
    }
}

/// A running simulator. Dropping it stops it without waiting.
#[derive(Debug)]
pub struct Simulator {
    backstage: Arc<Backstage>,
    address: SocketAddr,
    admin_address: SocketAddr,
    stop: watch::Sender<()>,
    servers: JoinSet<std::io::Result<()>>,
    _business: JoinSet<()>,
}

impl Simulator {
    /// Binds both ports, opens the ledger and serves.
    pub async fn start(config: SimulatorConfig) -> anyhow::Result<Self> {
        if let Some(flaw) = config.faults.iter().find_map(Fault::flaw) {
            bail!("the fault program makes no sense: {flaw}");
        }
        let listener = TcpListener::bind(config.bind)
            .await
            .with_context(|| format!("bind the providers' APIs to {}", config.bind))?;
        let admin_listener = TcpListener::bind(config.admin_bind)
            .await
            .with_context(|| format!("bind the admin port to {}", config.admin_bind))?;
        let (address, admin_address) = (listener.local_addr()?, admin_listener.local_addr()?);
        let backstage = Arc::new(Backstage {
            ledger: Ledger::open(config.ledger.as_deref()).await?,
            clock: config.frozen_at.map_or_else(Clock::default, Clock::frozen_at),
            faults: FaultProgram::new(config.seed),
            agenda: Agenda::default(),
            door: Door::default(),
            webhooks: Webhooks::new(config.webhook_url.clone())?,
            seed: config.seed,
            turnstile: Turnstile::default(),
            witness_delay_us: AtomicI64::new(0),
        });
        let providers = providers(&backstage, &config, address);
        let (stop, stopped) = watch::channel(());
        let mut servers = JoinSet::new();
        let provider = axum::serve(
            CuttableListener::new(listener, &backstage.door)?,
            providers.into_make_service_with_connect_info::<Cut>(),
        );
        let provider = provider.with_graceful_shutdown(told(stopped.clone()));
        servers.spawn(async move { provider.await });
        let admin = axum::serve(admin_listener, admin::router(Arc::clone(&backstage)));
        let admin = admin.with_graceful_shutdown(told(stopped));
        servers.spawn(async move { admin.await });
        let mut business = JoinSet::new();
        let stage = Arc::clone(&backstage);
        business.spawn(async move { stage.agenda.keep(&stage.clock).await });
        backstage.program(config.faults).await;
        tracing::info!(%address, %admin_address, "gateway simulator is listening");
        Ok(Self { backstage, address, admin_address, stop, servers, _business: business })
    }

    /// The providers' APIs, e.g. `http://127.0.0.1:8090`.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The admin port, e.g. `http://127.0.0.1:8091`.
    pub fn admin_url(&self) -> String {
        format!("http://{}", self.admin_address)
    }

    /// Replaces the fault program and begins to count again; an empty one ends all faults.
    pub async fn faults(&self, program: Vec<Fault>) {
        self.backstage.program(program).await;
    }

    /// Lets the register of recurring charges (`last_approved_at`) lag so far behind; without this
    /// it is honest, in whole seconds.
    pub fn witness_lags(&self, by: Duration) {
        let us = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
        self.backstage.witness_delay_us.store(us, Ordering::Relaxed);
    }

    /// Takes so many of KakaoPay's charges without the buyer a second and refuses the others with
    /// -429; without this it takes all.
    pub fn takes_charges(&self, per_second: u32) {
        self.backstage.turnstile.set(per_second);
    }

    /// How many of those charges it has taken, and when the last one.
    pub fn charges_taken(&self) -> (u64, Option<Instant>) {
        self.backstage.turnstile.taken()
    }

    /// Agreements of a buyer that were made before, by these SIDs.
    pub async fn has_agreements(
        &self,
        partner_user_id: &str,
        sids: &[String],
    ) -> anyhow::Result<()> {
        let now_us = self.backstage.clock.now_us();
        let added = kakaopay::agreements(&self.backstage.ledger, partner_user_id, sids, now_us);
        added.await.context("add agreements")
    }

    /// A buyer ends all recurring payments inside KakaoPay's app; the merchant is not told. The
    /// number of those that ended.
    pub async fn user_ends_recurring(&self, partner_user_id: &str) -> anyhow::Result<u64> {
        let now_us = self.backstage.clock.now_us();
        let ended = kakaopay::end_of_user(&self.backstage.ledger, partner_user_id, now_us).await;
        ended.context("end recurring payments")
    }

    /// Sends webhooks to this address from now on.
    pub fn send_webhooks_to(&self, url: impl Into<String>) {
        self.backstage.webhooks.send_to(Some(url.into()));
    }

    /// Every money movement really done, oldest first.
    pub async fn ledger(&self) -> anyhow::Result<Vec<LedgerEntry>> {
        self.backstage.ledger.entries().await.context("read the ledger")
    }

    /// Moves the simulator's own clock forward, for example past the 15 minutes of a payment, and
    /// returns when the effects that were late until then have happened.
    pub async fn advance(&self, by: Duration) {
        self.backstage.clock.advance(by);
        self.backstage.agenda.catch_up(&self.backstage.clock).await;
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

/// Every provider's calls and pages at one address: their paths differ.
fn providers(backstage: &Arc<Backstage>, config: &SimulatorConfig, address: SocketAddr) -> Router {
    let public_url = config.public_url.clone().unwrap_or_else(|| format!("http://{address}"));
    let public_url = public_url.trim_end_matches('/').to_owned();
    let stage = || Arc::clone(backstage);
    let kakaopay = KakaoPay::new(stage(), config.secret_key.clone(), public_url.clone());
    let key = config.tosspayments_secret_key.as_ref().unwrap_or(&config.secret_key);
    let tosspayments = TossPayments::new(stage(), key, public_url);
    kakaopay::router(Arc::new(kakaopay))
        .merge(tosspayments::router(Arc::new(tosspayments)))
        .fallback(unknown_path)
}

/// The answer to everything that is part of nobody's API, in the words of whom it was meant for.
async fn unknown_path(request: Request) -> Response {
    if request.uri().path().starts_with("/v1/") {
        tosspayments::unknown_path().await
    } else {
        kakaopay::unknown_path().await
    }
}

/// Waits for the word to stop, or for the simulator to be dropped.
async fn told(mut stopped: watch::Receiver<()>) {
    let _dropped = stopped.changed().await;
}
