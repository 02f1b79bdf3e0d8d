//! Charge one billing cycle.

use std::time::Duration;

use axum::extract::State;
use jangbogo_payment::Firmness;
use jangbogo_subscription::{ChargeCycleError, CycleId, CycleOutcome};
use serde::Serialize;
use tokio::sync::oneshot;
use tracing::Instrument as _;
use utoipa::ToSchema;

use crate::app::AppState;
use crate::extract::{InternalCaller, Json, Path};
use crate::problem::Problem;

/// What became of the cycle.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChargedCycleView {
    /// `charged`, `declined`, `pending`, `not_sent`, `left_out`, `already_done`, `not_due`.
    outcome: &'static str,
    /// Of a decline: `soft`, `ambiguous`, `hard`, `ours`.
    firmness: Option<String>,
    /// Why nothing was sent.
    reason: Option<String>,
}

/// Charges a billing cycle, at most once: the key is the subscription and its day, so the call can
/// be repeated freely. Only for the shop's own processes, which come from the networks of
/// `internal.from` *and* have the token of `internal.token`; for everybody else, members and
/// admins included, it does not exist.
///
/// What takes longer than a buyer would wait is `pending`, and goes on.
#[utoipa::path(
    post,
    path = "/internal/v1/billing-cycles/{id}/charge",
    tag = "internal",
    params(
        ("id" = String, Path, description = "The cycle"),
        ("Authorization" = String, Header, description = "`Bearer` and the service's token"),
    ),
    responses(
        (status = 200, description = "What became of it", body = ChargedCycleView),
        (status = 404, description = "`not-found`: no such cycle, or not for this caller"),
        (status = 503, description = "`unavailable`"),
    ),
)]
pub(crate) async fn charge_cycle(
    State(state): State<AppState>,
    _: InternalCaller,
    Path(id): Path<CycleId>,
) -> Result<Json<ChargedCycleView>, Problem> {
    let longest = Duration::from_millis(state.config.server.payment_wait_ms);
    let heard = tokio::time::timeout(longest, detached(&state, id)).await;
    let outcome = match heard {
        Ok(Ok(outcome)) => outcome?,
        Ok(Err(_)) | Err(_) => CycleOutcome::Pending,
    };
    Ok(Json(ChargedCycleView::of(outcome)))
}

/// Runs the use case on its own: a caller that goes away must not stop it half-way.
fn detached(
    state: &AppState,
    id: CycleId,
) -> oneshot::Receiver<Result<CycleOutcome, ChargeCycleError>> {
    let (tell, hear) = oneshot::channel();
    let bill = state.shop.bill_cycle.clone();
    let work = async move {
        if let Err(Err(unheard)) = tell.send(bill.run(id).await) {
            // Nobody waits any more; making the problem writes the log.
            drop(Problem::from(unheard));
        }
    };
    state.tasks.spawn(work.in_current_span());
    hear
}

impl ChargedCycleView {
    fn of(outcome: CycleOutcome) -> Self {
        let plain = |outcome| Self { outcome, firmness: None, reason: None };
        match outcome {
            CycleOutcome::Charged => plain("charged"),
            CycleOutcome::Declined(firmness) => {
                let firmness = Firmness::name(firmness).to_ascii_lowercase();
                Self { firmness: Some(firmness), ..plain("declined") }
            }
            CycleOutcome::Pending => plain("pending"),
            CycleOutcome::NotSent(reason) => Self { reason: Some(reason), ..plain("not_sent") },
            CycleOutcome::LeftOut => plain("left_out"),
            CycleOutcome::AlreadyDone => plain("already_done"),
            CycleOutcome::NotDue => plain("not_due"),
        }
    }
}
