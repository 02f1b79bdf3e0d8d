//! The payment is announced, and has a page.

use jangbogo_payment::{OpenRequest, ProviderError, ProviderSession, Redirects};
use serde_json::{Value, json};

use super::TossPayments;
use super::client::{Post, is_key};
use crate::wire::failure::Failure;
use crate::wire::json;

/// The longest name of what is bought.
const NAME_CHARS_MAX: usize = 100;
/// Our name for a payment has 6 to 64 letters, digits, `-`, `_` and `=`.
const REF_CHARS: std::ops::RangeInclusive<usize> = 6..=64;

pub(super) async fn run(
    toss: &TossPayments,
    request: &OpenRequest,
) -> Result<ProviderSession, ProviderError> {
    let amount = json::won(request.amount).ok_or_else(|| unfit("the currency"))?;
    let order_id = request.merchant_ref.as_str();
    if !is_key(order_id) || !REF_CHARS.contains(&order_id.len()) {
        return Err(unfit("the payment's reference"));
    }
    let order_name: String = request.item_name.chars().take(NAME_CHARS_MAX).collect();
    let body = json!({
        "method": toss.method,
        "amount": amount,
        "orderId": order_id,
        "orderName": order_name,
        "successUrl": request.urls.approve,
        // One address for a buyer who gives up and for a page that cannot go on.
        "failUrl": request.urls.fail,
    });
    let post = Post {
        path: "/v1/payments",
        name: "create",
        subject: order_id,
        idempotency_key: &format!("open-{order_id}"),
    };
    let answer = toss.client.post(post, toss.client.deadline(), &body).await;
    read(order_id, amount, &answer.map_err(Failure::into_error)?)
        .ok_or_else(|| Failure::NoAnswer("the session makes no sense".to_owned()).into_error())
}

fn read(order_id: &str, amount: i64, answer: &Value) -> Option<ProviderSession> {
    let is_it = json::is_about(answer, &[("/orderId", order_id)])
        && json::int_at(answer, "/totalAmount") == Some(amount);
    let reference = json::text_at(answer, "/paymentKey").filter(|key| is_it && is_key(key))?;
    let page = json::text_at(answer, "/checkout/url")?;
    let redirects = Redirects { pc: page.clone(), mobile: page.clone(), app: page };
    Some(ProviderSession { reference, redirects })
}

/// Refused before TossPayments would have to.
fn unfit(what: &str) -> ProviderError {
    ProviderError::Refused {
        code: "unfit-request".to_owned(),
        message: format!("TossPayments cannot take {what}"),
    }
}
