//! Two shops, their servers and the people in them.

use futures::future::{join, join_all};
use futures::{StreamExt as _, stream};
use jangbogo_gateway_simulator::{Simulator, SimulatorConfig};
use jangbogo_kernel::Clock as _;
use jangbogo_runtime::SystemClock;
use jangbogo_setup::Database;
use jangbogo_sql::invariants::{Moment, ProviderMovement};
use jangbogo_tests::load::{Buyer, PUBLIC_URL};
use jangbogo_tests::servers::{self, Postgres, PostgresSettings, Redis};
use jangbogo_tests::{Actor, ProcessSettings, Scratch, ShopProcess, movement};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::SHOP;

const KEY: &str = "the-simulators-key";

/// Everything but the two shops. Fields are dropped in their order: the database before its server.
pub(super) struct World {
    pub(super) settings: ProcessSettings,
    pub(super) simulator: Simulator,
    pub(super) postgres: Postgres,
    pub(super) redis: Redis,
    _scratch: Scratch,
}

impl World {
    /// Servers as a shop runs them, and the payment provider.
    pub(super) async fn open() -> Self {
        let postgres = Postgres::start(PostgresSettings::durable()).unwrap();
        let redis = Redis::start().unwrap();
        let scratch = Scratch::new();
        let simulator = Simulator::start(SimulatorConfig {
            ledger: Some(scratch.path().join("provider.db")),
            ..SimulatorConfig::new(KEY)
        });
        let simulator = simulator.await.unwrap();
        let settings = ProcessSettings::new(SHOP, scratch.path())
            .on(servers::Database::on(&postgres))
            .with("REDIS_URL", &redis.url())
            .with("JANGBOGO__SERVER__PUBLIC_URL", PUBLIC_URL)
            .with("JANGBOGO__SIMULATOR__ENABLED", "false")
            .with("JANGBOGO__KAKAOPAY__BASE_URL", &simulator.base_url())
            .with("JANGBOGO__KAKAOPAY__SECRET_KEY", KEY)
            .with("JANGBOGO__DEMO__PRODUCTS", "5");
        Self { settings, simulator, postgres, redis, _scratch: scratch }
    }

    /// One shop opens and is filled, then the other opens beside it.
    pub(super) async fn two_shops(&self) -> [ShopProcess; 2] {
        let with_goods = self.settings.clone().with("JANGBOGO__DEMO__ENABLED", "true");
        let one = ShopProcess::start(&with_goods).await;
        let other = ShopProcess::start(&self.settings).await;
        [one, other]
    }

    /// The ready-made seller.
    pub(super) async fn seller(&self, shop: &ShopProcess) -> Actor {
        let accounts = self.settings.config().data_dir.join("demo-accounts.txt");
        let accounts = std::fs::read_to_string(accounts).unwrap();
        let seller: Vec<&str> = accounts.lines().last().unwrap().split(' ').collect();
        shop.member(seller[1], seller[2]).await
    }

    /// What must hold at any instant.
    pub(super) async fn is_sound(&self) {
        let ledger = self.simulator.ledger().await.unwrap();
        let books: Vec<ProviderMovement> = ledger.into_iter().map(movement).collect();
        let database = Database::look_at(&self.settings.database_url()).await.unwrap();
        let report = database.check(Moment::Any, SystemClock.now(), Some(&books)).await.unwrap();
        assert!(report.is_clean(), "{report}");
        database.close().await;
    }

    /// Both shops close in order, and nothing was broken.
    pub(super) async fn close(self, shops: [ShopProcess; 2]) {
        let [one, other] = shops;
        let (one, other) = join(one.stop(), other.stop()).await;
        assert_eq!((one.code, other.code), (Some(0), Some(0)));
        self.is_sound().await;
        self.simulator.shutdown().await;
    }
}

/// So many new buyers, with accounts made at either shop.
pub(super) async fn people(shops: &[ShopProcess; 2], count: usize) -> Vec<Actor> {
    let come = stream::iter(0..count).map(|number| {
        let shop = &shops[number % 2];
        async move { shop.buyer(&format!("buyer{number}")).await }
    });
    come.buffered(4).collect().await
}

/// Buyers who go to the two shops in turn.
pub(super) struct Crowd {
    buyers: Vec<Buyer>,
}

impl Crowd {
    /// So many of them, for three products of which one is scarce.
    pub(super) async fn gather(world: &World, shops: &[ShopProcess; 2], count: usize) -> Self {
        let seller = world.seller(&shops[0]).await;
        let products = [
            seller.lists("루테인", 12_900, 1_000_000).await,
            seller.lists("홍삼정", 49_000, 1_000_000).await,
            seller.lists("마지막 오메가3", 31_500, 20).await,
        ];
        let people = people(shops, count).await.into_iter().zip(0..);
        let buyers = people.map(|(actor, seed)| Buyer::new(actor, products.to_vec(), seed));
        Self { buyers: buyers.collect() }
    }

    /// Buys until `meanwhile`, which hears of each answer, is over; then everybody ends what they
    /// have begun, and everything that was acknowledged is found at both shops.
    pub(super) async fn buys_while<T>(
        &mut self,
        meanwhile: impl AsyncFnOnce(UnboundedReceiver<()>) -> T,
    ) -> T {
        let (tell, hear) = unbounded_channel();
        let buying = join_all(self.buyers.iter_mut().map(|buyer| buyer.buys(tell.clone())));
        let (_, result) = join(buying, meanwhile(hear)).await;
        result
    }

    /// Each goes to where their shop is now and ends what they have begun.
    pub(super) async fn finishes_at(&mut self, shops: &[ShopProcess; 2]) {
        for (buyer, turn) in self.buyers.iter_mut().zip(0..) {
            buyer.finds_the_shop_at(shops[turn % 2].url());
        }
        join_all(self.buyers.iter_mut().map(Buyer::finishes)).await;
        for shop in shops {
            for buyer in &mut self.buyers {
                buyer.finds_the_shop_at(shop.url());
                buyer.finds_everything(true).await;
            }
        }
        for (buyer, turn) in self.buyers.iter_mut().zip(0..) {
            buyer.finds_the_shop_at(shops[turn % 2].url());
        }
    }

    /// How much the crowd has done so far.
    pub(super) fn placed(&self) -> usize {
        self.buyers.iter().map(|buyer| buyer.notes.placed.len()).sum()
    }

    /// How many requests were never answered.
    pub(super) fn broken_off(&self) -> u32 {
        self.buyers.iter().map(|buyer| buyer.notes.broken_off).sum()
    }
}

/// Waits for so many answers.
pub(super) async fn answers(hear: &mut UnboundedReceiver<()>, count: usize) {
    for _ in 0..count {
        hear.recv().await.unwrap();
    }
}
