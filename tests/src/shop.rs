//! A whole shop of its own for one test.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jangbogo_api_server::{AppState, Server};
use jangbogo_gateway_simulator::{Action, Call, Fault, LedgerEntry, LedgerOp, Simulator, When};
use jangbogo_job::{ItemNote, Progress, Ran, RunState, RunWanted, Tally, Trigger};
use jangbogo_kernel::Clock as _;
use jangbogo_member::{Role, SignUpCommand};
use jangbogo_payment::Resolved;
use jangbogo_runtime::{ManualClock, RandomIds, SystemClock};
use jangbogo_setup::jobs::Jobs;
use jangbogo_setup::{Config, Opened};
use jangbogo_sql::invariants::{Moment, ProviderMovement, Report};
use jangbogo_subscription::{ChargeCycle, CycleOutcome};
use reqwest::redirect;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::servers::{Database, Engine};
use crate::{Actor, Scratch};

/// A shop with its simulator, on real sockets, with a clock that tests move, on the engine of the
/// run: `JANGBOGO_TEST_ENGINE=postgres`, else SQLite.
///
/// Background work happens only when a test asks for it. A test ends with
/// [`close`](TestShop::close), which looks for broken invariants.
pub struct TestShop {
    url: String,
    http: reqwest::Client,
    clock: ManualClock,
    opened: Option<Opened>,
    server: Option<Server>,
    config: Arc<Config>,
    _database: Option<Database>,
    _scratch: Scratch,
}

/// What a test wants otherwise than usual.
pub struct ShopOptions {
    /// The configuration; ports and folders are chosen by the harness.
    pub config: Config,
}

static PEOPLE: AtomicU64 = AtomicU64::new(1);

impl Default for ShopOptions {
    fn default() -> Self {
        let mut config = Config::default();
        config.limits.enabled = false;
        config.demo.enabled = false;
        config.background.enabled = false;
        // A debug build on a busy machine takes its time; who tests overload sets it again.
        config.database.acquire_timeout_ms = 15_000;
        Self { config }
    }
}

impl TestShop {
    /// A shop as tests usually want it: no rate limits, no demo catalogue, no background work.
    pub async fn open() -> Self {
        Self::open_with(ShopOptions::default()).await
    }

    /// A shop with other settings.
    pub async fn open_with(options: ShopOptions) -> Self {
        let scratch = Scratch::new();
        let mut config = options.config;
        config.data_dir = scratch.path().to_owned();
        let database = (Engine::of_the_run() == Engine::Postgres).then(Database::fresh);
        config.database.url = database.as_ref().map(|database| database.url().into());
        let any: SocketAddr = "127.0.0.1:0".parse().unwrap();
        config.server.bind = any;
        config.simulator.bind = any;
        config.simulator.admin_bind = any;
        let config = Arc::new(config);
        let listener = TcpListener::bind(any).await.unwrap();
        let addr = listener.local_addr().unwrap();
        // Begins at the present, because the simulator's clock does.
        let clock = ManualClock::new(SystemClock.now());
        let ids = Arc::new(RandomIds::new(Arc::new(clock.clone())));
        let opened = Opened::open_with(&config, addr, Arc::new(clock.clone()), ids).await.unwrap();
        opened.seed_when_empty(&config).await.unwrap();
        let state = AppState::new(opened.shop.clone(), config.clone(), &opened.public_url);
        let server = Server::start(state, listener).unwrap();
        let http = reqwest::Client::builder()
            .redirect(redirect::Policy::none())
            .timeout(Duration::from_mins(1))
            .build()
            .unwrap();
        let (opened, server) = (Some(opened), Some(server));
        Self {
            url: format!("http://{addr}"),
            http,
            clock,
            opened,
            server,
            config,
            _database: database,
            _scratch: scratch,
        }
    }

    /// Where the shop is.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What the shop was configured with.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The parts, for what HTTP does not offer.
    pub fn opened(&self) -> &Opened {
        self.opened.as_ref().unwrap()
    }

