//! Skip one cycle.

use axum::extract::State;
use jangbogo_subscription::{BillingDay, Change, SubscriptionId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::view::SubscriptionView;
use crate::app::AppState;
use crate::extract::{Authenticated, Json, Path};
use crate::problem::Problem;

/// The cycle that is not wanted.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SkipCycleRequest {
    /// The day that it is for, as the subscription's `cycles` name it.
    #[schema(examples("2026-12-21"))]
    day: String,
}

/// Skips the next cycle: nothing is charged, and the one after it is next. The request names the
/// day, so repeating it skips nothing more.
#[utoipa::path(
    post,
    path = "/api/v1/subscriptions/{id}/skip",
    tag = "subscriptions",
    params(("id" = String, Path, description = "The subscription")),
    request_body = SkipCycleRequest,
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The subscription afterwards", body = SubscriptionView),
        (status = 400, description = "`validation-failed`, `json-malformed`"),
        (status = 404, description = "`not-found`: no such subscription, or another member's"),
        (status = 409, description = "`cycle-not-skippable`: the next cycle is another day's, or \
            is being charged; `subscription-not-changeable`"),
    ),
)]
pub(crate) async fn skip_cycle(
    State(state): State<AppState>,
    Authenticated(caller): Authenticated,
    Path(id): Path<SubscriptionId>,
    Json(request): Json<SkipCycleRequest>,
) -> Result<Json<SubscriptionView>, Problem> {
    let day: Result<BillingDay, _> = request.day.parse();
    let day = day.map_err(|refused| Problem::field("day", refused.to_string()))?;
    state.shop.change_subscription.run(&caller, id, &Change::Skip(day)).await?;
    Ok(Json(SubscriptionView::load(&state.shop, &caller, id).await?))
}
