//! `GET /v1/transactions`: the movements of a time, oldest first.

use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use serde_json::{Value, json};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use super::fields::Fields;
use super::refusal::{CallError, Refusal};
use super::request::Answer;
use super::{MERCHANT, PROVIDER, answer};

/// Movements on one page, unless the client wants fewer or more.
const LIMIT: i64 = 100;
const LIMIT_MAX: i64 = 10_000;

/// A well-formed question.
#[derive(Debug)]
pub(super) struct Range {
    from_us: i64,
    to_us: i64,
    /// The last movement of the page before.
    after: Option<String>,
    limit: i64,
}

impl Range {
    pub(super) fn parse(fields: &Fields) -> Result<Self, Refusal> {
        let limit = fields.optional_won("limit")?.unwrap_or(LIMIT);
        if !(1..=LIMIT_MAX).contains(&limit) {
            return Err(Refusal::bad_field("limit"));
        }
        Ok(Self {
            from_us: korean_moment(&fields.text("startDate", 10, 40)?, "startDate")?,
            to_us: korean_moment(&fields.text("endDate", 10, 40)?, "endDate")?,
            after: fields.optional_text("startingAfter", 1, 64)?,
            limit,
        })
    }

    /// What faults know the question by.
    pub(super) fn name(&self) -> String {
        format!("{} {} {}", self.from_us, self.to_us, self.after.as_deref().unwrap_or_default())
    }
}

/// A local Korean time or a whole day.
fn korean_moment(text: &str, field: &'static str) -> Result<i64, Refusal> {
    let local: DateTime = text.parse().map_err(|_| Refusal::bad_field(field))?;
    let moment = TimeZone::fixed(Offset::constant(9)).to_timestamp(local);
    Ok(moment.map_err(|_| Refusal::bad_field(field))?.as_microsecond())
}

pub(super) async fn run(tx: &mut SqliteConnection, range: &Range) -> Result<Answer, CallError> {
    let after = match &range.after {
        Some(key) => place_of(tx, key).await?,
        None => 0,
    };
    let rows = sqlx::query(
        "SELECT t.pg_tx_id, t.tid, t.op, t.amount AS moved, t.at_us, p.*,
                p.balance = 0 AND 1 = (SELECT COUNT(*) FROM pgsim_tx r WHERE r.provider = t.provider
                    AND r.parent_tx_id = t.tid) AS is_whole
         FROM pgsim_tx t JOIN tosspayments_payment p ON p.payment_key = t.tid
         WHERE t.provider = ? AND t.at_us >= ? AND t.at_us < ? AND t.seq > ?
         ORDER BY t.seq LIMIT ?",
    )
    .bind(PROVIDER)
    .bind(range.from_us)
    .bind(range.to_us)
    .bind(after)
    .bind(range.limit)
    .fetch_all(tx)
    .await?;
    let listed: sqlx::Result<Vec<Value>> = rows.iter().map(transaction).collect();
    Ok(Answer::told(&Value::Array(listed?)))
}

/// Where a movement stands in the ledger.
async fn place_of(tx: &mut SqliteConnection, transaction_key: &str) -> Result<i64, CallError> {
    let place: Option<i64> = sqlx::query_scalar(
        "SELECT seq FROM pgsim_tx WHERE provider = ?1 AND (pg_tx_id = ?2 OR pg_tx_id =
            (SELECT payment_key FROM tosspayments_payment WHERE capture_key = ?2))",
    )
    .bind(PROVIDER)
    .bind(transaction_key.to_owned())
    .fetch_optional(tx)
    .await?;
    place.ok_or_else(|| Refusal::bad_field("startingAfter").into())
}

fn transaction(row: &SqliteRow) -> sqlx::Result<Value> {
    let is_capture = row.try_get::<String, _>("op")? == "CAPTURE";
    let column = if is_capture { "capture_key" } else { "pg_tx_id" };
    let status = match (is_capture, row.try_get::<bool, _>("is_whole")?) {
        (true, _) => "DONE",
        (false, true) => "CANCELED",
        (false, false) => "PARTIAL_CANCELED",
    };
    Ok(json!({
        "mId": MERCHANT,
        "transactionKey": row.try_get::<String, _>(column)?,
        "paymentKey": row.try_get::<String, _>("tid")?,
        "orderId": row.try_get::<String, _>("order_id")?,
        "method": row.try_get::<Option<String>, _>("method")?,
        "customerKey": row.try_get::<Option<String>, _>("customer_key")?,
        "useEscrow": false,
        "receiptUrl": null,
        "status": status,
        "transactionAt": answer::korean_time(row.try_get("at_us")?),
        "currency": "KRW",
        "amount": row.try_get::<i64, _>("moved")?,
    }))
}
