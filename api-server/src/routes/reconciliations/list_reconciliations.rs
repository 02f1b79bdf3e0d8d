//! List comparisons of books.

use axum::extract::State;
use jangbogo_member::Role;
use jangbogo_payment::ReconciliationQueries;

use super::view::ReconciliationView;
use crate::app::AppState;
use crate::extract::{Authenticated, Json, PageQuery, Query};
use crate::problem::Problem;
use crate::routes::view::PageView;

/// Comparisons of our books with the providers', newest first; for admins.
#[utoipa::path(
    get,
    path = "/api/v1/reconciliations",
    tag = "reconciliations",
    params(PageQuery),
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
    Query(query): Query<PageQuery>,
) -> Result<Json<PageView<ReconciliationView>>, Problem> {
    caller.require_role(Role::Admin)?;
    let page = query.page(<dyn ReconciliationQueries>::LIST)?;
    let runs = state.shop.reconciliations.list(&page).await?;
    Ok(Json(PageView::of(runs, |run| ReconciliationView::of(&run))))
}
