//! Orders spread over many products.

use std::sync::Arc;

use super::load::closed_loop;
use super::pgbench;
use super::server;
use super::shop::{BenchShop, Orders};
use crate::scratch::Scratch;

/// Orders spread over 10,000 products, durable on PostgreSQL.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How many orders.
    #[arg(long, default_value_t = 100_000)]
    requests: usize,
    /// How many clients at once.
    #[arg(long, default_value_t = 256)]
    clients: usize,
    /// How many products.
    #[arg(long, default_value_t = 10_000)]
    products: usize,
    /// Seconds that the yardstick is given.
    #[arg(long, default_value_t = 10)]
    seconds: u32,
    #[command(flatten)]
    server: server::Args,
}

pub(crate) async fn run(args: &Args) -> anyhow::Result<()> {
    let server = args.server.open()?;
    let scratch = Scratch::new("bench-orders")?;
    let yardstick =
        pgbench::orders_per_second(server.url(), scratch.path(), args.products, args.seconds)
            .await?;
    println!("pgbench over {} rows: {yardstick:.0}/s with 16 clients", args.products);
    let shop = BenchShop::open(Some(server.url()), |_| {}).await?;
    let products = shop.products(args.products, 1_000_000).await?;
    let buyers = shop.buyers(64).await?;
    let orders = Arc::new(Orders { buyers, products, may_sell_out: false });
    let warm = (args.clients, args.requests / 20);
    closed_loop("warm-up", shop.address(), warm, orders.clone()).await?;
    let load = (args.clients, args.requests);
    let placed = closed_loop("orders", shop.address(), load, orders).await?;
    println!("{placed}");
    shop.close().await;
    println!("ratio {:.1}", placed.rate() / yardstick);
    Ok(())
}