    /// The payment provider's side.
    pub fn simulator(&self) -> &Simulator {
        self.opened().simulator.as_ref().unwrap()
    }

    /// Tells the payment provider to misbehave; an empty program makes it behave again.
    pub async fn faults(&self, program: Vec<Fault>) {
        self.simulator().faults(program).await;
    }

    /// What the payment provider's own books say.
    pub async fn provider_ledger(&self) -> Vec<LedgerEntry> {
        self.simulator().ledger().await.unwrap()
    }

    /// Tells the payment provider to misbehave in its next such call, and only there.
    pub async fn provider_fails_once(&self, call: Call, when: When, action: Action) {
        self.faults(vec![Fault::new(call, when, action).times(1)]).await;
    }

    /// What the payment provider really moved, oldest first: won from buyers above zero, won that
    /// went back to them below.
    pub async fn money_moved(&self) -> Vec<i64> {
        let won = |entry: LedgerEntry| match entry.op {
            LedgerOp::Capture => entry.amount,
            LedgerOp::Refund => -entry.amount,
        };
        self.provider_ledger().await.into_iter().map(won).collect()
    }

    /// Lets time go by, here and at the payment provider.
    pub async fn time_goes_by(&self, time: Duration) {
        self.clock.advance(time);
        self.simulator().advance(time).await;
    }

    /// Delivers every event that is due.
    pub async fn delivers_events(&self) {
        self.opened().relay.drain().await.unwrap();
        self.writes_counters().await;
    }

    /// Writes every counter down that is behind what it counts.
    pub async fn writes_counters(&self) {
        self.opened().shop.flush_counters().await.unwrap();
    }

    /// Sweeps unpaid orders whose time is over, and tells how many there were.
    pub async fn expires_orders(&self) -> u32 {
        self.opened().shop.expire_orders.run().await.unwrap()
    }

    /// Runs a job for the day that it is, to its end, and tells how it ended with its numbers.
    pub async fn runs_job(&self, name: &str) -> (RunState, Tally) {
        let jobs = Jobs::of(&self.config, self.opened()).unwrap();
        let wanted = RunWanted { as_of: jobs.today().unwrap(), trigger: Trigger::Command };
        let job = jobs.find(name).unwrap();
        let ran = jobs.runner(CancellationToken::new()).run(job, wanted, &Unheard).await.unwrap();
        let Ran::Over(run, steps) = ran else { panic!("{name} did not end: {ran:?}") };
        (run.state, Tally::sum(steps.iter().map(|step| step.tally)))
    }

    /// Lets the janitor make one round.
    pub async fn resolves_attempts(&self) -> Resolved {
        self.opened().shop.resolve_attempts.run().await.unwrap()
    }

    /// Charges every cycle that is due now, page by page as a batch does, and tells what became of
    /// each.
    pub async fn bills_what_is_due(&self) -> Vec<CycleOutcome> {
        let shop = &self.opened().shop;
        let (cut_off, mut after, mut outcomes) = (self.clock.now(), None, Vec::new());
        loop {
            let page = shop.subscriptions.due(cut_off, after, 20).await.unwrap();
            for due in &page {
                outcomes.push(ChargeCycle::charge(&*shop.bill_cycle, due.cycle).await.unwrap());
            }
            after = page.last().copied();
            if page.len() < 20 {
                return outcomes;
            }
        }
    }

    /// Somebody who is not logged in.
    pub fn visitor(&self) -> Actor {
        Actor::new(self.http.clone(), self.url.clone(), String::new())
    }

    /// Somebody with this address, who is not logged in and may not have an account.
    pub fn person(&self, email: &str) -> Actor {
        Actor::new(self.http.clone(), self.url.clone(), email.to_owned())
    }

    /// Every mail that was sent to this address, as it was sent; events bring them.
    pub fn mails_to(&self, email: &str) -> Vec<String> {
        let folder = self.config.data_dir.join("outbox-mail");
        let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let mails = files.filter(|path| path.extension().is_some_and(|e| e == "eml"));
        let to = format!("To: {email}\r\n");
        let mails = mails.map(|path| std::fs::read_to_string(path).unwrap());
        mails.filter(|mail| mail.contains(&to)).collect()
    }

