//! Every strategy of stock reservation sells the same: two processes of the shop on one database.

use std::collections::HashSet;

use futures::future::join_all;
use jangbogo_catalog::ProductId;
use jangbogo_inventory::contract::add_product;
use jangbogo_kernel::{Fingerprint, IdempotencyKey, Quantity, Store, Uuid};
use jangbogo_member::{AddressDetails, MemberId};
use jangbogo_ordering::contract::Ground;
use jangbogo_ordering::{
    OrderId, PlaceOrder, PlaceOrderError, PlaceOrders, PlaceSettings, PlacedOrder, Receiver,
    RequestedLine, Transaction, Wanted,
};
use jangbogo_runtime::SubmitError;
use jangbogo_setup::{Config, Database as ShopDatabase, Opened, OrderStrategy};
use jangbogo_sql::invariants::Moment;
use jangbogo_tests::Scratch;
use jangbogo_tests::servers::{Database, Redis, Stop};
use secrecy::SecretString;

/// Two processes of one shop.
struct TwoShops {
    shops: Vec<Opened>,
    buyer: MemberId,
    seller: MemberId,
    _scratch: Vec<Scratch>,
    _database: Option<Database>,
}

type Placed = Result<Result<PlacedOrder, PlaceOrderError>, SubmitError>;

impl TwoShops {
    /// On PostgreSQL, or on a file, where the second one is the first one's own.
    async fn open(strategy: OrderStrategy, is_postgres: bool, redis: Option<String>) -> Self {
        let database = is_postgres.then(Database::fresh);
        let mut scratch = Vec::new();
        let mut shops = Vec::new();
        for _ in 0..if is_postgres { 2 } else { 1 } {
            let folder = Scratch::new();
            let mut config = Config { data_dir: folder.path().to_owned(), ..Config::default() };
            config.database.url = database.as_ref().map(|it| SecretString::from(it.url()));
            config.redis.url = redis.clone().map(SecretString::from);
            // One shop's processes share a prefix; other tests are other shops.
            config.redis.key_prefix = format!("{}:", shared_name(database.as_ref(), &folder));
            config.orders.strategy = strategy;
            config.orders.wait_ms = 60_000;
            config.simulator.bind.set_port(0);
            config.simulator.admin_bind.set_port(0);
            let address = "127.0.0.1:1".parse().unwrap();
            shops.push(Opened::open(&config, address).await.unwrap());
            scratch.push(folder);
        }
        let (now, ids) = (shops[0].around.clock.now(), shops[0].around.ids.clone());
        let mut tx = begin(&shops[0]).await;
        let Ground { buyer, seller, .. } = Ground::lay(&mut *tx, &*ids, now).await.unwrap();
        tx.commit().await.unwrap();
        Self { shops, buyer, seller, _scratch: scratch, _database: database }
    }

    async fn sells(&self, pieces: i64) -> ProductId {
        let around = &self.shops[0].around;
        let mut tx = begin(&self.shops[0]).await;
        let now = around.clock.now();
        let product = add_product(&mut *tx, self.seller, pieces, &*around.ids, now).await.unwrap();
        tx.commit().await.unwrap();
        product.id
    }

    async fn left(&self, product: ProductId) -> i64 {
        let mut tx = begin(&self.shops[0]).await;
        tx.stock().find(&[product]).await.unwrap()[0].available()
    }

    /// One piece of each product, with a key of its own.
    fn order(&self, products: &[ProductId]) -> PlaceOrder {
        let lines = products
            .iter()
            .map(|&product| RequestedLine { product, quantity: Quantity::ONE })
            .collect();
        let address = AddressDetails::parse("장보고", "010-1234-5678", "59104", "완도읍", "");
        PlaceOrder {
            buyer: self.buyer,
            wanted: Wanted::Lines(lines),
            receiver: Receiver::Given(address.unwrap()),
            key: IdempotencyKey {
                principal: Uuid::nil(),
                operation: PlaceOrders::OPERATION,
                key: self.shops[0].around.ids.next_uuid().to_string(),
                fingerprint: Fingerprint([7; 32]),
            },
        }
    }

    /// All at once, now at this process and now at that.
    async fn place(&self, orders: Vec<PlaceOrder>) -> Vec<Placed> {
        let submit = orders
            .into_iter()
            .enumerate()
            .map(|(n, order)| self.shops[n % self.shops.len()].shop.place_orders.submit(order));
        join_all(submit).await
    }

    /// Nothing is broken.
    async fn close(self) {
        for shop in self.shops {
            let now = shop.around.clock.now();
            let report = shop.database.check(Moment::Any, now, None).await.unwrap();
            assert!(report.breaches.is_empty(), "{report}");
            shop.close().await;
        }
    }
}

