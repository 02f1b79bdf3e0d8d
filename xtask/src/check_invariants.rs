//! `cargo xtask check-invariants`: looks for broken invariants in a shop's database.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use jangbogo_gateway_simulator::{LedgerEntry, LedgerOp, read_ledger};
use jangbogo_kernel::Clock;
use jangbogo_runtime::SystemClock;
use jangbogo_sql::invariants::{Moment, ProviderMovement, Report, check};
use jangbogo_sql::{PostgresStore, SqliteStore};

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
    let (provider, now) = (provider.as_deref(), SystemClock.now());
    let moment = if args.quiet_moment { Moment::Quiet } else { Moment::Any };
    let report = match database(&args.database_url)? {
        Address::File(path) => {
            let opened = SqliteStore::open_existing(path).await;
            let store = opened.with_context(|| format!("cannot open {}", path.display()))?;
            let report = check(&store, moment, now, provider).await;
            store.close().await;
            report?
        }
        Address::Server(url) => {
            let connected = PostgresStore::connect_existing(url).await;
            let store = connected.context("cannot connect to PostgreSQL")?;
            let report = check(&store, moment, now, provider).await;
            store.close().await;
            report?
        }
    };
    Ok(report)
}

#[derive(Debug, PartialEq, Eq)]
enum Address<'a> {
    File(&'a Path),
    Server(&'a str),
}

fn database(url: &str) -> anyhow::Result<Address<'_>> {
    if url.starts_with("postgres:") || url.starts_with("postgresql:") {
        return Ok(Address::Server(url));
    }
    let path = url.strip_prefix("sqlite:").unwrap_or_default();
    let path = path.strip_prefix("//").unwrap_or(path);
    let path = path.split('?').next().unwrap_or_default();
    if path.is_empty() {
        // Not repeated: it may have a password in it.
        bail!("a database URL is sqlite:path or postgres://…");
    }
    Ok(Address::File(Path::new(path)))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn databases_by_their_urls() {
        let file = |path| Some(Address::File(Path::new(path)));
        assert_eq!(database("sqlite:data/shop.db").ok(), file("data/shop.db"));
        assert_eq!(database("sqlite:///v/s.db?mode=rw").ok(), file("/v/s.db"));
        let server = Some(Address::Server("postgres://h/db"));
        assert_eq!(database("postgres://h/db").ok(), server);
        for bad in ["", "sqlite:", "data/shop.db", "mysql://h/db"] {
            assert!(database(bad).is_err(), "{bad}");
        }
    }
}
