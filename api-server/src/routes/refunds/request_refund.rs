//! Ask for money back.

use axum::extract::State;
use axum::http::{HeaderName, StatusCode, header};
use jangbogo_kernel::IdempotencyKey;
use jangbogo_ordering::{OrderId, Returned};
use jangbogo_payment::{
    RefundScope, RequestRefund, RequestRefundCommand, RequestRefundError, RequestedRefund,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::AppState;
use crate::extract::{Authenticated, IdempotencyHeader, Json, Path, objects};
use crate::problem::Problem;
use crate::routes::orders::{LineRequest, parse_lines};
use crate::routes::view::MoneyView;

/// How much goes back: an amount, or pieces, or, when neither is given, all that is left.
#[derive(Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RefundRequest {
    /// Minor units. No pieces come back, unless it is all that is left.
    #[schema(minimum = 1)]
    amount: Option<i64>,
    /// Pieces that come back, at the price that was paid.
    #[serde(default, deserialize_with = "objects")]
    lines: Option<Vec<RefundLineRequest>>,
    /// Why, 1 to 200 characters.
    #[schema(min_length = 1, max_length = 200)]
    reason: String,
}

/// Pieces of one product that come back.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RefundLineRequest {
    /// The product.
    #[schema(examples("pro_019a2f3e4b5c7d8e9f0a1b2c3d4e5f60"))]
    product_id: String,
    /// Pieces.
    #[schema(minimum = 1, maximum = 999)]
    quantity: i64,
    /// Whether they go back onto the shelf, as they usually do. Only an admin may say that they
    /// cannot be sold again; then they are written off.
    restock: Option<bool>,
}

/// A refund that was agreed to: the same answer when the request is repeated.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RequestedRefundView {
    /// The refund.
    #[schema(examples("rfd_019a2f3e4b5c7d8e9f0a1b2c3d4e5f60"))]
    id: String,
    /// `pending`; the order tells how it goes on.
    status: &'static str,
    /// How much goes back.
    amount: MoneyView,
}

/// Agrees to a refund; the money goes back shortly afterwards.
#[utoipa::path(
    post,
    path = "/api/v1/orders/{id}/refunds",
    tag = "refunds",
    params(
        ("id" = String, Path, description = "The order"),
        ("Idempotency-Key" = String, Header, description = "1 to 255 visible characters"),
    ),
    request_body = RefundRequest,
    security(("bearer" = [])),
    responses(
        (status = 202, description = "The refund is under way", body = RequestedRefundView,
            headers(("Location" = String, description = "The order"))),
        (status = 400, description = "`validation-failed`, `json-malformed`, \
            `idempotency-key-missing`, `idempotency-key-invalid`"),
        (status = 403, description = "`forbidden`: only an admin writes pieces off"),
        (status = 404, description = "`not-found`: no such order, or another buyer's"),
        (status = 409, description = "`order-not-refundable`, `refund-in-progress`"),
        (status = 422, description = "`refund-amount-refused`, `refund-pieces-refused`, \
            `amount-out-of-range`, `idempotency-key-reused`"),
    ),
)]
pub(crate) async fn request_refund(
    State(state): State<AppState>,
    Authenticated(caller): Authenticated,
    Path(order): Path<OrderId>,
    idempotency: IdempotencyHeader,
    Json(request): Json<RefundRequest>,
) -> Result<(StatusCode, [(HeaderName, String); 1], Json<RequestedRefundView>), Problem> {
    let principal = caller.member.uuid();
    let key = idempotency.key(principal, RequestRefund::OPERATION, &(order, &request))?;
    let command = request.command(order, key)?;
    let requested = state.shop.request_refund.run(&caller, command).await;
    let requested = requested.map_err(|refused| match refused {
        RequestRefundError::Reason => Problem::field("reason", refused.to_string()),
        refused => refused.into(),
    })?;
    let location = format!("/api/v1/orders/{order}");
    let view = RequestedRefundView::of(&requested);
    Ok((StatusCode::ACCEPTED, [(header::LOCATION, location)], Json(view)))
}

