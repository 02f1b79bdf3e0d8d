//! Three batch processes charge the same day on one PostgreSQL server, and are killed meanwhile.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures::future::join_all;
use jangbogo_gateway_simulator::{LedgerOp, Simulator, SimulatorConfig};
use jangbogo_tests::servers::{Database, Postgres, PostgresSettings};
use jangbogo_tests::{ProcessSettings, Runner, Scratch, ShopProcess, eventually};
use serde_json::Value;
use sqlx::{Connection as _, PgConnection};

use crate::{BATCH, SHOP};

const KEY: &str = "the-simulators-key";
const SUBSCRIBERS: usize = 60;
/// The same as the database counts.
const ALL: i64 = 60;
const PARALLEL: usize = 3;
const KILLS: usize = 4;

/// A shop with subscriptions whose second cycle is due, and no shop any more.
struct World {
    settings: ProcessSettings,
    simulator: Simulator,
    url: String,
    _postgres: Postgres,
    _scratch: Scratch,
}

impl World {
    async fn open() -> Self {
        let postgres = Postgres::start(PostgresSettings::hasty()).unwrap();
        let scratch = Scratch::new();
        let simulator = Simulator::start(SimulatorConfig {
            ledger: Some(scratch.path().join("provider.db")),
            ..SimulatorConfig::new(KEY)
        });
        let simulator = simulator.await.unwrap();
        let database = Database::on(&postgres);
        let url = database.url();
        let settings = ProcessSettings::new(SHOP, scratch.path())
            .on(database)
            .with("JANGBOGO__SIMULATOR__ENABLED", "false")
            .with("JANGBOGO__KAKAOPAY__BASE_URL", &simulator.base_url())
            .with("JANGBOGO__KAKAOPAY__SECRET_KEY", KEY)
            // A killed process is noticed within seconds; every time within is shorter.
            .with("JANGBOGO__KAKAOPAY__CONNECT_TIMEOUT_MS", "500")
            .with("JANGBOGO__KAKAOPAY__RESPONSE_TIMEOUT_MS", "1500")
            .with("JANGBOGO__RESILIENCE__MONEY_DEADLINE_MS", "3000")
            .with("JANGBOGO__RESILIENCE__QUESTION_DEADLINE_MS", "3000")
            .with("JANGBOGO__RESILIENCE__MONEY__PARALLEL", "50")
            .with("JANGBOGO__RESILIENCE__MONEY__PARALLEL_MAX", "50")
            .with("JANGBOGO__RESILIENCE__MONEY__QUEUE_MAX", "1000")
            .with("JANGBOGO__RESILIENCE__MONEY__WAIT_MS", "1000")
            .with("JANGBOGO__RESILIENCE__LOOKUP__PARALLEL", "50")
            .with("JANGBOGO__RESILIENCE__LOOKUP__PARALLEL_MAX", "50")
            .with("JANGBOGO__RESILIENCE__LOOKUP__QUEUE_MAX", "500")
            .with("JANGBOGO__RESILIENCE__LOOKUP__WAIT_MS", "1000")
            .with("JANGBOGO__RESILIENCE__RETRY__RETRIES", "1")
            .with("JANGBOGO__RESILIENCE__RETRY__WAIT_MS", "100")
            .with("JANGBOGO__JOBS__LEASE_MS", "16000")
            .with("JANGBOGO__JOBS__CHUNK", "5")
            .with("JANGBOGO__BILLING__PARALLEL", &PARALLEL.to_string())
            .with("JANGBOGO__BILLING__PER_SECOND", "20");
        let world = Self { settings, simulator, url, _postgres: postgres, _scratch: scratch };
        world.is_filled().await;
        world
    }

    async fn is_filled(&self) {
        let with_goods = self.settings.clone().with("JANGBOGO__DEMO__ENABLED", "true");
        let shop = ShopProcess::start(&with_goods.with("JANGBOGO__DEMO__PRODUCTS", "5")).await;
        let visitor = shop.visitor();
        let products = visitor.gets("/api/v1/products?sort=price_asc&limit=1").await.expect(200);
        let product = products.text_at("/items/0/id");
        let subscribe = |number: usize| {
            let (shop, product) = (&shop, &product);
            async move {
                let buyer = shop.buyer(&format!("subscriber{number}")).await;
                let begun = buyer.begins_subscription(product, 1, 30).await.expect(201);
                buyer.pays(&begun.text_at("/order_id")).await;
            }
        };
        for few in (0..SUBSCRIBERS).collect::<Vec<_>>().chunks(6) {
            join_all(few.iter().map(|number| subscribe(*number))).await;
        }
        eventually(async || self.count("state = 'SCHEDULED'").await == ALL).await;
        assert_eq!(shop.stop().await.code, Some(0));
        // Thirty days go by for the cycles, and not for the clocks of the processes.
        self.says(
            "UPDATE due_cycle SET due_at = due_at - 30 * 86400000000, \
                 next_at = next_at - 30 * 86400000000 WHERE state = 'SCHEDULED'",
        )
        .await;
    }

    async fn says(&self, statement: &'static str) {
        let mut connection = PgConnection::connect(&self.url).await.unwrap();
        sqlx::query(statement).execute(&mut connection).await.unwrap();
    }

    /// Cycles of this kind that are not first ones.
    async fn count(&self, kind: &str) -> i64 {
        let mut connection = PgConnection::connect(&self.url).await.unwrap();
        let text = format!("SELECT COUNT(*) FROM due_cycle WHERE number = 1 AND {kind}");
        let count = sqlx::query_scalar(sqlx::AssertSqlSafe(text));
        count.fetch_one(&mut connection).await.unwrap()
    }

