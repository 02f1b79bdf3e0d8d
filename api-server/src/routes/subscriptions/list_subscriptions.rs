//! List the caller's subscriptions.

use axum::extract::State;
use jangbogo_kernel::{CursorError, PageRequest};
use jangbogo_subscription::SubscriptionQueries;
use serde::Deserialize;
use utoipa::IntoParams;

use super::view::SubscriptionSummaryView;
use crate::app::AppState;
use crate::extract::{Authenticated, Json, Query, blank_as_none};
use crate::problem::Problem;
use crate::routes::view::PageView;

/// Which page of the caller's subscriptions is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListSubscriptionsQuery {
    /// Items per page.
    #[param(minimum = 1, maximum = 100, default = 20)]
    #[serde(default, deserialize_with = "blank_as_none")]
    limit: Option<i64>,
    /// `next_cursor` or `prev_cursor` of another page of this list.
    #[serde(default, deserialize_with = "blank_as_none")]
    cursor: Option<String>,
}

/// The caller's subscriptions, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/subscriptions",
    tag = "subscriptions",
    params(ListSubscriptionsQuery),
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
    Query(query): Query<ListSubscriptionsQuery>,
) -> Result<Json<PageView<SubscriptionSummaryView>>, Problem> {
    let page = query.parse()?;
    let found = state.shop.subscriptions.list(caller.member, &page).await?;
    let (next, previous) = (found.next, found.previous);
    let items = found.items.iter().map(SubscriptionSummaryView::of).collect::<Result<_, _>>()?;
    Ok(Json(PageView {
        items,
        next_cursor: next.map(|cursor| cursor.to_string()),
        prev_cursor: previous.map(|cursor| cursor.to_string()),
    }))
}

impl ListSubscriptionsQuery {
    fn parse(&self) -> Result<PageRequest, Problem> {
        let list = <dyn SubscriptionQueries>::LIST;
        let page = PageRequest::try_new(list, self.limit, self.cursor.as_deref());
        page.map_err(|refused| match refused {
            CursorError::Invalid => Problem::of("cursor-invalid").with_detail(refused.to_string()),
            CursorError::Limit => Problem::field("limit", refused.to_string()),
        })
    }
}
