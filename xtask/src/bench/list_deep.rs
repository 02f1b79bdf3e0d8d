//! Deep pages of long lists: what page 100,000 costs beside page 1.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use jangbogo_catalog::{ListProducts, ProductQueries as _, ProductSort};
use jangbogo_kernel::{Cursor, Page};
use jangbogo_setup::Database;
use jangbogo_setup::scale::Scale;
use jangbogo_sql::{PoolSettings, PostgresStore, plans};

use super::server;

/// Page 100,000 of each order; yardstick: page 1 in the same run.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How many products; a database that has products is measured as it is.
    #[arg(long, default_value_t = 10_000_000)]
    products: u32,
    /// Which page is deep.
    #[arg(long, default_value_t = 100_000)]
    page: i64,
    /// How many pages are read from each place on.
    #[arg(long, default_value_t = 50)]
    pages: usize,
    #[command(flatten)]
    server: server::Args,
}

const LIMIT: i64 = 20;
/// Walks of each kind, in turn, so that what else the machine does meets both.
const ROUNDS: usize = 5;

const SORTS: [ProductSort; 5] = [
    ProductSort::Newest,
    ProductSort::PriceAsc,
    ProductSort::PriceDesc,
    ProductSort::Sales,
    ProductSort::Discount,
];

/// To find the place behind two million products takes longer than a shop lets a statement run.
fn patient() -> PoolSettings {
    PoolSettings { statement_timeout: Duration::from_hours(1), ..PoolSettings::default() }
}

pub(crate) async fn run(args: &Args) -> anyhow::Result<()> {
    let server = args.server.open()?;
    let store = Arc::new(PostgresStore::connect_with(server.url(), &patient()).await?);
    seed_when_empty(&store, args.products).await?;
    let mut worst: f64 = 0.0;
    for sort in SORTS {
        for backward in [false, true] {
            worst = worst.max(measured(&store, sort, backward, args).await?);
        }
    }
    store.close().await;
    println!("ratio {worst:.2}");
    Ok(())
}

async fn seed_when_empty(store: &Arc<PostgresStore>, products: u32) -> anyhow::Result<()> {
    let any = question(ProductSort::Newest, None)?;
    if store.list(&any).await?.items.is_empty() {
        let scale = Scale { products: products.into(), ..Scale::default() };
        let started = Instant::now();
        crate::seed::filled(&Database::Postgres(Arc::clone(store)), scale).await?;
        println!("{products} products in {:.0} s", started.elapsed().as_secs_f64());
    }
    Ok(())
}

/// How many times as long a deep page of this order takes as a first one.
async fn measured(
    store: &PostgresStore,
    sort: ProductSort,
    backward: bool,
    args: &Args,
) -> anyhow::Result<f64> {
    let first = question(sort, None)?;
    let deep = plans::behind(store, &first, (args.page - 1) * LIMIT).await?;
    let deep = deep.context("the list has no such page: --page, or more --products")?;
    let (deep, way) = if backward { (deep.turned(), "backward") } else { (deep, "forward") };
    let deep = question(sort, Some(&deep))?;
    for (page, question) in [("first", &first), ("deep", &deep)] {
        let plan = plans::products(store, question).await?;
        let lead = plan.reads.first().context("the plan reads nothing")?;
        let (index, rows) = (lead.index.as_deref().unwrap_or("a table"), lead.rows);
        let rows = rows.unwrap_or_default();
        println!("{} {way}, {page} page: {rows} rows of {index}", sort.name());
        let most = LIMIT.cast_unsigned() + 1;
        ensure!(rows <= most && !plan.sorts, "more than a page is read:\n{}", plan.text);
    }
    let (mut firsts, mut deeps) = (Vec::new(), Vec::new());
    // The first round only warms up: the disk is not what is measured.
    for round in 0..=ROUNDS {
        let times = walk(store, first.clone(), args.pages).await?;
        firsts.extend(times.into_iter().filter(|_| round > 0));
        let times = walk(store, deep.clone(), args.pages).await?;
        deeps.extend(times.into_iter().filter(|_| round > 0));
    }
    let (first, deep) = (median(firsts), median(deeps));
    let ratio = deep.as_secs_f64() / first.as_secs_f64();
    println!("{} {way}: first {first:?}, deep {deep:?}, ratio {ratio:.2}", sort.name());
    Ok(ratio)
}

/// The time of each of so many pages, one after the other.
async fn walk(
    store: &PostgresStore,
    mut question: ListProducts,
    pages: usize,
) -> anyhow::Result<Vec<Duration>> {
    let backward = question.page.is_backward();
    let mut times = Vec::with_capacity(pages);
    for _ in 0..pages {
        let started = Instant::now();
        let page = store.list(&question).await?;
        times.push(started.elapsed());
        let Page { next, previous, .. } = page;
        let cursor = if backward { previous } else { next };
        question = self::question(question.sort, Some(&cursor.context("the list ends here")?))?;
    }
    Ok(times)
}

fn question(sort: ProductSort, cursor: Option<&Cursor>) -> anyhow::Result<ListProducts> {
    let cursor = cursor.map(ToString::to_string);
    let (name, limit) = (Some(sort.name()), Some(LIMIT));
    Ok(ListProducts::parse(name, None, None, (None, None), None, limit, cursor.as_deref())?)
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
