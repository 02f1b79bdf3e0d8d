//! `GET /readyz`.

use std::time::Duration;

use axum::extract::State;
use jangbogo_payment::{OperationHealth, PaymentProvider};
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::AppState;
use crate::extract::Json;
use crate::problem::Problem;

/// A probe that hears nothing for so long has heard enough.
const LONGEST: Duration = Duration::from_secs(2);

/// The process can serve.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReadyView {
    /// Always `ready`.
    status: &'static str,
    /// Events on their way to their consumers.
    outbox: OutboxView,
    /// The payment providers; one that fails makes the shop no less ready.
    payment_providers: Vec<ProviderView>,
}

/// How a payment provider does.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ProviderView {
    /// Its name.
    #[schema(examples("kakaopay"))]
    name: String,
    /// Whether a payment can be begun there now.
    is_available: bool,
    /// Each kind of call to it.
    operations: Vec<OperationView>,
}

/// How one kind of call goes.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OperationView {
    /// `open`, `capture`, `refund` or `lookup`.
    operation: &'static str,
    /// `closed` (calls are let through), `half_open` (a few are) or `open` (none is).
    circuit: &'static str,
    /// Calls among the last ones that decide.
    calls: u32,
    /// How many of them failed.
    failures: u32,
    /// Calls under way.
    running: u32,
    /// Calls that wait.
    waiting: u32,
}

/// Events on their way to their consumers.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OutboxView {
    /// How many wait.
    waiting: u64,
    /// How long the oldest has been waiting, seconds; null when none waits.
    oldest_age_s: Option<u64>,
}

/// Whether requests can be served: the database answers.
#[utoipa::path(get, path = "/readyz", tag = "health",
    responses(
        (status = 200, description = "Ready", body = ReadyView),
        (status = 503, description = "`unavailable`: the database does not answer"),
    ))]
pub(super) async fn ready(State(state): State<AppState>) -> Result<Json<ReadyView>, Problem> {
    let down = || Problem::of("unavailable").with_retry_after(1);
    let backlog = tokio::time::timeout(LONGEST, state.shop.publications.backlog()).await;
    let backlog = backlog.map_err(|_| down())?.map_err(|error| {
        tracing::warn!(?error, "not ready");
        down()
    })?;
    let now = state.shop.clock.now();
    Ok(Json(ReadyView {
        status: "ready",
        outbox: OutboxView {
            waiting: backlog.waiting,
            oldest_age_s: backlog.oldest.map(|at| now.since(at).as_secs()),
        },
        payment_providers: state.shop.providers.all().map(|p| ProviderView::of(&**p)).collect(),
    }))
}

impl ProviderView {
    fn of(provider: &dyn PaymentProvider) -> Self {
        let health = provider.health();
        Self {
            name: provider.profile().name.0,
            is_available: health.is_available(),
            operations: health.operations.iter().map(OperationView::of).collect(),
        }
    }
}

impl OperationView {
    fn of(health: &OperationHealth) -> Self {
        Self {
            operation: health.operation.name(),
            circuit: health.circuit.name(),
            calls: health.calls,
            failures: health.failures,
            running: health.running,
            waiting: health.waiting,
        }
    }
}
