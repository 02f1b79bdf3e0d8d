//! `cargo xtask seed`: fill an empty database with the demo catalogue.

use std::path::PathBuf;
use std::time::Instant;

use anyhow::bail;
use jangbogo_setup::{Config, Opened};

/// Fill an empty database with the demo catalogue.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How many products.
    #[arg(long, default_value_t = 1_000)]
    products: usize,
    /// A TOML file with settings; the environment goes over it, as for the shop itself.
    #[arg(long, env = "JANGBOGO_CONFIG")]
    config: Option<PathBuf>,
}

/// Fills the configured database; one that has products is refused.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let mut config = Config::load(args.config.as_deref(), std::env::vars())?;
    config.demo.enabled = true;
    config.demo.products = args.products;
    // Only opened, never asked: any free port will do.
    config.simulator.bind.set_port(0);
    config.simulator.admin_bind.set_port(0);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let started = Instant::now();
        let opened = Opened::open(&config, config.server.bind).await?;
        let accounts = opened.seed_when_empty(&config).await?;
        opened.close().await;
        let Some(accounts) = accounts else {
            bail!("the database has products already");
        };
        let seconds = started.elapsed().as_secs_f64();
        println!("{} products in {seconds:.1} s", args.products);
        println!("buyer  {} {}", accounts.buyer.email, accounts.buyer.password);
        println!("seller {} {}", accounts.seller.email, accounts.seller.password);
        Ok(())
    })
}