impl RefundRequest {
    fn command(self, order: OrderId, key: IdempotencyKey) -> Result<RequestRefundCommand, Problem> {
        let scope = match (self.amount, self.lines) {
            (None, None) => RefundScope::Everything,
            (Some(amount), None) => RefundScope::Amount(amount),
            (None, Some(lines)) => RefundScope::Pieces(returned(lines)?),
            (Some(_), Some(_)) => return Err(Problem::field("amount", "either this or lines")),
        };
        Ok(RequestRefundCommand { order, scope, reason: self.reason.trim().to_owned(), key })
    }
}

/// The lines with checked ids and quantities.
fn returned(lines: Vec<RefundLineRequest>) -> Result<Vec<Returned>, Problem> {
    let sellable: Vec<bool> = lines.iter().map(|line| line.restock.unwrap_or(true)).collect();
    let plain = |line: RefundLineRequest| LineRequest {
        product_id: line.product_id,
        quantity: line.quantity,
    };
    let lines: Vec<LineRequest> = lines.into_iter().map(plain).collect();
    let pieces = parse_lines(&lines)?.into_iter().zip(sellable);
    let back = |((product, quantity), is_sellable)| Returned { product, quantity, is_sellable };
    Ok(pieces.map(back).collect())
}

impl RequestedRefundView {
    fn of(requested: &RequestedRefund) -> Self {
        Self { id: requested.id.to_string(), status: "pending", amount: requested.amount.into() }
    }
}

#[cfg(test)]
mod tests {
    use jangbogo_kernel::{Fingerprint, Id, Quantity, Uuid};
    use serde_json::{Value, json};

    use super::*;

    const PRODUCT: &str = "pro_00000000000000000000000000000007";

    fn parse(request: Value) -> Result<RequestRefundCommand, Problem> {
        let key = IdempotencyKey {
            principal: Uuid::from_u128(1),
            operation: RequestRefund::OPERATION,
            key: "k".to_owned(),
            fingerprint: Fingerprint([0; 32]),
        };
        let request: RefundRequest = serde_json::from_value(request).unwrap();
        request.command(Id::new(Uuid::from_u128(2)), key)
    }

    #[test]
    fn all_an_amount_or_pieces_go_back() {
        let command = parse(json!({"reason": " broken "})).unwrap();
        assert_eq!(command.scope, RefundScope::Everything);
        assert_eq!(command.reason, "broken");
        let command = parse(json!({"amount": 5_000, "reason": "late"})).unwrap();
        assert_eq!(command.scope, RefundScope::Amount(5_000));
        let lines = json!([{"product_id": PRODUCT, "quantity": 2}]);
        let command = parse(json!({"lines": lines, "reason": "late"})).unwrap();
        let (product, quantity) = (PRODUCT.parse().unwrap(), Quantity::try_new(2).unwrap());
        let pieces =
            |is_sellable| RefundScope::Pieces(vec![Returned { product, quantity, is_sellable }]);
        assert_eq!(command.scope, pieces(true));
        for (restock, expected) in [(json!(false), false), (json!(true), true), (json!(null), true)]
        {
            let line = json!({"product_id": PRODUCT, "quantity": 2, "restock": restock});
            let command = parse(json!({"lines": [line], "reason": "late"})).unwrap();
            assert_eq!(command.scope, pieces(expected));
        }
    }

    #[test]
    fn refusals_point_at_what_is_wrong() {
        let pointer = |request| parse(request).unwrap_err().errors()[0].pointer.clone();
        let lines = json!([{"product_id": PRODUCT, "quantity": 0}]);
        let both = json!({"amount": 1, "lines": lines, "reason": "late"});
        assert_eq!(pointer(both), "/amount");
        let none = json!({"lines": lines, "reason": "late"});
        assert_eq!(pointer(none), "/lines/0/quantity");
        let lines = json!([{"product_id": "7", "quantity": 1}]);
        let unknown = json!({"lines": lines, "reason": "late"});
        assert_eq!(pointer(unknown), "/lines/0/product_id");
    }
}
