//! The database with its subscriptions, and the provider.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use jangbogo_gateway_simulator::{Action, Call, Fault, Provider, Simulator, SimulatorConfig, When};
use jangbogo_kernel::{Clock as _, Timestamp};
use jangbogo_runtime::{ManualClock, RandomIds, SystemClock};
use jangbogo_setup::{Config, Opened};
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;

use super::books::{self, Books};
use super::{Args, seed};
use crate::bench::server::Server;
use crate::scratch::Scratch;

const KEY: &str = "bench-secret";

/// Everything but the batch processes.
pub(super) struct World {
    pub(super) simulator: Simulator,
    pub(super) pool: PgPool,
    config: Config,
    server: Server,
    scratch: Scratch,
}

impl World {
    pub(super) async fn open(args: &Args) -> anyhow::Result<Self> {
        let server = args.server.open()?;
        let scratch = Scratch::new("billing")?;
        let simulator = Simulator::start(SimulatorConfig {
            ledger: Some(scratch.path().join("provider.db")),
            seed: args.seed,
            ..SimulatorConfig::new(KEY)
        })
        .await?;
        let mut config = Config { data_dir: scratch.path().to_owned(), ..Config::default() };
        config.database.url = Some(server.url().into());
        config.simulator.enabled = false;
        config.demo.enabled = false;
        config.background.enabled = false;
        config.kakaopay.base_url = Some(simulator.base_url());
        config.kakaopay.secret_key = Some(KEY.into());
        let opened = Opened::open(&config, config.server.bind).await?;
        let goods = seed::goods(&opened).await?;
        opened.close().await;
        let pool = PgPoolOptions::new().max_connections(2).connect(server.url()).await?;
        seed::subscriptions(&pool, &goods, args.due).await?;
        let world = Self { simulator, pool, config, server, scratch };
        seed::agreements(&world.simulator, &goods, args.due).await?;
        world.simulator.takes_charges(args.limit);
        world.simulator.faults(program(args.failing_percent)).await;
        Ok(world)
    }

    /// What the batch processes are told.
    pub(super) fn environment(&self, args: &Args) -> Vec<(String, String)> {
        // A little more than its part each: what a killed one leaves is taken by the others, and
        // what is too much the provider refuses.
        let pace = (args.limit * 36).div_ceil(args.processes * 33);
        let folder = self.scratch.path().display().to_string();
        let url = self.simulator.base_url();
        let pairs = [
            ("DATABASE_URL", self.server.url().to_owned()),
            ("JANGBOGO__DATA_DIR", folder),
            ("JANGBOGO__SIMULATOR__ENABLED", "false".to_owned()),
            ("JANGBOGO__KAKAOPAY__BASE_URL", url),
            ("JANGBOGO__KAKAOPAY__SECRET_KEY", KEY.to_owned()),
            ("JANGBOGO__KAKAOPAY__CONNECT_TIMEOUT_MS", "500".to_owned()),
            ("JANGBOGO__KAKAOPAY__RESPONSE_TIMEOUT_MS", "1500".to_owned()),
            ("JANGBOGO__RESILIENCE__MONEY_DEADLINE_MS", "3000".to_owned()),
            ("JANGBOGO__RESILIENCE__QUESTION_DEADLINE_MS", "3000".to_owned()),
            ("JANGBOGO__RESILIENCE__MONEY__PARALLEL", "50".to_owned()),
            ("JANGBOGO__RESILIENCE__MONEY__PARALLEL_MAX", "50".to_owned()),
            ("JANGBOGO__RESILIENCE__MONEY__QUEUE_MAX", "1000".to_owned()),
            ("JANGBOGO__RESILIENCE__MONEY__WAIT_MS", "1000".to_owned()),
            ("JANGBOGO__RESILIENCE__LOOKUP__PARALLEL", "50".to_owned()),
            ("JANGBOGO__RESILIENCE__LOOKUP__PARALLEL_MAX", "50".to_owned()),
            ("JANGBOGO__RESILIENCE__LOOKUP__QUEUE_MAX", "500".to_owned()),
            ("JANGBOGO__RESILIENCE__LOOKUP__WAIT_MS", "1000".to_owned()),
            ("JANGBOGO__RESILIENCE__RETRY__RETRIES", "1".to_owned()),
            ("JANGBOGO__RESILIENCE__RETRY__WAIT_MS", "100".to_owned()),
            ("JANGBOGO__JOBS__LEASE_MS", "16000".to_owned()),
            ("JANGBOGO__BILLING__PARALLEL", args.parallel.to_string()),
            ("JANGBOGO__BILLING__PER_SECOND", pace.to_string()),
            ("JANGBOGO__LOG__FILTER", "error".to_owned()),
        ];
        pairs.map(|(name, value)| (name.to_owned(), value)).to_vec()
    }

