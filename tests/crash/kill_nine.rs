//! The shop is killed with SIGKILL at random moments while people buy.

use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use jangbogo_gateway_simulator::{
    Action, Call, Fault, LedgerEntry, LedgerOp, Simulator, SimulatorConfig, When,
};
use jangbogo_kernel::Clock as _;
use jangbogo_ordering::OrderState;
use jangbogo_payment::{Attempt, AttemptState};
use jangbogo_runtime::{ManualClock, RandomIds, SystemClock};
use jangbogo_setup::{Database, Opened};
use jangbogo_sql::invariants::{Moment, ProviderMovement};
use jangbogo_tests::load::{Buyer, PUBLIC_URL};
use jangbogo_tests::{ProcessSettings, Scratch, ShopProcess, movement};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use tokio::sync::mpsc;

use crate::SHOP;

const KILLS: u32 = 50;
const BUYERS: u64 = 8;
/// The shop is killed after one to so many answers.
const ANSWERS_MAX: u32 = 60;
const KEY: &str = "the-simulators-key";

/// Tells the seed of a test that fails: `JANGBOGO_TEST_SEED=… cargo nextest run …` uses it again.
struct Seed(u64);

impl Seed {
    fn new() -> Self {
        let given = option_env!("JANGBOGO_TEST_SEED").map(|seed| seed.parse().unwrap());
        Self(given.unwrap_or_else(rand::random))
    }
}

impl Drop for Seed {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let _ = writeln!(std::io::stderr(), "JANGBOGO_TEST_SEED={}", self.0);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_and_nobody_pays_twice() {
    let seed = Seed::new();
    let mut dice = StdRng::seed_from_u64(seed.0);
    let scratch = Scratch::new();
    let simulator = simulator(&scratch, seed.0).await;
    let settings = settings(&scratch, &simulator);
    let mut buyers = opening_day(&settings, &mut dice).await;

    for _ in 0..KILLS {
        let shop = ShopProcess::start(&settings).await;
        is_sound(&settings, &simulator).await;
        find_everything(&mut buyers, &shop, false).await;
        let answers = dice.random_range(1..=ANSWERS_MAX);
        killed_while_they_buy(shop, &mut buyers, answers).await;
    }

    let shop = ShopProcess::start(&settings).await;
    find_everything(&mut buyers, &shop, false).await;
    join_all(buyers.iter_mut().map(Buyer::finishes)).await;
    find_everything(&mut buyers, &shop, true).await;
    is_sound(&settings, &simulator).await;
    assert_eq!(shop.stop().await.code, Some(0));

