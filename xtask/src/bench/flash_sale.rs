//! A flash sale: all buyers on one product.

use std::sync::Arc;

use anyhow::ensure;

use super::load::closed_loop;
use super::pgbench;
use super::server;
use super::shop::{BenchShop, Orders};
use crate::scratch::Scratch;

/// All buyers on one product, durable on PostgreSQL.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Pieces of the product; as many orders are sent, then a tenth more.
    #[arg(long, default_value_t = 150_000)]
    pieces: usize,
    /// How many clients at once.
    #[arg(long, default_value_t = 1_000)]
    clients: usize,
    /// Seconds that the yardstick is given.
    #[arg(long, default_value_t = 10)]
    seconds: u32,
    #[command(flatten)]
    server: server::Args,
}

pub(crate) async fn run(args: &Args) -> anyhow::Result<()> {
    let server = args.server.open()?;
    let scratch = Scratch::new("bench-flash-sale")?;
    let yardstick =
        pgbench::orders_per_second(server.url(), scratch.path(), 1, args.seconds).await?;
    println!("pgbench, one row: {yardstick:.0}/s with 16 clients");
    let shop = BenchShop::open(Some(server.url()), |_| {}).await?;
    let products = shop.products(1, i64::try_from(args.pieces)?).await?;
    let buyers = shop.buyers(64).await?;
    let orders = Orders { buyers, products, may_sell_out: true };
    let orders: Arc<Orders> = Arc::new(orders);
    let warm = (args.clients, args.pieces / 20);
    closed_loop("warm-up", shop.address(), warm, orders.clone()).await?;
    let load = (args.clients, args.pieces - warm.1);
    let sold = closed_loop("flash sale", shop.address(), load, orders.clone()).await?;
    println!("{sold}");
    ensure!(sold.count(201) == load.1, "undersold: {} of {}", sold.count(201), load.1);
    let late = (args.clients, args.pieces / 10);
    let refused = closed_loop("after the last piece", shop.address(), late, orders).await?;
    println!("{refused}");
    ensure!(refused.count(201) == 0, "oversold by {}", refused.count(201));
    shop.close().await;
    println!("ratio {:.1}", sold.rate() / yardstick);
    Ok(())
}
