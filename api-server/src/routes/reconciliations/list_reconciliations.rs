//! List comparisons of books.

use axum::extract::State;
use jangbogo_kernel::{CursorError, PageRequest};
use jangbogo_member::Role;
use jangbogo_payment::ReconciliationQueries;
use serde::Deserialize;
use utoipa::IntoParams;

use super::view::ReconciliationView;
use crate::app::AppState;
use crate::extract::{Authenticated, Json, Query, blank_as_none};
use crate::problem::Problem;
use crate::routes::view::PageView;

/// Which page is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListReconciliationsQuery {
    /// Items per page.
    #[param(minimum = 1, maximum = 100, default = 20)]
    #[serde(default, deserialize_with = "blank_as_none")]
    limit: Option<i64>,
    /// `next_cursor` or `prev_cursor` of another page of this list.
    #[serde(default, deserialize_with = "blank_as_none")]
    cursor: Option<String>,
}

/// Comparisons of our books with the providers', newest first; for admins.
#[utoipa::path(
    get,
    path = "/api/v1/reconciliations",
    tag = "reconciliations",
    params(ListReconciliationsQuery),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "A page of comparisons", body = PageView<ReconciliationView>),
        (status = 400, description = "`validation-failed`, `cursor-invalid`"),
        (status = 403, description = "`forbidden`: not an admin"),
    ),
)]
pub(crate) async fn list_reconciliations(
    State(state): State<AppState>,
    Authenticated(caller): Authenticated,
    Query(query): Query<ListReconciliationsQuery>,
) -> Result<Json<PageView<ReconciliationView>>, Problem> {
    caller.require_role(Role::Admin)?;
    let list = <dyn ReconciliationQueries>::LIST;
    let page = PageRequest::try_new(list, query.limit, query.cursor.as_deref());
    let page = page.map_err(|refused| match refused {
        CursorError::Invalid => Problem::of("cursor-invalid").with_detail(refused.to_string()),
        CursorError::Limit => Problem::field("limit", refused.to_string()),
    })?;
    let runs = state.shop.reconciliations.list(&page).await?;
    Ok(Json(PageView::of(runs, |run| ReconciliationView::of(&run))))
}
