//! Look at one comparison of books.

use axum::extract::State;
use jangbogo_member::{AccessError, Role};
use jangbogo_payment::ReconciliationId;

use super::view::ReconciliationDetailView;
use crate::app::AppState;
use crate::extract::{Authenticated, Json, Path};
use crate::problem::Problem;

/// A comparison of our books with a provider's, with what was not the same; for admins.
#[utoipa::path(
    get,
    path = "/api/v1/reconciliations/{id}",
    tag = "reconciliations",
    params(("id" = String, Path, description = "The comparison")),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The comparison", body = ReconciliationDetailView),
        (status = 403, description = "`forbidden`: not an admin"),
        (status = 404, description = "`not-found`: no such comparison"),
    ),
)]
pub(crate) async fn get_reconciliation(
    State(state): State<AppState>,
    Authenticated(caller): Authenticated,
    Path(id): Path<ReconciliationId>,
) -> Result<Json<ReconciliationDetailView>, Problem> {
    caller.require_role(Role::Admin)?;
    let found = state.shop.reconciliations.find(id).await?;
    Ok(Json(ReconciliationDetailView::of(&found.ok_or(AccessError::Hidden)?)))
}
