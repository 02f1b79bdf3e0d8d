//! The pay page, KakaoPay's side of the buyer's browser.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State as Shared};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

use super::KakaoPay;
use super::payment::{Payment, State};
use super::refusal::CallError;
use crate::random;
use crate::won::Won;

/// The page itself; three channels (`pc`, `mobile-web`, `mobile-app`) lead to one page.
pub(super) const PATH: &str = "/mockup/bridge/{channel}/pg/one-time/payment/{page}";
/// Its three buttons.
pub(super) const PRESS_PATH: &str = "/mockup/bridge/{channel}/pg/one-time/payment/{page}/{button}";

/// The address of a page for one channel.
pub(super) fn url(public_url: &str, channel: &str, page: &str) -> String {
    format!("{public_url}/mockup/bridge/{channel}/pg/one-time/payment/{page}")
}

/// Shows the three buttons, or why there are none any more.
pub(super) async fn show(
    Shared(kakaopay): Shared<Arc<KakaoPay>>,
    Path((_channel, page)): Path<(String, String)>,
) -> Response {
    respond(look(&kakaopay, &page).await)
}

/// One of the buttons was pressed.
pub(super) async fn press(
    Shared(kakaopay): Shared<Arc<KakaoPay>>,
    Path((_channel, page, button)): Path<(String, String, String)>,
) -> Response {
    respond(settle(&kakaopay, &page, &button).await)
}

#[derive(Template)]
#[template(path = "kakaopay/pay.html")]
struct PayPage<'a> {
    /// Last part of the page's own address, which the forms' addresses are relative to.
    page: &'a str,
    item_name: &'a str,
    amount: Won,
    order: &'a str,
}

#[derive(Template)]
#[template(path = "kakaopay/notice.html")]
struct NoticePage {
    notice: &'static str,
}

/// Why a page cannot be shown or a button not be pressed.
enum PageError {
    Notice(StatusCode, &'static str),
    Broken(CallError),
}

impl From<sqlx::Error> for PageError {
    fn from(error: sqlx::Error) -> Self {
        Self::Broken(error.into())
    }
}

const UNKNOWN: PageError =
    PageError::Notice(StatusCode::NOT_FOUND, "결제 정보를 찾을 수 없습니다.");

async fn look(kakaopay: &KakaoPay, page: &str) -> Result<Response, PageError> {
    let mut tx = kakaopay.backstage.ledger.begin().await?;
    let mut payment = Payment::find_by_page(&mut tx, page).await?.ok_or(UNKNOWN)?;
    check_open(&payment, kakaopay.backstage.clock.now_us())?;
    if payment.state == State::Ready {
        payment.state = State::OpenPayment;
        payment.save(&mut tx).await?;
        tx.commit().await?;
    }
    Ok(html(
        StatusCode::OK,
        &PayPage {
            page: &payment.page,
            item_name: &payment.item_name,
            amount: Won(payment.amount.total),
            order: &payment.partner_order_id,
        },
    ))
}

async fn settle(kakaopay: &KakaoPay, page: &str, button: &str) -> Result<Response, PageError> {
    let mut tx = kakaopay.backstage.ledger.begin().await?;
    let mut payment = Payment::find_by_page(&mut tx, page).await?.ok_or(UNKNOWN)?;
    check_open(&payment, kakaopay.backstage.clock.now_us())?;
    let target = match button {
        "pay" => {
            payment.state = State::AuthPassword;
            // A double click gets the same token, so that either redirect can be approved.
            let token = payment.pg_token.get_or_insert_with(|| random::hex(20));
            with_token(&payment.approval_url, token)
        }
        "cancel" => {
            payment.state = State::QuitPayment;
            payment.cancel_url.clone()
        }
        "fail" => {
            payment.state = State::FailPayment;
            payment.fail_url.clone()
        }
        _ => return Err(UNKNOWN),
    };
    payment.save(&mut tx).await?;
    tx.commit().await?;
    Ok((StatusCode::SEE_OTHER, [(header::LOCATION, target)]).into_response())
}

/// Refuses a payment that is over: a finished one never goes back.
fn check_open(payment: &Payment, now_us: i64) -> Result<(), PageError> {
    let notice = match payment.state {
        State::SuccessPayment => "이미 완료된 결제입니다.",
        State::PartCancelPayment | State::CancelPayment => "이미 취소(환불)된 결제입니다.",
        State::QuitPayment => "취소한 결제입니다. 쇼핑몰에서 다시 주문해 주세요.",
        State::FailPayment => "실패한 결제입니다. 쇼핑몰에서 다시 시도해 주세요.",
        State::Ready | State::OpenPayment | State::AuthPassword if payment.is_expired(now_us) => {
            "결제 시간(15분)이 지났습니다. 쇼핑몰에서 다시 시도해 주세요."
        }
        State::Ready | State::OpenPayment | State::AuthPassword => return Ok(()),
    };
    Err(PageError::Notice(StatusCode::GONE, notice))
}

/// Adds `pg_token` to an address that may have a query and a fragment already.
fn with_token(url: &str, token: &str) -> String {
    let (address, fragment) = url.find('#').map_or((url, ""), |at| url.split_at(at));
    let joint = if address.contains('?') { '&' } else { '?' };
    format!("{address}{joint}pg_token={token}{fragment}")
}

fn respond(result: Result<Response, PageError>) -> Response {
    match result {
        Ok(response) => response,
        Err(PageError::Notice(status, notice)) => html(status, &NoticePage { notice }),
        Err(PageError::Broken(error)) => error.into_response(),
    }
}

fn html(status: StatusCode, page: &impl Template) -> Response {
    match page.render() {
        // The browser's back button must ask again.
        Ok(text) => (status, [(header::CACHE_CONTROL, "no-store")], Html(text)).into_response(),
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
    fn the_token_joins_whatever_the_address_has() {
        assert_eq!(with_token("http://shop/ok", "ab"), "http://shop/ok?pg_token=ab");
        assert_eq!(with_token("http://shop/ok?o=1", "ab"), "http://shop/ok?o=1&pg_token=ab");
        assert_eq!(with_token("http://shop/ok#top", "ab"), "http://shop/ok?pg_token=ab#top");
    }
}
