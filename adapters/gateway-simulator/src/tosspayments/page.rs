//! The pay page, TossPayments' side of the buyer's browser.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, Query, State as Shared};
use axum::http::{StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Response};

use super::call::announce;
use super::create::{self, Create};
use super::fields::Fields;
use super::payment::{Payment, State};
use super::refusal::{CallError, Refusal};
use super::{TossPayments, answer};
use crate::won::Won;

/// The provider's script, by which a shop's page opens the window.
pub(super) const SDK_PATH: &str = "/v2/standard";
/// Where the script sends the browser.
pub(super) const WINDOW_PATH: &str = "/tosspayments/window";
/// The page of a payment that is announced.
pub(super) const PATH: &str = "/tosspayments/pay/{payment_key}";
/// Its three buttons.
pub(super) const PRESS_PATH: &str = "/tosspayments/pay/{payment_key}/{button}";

/// The address of a payment's page.
pub(super) fn url(public_url: &str, payment_key: &str) -> String {
    format!("{public_url}/tosspayments/pay/{payment_key}")
}

/// A request's query, decoded.
pub(super) fn query_of(uri: &Uri) -> Vec<(String, String)> {
    Query::<Vec<(String, String)>>::try_from_uri(uri).map(|Query(pairs)| pairs).unwrap_or_default()
}

/// The script that a shop's page loads instead of the provider's.
pub(super) async fn sdk() -> Response {
    let script = [(header::CONTENT_TYPE, "text/javascript; charset=utf-8")];
    (script, include_str!("sdk.js")).into_response()
}

/// The script was told to let the buyer pay: announces the payment and shows its page.
pub(super) async fn window(Shared(toss): Shared<Arc<TossPayments>>, uri: Uri) -> Response {
    respond(open(&toss, &uri).await)
}

/// Shows the three buttons, or why there are none any more.
pub(super) async fn show(
    Shared(toss): Shared<Arc<TossPayments>>,
    Path(payment_key): Path<String>,
) -> Response {
    respond(look(&toss, &payment_key).await)
}

/// One of the buttons was pressed.
pub(super) async fn press(
    Shared(toss): Shared<Arc<TossPayments>>,
    Path((payment_key, button)): Path<(String, String)>,
) -> Response {
    respond(settle(&toss, &payment_key, &button).await)
}

#[derive(Template)]
#[template(path = "tosspayments/pay.html")]
struct PayPage<'a> {
    /// Last part of the page's own address, which the forms' addresses are relative to.
    page: &'a str,
    item_name: &'a str,
    amount: Won,
    order: &'a str,
}

#[derive(Template)]
#[template(path = "tosspayments/notice.html")]
struct NoticePage<'a> {
    notice: &'a str,
}

/// The page on which a buyer lets the shop charge a card again and again.
#[derive(Template)]
#[template(path = "tosspayments/billing.html")]
pub(super) struct BillingPage<'a> {
    pub(super) auth_key: &'a str,
}

/// Why a page cannot be shown or a button not be pressed.
pub(super) enum PageError {
    Notice(StatusCode, &'static str),
    Refused(Refusal),
    Broken(sqlx::Error),
}

impl From<sqlx::Error> for PageError {
    fn from(error: sqlx::Error) -> Self {
        Self::Broken(error)
    }
}

impl From<Refusal> for PageError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<CallError> for PageError {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Refused(refusal) => Self::Refused(refusal),
            CallError::Broken(error) => Self::Broken(error),
        }
    }
}

pub(super) const UNKNOWN: PageError =
    PageError::Notice(StatusCode::NOT_FOUND, "결제 정보를 찾을 수 없습니다.");

async fn open(toss: &TossPayments, uri: &Uri) -> Result<Response, PageError> {
    let request = Create::parse(&Fields::of_query(&query_of(uri)))?;
    let mut tx = toss.backstage.ledger.begin().await?;
    let payment = create::add(toss, &mut tx, &request).await?;
    tx.commit().await?;
    Ok(see_other(&url(&toss.public_url, &payment.payment_key)))
}

async fn look(toss: &TossPayments, payment_key: &str) -> Result<Response, PageError> {
    let mut tx = toss.backstage.ledger.begin().await?;
    let payment = Payment::find(&mut tx, payment_key).await?.ok_or(UNKNOWN)?;
    check_open(&payment, toss.backstage.clock.now_us())?;
    Ok(html(&PayPage {
        page: &payment.payment_key,
        item_name: &payment.order_name,
        amount: Won(payment.amount),
        order: &payment.order_id,
    }))
}

