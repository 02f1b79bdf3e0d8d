//! The admin port: read the books, program the faults, move the clock.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::json;

use crate::backstage::Backstage;
use crate::fault::Fault;
use crate::ledger::LedgerEntry;
use crate::summary::Summary;
use crate::{kakaopay, tosspayments};

/// The admin port's routes. It has no access control: bind it where only testers can reach it.
pub(crate) fn router(backstage: Arc<Backstage>) -> Router {
    Router::new()
        .route("/healthz", get(async || "ok"))
        .route("/admin/ledger", get(ledger))
        .route("/admin/payments", get(payments))
        .route("/admin/faults", get(faults).put(put_faults).delete(delete_faults))
        .route("/admin/clock", post(advance))
        .route("/admin/webhook", put(webhook))
        .with_state(backstage)
}

type Shared = State<Arc<Backstage>>;

async fn ledger(State(backstage): Shared) -> Result<Json<Vec<LedgerEntry>>, Broken> {
    Ok(Json(backstage.ledger.entries().await?))
}

async fn payments(State(backstage): Shared) -> Result<Json<Vec<Summary>>, Broken> {
    let now_us = backstage.clock.now_us();
    let mut all = kakaopay::summaries(&backstage.ledger, now_us).await?;
    all.extend(tosspayments::summaries(&backstage.ledger, now_us).await?);
    Ok(Json(all))
}

async fn faults(State(backstage): Shared) -> Json<Vec<Fault>> {
    Json(backstage.faults.current())
}

async fn put_faults(State(backstage): Shared, Json(program): Json<Vec<Fault>>) -> Response {
    if let Some(flaw) = program.iter().find_map(Fault::flaw) {
        return (StatusCode::BAD_REQUEST, Json(json!({ "error": flaw }))).into_response();
    }
    backstage.program(program).await;
    StatusCode::NO_CONTENT.into_response()
}

async fn delete_faults(State(backstage): Shared) -> StatusCode {
    backstage.program(Vec::new()).await;
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    advance_ms: u64,
}

async fn advance(State(backstage): Shared, Json(request): Json<Advance>) -> StatusCode {
    backstage.clock.advance(Duration::from_millis(request.advance_ms));
    backstage.agenda.catch_up(&backstage.clock).await;
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WebhookTarget {
    url: Option<String>,
}

async fn webhook(State(backstage): Shared, Json(target): Json<WebhookTarget>) -> StatusCode {
    backstage.webhooks.send_to(target.url);
    StatusCode::NO_CONTENT
}

/// The ledger could not be read.
struct Broken(sqlx::Error);

impl From<sqlx::Error> for Broken {
    fn from(error: sqlx::Error) -> Self {
        Self(error)
    }
}

impl IntoResponse for Broken {
    fn into_response(self) -> Response {
        tracing::error!(error = %self.0, "the ledger cannot be read");
        StatusCode::INTERNAL_SERVER_ERROR.into_response()
    }
}
