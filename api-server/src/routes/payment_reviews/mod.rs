//! What waits for a person: attempts whose outcome nobody could prove, for admins.

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::AppState;

mod decide_review;
mod get_review;
mod list_reviews;
mod view;

/// The endpoints of payment reviews.
pub(crate) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list_reviews::list_payment_reviews))
        .routes(routes!(get_review::get_payment_review))
        .routes(routes!(decide_review::decide_payment_review))
}
