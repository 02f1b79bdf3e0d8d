//! A SID: what a buyer's agreement to recurring charges is known by.

use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use super::CID_RECURRING;
use super::payment::{Method, Payment};
use super::refusal::{CallError, Code};
use crate::ledger::Ledger;
use crate::random;

/// A SID as it is stored.
#[derive(Clone, Debug)]
pub(super) struct Sid {
    /// The token itself.
    pub(super) token: String,
    pub(super) cid: String,
    pub(super) partner_user_id: String,
    pub(super) item_name: String,
    pub(super) method: Method,
    pub(super) created_at_us: i64,
    pub(super) inactivated_at_us: Option<i64>,
}

impl Sid {
    pub(super) fn is_active(&self) -> bool {
        self.inactivated_at_us.is_none()
    }

    /// When it was last charged, as far as that was known at a time.
    pub(super) async fn last_approved_us(
        &self,
        tx: &mut SqliteConnection,
        known_at_us: i64,
    ) -> sqlx::Result<Option<i64>> {
        sqlx::query_scalar(
            "SELECT MAX(at_us) FROM kakaopay_sid_approval WHERE sid = ? AND at_us <= ?",
        )
        .bind(self.token.clone())
        .bind(known_at_us)
        .fetch_one(tx)
        .await
    }

    /// Ends it; one that has ended keeps its time.
    pub(super) async fn inactivate(
        &mut self,
        tx: &mut SqliteConnection,
        now_us: i64,
    ) -> sqlx::Result<()> {
        self.inactivated_at_us.get_or_insert(now_us);
        sqlx::query("UPDATE kakaopay_sid SET inactivated_at_us = ? WHERE sid = ?")
            .bind(self.inactivated_at_us)
            .bind(self.token.clone())
            .execute(tx)
            .await?;
        Ok(())
    }
}

/// The SID that comes with an approved payment.
pub(super) async fn issue(
    tx: &mut SqliteConnection,
    payment: &Payment,
    now_us: i64,
) -> sqlx::Result<String> {
    let sid = format!("S{}", random::hex(19));
    sqlx::query(
        "INSERT INTO kakaopay_sid (sid, cid, partner_user_id, item_name, method, created_at_us)
         VALUES (?, ?, ?, ?, ?, ?)",
    )
    .bind(sid.clone())
    .bind(payment.cid.clone())
    .bind(payment.partner_user_id.clone())
    .bind(payment.item_name.clone())
    .bind(payment.method.unwrap_or(Method::Money).as_str())
    .bind(now_us)
    .execute(&mut *tx)
    .await?;
    note_approval(tx, &sid, now_us).await?;
    Ok(sid)
}

pub(super) async fn note_approval(
    tx: &mut SqliteConnection,
    sid: &str,
    now_us: i64,
) -> sqlx::Result<()> {
    sqlx::query("INSERT INTO kakaopay_sid_approval (sid, at_us) VALUES (?, ?)")
        .bind(sid.to_owned())
        .bind(now_us)
        .execute(tx)
        .await?;
    Ok(())
}

/// The SID that a call names, or the answer that there is none.
pub(super) async fn known_sid(
    tx: &mut SqliteConnection,
    cid: &str,
    sid: &str,
) -> Result<Sid, CallError> {
    let row = sqlx::query("SELECT * FROM kakaopay_sid WHERE sid = ? AND cid = ?")
        .bind(sid.to_owned())
        .bind(cid.to_owned())
        .fetch_optional(tx)
        .await?;
    Ok(row.as_ref().map(of_row).transpose()?.ok_or(Code::UnknownSid)?)
}

fn of_row(row: &SqliteRow) -> sqlx::Result<Sid> {
    let method: String = row.try_get("method")?;
    Ok(Sid {
        token: row.try_get("sid")?,
        cid: row.try_get("cid")?,
        partner_user_id: row.try_get("partner_user_id")?,
        item_name: row.try_get("item_name")?,
        method: Method::parse(&method).unwrap_or(Method::Money),
        created_at_us: row.try_get("created_at_us")?,
        inactivated_at_us: row.try_get("inactivated_at_us")?,
    })
}

/// The user ends all recurring payments inside the app; the merchant is not told.
pub(crate) async fn end_of_user(ledger: &Ledger, user: &str, now_us: i64) -> sqlx::Result<u64> {
    let mut tx = ledger.begin().await?;
    let ended = sqlx::query(
        "UPDATE kakaopay_sid SET inactivated_at_us = ?
         WHERE partner_user_id = ? AND inactivated_at_us IS NULL",
    )
    .bind(now_us)
    .bind(user.to_owned())
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(ended.rows_affected())
}

/// Agreements that were made before anybody looked.
pub(crate) async fn agreements(
    ledger: &Ledger,
    user: &str,
    sids: &[String],
    now_us: i64,
) -> sqlx::Result<()> {
    let mut tx = ledger.begin().await?;
    for sid in sids {
        sqlx::query(
            "INSERT INTO kakaopay_sid (sid, cid, partner_user_id, item_name, method, created_at_us)
             VALUES (?, ?, ?, ?, ?, ?)",
        )
        .bind(sid.clone())
        .bind(CID_RECURRING)
        .bind(user.to_owned())
        .bind("agreed before")
        .bind(Method::Money.as_str())
        .bind(now_us)
        .execute(&mut *tx)
        .await?;
    }
    tx.commit().await
}