async fn settle(
    toss: &TossPayments,
    payment_key: &str,
    button: &str,
) -> Result<Response, PageError> {
    let now_us = toss.backstage.clock.now_us();
    let mut tx = toss.backstage.ledger.begin().await?;
    let mut payment = Payment::find(&mut tx, payment_key).await?.ok_or(UNKNOWN)?;
    check_open(&payment, now_us)?;
    let (success_url, fail_url) = match (&payment.success_url, &payment.fail_url) {
        (Some(success_url), Some(fail_url)) => (success_url.clone(), fail_url.clone()),
        _ => return Err(UNKNOWN), // a charge without a buyer has no page
    };
    let amount = payment.amount.to_string();
    let order_id = payment.order_id.clone();
    let target = match button {
        "pay" => {
            payment.state = State::InProgress;
            // A double click does not prolong the ten minutes.
            payment.authenticated_at_us.get_or_insert(now_us);
            let proof = [
                ("paymentType", "NORMAL"),
                ("orderId", &order_id),
                ("paymentKey", payment_key),
                ("amount", &amount),
            ];
            with_query(&success_url, &proof)
        }
        "cancel" => {
            payment.state = State::Aborted;
            payment.failure = Some("PAY_PROCESS_CANCELED".to_owned());
            // The order's number is missing here, as it is at the provider.
            let message = ("message", "사용자에 의해 결제가 취소되었습니다.");
            with_query(&fail_url, &[("code", "PAY_PROCESS_CANCELED"), message])
        }
        "fail" => {
            payment.state = State::Aborted;
            payment.failure = Some("PAY_PROCESS_ABORTED".to_owned());
            let message = ("message", "결제 진행 중 승인에 실패하여 결제가 중단되었습니다.");
            let code = ("code", "PAY_PROCESS_ABORTED");
            with_query(&fail_url, &[code, message, ("orderId", &order_id)])
        }
        _ => return Err(UNKNOWN),
    };
    payment.save(&mut tx).await?;
    let object = answer::payment(toss, &mut tx, &payment, now_us).await?;
    tx.commit().await?;
    announce(toss, &object);
    Ok(see_other(&target))
}

/// Refuses a payment that is over: a finished one never goes back.
fn check_open(payment: &Payment, now_us: i64) -> Result<(), PageError> {
    let notice = match payment.state_at(now_us) {
        State::Done => "이미 완료된 결제입니다.",
        State::PartialCanceled | State::Canceled => "이미 취소(환불)된 결제입니다.",
        State::Aborted => "중단된 결제입니다. 쇼핑몰에서 다시 시도해 주세요.",
        State::Expired => "결제 시간이 지났습니다. 쇼핑몰에서 다시 시도해 주세요.",
        State::Ready | State::InProgress => return Ok(()),
    };
    Err(PageError::Notice(StatusCode::GONE, notice))
}

/// Adds parameters to an address that may have a query and a fragment already.
pub(super) fn with_query(url: &str, parameters: &[(&str, &str)]) -> String {
    let (address, fragment) = url.find('#').map_or((url, ""), |at| url.split_at(at));
    let mut address = address.to_owned();
    for (name, value) in parameters {
        address.push(if address.contains('?') { '&' } else { '?' });
        address.push_str(name);
        address.push('=');
        address.extend(value.bytes().map(escaped));
    }
    address + fragment
}

/// A byte as it stands in a query.
fn escaped(byte: u8) -> String {
    if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
        char::from(byte).to_string()
    } else {
        format!("%{byte:02X}")
    }
}

pub(super) fn see_other(target: &str) -> Response {
    (StatusCode::SEE_OTHER, [(header::LOCATION, target.to_owned())]).into_response()
}

pub(super) fn respond(result: Result<Response, PageError>) -> Response {
    let (status, notice) = match result {
        Ok(response) => return response,
        Err(PageError::Notice(status, notice)) => (status, notice.to_owned()),
        Err(PageError::Refused(refusal)) => {
            (refusal.status(), format!("{} ({})", refusal.message(), refusal.code))
        }
        Err(PageError::Broken(error)) => {
            tracing::error!(%error, "the simulator broke");
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
    };
    (status, html(&NoticePage { notice: &notice })).into_response()
}

pub(super) fn html(page: &impl Template) -> Response {
    match page.render() {
        // The browser's back button must ask again.
        Ok(text) => ([(header::CACHE_CONTROL, "no-store")], Html(text)).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page does not render");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_join_whatever_the_address_has() {
        let amount = [("orderId", "ord_1=-"), ("amount", "100")];
        for (url, expected) in [
            ("http://shop/ok", "http://shop/ok?orderId=ord_1%3D-&amount=100"),
            ("http://shop/ok?o=1", "http://shop/ok?o=1&orderId=ord_1%3D-&amount=100"),
            ("http://shop/ok#top", "http://shop/ok?orderId=ord_1%3D-&amount=100#top"),
        ] {
            assert_eq!(with_query(url, &amount), expected);
        }
        let korean = with_query("http://shop/no", &[("message", "취소 1")]);
        assert_eq!(korean, "http://shop/no?message=%EC%B7%A8%EC%86%8C%201");
    }
}
