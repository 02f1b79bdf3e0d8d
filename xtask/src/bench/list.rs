//! The first page of the product list.

use std::sync::Arc;

use super::http::write_request;
use super::load::{Traffic, closed_loop};
use super::shop::BenchShop;

/// The first page of the product list; yardstick: `/healthz`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How many requests.
    #[arg(long, default_value_t = 50_000)]
    requests: usize,
    /// How many clients at once.
    #[arg(long, default_value_t = 64)]
    clients: usize,
}

/// One page, again and again.
pub(super) struct Get(pub(super) &'static str);

impl Traffic for Get {
    fn request(&self, _: usize, out: &mut Vec<u8>) {
        write_request(out, "GET", self.0, "", None);
    }

    fn is_right(&self, status: u16) -> bool {
        status == 200
    }
}

pub(crate) async fn run(args: &Args) -> anyhow::Result<()> {
    let shop = BenchShop::open(None, |config| config.demo.enabled = true).await?;
    let (address, load) = (shop.address(), (args.clients, args.requests));
    let yardstick = closed_loop("/healthz", address, load, Arc::new(Get("/healthz"))).await?;
    println!("{yardstick}");
    let page = Arc::new(Get("/api/v1/products?sort=newest"));
    let listed = closed_loop("first page, newest", address, load, page).await?;
    println!("{listed}");
    println!("ratio {:.2}", listed.rate() / yardstick.rate());
    shop.close().await;
    Ok(())
}
