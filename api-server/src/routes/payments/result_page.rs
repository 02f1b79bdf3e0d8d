//! The page that tells a buyer what became of a payment.
//!
//! Whoever has the payment's unguessable id can read it, so it tells nothing of the buyer and the
//! receiver.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use jangbogo_kernel::Timestamp;
use jangbogo_ordering::{Order, OrderState};
use jangbogo_payment::{Attempt, AttemptId};
use jangbogo_setup::Shop;

use super::result_words::{Words, hour_words, money_words, order_words};
use super::view::status_name;
use crate::app::AppState;
use crate::problem::Problem;

#[derive(Debug, Template)]
#[template(path = "payment_result.html")]
struct ResultPage {
    words: Words,
    summary: Option<Summary>,
}

#[derive(Debug)]
struct Summary {
    payment_status: &'static str,
    order_status: &'static str,
    order_id: String,
    order_words: &'static str,
    items: String,
    amount: String,
    refunded: Option<String>,
    pay_until: Option<String>,
}

const STYLESHEET: &str = include_str!("../../../templates/payment_result.css");

/// The page loads its stylesheet and nothing else, and nobody may frame it.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; \
     frame-ancestors 'none'",
);

/// Shows the state of a payment and its order.
pub(crate) async fn result_page(State(state): State<AppState>, Path(id): Path<String>) -> Response {
    match load(&state.shop, &id).await {
        Ok(Some(page)) => show(StatusCode::OK, &page),
        Ok(None) => show(StatusCode::NOT_FOUND, &ResultPage::plain(Words::NOT_FOUND)),
        Err(problem) => show(problem.status(), &ResultPage::plain(Words::UNAVAILABLE)),
    }
}

/// The page's stylesheet.
pub(crate) async fn stylesheet() -> ([(HeaderName, &'static str); 2], &'static str) {
    let headers = [
        (header::CONTENT_TYPE, "text/css; charset=utf-8"),
        (header::CACHE_CONTROL, "public, max-age=3600"),
    ];
    (headers, STYLESHEET)
}

async fn load(shop: &Shop, id: &str) -> Result<Option<ResultPage>, Problem> {
    let Ok(id) = id.parse::<AttemptId>() else {
        return Ok(None);
    };
    let found = shop.payments.find(id).await?;
    let Some(payment) = found.filter(Attempt::is_capture) else {
        return Ok(None);
    };
    let order = shop.orders.find(payment.order).await?;
    let now = shop.clock.now();
    Ok(order.map(|detail| ResultPage::of(&payment, &detail.order, now)))
}

fn show(status: StatusCode, page: &ResultPage) -> Response {
    match page.render() {
        Ok(html) => {
            let headers = [
                (header::CONTENT_SECURITY_POLICY, POLICY),
                (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
            ];
            (status, headers, Html(html)).into_response()
        }
        Err(error) => {
            tracing::error!(%error, "the result page cannot be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

impl ResultPage {
    const fn plain(words: Words) -> Self {
        Self { words, summary: None }
    }

    fn of(payment: &Attempt, order: &Order, now: Timestamp) -> Self {
        let is_payable = order.state == OrderState::PendingPayment && now < order.expires_at;
        Self {
            words: Words::of(payment.state, order.state, is_payable),
            summary: Some(Summary {
                payment_status: status_name(payment),
                order_status: order.state.name(),
                order_id: order.id.to_string(),
                order_words: order_words(order.state),
                items: items(order),
                amount: money_words(payment.amount),
                refunded: Some(order.refunded)
                    .filter(|refunded| refunded.is_positive())
                    .map(money_words),
                pay_until: is_payable.then(|| hour_words(order.expires_at)),
            }),
        }
    }
}

fn items(order: &Order) -> String {
    let first = order.lines.first().map(|line| line.product_name.as_str());
    let first = first.unwrap_or_default();
    match order.lines.len() {
        0 | 1 => first.to_owned(),
        lines => format!("{first} 외 {}건", lines - 1),
    }
}

#[cfg(test)]
#[path = "result_page_tests.rs"]
mod tests;