    fn batch(&self, arguments: &[&str]) -> ProcessSettings {
        self.settings.clone().program(BATCH, arguments)
    }

    /// How often each of our references was charged.
    async fn charges(&self) -> BTreeMap<String, usize> {
        let mut charges = BTreeMap::new();
        for entry in self.simulator.ledger().await.unwrap() {
            assert_eq!(entry.op, LedgerOp::Capture);
            *charges.entry(entry.merchant_ref).or_default() += 1;
        }
        charges
    }

    async fn captures(&self) -> usize {
        self.simulator.ledger().await.unwrap().len()
    }
}

fn finished(output: &str) -> Value {
    let line = output.lines().last().unwrap();
    let said: Value = serde_json::from_str(line).unwrap();
    assert_eq!(said["event"], "finished", "{output}");
    said
}

#[tokio::test(flavor = "multi_thread")]
async fn three_batches_at_once_are_killed_and_charge_each_cycle_once() {
    let world = World::open().await;
    let firsts = world.captures().await;
    assert_eq!(firsts, SUBSCRIBERS);

    let dry = world.batch(&["run", "billing", "--dry-run"]).run().await;
    let said = String::from_utf8(dry.stdout).unwrap();
    let first: Value = serde_json::from_str(said.lines().next().unwrap()).unwrap();
    assert_eq!((&first["step"], &first["waiting"]), (&"due".into(), &SUBSCRIBERS.into()), "{said}");
    let history = world.batch(&["history", "--job", "billing"]).run().await;
    assert!(history.stdout.is_empty(), "a dry run writes nothing");
    assert_eq!(world.captures().await, firsts, "and charges nothing");

    let run = world.batch(&["run", "billing"]);
    let mut running: Vec<Runner> = (0..3).map(|_| Runner::start(&run)).collect();
    for kill in 1..=KILLS {
        let charged = firsts + kill * SUBSCRIBERS / (KILLS + 2);
        eventually(async || world.captures().await >= charged).await;
        running.remove(0).kill9().await;
        running.push(Runner::start(&run));
    }
    for one in running {
        let ended = one.wait().await;
        assert_eq!(ended.code, Some(0), "{}", ended.output);
        assert_eq!(finished(&ended.output)["state"], "done");
    }

    let charges = world.charges().await;
    let twice: BTreeSet<_> = charges.iter().filter(|(_, times)| **times > 1).collect();
    assert!(twice.is_empty(), "{twice:?}");
    // What was in the hands of a killed process may be unknown; it is charged once or not at all,
    // and is asked about, not charged again.
    let (paid, unknown) =
        (world.count("state = 'PAID'").await, world.count("state = 'CHARGING'").await);
    assert_eq!(paid + unknown, ALL, "nobody is forgotten");
    assert!(
        usize::try_from(unknown).unwrap() <= KILLS * PARALLEL,
        "{unknown} in the hands of the killed"
    );
    let charged = i64::try_from(charges.len() - firsts).unwrap();
    assert!((paid..=paid + unknown).contains(&charged), "{charged} of {paid} and {unknown}");

    let history = world.batch(&["history", "--job", "billing"]).run().await;
    let history = String::from_utf8(history.stdout).unwrap();
    let runs: Vec<Value> =
        history.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(runs.len(), 1, "one run was shared: {history}");
    assert_eq!(runs[0]["state"], "done");
    let read = runs[0]["steps"][0]["read"].as_u64().unwrap();
    let read = usize::try_from(read).unwrap();
    let most = SUBSCRIBERS + KILLS * PARALLEL * 5;
    assert!((SUBSCRIBERS..=most).contains(&read), "{read} items were looked at");

    let before = world.captures().await;
    let again = world.batch(&["run", "billing"]).run().await;
    assert_eq!(again.status.code(), Some(0), "{}", String::from_utf8_lossy(&again.stderr));
    assert_eq!(world.captures().await, before, "a second run of the day charges nothing");
    world.simulator.shutdown().await;
}

/// W-B8: the process is told to stop, or ends by itself, and what it says is what is stored.
#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_batch_goes_on_where_it_was() {
    let world = World::open().await;
    let slow = world.batch(&["run", "billing"]).with("JANGBOGO__BILLING__PER_SECOND", "10");
    let batch = Runner::start(&slow);
    eventually(async || world.captures().await >= SUBSCRIBERS + 10).await;
    batch.interrupt().await;
    let ended = batch.wait().await;
    assert_eq!(ended.code, Some(75), "{}", ended.output);
    assert_eq!(finished(&ended.output)["state"], "stopped");
    let charged = world.captures().await;
    assert!(charged < 2 * SUBSCRIBERS, "it stopped in the middle");
    let began = tokio::time::Instant::now();
    let rest = world.batch(&["run", "billing"]).run().await;
    assert_eq!(rest.status.code(), Some(0), "{}", String::from_utf8_lossy(&rest.stderr));
    assert!(began.elapsed() < Duration::from_secs(14), "nothing waited for a lease");
    assert_eq!(world.captures().await, 2 * SUBSCRIBERS);
    assert!(world.charges().await.values().all(|times| *times == 1));
    assert_eq!(world.count("state = 'PAID'").await, ALL);
    let said = finished(&String::from_utf8(rest.stdout).unwrap());
    assert_eq!(said["total"]["read"], SUBSCRIBERS, "each was looked at once: {said}");
    world.simulator.shutdown().await;
}
