//! Every strategy of stock reservation, side by side: one hot product, in process, durable on
//! PostgreSQL, with Redis beside it.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use jangbogo_catalog::ProductId;
use jangbogo_kernel::{Fingerprint, IdempotencyKey, Quantity, Uuid};
use jangbogo_member::{AddressDetails, MemberId};
use jangbogo_ordering::{PlaceOrder, PlaceOrders, Receiver, RequestedLine, Wanted};
use jangbogo_setup::{OrderPlacer, OrderStrategy};
use jangbogo_tests::servers::{Database, Postgres, PostgresSettings, Redis};
use secrecy::SecretString;

use super::shop::BenchShop;

/// The strategies of stock reservation over the same load: one hot product.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Seconds for each strategy and number of clients.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// How many clients at once, one run each.
    #[arg(long, value_delimiter = ',', default_values_t = [16, 64])]
    clients: Vec<usize>,
}

const STRATEGIES: [(OrderStrategy, &str); 4] = [
    (OrderStrategy::Combined, "combined"),
    (OrderStrategy::RowLock, "row_lock"),
    (OrderStrategy::Optimistic, "optimistic"),
    (OrderStrategy::DistributedLock, "distributed_lock"),
];

/// Enough that nobody is refused.
const PIECES: i64 = 100_000_000;

/// What one strategy came to with one number of clients.
struct Figure {
    rate: f64,
    p50: Duration,
    p99: Duration,
}

pub(crate) async fn run(args: &Args) -> anyhow::Result<()> {
    let postgres = Postgres::start(PostgresSettings::durable())?;
    let redis = Redis::start()?;
    let mut table = String::from("strategy           clients  orders/s       p50       p99\n");
    let mut ratio = None;
    for &clients in &args.clients {
        let mut rates = Vec::new();
        for (strategy, name) in STRATEGIES {
            let figure = measure(&postgres, &redis, strategy, clients, args.seconds).await;
            let figure = figure.with_context(|| format!("{name} with {clients} clients"))?;
            let Figure { rate, p50, p99 } = figure;
            let (p50, p99) = (format!("{p50:.1?}"), format!("{p99:.1?}"));
            writeln!(table, "{name:<17} {clients:>8} {rate:>9.0} {p50:>9} {p99:>9}")?;
            println!("{name}, {clients} clients: {rate:.0} orders/s, p50 {p50}, p99 {p99}");
            rates.push(rate);
        }
        if let [combined, row_lock, ..] = rates[..] {
            ratio = Some(combined / row_lock);
        }
    }
    println!("\n{table}");
    println!("ratio {:.1}", ratio.context("no number of clients was given")?);
    Ok(())
}

async fn measure(
    postgres: &Postgres,
    redis: &Redis,
    strategy: OrderStrategy,
    clients: usize,
    seconds: u64,
) -> anyhow::Result<Figure> {
    let database = Database::on(postgres);
    let shop = BenchShop::open(Some(&database.url()), |config| {
        config.orders.strategy = strategy;
        config.redis.url = Some(SecretString::from(redis.url()));
    })
    .await?;
    let product = *shop.products(1, PIECES).await?.first().context("no product")?;
    let buyer = shop.buyer_id().await?;
    let placer = shop.placer();
    // The first second fills caches and pools.
    load(&placer, product, buyer, clients, Duration::from_secs(1)).await?;
    let began = Instant::now();
    let mut times = load(&placer, product, buyer, clients, Duration::from_secs(seconds)).await?;
    let elapsed = began.elapsed();
    shop.close().await;
    ensure!(!times.is_empty(), "nothing was placed");
    times.sort_unstable();
    let rate = f64::from(u32::try_from(times.len())?) / elapsed.as_secs_f64();
    let percentile = |percent: usize| times[(times.len() - 1) * percent / 100];
    Ok(Figure { rate, p50: percentile(50), p99: percentile(99) })
}

/// Each client places its next order when its last one is placed; how long each took.
async fn load(
    placer: &Arc<OrderPlacer>,
    product: ProductId,
    buyer: MemberId,
    clients: usize,
    lasting: Duration,
) -> anyhow::Result<Vec<Duration>> {
    let end = Instant::now() + lasting;
    let workers: Vec<_> = (0..clients)
        .map(|_| {
            let placer = Arc::clone(placer);
            tokio::spawn(async move {
                let mut times = Vec::new();
                while Instant::now() < end {
                    let begun = Instant::now();
                    placer.submit(order(product, buyer)?).await??;
                    times.push(begun.elapsed());
                }
                anyhow::Ok(times)
            })
        })
        .collect();
    let mut all = Vec::new();
    for worker in workers {
        all.extend(worker.await??);
    }
    Ok(all)
}

/// One piece; every order has a key of its own.
fn order(product: ProductId, buyer: MemberId) -> anyhow::Result<PlaceOrder> {
    static KEYS: AtomicUsize = AtomicUsize::new(1);
    let address = AddressDetails::parse("장보고", "01012345678", "59100", "완도읍 청해진로 1", "");
    let line = RequestedLine { product, quantity: Quantity::ONE };
    Ok(PlaceOrder {
        buyer,
        wanted: Wanted::Lines(vec![line]),
        receiver: Receiver::Given(address?),
        key: IdempotencyKey {
            principal: Uuid::nil(),
            operation: PlaceOrders::OPERATION,
            key: format!("bench-{}", KEYS.fetch_add(1, Ordering::Relaxed)),
            fingerprint: Fingerprint([0; 32]),
        },
    })
}
