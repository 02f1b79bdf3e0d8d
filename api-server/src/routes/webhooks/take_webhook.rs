//! A payment provider says that something happened.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use jangbogo_payment::{FollowHintError, ProviderName};
use tracing::Instrument as _;

use crate::app::AppState;
use crate::extract::Path;
use crate::problem::Problem;

/// A payment provider says that something happened. Nobody signs these messages, so they are
/// hints: the shop asks the provider about the payment that is named, and believes its books
/// only. The answer does not wait for that.
#[utoipa::path(
    post,
    path = "/api/v1/webhooks/{provider}",
    tag = "payments",
    params(("provider" = String, Path, description = "The payment provider")),
    request_body(content = serde_json::Value, description = "Whatever the provider sends"),
    responses(
        (status = 200, description = "Heard; whatever was sent, nothing more is told"),
        (status = 404, description = "`not-found`: no such provider here"),
    ),
)]
pub(crate) async fn take_webhook(
    State(state): State<AppState>,
    Path(provider): Path<String>,
    body: Bytes,
) -> Result<StatusCode, Problem> {
    let provider = ProviderName(provider);
    if state.shop.providers.get(&provider).is_none() {
        return Err(FollowHintError::UnknownProvider.into());
    }
    // What is not text is about no payment.
    let notification = String::from_utf8(body.into()).unwrap_or_default();
    let follow = state.shop.follow_hint.clone();
    let work = async move {
        match follow.run(&provider, &notification).await {
            Ok(learnt) => {
                for alarm in learnt.into_iter().filter_map(|settled| settled.alarm) {
                    tracing::error!(alarm, "a payment needs a person");
                }
            }
            // Making the problem writes the log; the janitor asks again.
            Err(error) => drop(Problem::from(error)),
        }
    };
    state.tasks.spawn(work.in_current_span());
    Ok(StatusCode::OK)
}
