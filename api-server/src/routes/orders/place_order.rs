//! Place an order.

use axum::extract::State;
use axum::http::{HeaderName, StatusCode, header};
use jangbogo_inventory::OutOfStock;
use jangbogo_kernel::IdempotencyKey;
use jangbogo_member::{AddressDetails, Caller};
use jangbogo_ordering::{
    OrderRefusal, OrderState, PlaceOrder, PlaceOrderError, PlaceOrders, PlacedOrder, Receiver,
    RequestedLine, Wanted,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::line::{LineRequest, parse_lines};
use crate::app::AppState;
use crate::extract::{Authenticated, IdempotencyHeader, Json, object, objects};
use crate::problem::Problem;
use crate::routes::view::MoneyView;

/// What is ordered and where it goes: one of `lines` and `from_cart`, one of `receiver` and
/// `address_id`.
#[derive(Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlaceOrderRequest {
    /// 1 to 100 lines, one per product.
    #[serde(default, deserialize_with = "objects")]
    lines: Option<Vec<LineRequest>>,
    /// `true`: everything in the cart.
    from_cart: Option<bool>,
    /// To this address.
    #[serde(default, deserialize_with = "object")]
    receiver: Option<ReceiverRequest>,
    /// To an entry of the caller's address book.
    #[schema(examples("adr_019a2f3e4b5c7d8e9f0a1b2c3d4e5f60"))]
    address_id: Option<String>,
}

/// Where an order goes.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReceiverRequest {
    /// Who receives it, 1 to 50 characters.
    name: String,
    /// 9 to 15 digits.
    #[schema(examples("010-1234-5678"))]
    phone: String,
    /// Five digits.
    #[schema(examples("04524"))]
    postcode: String,
    /// Road address, 1 to 200 characters.
    address1: String,
    /// Building, floor, room; at most 200 characters.
    address2: Option<String>,
}

/// An order that was placed: the same answer when the request is repeated.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PlacedOrderView {
    /// The order.
    #[schema(examples("ord_019a2f3e4b5c7d8e9f0a1b2c3d4e5f60"))]
    id: String,
    /// `pending_payment`.
    status: &'static str,
    /// What to pay.
    total: MoneyView,
    /// Until when.
    expires_at: String,
}

/// Places an order. Its pieces are held until it is paid, cancelled or expired.
#[utoipa::path(
    post,
    path = "/api/v1/orders",
    tag = "orders",
    params(("Idempotency-Key" = String, Header, description = "1 to 255 visible characters")),
    request_body = PlaceOrderRequest,
    security(("bearer" = [])),
    responses(
        (status = 201, description = "The order awaits payment", body = PlacedOrderView,
            headers(("Location" = String, description = "The order"))),
        (status = 400, description = "`validation-failed`, `order-empty`, `json-malformed`, \
            `idempotency-key-missing`, `idempotency-key-invalid`"),
        (status = 409, description = "`out-of-stock`"),
        (status = 422, description = "`product-not-found`, `address-not-found`, \
            `amount-out-of-range`, `idempotency-key-reused`"),
        (status = 503, description = "`overloaded`, `unavailable`"),
    ),
)]
pub(crate) async fn place_order(
    State(state): State<AppState>,
    Authenticated(caller): Authenticated,
    idempotency: IdempotencyHeader,
    Json(request): Json<PlaceOrderRequest>,
) -> Result<(StatusCode, [(HeaderName, String); 1], Json<PlacedOrderView>), Problem> {
    let principal = caller.member.uuid();
    let key = idempotency.key(principal, PlaceOrders::OPERATION, &request)?;
    let command = request.command(&caller, key)?;
    let placed = state.shop.place_orders.submit(command).await?;
    let placed = placed.map_err(problem)?;
    let location = format!("/api/v1/orders/{}", placed.id);
    let view = PlacedOrderView::of(&placed);
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], Json(view)))
}