fn shared_name(database: Option<&Database>, folder: &Scratch) -> String {
    database.map_or_else(|| folder.path().display().to_string(), Database::url)
}

async fn begin(shop: &Opened) -> Box<dyn Transaction> {
    match &shop.database {
        ShopDatabase::Sqlite(store) => store.begin().await.unwrap(),
        ShopDatabase::Postgres(store) => store.begin().await.unwrap(),
    }
}

/// The ids of the placed ones; the others were told that there is nothing left.
fn placed(answers: Vec<Placed>) -> HashSet<OrderId> {
    let mut ids = HashSet::new();
    for answer in answers {
        match answer.unwrap() {
            Ok(placed) => _ = ids.insert(placed.id),
            Err(refused) => {
                let is_sold_out =
                    matches!(&refused, PlaceOrderError::OutOfStock(it) if it.available == 0);
                assert!(is_sold_out, "{refused:?}");
            }
        }
    }
    ids
}

async fn as_many_orders_as_pieces(shops: TwoShops) {
    for pieces in [1, 25] {
        let product = shops.sells(pieces).await;
        let orders = (0..100).map(|_| shops.order(&[product])).collect();
        let sold = placed(shops.place(orders).await).len();
        assert_eq!(i64::try_from(sold).unwrap(), pieces, "neither oversold nor undersold");
        assert_eq!(shops.left(product).await, 0);
    }
    shops.close().await;
}

async fn a_repeated_key_is_one_order(shops: TwoShops) {
    let product = shops.sells(9).await;
    let order = shops.order(&[product]);
    let answers = shops.place(vec![order.clone(); 20]).await;
    let ids = placed(answers);
    assert_eq!(ids.len(), 1, "one order, however often it was asked for");
    assert_eq!(placed(shops.place(vec![order; 2]).await), ids, "and afterwards");
    assert_eq!(shops.left(product).await, 8);
    shops.close().await;
}

async fn who_got_the_last_piece_is_told_so_again(shops: TwoShops) {
    for _ in 0..5 {
        let product = shops.sells(1).await;
        let answers = shops.place(vec![shops.order(&[product]); 20]).await;
        let told = answers.into_iter().map(|answer| answer.unwrap().unwrap().id);
        assert_eq!(told.collect::<HashSet<_>>().len(), 1, "nobody is told that it is sold out");
        assert_eq!(shops.left(product).await, 0);
    }
    shops.close().await;
}

async fn all_lines_or_none(shops: TwoShops) {
    let (plenty, scarce) = (shops.sells(100).await, shops.sells(3).await);
    let wanted = [[plenty, scarce], [scarce, plenty]];
    let orders = (0..30).map(|n| shops.order(&wanted[n % 2]));
    let sold = placed(shops.place(orders.collect()).await);
    assert_eq!(sold.len(), 3, "as many as there are pieces of the scarce one");
    assert_eq!((shops.left(plenty).await, shops.left(scarce).await), (97, 0));
    shops.close().await;
}

async fn no_deadlock_between_orders_of_the_same_products(shops: TwoShops) {
    let mut products = Vec::new();
    for _ in 0..4 {
        products.push(shops.sells(100).await);
    }
    let orders = (0..60).map(|n| {
        let mut wanted = products.clone();
        wanted.rotate_left(n % 4);
        if n % 3 == 0 {
            wanted.reverse();
        }
        shops.order(&wanted)
    });
    assert_eq!(placed(shops.place(orders.collect()).await).len(), 60, "everybody was served");
    for product in products {
        assert_eq!(shops.left(product).await, 40);
    }
    shops.close().await;
}

macro_rules! strategy_contract {
    ($engine:ident is postgres = $is_postgres:literal: $($strategy:ident = $variant:ident,)+) => {
        mod $engine {
            $(
                mod $strategy {
                    use jangbogo_setup::OrderStrategy;
                    use jangbogo_tests::servers::Redis;

                    use super::super::TwoShops;

                    behaviours_of_a_strategy! { $variant, $is_postgres:
                        as_many_orders_as_pieces
                        a_repeated_key_is_one_order
                        who_got_the_last_piece_is_told_so_again
                        all_lines_or_none
                        no_deadlock_between_orders_of_the_same_products
                    }
                }
            )+
        }
    };
}

macro_rules! behaviours_of_a_strategy {
    ($variant:ident, $is_postgres:literal: $($name:ident)+) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            let strategy = OrderStrategy::$variant;
            let redis = $is_postgres.then(Redis::shared);
            super::super::$name(TwoShops::open(strategy, $is_postgres, redis).await).await;
        }
    )+};
}

strategy_contract! { sqlite is postgres = false:
    combined = Combined,
    row_lock = RowLock,
    optimistic = Optimistic,
    distributed_lock = DistributedLock,
}

