//! Idempotency keys: the first answer is repeated byte for byte, whatever the body of the repeat.

use axum::http::{Method, StatusCode};
use sqlx::{Row, SqliteConnection};

use super::refusal::Refusal;
use super::request::{Answer, Raw};

/// How long a key is remembered from its first use.
const LIFE_US: i64 = 15 * 24 * 60 * 60 * 1_000_000;
const KEY_CHARS_MAX: usize = 300;

/// A key, which belongs to one address and method.
#[derive(Debug)]
pub(super) struct Key {
    key: String,
    call: String,
}

impl Key {
    /// The key of a request; questions have none.
    pub(super) fn of(raw: &Raw) -> Result<Option<Self>, Refusal> {
        let Some(key) = raw.headers.get("idempotency-key") else {
            return Ok(None);
        };
        if raw.method == Method::GET {
            return Ok(None);
        }
        let key = key.to_str().ok().filter(|key| (1..=KEY_CHARS_MAX).contains(&key.len()));
        let key = key.ok_or_else(|| Refusal::new("INVALID_IDEMPOTENCY_KEY"))?.to_owned();
        Ok(Some(Self { key, call: format!("{} {}", raw.method, raw.uri.path()) }))
    }

    /// What it is called while its first request is being worked on.
    pub(super) fn name(&self) -> String {
        format!("key {} {}", self.call, self.key)
    }
}

/// The first answer, unless the key is too old.
pub(super) async fn find(
    tx: &mut SqliteConnection,
    key: &Key,
    now_us: i64,
) -> sqlx::Result<Option<Answer>> {
    let row = sqlx::query(
        "SELECT status, body FROM tosspayments_reply WHERE key = ? AND call = ? AND at_us > ?",
    )
    .bind(key.key.clone())
    .bind(key.call.clone())
    .bind(now_us.saturating_sub(LIFE_US))
    .fetch_optional(tx)
    .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    let status = StatusCode::from_u16(row.try_get("status")?);
    Ok(Some(Answer {
        status: status.map_err(|error| sqlx::Error::Decode(error.into()))?,
        body: row.try_get("body")?,
        changed: None,
    }))
}

/// Keeps the answer, over one that is too old.
pub(super) async fn record(
    tx: &mut SqliteConnection,
    key: &Key,
    answer: &Answer,
    now_us: i64,
) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT OR REPLACE INTO tosspayments_reply (key, call, status, body, at_us)
         VALUES (?, ?, ?, ?, ?)",
    )
    .bind(key.key.clone())
    .bind(key.call.clone())
    .bind(answer.status.as_u16())
    .bind(answer.body.clone())
    .bind(now_us)
    .execute(tx)
    .await?;
    Ok(())
}
