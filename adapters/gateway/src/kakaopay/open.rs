//! `ready`: a session in which the buyer can agree.

use jangbogo_payment::{OpenRequest, ProviderError, ProviderSession, Redirects};
use serde_json::Value;

use super::body::{NAME_CHARS_MAX, ReadyBody, URL_CHARS_MAX};
use super::{KakaoPay, Reference, Terms};
use crate::wire::failure::Failure;
use crate::wire::json;

pub(super) async fn run(
    kakaopay: &KakaoPay,
    request: &OpenRequest,
    terms: Terms,
) -> Result<ProviderSession, ProviderError> {
    let total_amount = json::won(request.amount).ok_or_else(|| unfit("the currency"))?;
    check(request)?;
    let item_name: String = request.item_name.chars().take(NAME_CHARS_MAX).collect();
    let body = ReadyBody {
        merchant: kakaopay.merchant(terms),
        partner_order_id: &request.merchant_ref,
        partner_user_id: &request.buyer_ref,
        item_name: &item_name,
        quantity: request.quantity,
        total_amount,
        tax_free_amount: 0,
        approval_url: &request.urls.approve,
        cancel_url: &request.urls.cancel,
        fail_url: &request.urls.fail,
    };
    let deadline = kakaopay.client.deadline();
    let answer = kakaopay.client.post("ready", &request.merchant_ref, deadline, &body).await;
    let answer = answer.map_err(Failure::into_error)?;
    read(&answer, terms)
        .ok_or_else(|| Failure::NoAnswer("the session makes no sense".to_owned()).into_error())
}

/// References cannot be shortened without becoming others, and addresses not at all.
fn check(request: &OpenRequest) -> Result<(), ProviderError> {
    let urls = &request.urls;
    for (what, text, chars_max) in [
        ("the payment's reference", &request.merchant_ref, NAME_CHARS_MAX),
        ("the buyer's reference", &request.buyer_ref, NAME_CHARS_MAX),
        ("the approval address", &urls.approve, URL_CHARS_MAX),
        ("the cancel address", &urls.cancel, URL_CHARS_MAX),
        ("the fail address", &urls.fail, URL_CHARS_MAX),
    ] {
        if text.chars().count() > chars_max {
            return Err(unfit(what));
        }
    }
    Ok(())
}

/// Refused before KakaoPay would have to.
fn unfit(what: &str) -> ProviderError {
    ProviderError::Refused {
        code: "unfit-request".to_owned(),
        message: format!("KakaoPay cannot take {what}"),
    }
}

fn read(answer: &Value, terms: Terms) -> Option<ProviderSession> {
    let url = |device: &str| json::text_at(answer, &format!("/next_redirect_{device}_url"));
    Some(ProviderSession {
        reference: Reference { terms, tid: &json::text_at(answer, "/tid")? }.to_string(),
        redirects: Redirects { pc: url("pc")?, mobile: url("mobile")?, app: url("app")? },
    })
}