/// Of many lines, the one that was refused is named.
fn problem(refused: PlaceOrderError) -> Problem {
    let words = refused.to_string();
    match refused {
        PlaceOrderError::OutOfStock(OutOfStock { product, .. }) => {
            Problem::from(refused).with_detail(format!("{product}: {words}"))
        }
        PlaceOrderError::Lines(OrderRefusal::TooManyLines | OrderRefusal::ProductTwice) => {
            Problem::field("lines", words)
        }
        refused => refused.into(),
    }
}

impl PlaceOrderRequest {
    fn command(self, caller: &Caller, key: IdempotencyKey) -> Result<PlaceOrder, Problem> {
        let wanted = match (self.lines, self.from_cart.unwrap_or(false)) {
            (Some(lines), false) => Wanted::Lines(requested_lines(&lines)?),
            (None, true) => Wanted::Cart,
            (Some(_), true) => return Err(Problem::field("from_cart", "either this or lines")),
            (None, false) => return Err(Problem::field("lines", "either this or from_cart")),
        };
        let receiver =
            ReceiverRequest::or_book(self.receiver.as_ref(), self.address_id.as_deref())?;
        Ok(PlaceOrder { buyer: caller.member, wanted, receiver, key })
    }
}

/// The lines of an order.
pub(crate) fn requested_lines(lines: &[LineRequest]) -> Result<Vec<RequestedLine>, Problem> {
    let lines = parse_lines(lines)?.into_iter();
    Ok(lines.map(|(product, quantity)| RequestedLine { product, quantity }).collect())
}

impl ReceiverRequest {
    /// Where it goes: exactly one of a receiver and an entry of the address book.
    pub(crate) fn or_book(
        receiver: Option<&Self>,
        address_id: Option<&str>,
    ) -> Result<Receiver, Problem> {
        match (receiver, address_id) {
            (Some(receiver), None) => Ok(Receiver::Given(receiver.details()?)),
            (None, Some(id)) => {
                let id = id.parse();
                Ok(Receiver::Book(id.map_err(|_| Problem::field("address_id", "an address's id"))?))
            }
            (Some(_), Some(_)) => Err(Problem::field("address_id", "either this or receiver")),
            (None, None) => Err(Problem::field("receiver", "either this or address_id")),
        }
    }

    fn details(&self) -> Result<AddressDetails, Problem> {
        let parsed = AddressDetails::parse(
            &self.name,
            &self.phone,
            &self.postcode,
            &self.address1,
            self.address2.as_deref().unwrap_or_default(),
        );
        parsed
            .map_err(|refused| Problem::field(&format!("receiver/{}", refused.field), refused.rule))
    }
}

