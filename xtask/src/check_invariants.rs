//! `cargo xtask check-invariants`: looks for broken invariants in a shop's database.

use std::path::PathBuf;

use anyhow::bail;
use jangbogo_gateway_simulator::{LedgerEntry, LedgerOp, read_ledger};
use jangbogo_kernel::Clock;
use jangbogo_runtime::SystemClock;
use jangbogo_setup::Database;
use jangbogo_sql::invariants::{Moment, ProviderMovement, Report};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// `sqlite:path` or `postgres://…`; only read, and the shop may be running
    #[arg(
        long,
        env = "DATABASE_URL",
        hide_env_values = true,
        default_value = "sqlite:data/shop.db"
    )]
    database_url: String,
    /// The payment simulator's ledger, for example data/simulator.db; without it nothing is said
    /// about the provider's books
    #[arg(long)]
    simulator_ledger: Option<PathBuf>,
    /// Work has come to rest: also check what holds only then
    #[arg(long)]
    quiet_moment: bool,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let report = runtime.block_on(look(args))?;
    print!("{report}");
    if !report.is_clean() {
        bail!("{} invariants are broken", report.breaches.len());
    }
    Ok(())
}

async fn look(args: &Args) -> anyhow::Result<Report> {
    // Before the database: what is in the provider's books by now is in ours as sent.
    let provider = match &args.simulator_ledger {
        Some(path) => {
            let entries = read_ledger(path).await?;
            Some(entries.into_iter().map(movement).collect::<Vec<_>>())
        }
        None => None,
    };
    let moment = if args.quiet_moment { Moment::Quiet } else { Moment::Any };
    let database = Database::look_at(&args.database_url).await?;
    let report = database.check(moment, SystemClock.now(), provider.as_deref()).await;
    database.close().await;
    report
}

fn movement(entry: LedgerEntry) -> ProviderMovement {
    ProviderMovement {
        provider: entry.provider,
        id: entry.pg_tx_id,
        merchant_ref: entry.merchant_ref,
        capture: entry.op == LedgerOp::Capture,
        amount: entry.amount,
        parent: entry.parent_tx_id,
    }
}
