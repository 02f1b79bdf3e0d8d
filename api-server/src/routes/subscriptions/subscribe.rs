//! Begin a subscription.

use axum::extract::State;
use axum::http::{HeaderName, StatusCode, header};
use jangbogo_inventory::OutOfStock;
use jangbogo_kernel::IdempotencyKey;
use jangbogo_member::Caller;
use jangbogo_ordering::OrderRefusal;
use jangbogo_subscription::{
    Subscribe, SubscribeCommand, SubscribeError, Subscribed, SubscriptionState, Wanted,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::AppState;
use crate::extract::{Authenticated, IdempotencyHeader, Json, object, objects};
use crate::problem::Problem;
use crate::routes::orders::{LineRequest, ReceiverRequest, requested_lines};
use crate::routes::view::MoneyView;

/// What is wanted again and again, and where it goes: one of `lines` and `from_cart`, one of
/// `receiver` and `address_id`.
#[derive(Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SubscribeRequest {
    /// 1 to 100 lines, one per product.
    #[serde(default, deserialize_with = "objects")]
    lines: Option<Vec<LineRequest>>,
    /// `true`: what the subscription cart has for this period; it leaves the cart.
    from_cart: Option<bool>,
    /// Days from one charge to the next.
    #[schema(minimum = 30, maximum = 365, examples(30))]
    period_days: i64,
    /// To this address.
    #[serde(default, deserialize_with = "object")]
    receiver: Option<ReceiverRequest>,
    /// To an entry of the caller's address book.
    #[schema(examples("adr_019a2f3e4b5c7d8e9f0a1b2c3d4e5f60"))]
    address_id: Option<String>,
}

/// A subscription that was begun: the same answer when the request is repeated.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SubscribedView {
    /// The subscription.
    #[schema(examples("sub_019a2f3e4b5c7d8e9f0a1b2c3d4e5f60"))]
    id: String,
    /// `awaiting_first_payment`.
    status: &'static str,
    /// The order that it begins with; pay it at `POST /api/v1/orders/{id}/payments`.
    #[schema(examples("ord_019a2f3e4b5c7d8e9f0a1b2c3d4e5f60"))]
    order_id: String,
    /// What to pay.
    total: MoneyView,
    /// Until when.
    expires_at: String,
}

/// Begins a subscription with its first order. Paying that order makes it active: from then on the
/// same is charged every `period_days` days without the buyer, until they end it.
#[utoipa::path(
    post,
    path = "/api/v1/subscriptions",
    tag = "subscriptions",
    params(("Idempotency-Key" = String, Header, description = "1 to 255 visible characters")),
    request_body = SubscribeRequest,
    security(("bearer" = [])),
    responses(
        (status = 201, description = "The first order awaits payment", body = SubscribedView,
            headers(("Location" = String, description = "The subscription"))),
        (status = 400, description = "`validation-failed`, `order-empty`, `json-malformed`, \
            `idempotency-key-missing`, `idempotency-key-invalid`"),
        (status = 409, description = "`out-of-stock`"),
        (status = 422, description = "`period-out-of-range`, `product-not-found`, \
            `address-not-found`, `amount-out-of-range`, `idempotency-key-reused`"),
    ),
)]
pub(crate) async fn subscribe(
    State(state): State<AppState>,
    Authenticated(caller): Authenticated,
    idempotency: IdempotencyHeader,
    Json(request): Json<SubscribeRequest>,
) -> Result<(StatusCode, [(HeaderName, String); 1], Json<SubscribedView>), Problem> {
    let key = idempotency.key(caller.member.uuid(), Subscribe::OPERATION, &request)?;
    let command = request.command(&caller, key)?;
    let subscribed = state.shop.subscribe.run(&command).await.map_err(problem)?;
    let location = format!("/api/v1/subscriptions/{}", subscribed.id);
    let view = SubscribedView::of(&subscribed);
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], Json(view)))
}

/// Of many lines, the one that was refused is named.
fn problem(refused: SubscribeError) -> Problem {
    let words = refused.to_string();
    match refused {
        SubscribeError::OutOfStock(OutOfStock { product, .. }) => {
            Problem::from(refused).with_detail(format!("{product}: {words}"))
        }
        SubscribeError::Lines(OrderRefusal::TooManyLines | OrderRefusal::ProductTwice) => {
            Problem::field("lines", words)
        }
        refused => refused.into(),
    }
}

impl SubscribeRequest {
    fn command(self, caller: &Caller, key: IdempotencyKey) -> Result<SubscribeCommand, Problem> {
        let wanted = match (self.lines, self.from_cart.unwrap_or(false)) {
            (Some(lines), false) => Wanted::Lines(requested_lines(&lines)?),
            (None, true) => Wanted::Cart,
            (Some(_), true) => return Err(Problem::field("from_cart", "either this or lines")),
            (None, false) => return Err(Problem::field("lines", "either this or from_cart")),
        };
        let receiver =
            ReceiverRequest::or_book(self.receiver.as_ref(), self.address_id.as_deref())?;
        let (member, period_days) = (caller.member, self.period_days);
        Ok(SubscribeCommand { member, wanted, period_days, receiver, key })
    }
}

impl SubscribedView {
    fn of(subscribed: &Subscribed) -> Self {
        Self {
            id: subscribed.id.to_string(),
            status: SubscriptionState::AwaitingFirstPayment.name(),
            order_id: subscribed.order.id.to_string(),
            total: subscribed.order.total.into(),
            expires_at: subscribed.order.expires_at.to_string(),
        }
    }
}
