//! Say what the provider's books say of an attempt that waits for a person.

use axum::extract::State;
use jangbogo_payment::{AttemptId, DecideAttemptCommand, DecideAttemptError};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::view::PaymentReviewDetailView;
use crate::app::AppState;
use crate::extract::{Authenticated, Json, Path, object};
use crate::problem::Problem;

/// What the provider's books say.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DecideRequest {
    /// `succeeded` (the books have the movement) or `did_not_happen` (they have none, and none can
    /// come any more).
    #[schema(examples("succeeded"))]
    outcome: String,
    /// The movement, when it succeeded; only then.
    #[serde(default, deserialize_with = "object")]
    movement: Option<MovementRequest>,
    /// How you know, 1 to 200 characters; kept with your name.
    #[schema(min_length = 1, max_length = 200)]
    reason: String,
}

/// A movement in the provider's books.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MovementRequest {
    /// The provider's name for it: KakaoPay's `aid`; TossPayments' `paymentKey` of a capture, or
    /// `transactionKey` of a refund.
    #[schema(examples("A5678901234567890123"))]
    id: String,
    /// How much moved, minor units; another amount than the attempt's is refused.
    #[schema(minimum = 1)]
    amount: i64,
}

/// Decides what became of an attempt that waits for a person; saying the same again changes
/// nothing. For admins.
#[utoipa::path(
    put,
    path = "/api/v1/payment-reviews/{id}/decision",
    tag = "payment reviews",
    params(("id" = String, Path, description = "The attempt")),
    request_body = DecideRequest,
    security(("bearer" = [])),
    responses(
        (status = 200, description = "Decided", body = PaymentReviewDetailView),
        (status = 400, description = "`validation-failed`, `json-malformed`"),
        (status = 403, description = "`forbidden`: not an admin"),
        (status = 404, description = "`not-found`: no such attempt"),
        (status = 409, description = "`payment-not-under-review`: nobody has to decide, or it was \
            decided otherwise"),
        (status = 422, description = "`payment-amount-differs`, `payment-movement-taken`"),
    ),
)]
pub(crate) async fn decide_payment_review(
    State(state): State<AppState>,
    Authenticated(caller): Authenticated,
    Path(id): Path<AttemptId>,
    Json(request): Json<DecideRequest>,
) -> Result<Json<PaymentReviewDetailView>, Problem> {
    let decided = state.shop.decide_attempt.run(&caller, request.command(id)?).await;
    let attempt = decided.map_err(|refused| match &refused {
        DecideAttemptError::Reason => Problem::field("reason", refused.to_string()),
        DecideAttemptError::Movement => Problem::field("movement/id", refused.to_string()),
        DecideAttemptError::OtherAmount(_) => {
            Problem::from(refused).pointing_at("/movement/amount")
        }
        DecideAttemptError::MovementTaken(_) => Problem::from(refused).pointing_at("/movement/id"),
        _ => refused.into(),
    })?;
    let steps = state.shop.payments.steps(id).await?;
    Ok(Json(PaymentReviewDetailView::of(&attempt, steps)))
}

impl DecideRequest {
    fn command(self, attempt: AttemptId) -> Result<DecideAttemptCommand, Problem> {
        let moved = match (self.outcome.as_str(), self.movement) {
            ("succeeded", Some(movement)) => Some((movement.id, movement.amount)),
            ("succeeded", None) => {
                return Err(Problem::field("movement", "what succeeded has a movement"));
            }
            ("did_not_happen", None) => None,
            ("did_not_happen", Some(_)) => {
                return Err(Problem::field("movement", "what did not happen has none"));
            }
            _ => return Err(Problem::field("outcome", "succeeded or did_not_happen")),
        };
        let reason = self.reason.trim().to_owned();
        Ok(DecideAttemptCommand { attempt, moved, reason })
    }
}

#[cfg(test)]
mod tests {
    use jangbogo_kernel::{Id, Uuid};
    use serde_json::{Value, json};

    use super::*;

    fn parse(request: Value) -> Result<DecideAttemptCommand, Problem> {
        let request: DecideRequest = serde_json::from_value(request).unwrap();
        request.command(Id::new(Uuid::from_u128(1)))
    }

    #[test]
    fn what_succeeded_has_a_movement_and_what_did_not_has_none() {
        let movement = json!({"id": "A1", "amount": 7});
        let command = parse(json!({"outcome": "succeeded", "movement": movement, "reason": " x "}));
        let command = command.unwrap();
        assert_eq!(command.moved, Some(("A1".to_owned(), 7)));
        assert_eq!(command.reason, "x");
        let command = parse(json!({"outcome": "did_not_happen", "reason": "x"})).unwrap();
        assert_eq!(command.moved, None);
        for (request, pointer) in [
            (json!({"outcome": "succeeded", "reason": "x"}), "/movement"),
            (
                json!({"outcome": "did_not_happen", "movement": movement, "reason": "x"}),
                "/movement",
            ),
            (json!({"outcome": "SUCCEEDED", "movement": movement, "reason": "x"}), "/outcome"),
        ] {
            assert_eq!(parse(request).unwrap_err().errors()[0].pointer, pointer);
        }
    }
}