    /// Cycles that could be charged now.
    pub(super) async fn still_due(&self) -> anyhow::Result<i64> {
        let now = SystemClock.now().as_micros();
        let text = "SELECT COUNT(*) FROM due_cycle \
                    WHERE state IN ('SCHEDULED', 'RETRYING') AND next_at <= $1";
        Ok(sqlx::query_scalar(text).bind(now).fetch_one(&self.pool).await?)
    }

    /// Tells what the runs say that they have done, and where the cycles are.
    pub(super) async fn tells(&self) -> anyhow::Result<()> {
        let text = "SELECT CAST(COALESCE(SUM(items_read), 0) AS BIGINT), \
                    CAST(COALESCE(SUM(skipped), 0) AS BIGINT) FROM job_step";
        let (read, skipped): (i64, i64) = sqlx::query_as(text).fetch_one(&self.pool).await?;
        println!("{read} items were settled, {skipped} of them a second time");
        let text = "SELECT state, COUNT(*) FROM due_cycle WHERE number = 1 GROUP BY state";
        let states: Vec<(String, i64)> = sqlx::query_as(text).fetch_all(&self.pool).await?;
        println!("before time goes by: {states:?}");
        Ok(())
    }

    /// The provider is well, and time goes by until what nobody knew is known.
    pub(super) async fn comes_to_rest(&self) -> anyhow::Result<()> {
        self.simulator.faults(Vec::new()).await;
        self.simulator.takes_charges(u32::MAX);
        let clock = ManualClock::new(SystemClock.now());
        let ids = Arc::new(RandomIds::new(Arc::new(clock.clone())));
        let at = self.config.server.bind;
        let opened = Opened::open_with(&self.config, at, Arc::new(clock.clone()), ids).await?;
        let shop = &opened.shop;
        // The provider's own clock must be past every horizon; ours with it.
        for wait in [13, 1, 1, 1, 2, 2, 2, 2] {
            let wait = Duration::from_hours(wait);
            self.simulator.advance(wait).await;
            clock.advance(wait);
            loop {
                let round = shop.resolve_attempts.run().await?;
                if round.aborted + round.handled == 0 {
                    break;
                }
            }
            self.takes_in(&opened, clock.now()).await?;
        }
        opened.close().await;
        Ok(())
    }

    /// Cycles under way take in what has become known of their charges.
    async fn takes_in(&self, opened: &Opened, now: Timestamp) -> anyhow::Result<()> {
        let shop = &opened.shop;
        let mut after = None;
        loop {
            let page = shop.subscriptions.due(now, after, 100).await?;
            for due in &page {
                shop.bill_cycle.run(due.cycle).await.context("look after a cycle")?;
            }
            after = page.last().copied();
            if page.len() < 100 {
                return Ok(());
            }
        }
    }

    /// Compares the provider's books with our cycles.
    pub(super) async fn compare(&self) -> anyhow::Result<Books> {
        let ledger = self.simulator.ledger().await?;
        books::compare(&self.pool, &ledger).await
    }

    pub(super) async fn close(self) {
        self.pool.close().await;
        self.simulator.shutdown().await;
    }
}

/// A fifth of the failures each: lost before and after the effect, a broken proxy, a late answer, a
/// no that passes.
fn program(percent: u8) -> Vec<Fault> {
    let decline =
        Action::Decline { error_code: -780, method_result_code: "NOT_ENOUGH_BALANCE".to_owned() };
    let broken = Action::Status { code: 502, body: "<h1>Bad Gateway</h1>".to_owned() };
    let faults = [
        (When::Before, Action::Reset),
        (When::After, Action::Reset),
        (When::Before, broken),
        (When::After, Action::Latency { ms: 2_500 }),
        (When::Before, decline),
    ];
    let share = percent.div_ceil(5);
    let fault =
        |(when, action)| Fault::new(Call::Charge, when, action).at(Provider::KakaoPay).share(share);
    if percent == 0 { Vec::new() } else { faults.map(fault).to_vec() }
}
