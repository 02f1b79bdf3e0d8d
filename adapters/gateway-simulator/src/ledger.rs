//! The provider's durable ledger: one append-only row for every money movement really done.

use std::path::Path;

use anyhow::{Context as _, ensure};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteRow,
    SqliteSynchronous,
};
use sqlx::{ConnectOptions as _, Connection as _, Row, Sqlite, SqliteConnection, Transaction};

use crate::clock::instant;

/// One money movement in the provider's books.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerEntry {
    /// `kakaopay` or `tosspayments`.
    pub provider: String,
    /// The provider's id of this movement: KakaoPay's aid; TossPayments' paymentKey for a capture,
    /// because only that still names it after a cancel, and transactionKey for a refund.
    pub pg_tx_id: String,
    /// The provider's id of the payment it belongs to.
    pub tid: String,
    /// The merchant's own reference (`partner_order_id` or `orderId`).
    pub merchant_ref: String,
    /// Which way the money went.
    pub op: LedgerOp,
    /// Won, always positive.
    pub amount: i64,
    /// For a refund, the `pg_tx_id` of the capture it undoes.
    pub parent_tx_id: Option<String>,
    /// When, on the simulator's clock.
    pub at: Timestamp,
}

/// Which way the money went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum LedgerOp {
    /// From the buyer to the merchant.
    Capture,
    /// Back to the buyer.
    Refund,
}

impl LedgerOp {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Capture => "CAPTURE",
            Self::Refund => "REFUND",
        }
    }
}

/// The database file; one connection, so that every transaction sees the one before.
#[derive(Clone, Debug)]
pub(crate) struct Ledger {
    pool: SqlitePool,
}

/// Every movement in the ledger of that file, oldest first, also while a simulator writes to it.
/// Changes nothing; a file that is missing or no ledger is an error.
pub async fn read_ledger(path: &Path) -> anyhow::Result<Vec<LedgerEntry>> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .read_only(true)
        .busy_timeout(std::time::Duration::from_secs(5));
    let mut connection =
        options.connect().await.with_context(|| format!("open the ledger {}", path.display()))?;
    let rows = sqlx::query("SELECT * FROM pgsim_tx ORDER BY seq")
        .fetch_all(&mut connection)
        .await
        .with_context(|| format!("read the ledger {}", path.display()))?;
    connection.close().await.context("close the ledger")?;
    Ok(rows.iter().map(entry).collect::<sqlx::Result<_>>()?)
}

/// Raised whenever the tables change in a way that `IF NOT EXISTS` cannot bring about.
const SCHEMA_VERSION: i64 = 1;

impl Ledger {
    /// Opens the file, or a private database in memory, and brings its tables up to date.
    pub(crate) async fn open(path: Option<&Path>) -> anyhow::Result<Self> {
        let options = match path {
            Some(path) => SqliteConnectOptions::new().filename(path).create_if_missing(true),
            None => SqliteConnectOptions::new().in_memory(true),
        };
        // Written ahead, a commit survives the end of the process; a machine that loses its power
        // may take the last commits with it, which no test here does. FULL would cost a flush of
        // the disk for each movement.
        let options = options
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .busy_timeout(std::time::Duration::from_secs(5));
        let pool = SqlitePoolOptions::new()
            .max_connections(1)
            .idle_timeout(None) // a closed connection would take the in-memory ledger with it
            .max_lifetime(None)
            .test_before_acquire(false)
            .connect_with(options)
            .await
            .context("open the ledger")?;
        let ledger = Self { pool };
        ledger.migrate().await.context("migrate the ledger")?;
        Ok(ledger)
    }