    comes_to_rest(&settings, &simulator, &buyers).await;
    was_no_picnic(&buyers);
    simulator.shutdown().await;
}

/// The provider lives on when the shop dies. It is slow at times, on both sides of the effect, so
/// that some kills fall between a charge and its answer.
async fn simulator(scratch: &Scratch, seed: u64) -> Simulator {
    let simulator = Simulator::start(SimulatorConfig {
        ledger: Some(scratch.path().join("provider.db")),
        seed,
        ..SimulatorConfig::new(KEY)
    });
    let simulator = simulator.await.unwrap();
    let slow = |call, when| Fault::new(call, when, Action::Latency { ms: 40 }).share(30);
    let program = [Call::Ready, Call::Approve, Call::Cancel]
        .into_iter()
        .flat_map(|call| [slow(call, When::Before), slow(call, When::After)]);
    simulator.faults(program.collect()).await;
    simulator
}

fn settings(scratch: &Scratch, simulator: &Simulator) -> ProcessSettings {
    ProcessSettings::new(SHOP, scratch.path())
        .with("JANGBOGO__SERVER__PUBLIC_URL", PUBLIC_URL)
        .with("JANGBOGO__SIMULATOR__ENABLED", "false")
        .with("JANGBOGO__KAKAOPAY__BASE_URL", &simulator.base_url())
        .with("JANGBOGO__KAKAOPAY__SECRET_KEY", KEY)
        // Short, so that orders expire while the shop is dying.
        .with("JANGBOGO__ORDERS__PAYMENT_WINDOW_S", "5")
        .with("JANGBOGO__DEMO__ENABLED", "true")
        .with("JANGBOGO__DEMO__PRODUCTS", "20")
}

/// Accounts are made and products listed before anything goes wrong.
async fn opening_day(settings: &ProcessSettings, dice: &mut StdRng) -> Vec<Buyer> {
    let shop = ShopProcess::start(settings).await;
    let accounts = settings.config().data_dir.join("demo-accounts.txt");
    let accounts = std::fs::read_to_string(accounts).unwrap();
    let seller: Vec<&str> = accounts.lines().last().unwrap().split(' ').collect();
    let seller = shop.member(seller[1], seller[2]).await;
    let products = [
        seller.lists("루테인", 12_900, 1_000_000).await,
        seller.lists("홍삼정", 49_000, 1_000_000).await,
        seller.lists("마지막 오메가3", 31_500, 20).await,
    ];
    let mut buyers = Vec::new();
    for number in 0..BUYERS {
        let actor = shop.buyer(&format!("buyer{number}")).await;
        buyers.push(Buyer::new(actor, products.to_vec(), dice.random()));
    }
    assert_eq!(shop.stop().await.code, Some(0));
    buyers
}

async fn killed_while_they_buy(shop: ShopProcess, buyers: &mut [Buyer], answers: u32) {
    let (tell, mut hear) = mpsc::unbounded_channel();
    let buying = join_all(buyers.iter_mut().map(|buyer| buyer.buys(tell.clone())));
    let killing = async move {
        for _ in 0..answers {
            hear.recv().await.unwrap();
        }
        shop.kill9().await;
    };
    tokio::join!(buying, killing);
}

async fn find_everything(buyers: &mut [Buyer], shop: &ShopProcess, after_the_last_request: bool) {
    for buyer in buyers {
        buyer.finds_the_shop_at(shop.url());
        buyer.finds_everything(after_the_last_request).await;
    }
}

/// What must hold at any instant holds in the database of a shop that runs.
async fn is_sound(settings: &ProcessSettings, simulator: &Simulator) {
    let books = movements(simulator.ledger().await.unwrap());
    let database = Database::look_at(&settings.database_url()).await.unwrap();
    let report = database.check(Moment::Any, SystemClock.now(), Some(&books)).await.unwrap();
    assert!(report.is_clean(), "{report}");
    database.close().await;
}

fn movements(ledger: Vec<LedgerEntry>) -> Vec<ProviderMovement> {
    ledger.into_iter().map(movement).collect()
}

/// After two hours of the janitor's work nothing is open, and the provider's books agree.
async fn comes_to_rest(settings: &ProcessSettings, simulator: &Simulator, buyers: &[Buyer]) {
    let config = settings.config();
    let clock = ManualClock::new(SystemClock.now());
    let ids = Arc::new(RandomIds::new(Arc::new(clock.clone())));
    let opened = Opened::open_with(&config, config.server.bind, Arc::new(clock.clone()), ids);
    let opened = opened.await.unwrap();
    let mut left_behind = 0;
    for _ in 0..120 {
        opened.relay.drain().await.unwrap();
        opened.shop.expire_orders.run().await.unwrap();
        let resolved = opened.shop.resolve_attempts.run().await.unwrap();
        assert!(resolved.alarms.is_empty(), "{:?}", resolved.alarms);
        left_behind += resolved.handled;
        clock.advance(Duration::from_mins(1));
        simulator.advance(Duration::from_mins(1)).await;
    }
    opened.relay.drain().await.unwrap();
    assert!(left_behind > 0, "no kill fell between a call to the provider and its answer");

    let ledger = simulator.ledger().await.unwrap();
    for buyer in buyers {
        for order in &buyer.notes.placed {
            order_is_settled(&opened, order, &ledger).await;
        }
        for (refund, order) in &buyer.notes.refunds {
            refund_is_settled(&opened, refund, order).await;
        }
    }
    let books = movements(ledger);
    let report = opened.database.check(Moment::Quiet, clock.now(), Some(&books)).await.unwrap();
    assert!(report.is_clean() && report.not_checked.is_empty(), "{report}");
    opened.close().await;
}

/// The order was charged once if it counts as paid, else never, in the provider's own books.
async fn order_is_settled(opened: &Opened, order: &str, ledger: &[LedgerEntry]) {
    let id = order.parse().unwrap();
    let attempts = opened.shop.payments.of_order(id).await.unwrap();
    for attempt in &attempts {
        let settled = !attempt.state.is_open() && attempt.state != AttemptState::Created;
        assert!(settled, "{} of {order} is {:?}", attempt.id, attempt.state);
    }
    let of_order = |entry: &&LedgerEntry| {
        attempts.iter().any(|attempt| attempt.merchant_ref == entry.merchant_ref)
    };
    let captures = ledger.iter().filter(|entry| entry.op == LedgerOp::Capture).filter(of_order);
    let state = opened.shop.orders.find(id).await.unwrap().unwrap().order.state;
    let expected = match state {
        OrderState::Paid | OrderState::PartiallyRefunded | OrderState::Refunded => 1,
        OrderState::Expired | OrderState::Cancelled => 0,
        other => panic!("{order} is {other:?} after hours"),
    };
    assert_eq!(captures.count(), expected, "charges for {order}, which is {state:?}");
}

/// The refund that was agreed to is known, and its end as well.
async fn refund_is_settled(opened: &Opened, refund: &str, order: &str) {
    let attempts = opened.shop.payments.of_order(order.parse().unwrap()).await.unwrap();
    let is_it = |attempt: &&Attempt| {
        !attempt.is_capture() && refund.ends_with(&attempt.id.uuid().as_simple().to_string())
    };
    let found = attempts.iter().find(is_it).map(|attempt| attempt.state);
    // Not sent: the kill fell between our note and the call, and the buyer is told so.
    let ended = matches!(found, Some(AttemptState::Succeeded | AttemptState::NotSent));
    assert!(ended, "{refund} of {order} is {found:?}");
}

/// The test has tested something: money moved, orders expired, and answers were cut off.
fn was_no_picnic(buyers: &[Buyer]) {
    let sum = |count: fn(&Buyer) -> usize| buyers.iter().map(count).sum::<usize>();
    let placed = sum(|buyer| buyer.notes.placed.len());
    let paid = sum(|buyer| buyer.notes.paid.len());
    let refunds = sum(|buyer| buyer.notes.refunds.len());
    let cancelled = sum(|buyer| buyer.notes.cancelled.len());
    let broken_off: u32 = buyers.iter().map(|buyer| buyer.notes.broken_off).sum();
    let counts = format!(
        "{placed} placed, {paid} paid, {refunds} refunds, {cancelled} cancelled, \
         {broken_off} broken off"
    );
    let _ = writeln!(std::io::stderr(), "{counts}");
    assert!(placed >= 100 && paid >= 50 && refunds >= 5 && cancelled >= 5, "{counts}");
    assert!(broken_off >= KILLS, "{counts}");
}
