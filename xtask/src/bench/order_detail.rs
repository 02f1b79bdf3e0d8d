//! An order's page: two statements beside one for each thing on it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use jangbogo_kernel::{Id, Uuid};
use jangbogo_ordering::OrderQueries;
use jangbogo_setup::Database;
use jangbogo_setup::scale::Scale;
use jangbogo_sql::PostgresStore;
use sqlx::Row as _;
use sqlx::postgres::{PgPool, PgPoolOptions, PgRow};

use super::server;

/// Orders of ten lines; yardstick: order, lines and history, and for each line its product, the
/// product's seller and its stock, each by a statement of its own, as object mappers load them.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How many seconds each way is given.
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// How many clients at once.
    #[arg(long, default_value_t = 8)]
    clients: usize,
    #[command(flatten)]
    server: server::Args,
}

const LINES: i64 = 10;

pub(crate) async fn run(args: &Args) -> anyhow::Result<()> {
    let server = args.server.open()?;
    let store = Arc::new(PostgresStore::connect(server.url()).await?);
    let connections = u32::try_from(args.clients)?;
    let pool = PgPoolOptions::new().max_connections(connections).connect(server.url()).await?;
    let mut orders = orders_of_ten(&pool).await?;
    if orders.is_empty() {
        let scale = Scale { products: 2_000, orders: 20_000, ..Scale::default() };
        crate::seed::filled(&Database::Postgres(Arc::clone(&store)), scale).await?;
        orders = orders_of_ten(&pool).await?;
    }
    ensure!(!orders.is_empty(), "no order has {LINES} lines: use an empty database");
    let orders = Arc::new(orders);
    let connections = pool.clone();
    let mapped = rate("one statement each", args, &orders, move |order| {
        let pool = connections.clone();
        async move { one_by_one(&pool, order).await }
    });
    let mapped = mapped.await?;
    let queries = Arc::clone(&store);
    let ours = rate("two statements", args, &orders, move |order| {
        let store = Arc::clone(&queries);
        async move {
            let found = OrderQueries::find(&*store, Id::new(order)).await?;
            let found = found.context("the order is gone")?;
            ensure!(found.order.lines.len() == 10, "{} lines", found.order.lines.len());
            Ok(())
        }
    });
    let ours = ours.await?;
    pool.close().await;
    store.close().await;
    println!("ratio {:.1}", ours / mapped);
    Ok(())
}

async fn orders_of_ten(pool: &PgPool) -> anyhow::Result<Vec<Uuid>> {
    let text = "SELECT order_id FROM order_line GROUP BY order_id HAVING COUNT(*) = $1 LIMIT 1000";
    Ok(sqlx::query_scalar(text).bind(LINES).fetch_all(pool).await?)
}

/// The same page as an object mapper that loads what it is asked for when it is asked for it.
async fn one_by_one(pool: &PgPool, order: Uuid) -> anyhow::Result<()> {
    let mut on = pool.acquire().await?;
    let one = async |on: &mut sqlx::PgConnection, text: &'static str, id: Uuid| {
        let rows: Vec<PgRow> = sqlx::query(text).bind(id).fetch_all(on).await?;
        Ok::<_, sqlx::Error>(rows)
    };
    one(&mut on, "SELECT * FROM orders WHERE id = $1", order).await?;
    let text = "SELECT * FROM order_line WHERE order_id = $1 ORDER BY number";
    for line in one(&mut on, text, order).await? {
        let product: Uuid = line.try_get("product_id")?;
        one(&mut on, "SELECT * FROM product WHERE id = $1", product).await?;
        let seller: Uuid = line.try_get("seller_id")?;
        one(&mut on, "SELECT * FROM member WHERE id = $1", seller).await?;
        one(&mut on, "SELECT * FROM stock WHERE product_id = $1", product).await?;
    }
    let text = "SELECT * FROM state_history WHERE entity = 'order' AND entity_id = $1 \
                ORDER BY version";
    one(&mut on, text, order).await?;
    Ok(())
}

/// Pages per second of so many clients; prints it.
async fn rate<F, W>(
    what: &str,
    args: &Args,
    orders: &Arc<Vec<Uuid>>,
    page: F,
) -> anyhow::Result<f64>
where
    F: Fn(Uuid) -> W + Clone + Send + Sync + 'static,
    W: Future<Output = anyhow::Result<()>> + Send,
{
    let (started, length) = (Instant::now(), Duration::from_secs(args.seconds));
    let clients: Vec<_> = (0..args.clients)
        .map(|client| {
            let (orders, page) = (Arc::clone(orders), page.clone());
            tokio::spawn(async move {
                let mut pages = 0_u32;
                for order in orders.iter().cycle().skip(client * 7) {
                    if started.elapsed() > length {
                        break;
                    }
                    page(*order).await?;
                    pages += 1;
                }
                Ok::<_, anyhow::Error>(pages)
            })
        })
        .collect();
    let mut pages = 0;
    for client in clients {
        pages += client.await??;
    }
    let rate = f64::from(pages) / started.elapsed().as_secs_f64();
    println!("order of {LINES} lines, {what}: {rate:.0}/s with {} clients", args.clients);
    Ok(rate)
}