    async fn migrate(&self) -> anyhow::Result<()> {
        let mut tx = self.begin().await?;
        let version: i64 = sqlx::query_scalar("SELECT user_version FROM pragma_user_version")
            .fetch_one(&mut *tx)
            .await?;
        ensure!(
            version == 0 || version == SCHEMA_VERSION,
            "the ledger has schema version {version}, this program needs {SCHEMA_VERSION}"
        );
        sqlx::raw_sql(include_str!("ledger.sql")).execute(&mut *tx).await?;
        sqlx::raw_sql(crate::kakaopay::SCHEMA).execute(&mut *tx).await?;
        sqlx::raw_sql(crate::tosspayments::SCHEMA).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Begins a transaction that may write.
    pub(crate) async fn begin(&self) -> sqlx::Result<Transaction<'static, Sqlite>> {
        self.pool.begin_with("BEGIN IMMEDIATE").await
    }

    /// Every movement, oldest first.
    pub(crate) async fn entries(&self) -> sqlx::Result<Vec<LedgerEntry>> {
        let rows = sqlx::query("SELECT * FROM pgsim_tx ORDER BY seq").fetch_all(&self.pool).await?;
        rows.iter().map(entry).collect()
    }

    /// Waits for what is being written, then closes the file.
    pub(crate) async fn close(&self) {
        self.pool.close().await;
    }
}

/// Appends one movement to the transaction that changes the payment.
pub(crate) async fn append(
    tx: &mut SqliteConnection,
    entry: &LedgerEntry,
    payload: Option<&str>,
) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO pgsim_tx
            (provider, pg_tx_id, tid, merchant_ref, op, amount, parent_tx_id, payload, at_us)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(entry.provider.clone())
    .bind(entry.pg_tx_id.clone())
    .bind(entry.tid.clone())
    .bind(entry.merchant_ref.clone())
    .bind(entry.op.as_str())
    .bind(entry.amount)
    .bind(entry.parent_tx_id.clone())
    .bind(payload.map(str::to_owned))
    .bind(entry.at.as_microsecond())
    .execute(tx)
    .await?;
    Ok(())
}

/// The movements of one payment, each with the payload the merchant sent along, oldest first.
pub(crate) async fn entries_of(
    tx: &mut SqliteConnection,
    provider: &'static str,
    tid: &str,
) -> sqlx::Result<Vec<(LedgerEntry, Option<String>)>> {
    let rows = sqlx::query("SELECT * FROM pgsim_tx WHERE provider = ? AND tid = ? ORDER BY seq")
        .bind(provider)
        .bind(tid.to_owned())
        .fetch_all(tx)
        .await?;
    rows.iter().map(|row| Ok((entry(row)?, row.try_get("payload")?))).collect()
}

fn entry(row: &SqliteRow) -> sqlx::Result<LedgerEntry> {
    let op: String = row.try_get("op")?;
    Ok(LedgerEntry {
        provider: row.try_get("provider")?,
        pg_tx_id: row.try_get("pg_tx_id")?,
        tid: row.try_get("tid")?,
        merchant_ref: row.try_get("merchant_ref")?,
        // A CHECK admits only the two.
        op: if op == LedgerOp::Capture.as_str() { LedgerOp::Capture } else { LedgerOp::Refund },
        amount: row.try_get("amount")?,
        parent_tx_id: row.try_get("parent_tx_id")?,
        at: instant(row.try_get("at_us")?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_ledger_is_read_while_its_simulator_has_it_open() {
        let file = format!("jangbogo-ledger-{}.db", std::process::id());
        let path = std::env::temp_dir().join(file);
        assert!(read_ledger(&path).await.is_err());
        assert!(!path.exists(), "reading does not create a file");

        let ledger = Ledger::open(Some(&path)).await.unwrap();
        let movement = LedgerEntry {
            provider: "kakaopay".to_owned(),
            pg_tx_id: "A1".to_owned(),
            tid: "T1".to_owned(),
            merchant_ref: "pay_1".to_owned(),
            op: LedgerOp::Capture,
            amount: 500,
            parent_tx_id: None,
            at: Timestamp::UNIX_EPOCH,
        };
        let mut tx = ledger.begin().await.unwrap();
        append(&mut tx, &movement, None).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(read_ledger(&path).await.unwrap(), [movement]);
        ledger.close().await;
        for end in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{end}", path.display()));
        }
    }
}
