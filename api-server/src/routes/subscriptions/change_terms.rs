//! Change period and quantities.

use axum::extract::State;
use jangbogo_subscription::{Change, SubscriptionId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::view::SubscriptionView;
use crate::app::AppState;
use crate::extract::{Authenticated, Json, Path, objects};
use crate::problem::Problem;
use crate::routes::orders::{LineRequest, parse_lines};

/// What is to be different from the next charge on; what is left out stays.
#[derive(Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangeTermsRequest {
    /// Days from one charge to the next. The next charge comes so many days after the last one,
    /// and not before tomorrow.
    #[schema(minimum = 30, maximum = 365)]
    period_days: Option<i64>,
    /// Other quantities of products that the subscription has.
    #[serde(default, deserialize_with = "objects")]
    lines: Option<Vec<LineRequest>>,
}

/// Changes period and quantities. A charge that is under way, or is being tried again, goes on as
/// it was begun. Repeating it changes nothing.
#[utoipa::path(
    patch,
    path = "/api/v1/subscriptions/{id}",
    tag = "subscriptions",
    params(("id" = String, Path, description = "The subscription")),
    request_body = ChangeTermsRequest,
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The subscription afterwards", body = SubscriptionView),
        (status = 400, description = "`validation-failed`, `json-malformed`"),
        (status = 404, description = "`not-found`: no such subscription, or another member's"),
        (status = 409, description = "`subscription-not-changeable`"),
        (status = 422, description = "`period-out-of-range`, `product-not-found`: the subscription \
            does not have it"),
    ),
)]
pub(crate) async fn change_terms(
    State(state): State<AppState>,
    Authenticated(caller): Authenticated,
    Path(id): Path<SubscriptionId>,
    Json(request): Json<ChangeTermsRequest>,
) -> Result<Json<SubscriptionView>, Problem> {
    let quantities = parse_lines(&request.lines.unwrap_or_default())?;
    let change = Change::Terms { period_days: request.period_days, quantities };
    state.shop.change_subscription.run(&caller, id, &change).await?;
    Ok(Json(SubscriptionView::load(&state.shop, &caller, id).await?))
}
