//! List the caller's subscriptions.

use axum::extract::State;
use jangbogo_subscription::SubscriptionQueries;

use super::view::SubscriptionSummaryView;
use crate::app::AppState;
use crate::extract::{Authenticated, Json, PageQuery, Query};
use crate::problem::Problem;
use crate::routes::view::PageView;

/// The caller's subscriptions, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/subscriptions",
    tag = "subscriptions",
    params(PageQuery),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "A page of subscriptions",
            body = PageView<SubscriptionSummaryView>),
        (status = 400, description = "`validation-failed`, `cursor-invalid`"),
    ),
)]
pub(crate) async fn list_subscriptions(
    State(state): State<AppState>,
    Authenticated(caller): Authenticated,
    Query(query): Query<PageQuery>,
) -> Result<Json<PageView<SubscriptionSummaryView>>, Problem> {
    let page = query.page(<dyn SubscriptionQueries>::LIST)?;
    let found = state.shop.subscriptions.list(caller.member, &page).await?;
    let (next, previous) = (found.next, found.previous);
    let items = found.items.iter().map(SubscriptionSummaryView::of).collect::<Result<_, _>>()?;
    Ok(Json(PageView {
        items,
        next_cursor: next.map(|cursor| cursor.to_string()),
        prev_cursor: previous.map(|cursor| cursor.to_string()),
    }))
}
