//! `cargo xtask seed`: fill a database with the demo catalogue, or with a shop of any size.

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::bail;
use indicatif::{ProgressBar, ProgressStyle};
use jangbogo_kernel::{Clock as _, Timestamp};
use jangbogo_runtime::SystemClock;
use jangbogo_setup::scale::{self, Scale, Step};
use jangbogo_setup::{Config, Database, Opened};

/// Fill a database: without numbers, an empty one with the demo catalogue.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// So many slim products for measurements; when it is interrupted, the same command goes on.
    #[arg(long, alias = "items")]
    products: Option<u32>,
    /// So many orders of them, in every state.
    #[arg(long, default_value_t = 0, requires = "products")]
    orders: u32,
    /// Another seed gives other products, beside those of the first.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The youngest product's time; now when it is not given.
    #[arg(long)]
    until: Option<Timestamp>,
    /// A TOML file with settings; the environment goes over it, as for the shop itself.
    #[arg(long, env = "JANGBOGO_CONFIG")]
    config: Option<PathBuf>,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let config = Config::load(args.config.as_deref(), std::env::vars())?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        match args.products {
            None => demo(config).await,
            Some(products) => fill(config, args, products).await,
        }
    })
}

/// Fills the configured database; one that has products is refused.
async fn demo(mut config: Config) -> anyhow::Result<()> {
    config.demo.enabled = true;
    // Only opened, never asked: any free port will do.
    config.simulator.bind.set_port(0);
    config.simulator.admin_bind.set_port(0);
    let started = Instant::now();
    let opened = Opened::open(&config, config.server.bind).await?;
    let accounts = opened.seed_when_empty(&config).await?;
    opened.close().await;
    let Some(accounts) = accounts else {
        bail!("the database has products already");
    };
    let seconds = started.elapsed().as_secs_f64();
    println!("{} products in {seconds:.1} s", config.demo.products);
    println!("buyer  {} {}", accounts.buyer.email, accounts.buyer.password);
    println!("seller {} {}", accounts.seller.email, accounts.seller.password);
    Ok(())
}

async fn fill(config: Config, args: &Args, products: u32) -> anyhow::Result<()> {
    std::fs::create_dir_all(&config.data_dir)?;
    let database = Database::open(&config).await?;
    let scale = Scale {
        products: products.into(),
        orders: args.orders.into(),
        seed: args.seed,
        until: args.until.unwrap_or_else(|| SystemClock.now()),
        ..Scale::default()
    };
    let started = Instant::now();
    let filled = filled(&database, scale).await;
    database.close().await;
    let scale = filled?;
    let seconds = started.elapsed().as_secs_f64();
    println!("{} products, {} orders in {seconds:.1} s", scale.products, scale.orders);
    println!("the same again: --seed {} --until {}", scale.seed, scale.until);
    Ok(())
}

/// Fills a database and tells how far it is: a bar for people, lines for logs.
pub(crate) async fn filled(database: &Database, scale: Scale) -> anyhow::Result<Scale> {
    let bar = if std::io::stderr().is_terminal() { Some(bar()?) } else { None };
    let mut percent = 0;
    let told = |step: Step| match (step, &bar) {
        (Step::Rows { done, all }, Some(bar)) => {
            bar.set_length(all.cast_unsigned());
            bar.set_position(done.cast_unsigned());
        }
        (Step::Restored { name, missing }, Some(bar)) => {
            bar.set_message(format!("{name} is back, {missing} are missing"));
        }
        (Step::Rows { done, all }, None) => {
            // Every tenth: a log is not a film.
            let now = done * 10 / all.max(1);
            if now > percent {
                percent = now;
                println!("{done} of {all} rows");
            }
        }
        (Step::Restored { name, missing }, None) => {
            println!("{name} is back, {missing} are missing");
        }
    };
    let filled = scale::fill(database, scale, told).await;
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    filled
}

fn bar() -> anyhow::Result<ProgressBar> {
    let style = "{elapsed_precise} {wide_bar} {human_pos}/{human_len} {msg} {eta}";
    let bar = ProgressBar::no_length();
    bar.set_style(ProgressStyle::with_template(style)?);
    Ok(bar)
}
