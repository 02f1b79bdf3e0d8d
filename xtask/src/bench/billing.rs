//! A day of billing: many subscriptions are due, three batch processes charge them, one of them is
//! killed again and again, and the provider fails and takes only so many calls a second.
//!
//! The judge is the provider's own ledger. When the day is over, time goes by until every charge
//! that nobody knew of is known; then no cycle may be charged twice, and none be left out.

mod batches;
mod books;
mod seed;
mod world;

use std::time::{Duration, Instant};

use anyhow::ensure;

use self::batches::Batches;
use self::world::World;

/// 100,000 due subscriptions, three processes, 200 kills; reach for 0.9 of the provider's limit.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    server: super::server::Args,
    /// How many subscriptions are due.
    #[arg(long, default_value_t = 100_000)]
    due: u32,
    /// How many processes.
    #[arg(long, default_value_t = 3)]
    processes: u32,
    /// How often one of them is killed.
    #[arg(long, default_value_t = 200)]
    kills: u32,
    /// How many charges of a hundred fail in some way.
    #[arg(long, default_value_t = 5)]
    failing_percent: u8,
    /// How many charges a second the provider takes; the others it refuses.
    #[arg(long, default_value_t = 80)]
    limit: u32,
    /// Charges under way at once in each process.
    #[arg(long, default_value_t = 12)]
    parallel: u32,
    /// Decides which charges fail and who is killed.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Runs until nothing is due any more, at most so often.
const RUNS_MAX: u32 = 10;

pub(crate) async fn run(args: &Args) -> anyhow::Result<()> {
    let world = World::open(args).await?;
    println!("{} subscriptions are due, {} processes", args.due, args.processes);
    let began = Instant::now();
    // All kills fall into the time that the provider's limit makes the work last.
    let lasts = Duration::from_secs_f64(f64::from(args.due) / f64::from(args.limit));
    let mut batches = Batches::start(&world, args)?;
    batches.are_killed(args.kills, lasts).await?;
    batches.end().await?;
    let (taken, last) = world.simulator.charges_taken();
    let busy = last.map_or(Duration::ZERO, |last| last.saturating_duration_since(began));
    let of_limit = taken_share(taken, args.limit, busy);
    let seconds = busy.as_secs_f64();
    println!("{taken} charges in {seconds:.1} s, {} kills", batches.killed);
    println!("largest process: {} MiB", batches.rss_max_kib / 1024);
    let mut runs = 1;
    while world.still_due().await? > 0 && runs < RUNS_MAX {
        runs += 1;
        let mut again = Batches::start(&world, args)?;
        again.end().await?;
    }
    println!("{runs} runs until nothing was due");
    world.tells().await?;
    world.comes_to_rest().await?;
    let books = world.compare().await?;
    println!("{books}");
    world.close().await;
    let (double, missed) = (books.double, books.missed);
    println!("double {double} missed {missed} of_limit {of_limit:.2}");
    ensure!(double == 0 && missed == 0, "a cycle was charged twice, or left out");
    Ok(())
}

/// What share of what the provider would have taken in the time was used.
fn taken_share(taken: u64, limit: u32, busy: Duration) -> f64 {
    let most = f64::from(limit) * busy.as_secs_f64();
    let taken = u32::try_from(taken).map_or(f64::MAX, f64::from);
    if most > 0.0 { taken / most } else { 0.0 }
}