    /// A new buyer, logged in.
    pub async fn buyer(&self) -> Actor {
        self.member(Role::Buyer).await
    }

    /// A new seller, logged in.
    pub async fn seller(&self) -> Actor {
        self.member(Role::Seller).await
    }

    /// A new admin, logged in.
    pub async fn admin(&self) -> Actor {
        self.member(Role::Admin).await
    }

    async fn member(&self, role: Role) -> Actor {
        let number = PEOPLE.fetch_add(1, Ordering::Relaxed);
        let email = format!("person{number}@example.com");
        let command = SignUpCommand::parse(&email, Actor::PASSWORD, &format!("person{number}"));
        let command = command.unwrap().with_role(role);
        self.opened().shop.sign_up.run(command).await.unwrap();
        let mut actor = Actor::new(self.http.clone(), self.url.clone(), email);
        actor.logs_in().await;
        actor
    }

    /// Looks for broken invariants that must hold at any instant.
    pub async fn is_sound(&self) {
        self.check(Moment::Any).await;
    }

    /// Delivers what is left, and looks for broken invariants that must hold now that everything
    /// has come to rest.
    pub async fn is_sound_at_rest(&self) {
        self.delivers_events().await;
        self.check(Moment::Quiet).await;
    }

    /// The invariants that are broken, for a test that broke one.
    pub async fn breaches(&self, moment: Moment) -> Vec<&'static str> {
        let report = self.report(moment).await;
        report.breaches.into_iter().map(|breach| breach.invariant).collect()
    }

    async fn report(&self, moment: Moment) -> Report {
        let movements: Vec<ProviderMovement> =
            self.provider_ledger().await.into_iter().map(movement).collect();
        let now = self.clock.now();
        self.opened().database.check(moment, now, Some(&movements)).await.unwrap()
    }

    async fn check(&self, moment: Moment) {
        let report = self.report(moment).await;
        assert!(report.breaches.is_empty(), "{report}");
        let is_whole = report.not_checked.is_empty() || moment == Moment::Any;
        assert!(is_whole, "{report}");
    }

    /// Delivers what is left, looks for broken invariants, and closes the shop.
    pub async fn close(mut self) {
        self.is_sound_at_rest().await;
        self.server.take().unwrap().shutdown().await;
        self.opened.take().unwrap().close().await;
    }

    /// Takes the database away while the shop runs; ends with
    /// [`close_broken`](Self::close_broken).
    pub async fn loses_its_database(&self) {
        self.opened().database.close().await;
    }

    /// Closes a shop that a test has broken on purpose, without looking at it.
    pub async fn close_broken(mut self) {
        self.server.take().unwrap().shutdown().await;
        self.opened.take().unwrap().close().await;
    }

    /// Like [`close`](Self::close), for stories that end while a payment is still unknown or waits
    /// for a person: only what must hold at any instant is looked at.
    pub async fn close_in_the_middle(mut self) {
        self.check(Moment::Any).await;
        self.server.take().unwrap().shutdown().await;
        self.opened.take().unwrap().close().await;
    }
}

impl Drop for TestShop {
    fn drop(&mut self) {
        let forgotten = self.opened.is_some() && !std::thread::panicking();
        assert!(!forgotten, "a story ends with `shop.close().await`");
    }
}

/// Nobody listens to a job.
struct Unheard;

impl Progress for Unheard {
    fn settled(&self, _step: &str, _more: Tally) {}

    fn noted(&self, _step: &str, _note: &ItemNote) {}
}

/// A movement of the simulator's books as the checker takes it.
pub fn movement(entry: LedgerEntry) -> ProviderMovement {
    ProviderMovement {
        provider: entry.provider,
        id: entry.pg_tx_id,
        merchant_ref: entry.merchant_ref,
        capture: entry.op == LedgerOp::Capture,
        amount: entry.amount,
        parent: entry.parent_tx_id,
    }
}
