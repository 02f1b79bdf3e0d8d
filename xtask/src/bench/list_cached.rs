//! The first page of the product list, out of the cache.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::ensure;
use axum::Router;
use axum::body::Bytes;
use axum::http::header;
use axum::routing::get;
use tokio::net::TcpListener;

use super::http::{Connection, write_request};
use super::load::{Traffic, closed_loop};
use super::shop::BenchShop;

/// The first page of the product list; yardstick: a bare handler that returns the same bytes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How many requests.
    #[arg(long, default_value_t = 200_000)]
    requests: usize,
    /// How many clients at once.
    #[arg(long, default_value_t = 64)]
    clients: usize,
    /// Ask for gzip, as browsers do, instead of plain JSON.
    #[arg(long)]
    gzip: bool,
}

const PAGE: &str = "/api/v1/products?sort=newest";

/// One page, again and again.
struct Get {
    headers: &'static str,
}

impl Traffic for Get {
    fn request(&self, _: usize, out: &mut Vec<u8>) {
        write_request(out, "GET", PAGE, self.headers, None);
    }

    fn is_right(&self, status: u16) -> bool {
        status == 200
    }
}

pub(crate) async fn run(args: &Args) -> anyhow::Result<()> {
    let shop = BenchShop::open(None, |config| config.demo.enabled = true).await?;
    let headers = if args.gzip { "accept-encoding: gzip\r\n" } else { "" };
    let body = bytes_of_the_page(shop.address(), headers).await?;
    println!("the page has {} bytes", body.len());
    let bare = bare(body, args.gzip).await?;
    let load = (args.clients, args.requests);
    let get = || Arc::new(Get { headers });
    // Both are warmed up, then measured in turns, so that a busy moment of the machine hits both.
    let few = (args.clients, args.requests / 10);
    closed_loop("warming up", bare, few, get()).await?;
    closed_loop("warming up", shop.address(), few, get()).await?;
    let mut ratios = Vec::new();
    for _ in 0..3 {
        let yardstick = closed_loop("a bare handler", bare, load, get()).await?;
        println!("{yardstick}");
        let listed = closed_loop("first page, newest", shop.address(), load, get()).await?;
        println!("{listed}");
        ratios.push(listed.rate() / yardstick.rate());
    }
    ratios.sort_by(f64::total_cmp);
    println!("ratio {:.2}", ratios[1]);
    shop.close().await;
    Ok(())
}

async fn bytes_of_the_page(shop: SocketAddr, headers: &str) -> anyhow::Result<Bytes> {
    let (mut connection, mut request) = (Connection::open(shop).await?, Vec::new());
    write_request(&mut request, "GET", PAGE, headers, None);
    let answer = connection.send(&request).await?;
    ensure!(answer.status == 200, "{}", answer.status);
    Ok(Bytes::copy_from_slice(answer.body))
}

/// A server with one handler and nothing around it; it ends with the bench.
async fn bare(body: Bytes, gzip: bool) -> anyhow::Result<SocketAddr> {
    let handler = move || {
        let body = body.clone();
        async move {
            let coding = gzip.then_some([(header::CONTENT_ENCODING, "gzip")]);
            (coding, [(header::CONTENT_TYPE, "application/json")], body)
        }
    };
    let router = Router::new().route("/api/v1/products", get(handler));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let listener = axum::serve::ListenerExt::tap_io(listener, |socket| {
        // As the shop does.
        drop(socket.set_nodelay(true));
    });
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(address)
}
