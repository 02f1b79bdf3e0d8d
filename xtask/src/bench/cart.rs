//! Carts: read, change, read.

use std::sync::Arc;

use jangbogo_catalog::ProductId;
use jangbogo_setup::Config;

use super::http::write_request;
use super::load::{Measured, Traffic, closed_loop};
use super::server;
use super::shop::BenchShop;

/// Carts are read, changed and read by many clients; yardstick: a transaction for each change.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How many requests.
    #[arg(long, default_value_t = 90_000)]
    requests: usize,
    /// How many clients at once.
    #[arg(long, default_value_t = 100)]
    clients: usize,
    #[command(flatten)]
    server: server::Args,
}

/// Each buyer reads the cart, changes a line and reads again; one request in three is a change.
struct Carts {
    buyers: Vec<String>,
    products: Vec<ProductId>,
}

impl Traffic for Carts {
    fn request(&self, n: usize, out: &mut Vec<u8>) {
        let (round, step) = (n / 3, n % 3);
        let token = &self.buyers[round % self.buyers.len()];
        let headers = format!("authorization: Bearer {token}\r\n");
        if step != 1 {
            return write_request(out, "GET", "/api/v1/cart", &headers, None);
        }
        // A cart of at most five lines, whose quantities change.
        let turn = round / self.buyers.len();
        let product = self.products[(round % self.buyers.len() + turn % 5) % self.products.len()];
        let path = format!("/api/v1/cart/items/{product}");
        let body = format!(r#"{{"quantity":{}}}"#, turn % 9 + 1);
        write_request(out, "PUT", &path, &headers, Some(&body));
    }

    fn is_right(&self, status: u16) -> bool {
        status == 200
    }
}

pub(crate) async fn run(args: &Args) -> anyhow::Result<()> {
    let alone = |config: &mut Config| {
        config.orders.batch_max = 1;
        config.orders.lanes = 16;
    };
    let server = args.server.open()?;
    let shop = BenchShop::open(Some(server.url()), alone).await?;
    let products = shop.products(200, 1_000_000).await?;
    let buyers = shop.buyers(100).await?;
    let carts = Arc::new(Carts { buyers, products });
    let single = measured("a transaction per change", &shop, &carts, args).await?;
    shop.close().await;
    // The same people and products, in a shop that combines.
    let shop = BenchShop::open(Some(server.url()), |_| {}).await?;
    let buyers = shop.buyers(100).await?;
    let carts = Arc::new(Carts { buyers, products: carts.products.clone() });
    let combined = measured("combined", &shop, &carts, args).await?;
    shop.close().await;
    println!("ratio {:.1}", combined.rate() / single.rate());
    Ok(())
}

async fn measured(
    what: &'static str,
    shop: &BenchShop,
    carts: &Arc<Carts>,
    args: &Args,
) -> anyhow::Result<Measured> {
    let traffic = || Arc::clone(carts) as Arc<dyn Traffic>;
    closed_loop("warm-up", shop.address(), (args.clients, args.requests / 10), traffic()).await?;
    let load = (args.clients, args.requests);
    let measured = closed_loop(what, shop.address(), load, traffic()).await?;
    println!("{measured}");
    Ok(measured)
}