impl PlacedOrderView {
    fn of(placed: &PlacedOrder) -> Self {
        Self {
            id: placed.id.to_string(),
            status: OrderState::PendingPayment.name(),
            total: placed.total.into(),
            expires_at: placed.expires_at.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use jangbogo_kernel::{Fingerprint, Id, Uuid};
    use jangbogo_member::Role;
    use serde_json::{Value, json};

    use super::*;

    const PRODUCT: &str = "pro_00000000000000000000000000000007";
    const ADDRESS: &str = "adr_00000000000000000000000000000008";

    fn parse(request: Value) -> Result<PlaceOrder, Problem> {
        let caller = Caller {
            member: Id::new(Uuid::from_u128(1)),
            role: Role::Buyer,
            session: Id::new(Uuid::from_u128(2)),
        };
        let key = IdempotencyKey {
            principal: caller.member.uuid(),
            operation: PlaceOrders::OPERATION,
            key: "k".to_owned(),
            fingerprint: Fingerprint([0; 32]),
        };
        let request: PlaceOrderRequest = serde_json::from_value(request).unwrap();
        request.command(&caller, key)
    }

    fn pointer(request: Value) -> String {
        let problem = parse(request.clone()).unwrap_err();
        assert_eq!(problem.code(), "validation-failed", "{request}");
        problem.errors()[0].pointer.clone()
    }

    fn receiver(postcode: &str) -> Value {
        json!({
            "name": "홍길동", "phone": "010-1234-5678", "postcode": postcode, "address1": "세종대로 110"
        })
    }

    #[test]
    fn lines_go_to_a_given_receiver() {
        let lines = json!([{"product_id": PRODUCT, "quantity": 2}]);
        let command = parse(json!({"lines": lines, "receiver": receiver("04524")})).unwrap();
        assert_eq!(command.buyer, Id::new(Uuid::from_u128(1)));
        let wanted = RequestedLine {
            product: PRODUCT.parse().unwrap(),
            quantity: jangbogo_kernel::Quantity::try_new(2).unwrap(),
        };
        assert_eq!(command.wanted, Wanted::Lines(vec![wanted]));
        let Receiver::Given(details) = command.receiver else {
            panic!("{command:?}");
        };
        assert_eq!((details.postcode.as_str(), details.address2.as_str()), ("04524", ""));
    }

    #[test]
    fn the_cart_goes_to_an_entry_of_the_book() {
        let command = parse(json!({"from_cart": true, "address_id": ADDRESS})).unwrap();
        assert_eq!(command.wanted, Wanted::Cart);
        assert_eq!(command.receiver, Receiver::Book(ADDRESS.parse().unwrap()));
    }

    #[test]
    fn exactly_one_source_and_one_receiver() {
        let lines = json!([{"product_id": PRODUCT, "quantity": 1}]);
        let to = receiver("04524");
        for (request, expected) in [
            (json!({"receiver": to}), "/lines"),
            (json!({"from_cart": false, "receiver": to}), "/lines"),
            (json!({"lines": lines, "from_cart": true, "receiver": to}), "/from_cart"),
            (json!({"from_cart": true}), "/receiver"),
            (json!({"from_cart": true, "receiver": to, "address_id": ADDRESS}), "/address_id"),
            (json!({"from_cart": true, "address_id": "home"}), "/address_id"),
        ] {
            assert_eq!(pointer(request.clone()), expected, "{request}");
        }
    }

    #[test]
    fn refusals_point_at_the_line_or_the_receiver_s_field() {
        let good = json!({"product_id": PRODUCT, "quantity": 999});
        for bad in [0, -1, 1_000, i64::MAX] {
            let lines = json!([good, {"product_id": PRODUCT, "quantity": bad}]);
            let request = json!({"lines": lines, "address_id": ADDRESS});
            assert_eq!(pointer(request), "/lines/1/quantity", "{bad}");
        }
        let lines = json!([{"product_id": ADDRESS, "quantity": 1}]);
        let request = json!({"lines": lines, "address_id": ADDRESS});
        assert_eq!(pointer(request), "/lines/0/product_id");
        let request = json!({"lines": [good], "receiver": receiver("4524")});
        assert_eq!(pointer(request), "/receiver/postcode");
    }

    #[test]
    fn what_is_out_of_stock_is_named() {
        let product = PRODUCT.parse().unwrap();
        let refused = OutOfStock { product, available: 3 };
        let problem = problem(PlaceOrderError::OutOfStock(refused));
        assert_eq!(problem.code(), "out-of-stock");
        let words = format!("{PRODUCT}: only 3 left of this product");
        assert_eq!(problem.detail(), Some(words.as_str()));
    }

    #[test]
    fn lines_that_make_no_order_are_pointed_at() {
        for refusal in [OrderRefusal::TooManyLines, OrderRefusal::ProductTwice] {
            let problem = problem(PlaceOrderError::Lines(refusal));
            assert_eq!(problem.code(), "validation-failed");
            assert_eq!(problem.errors()[0].pointer, "/lines");
        }
        let empty = problem(PlaceOrderError::Lines(OrderRefusal::Empty));
        assert_eq!(empty.code(), "order-empty");
    }
}
