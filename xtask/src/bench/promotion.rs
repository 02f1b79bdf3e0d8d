//! A promotion: orders come at a steady rate, whether or not earlier ones are answered.

use std::sync::Arc;
use std::time::Duration;

use super::load::{closed_loop, offered};
use super::server;
use super::shop::{BenchShop, Orders};

/// 1,000 orders a second offered, half of them for ten products of a thousand.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Orders a second.
    #[arg(long, default_value_t = 1_000)]
    rate: u32,
    /// For so many seconds.
    #[arg(long, default_value_t = 30)]
    seconds: u64,
    #[command(flatten)]
    server: server::Args,
}

pub(crate) async fn run(args: &Args) -> anyhow::Result<()> {
    let server = args.server.open()?;
    let shop = BenchShop::open(Some(server.url()), |_| {}).await?;
    let mut products = shop.products(1_000, 1_000_000).await?;
    let promoted: Vec<_> = products.iter().take(10).copied().cycle().take(1_000).collect();
    products.extend(promoted);
    let orders = Arc::new(Orders { buyers: shop.buyers(64).await?, products, may_sell_out: false });
    closed_loop("warm-up", shop.address(), (16, 2_000), orders.clone()).await?;
    let lasting = Duration::from_secs(args.seconds);
    let served = offered("promotion", shop.address(), (args.rate, lasting), orders).await?;
    println!("{served}");
    shop.close().await;
    println!(
        "offered {} served {} p99_ms {:.1}",
        u64::from(args.rate) * args.seconds,
        served.count(201),
        served.percentile(99).as_secs_f64() * 1_000.0
    );
    Ok(())
}