strategy_contract! { postgres is postgres = true:
    combined = Combined,
    row_lock = RowLock,
    optimistic = Optimistic,
    distributed_lock = DistributedLock,
}

/// Two batches of one lane on PostgreSQL: the second one has been decided and written when the
/// first one is committed.
struct Overlapping {
    shops: TwoShops,
    place: PlaceOrders,
}

impl Overlapping {
    async fn open() -> Self {
        let shops = TwoShops::open(OrderStrategy::Combined, true, None).await;
        let around = &shops.shops[0].around;
        let ShopDatabase::Postgres(store) = &shops.shops[0].database else { unreachable!() };
        let (clock, ids) = (around.clock.clone(), around.ids.clone());
        let place = PlaceOrders::new(store.clone(), clock, ids, PlaceSettings::default());
        Self { shops, place }
    }

    /// What the first batch is told, and what the second.
    async fn place(&self, first: &[PlaceOrder], second: &[PlaceOrder]) -> [Vec<Placed>; 2] {
        let mut told = Vec::new();
        let turn = async { told = self.place.run(first).await.unwrap() };
        let after = self.place.run_in_turn(second, turn).await.unwrap();
        [told, after].map(|answers| answers.into_iter().map(Ok).collect())
    }
}

#[tokio::test]
async fn who_comes_later_is_served_after_who_came_before() {
    let overlapping = Overlapping::open().await;
    let shops = &overlapping.shops;
    let product = shops.sells(5).await;
    let orders = |count: usize| (0..count).map(|_| shops.order(&[product])).collect::<Vec<_>>();
    let [first, second] = overlapping.place(&orders(2), &orders(2)).await;
    assert_eq!((placed(first).len(), placed(second).len()), (2, 2), "there is enough for both");
    let [first, second] = overlapping.place(&orders(1), &orders(1)).await;
    assert_eq!((placed(first).len(), placed(second).len()), (1, 0), "the first takes the last");
    assert_eq!(shops.left(product).await, 0);
    overlapping.shops.close().await;
}

#[tokio::test]
async fn a_key_of_the_batch_before_names_its_order() {
    let overlapping = Overlapping::open().await;
    let shops = &overlapping.shops;
    let product = shops.sells(5).await;
    let order = shops.order(&[product]);
    let (once, again) = ([order.clone()], [order, shops.order(&[product])]);
    let [first, second] = overlapping.place(&once, &again).await;
    let (first, second) = (placed(first), placed(second));
    assert_eq!((first.len(), second.len()), (1, 2));
    assert!(first.is_subset(&second), "the repeated one is the same order");
    assert_eq!(shops.left(product).await, 3);
    let [third, fourth] = overlapping.place(&again, &again).await;
    assert_eq!([placed(third), placed(fourth)], [second.clone(), second], "and afterwards");
    overlapping.shops.close().await;
}

/// A flush hands every lock to a second holder, and the next one too.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flushed_redis_changes_no_answer() {
    let redis = Redis::start().unwrap();
    let strategy = OrderStrategy::DistributedLock;
    let shops = TwoShops::open(strategy, true, Some(redis.url())).await;
    let product = shops.sells(60).await;
    let mut sold = 0;
    for _ in 0..5 {
        let orders = (0..30).map(|_| shops.order(&[product])).collect();
        let flushes = async {
            for _ in 0..10 {
                redis.flush().unwrap();
                tokio::task::yield_now().await;
            }
        };
        let (answers, ()) = tokio::join!(shops.place(orders), flushes);
        sold += placed(answers).len();
    }
    assert_eq!((sold, shops.left(product).await), (60, 0));
    shops.close().await;
}

/// Without Redis the rows' own locks are used, and with its return it is used again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_dies_changes_no_answer() {
    let mut redis = Redis::start().unwrap();
    let strategy = OrderStrategy::DistributedLock;
    let shops = TwoShops::open(strategy, true, Some(redis.url())).await;
    let product = shops.sells(60).await;
    let orders = |number: usize| (0..number).map(|_| shops.order(&[product])).collect();
    let dies = async { redis.stop(Stop::Kill).unwrap() };
    let (answers, ()) = tokio::join!(shops.place(orders(30)), dies);
    assert_eq!(placed(answers).len(), 30, "while it died");
    assert_eq!(placed(shops.place(orders(20)).await).len(), 20, "while it was away");
    redis.start_again().unwrap();
    jangbogo_tests::eventually(async || {
        shops.shops.iter().all(|shop| shop.redis.as_ref().unwrap().is_up())
    })
    .await;
    assert_eq!(placed(shops.place(orders(30)).await).len(), 10, "after its return");
    shops.close().await;
}
