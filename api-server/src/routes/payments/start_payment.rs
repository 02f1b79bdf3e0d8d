//! Begin to pay an order.

use axum::extract::State;
use axum::http::{HeaderName, StatusCode, header};
use jangbogo_kernel::Fault as _;
use jangbogo_ordering::OrderId;
use jangbogo_payment::{
    ProviderName, StartPayment, StartPaymentCommand, StartPaymentError, StartedPayment,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::AppState;
use crate::extract::{Authenticated, IdempotencyHeader, Json, Path};
use crate::problem::Problem;

/// Through whom the order is paid.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StartPaymentRequest {
    /// The payment provider: `kakaopay` or `tosspayments`, as far as the shop has them.
    #[schema(examples("kakaopay"))]
    provider: String,
}

/// Where the buyer goes to pay.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StartedPaymentView {
    /// The payment.
    #[schema(examples("pay_019a2f3e4b5c7d8e9f0a1b2c3d4e5f60"))]
    id: String,
    /// The provider's pay pages; the buyer comes back to the shop from there.
    redirect_url: RedirectView,
}

/// The provider's pay pages.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RedirectView {
    /// For a desktop browser.
    pc: String,
    /// For a mobile browser.
    mobile: String,
    /// For an app.
    app: String,
}

/// Begins a payment at a provider. No money moves until the buyer agrees there; beginning again
/// gives up what was begun before.
#[utoipa::path(
    post,
    path = "/api/v1/orders/{id}/payments",
    tag = "payments",
    params(
        ("id" = String, Path, description = "The order"),
        ("Idempotency-Key" = String, Header, description = "1 to 255 visible characters"),
    ),
    request_body = StartPaymentRequest,
    security(("bearer" = [])),
    responses(
        (status = 201, description = "The buyer can pay", body = StartedPaymentView,
            headers(("Location" = String, description = "The payment"))),
        (status = 400, description = "`validation-failed`, `json-malformed`, \
            `idempotency-key-missing`, `idempotency-key-invalid`"),
        (status = 404, description = "`not-found`: no such order, or another buyer's"),
        (status = 409, description = "`order-not-payable`, `order-expired`, \
            `payment-in-progress`, `payment-over`"),
        (status = 422, description = "`payment-provider-unknown`, `payment-provider-refused`, \
            `idempotency-key-reused`"),
        (status = 503, description = "`payment-provider-unavailable`: `providers` names the \
            others through whom the order can be paid; `unavailable`"),
    ),
)]
pub(crate) async fn start_payment(
    State(state): State<AppState>,
    Authenticated(caller): Authenticated,
    Path(order): Path<OrderId>,
    idempotency: IdempotencyHeader,
    Json(request): Json<StartPaymentRequest>,
) -> Result<(StatusCode, [(HeaderName, String); 1], Json<StartedPaymentView>), Problem> {
    let principal = caller.member.uuid();
    let key = idempotency.key(principal, StartPayment::OPERATION, &(order, &request))?;
    let command = StartPaymentCommand { order, provider: ProviderName(request.provider), key };
    let wanted = command.provider.clone();
    let started = state.shop.start_payment.run(&caller, command).await;
    let started = started.map_err(|refused| elsewhere(&state, &wanted, refused))?;
    let location = format!("/api/v1/payments/{}", started.id);
    let view = StartedPaymentView::of(started);
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], Json(view)))
}

/// No money has moved yet: a buyer whose provider does not answer may choose another one.
fn elsewhere(state: &AppState, wanted: &ProviderName, refused: StartPaymentError) -> Problem {
    let is_down = refused.code() == "payment-provider-unavailable";
    let problem = Problem::from(refused);
    if !is_down {
        return problem;
    }
    let mut others = state.shop.providers.available();
    others.retain(|name| name != wanted);
    problem.with_providers(others.into_iter().map(|name| name.0).collect())
}

impl StartedPaymentView {
    fn of(started: StartedPayment) -> Self {
        Self {
            id: started.id.to_string(),
            redirect_url: RedirectView {
                pc: started.redirects.pc,
                mobile: started.redirects.mobile,
                app: started.redirects.app,
            },
        }
    }
}
