//! `confirm`: the money that the buyer agreed to is taken.

use std::time::Instant;

use jangbogo_payment::{CaptureRequest, Outcome};
use serde_json::{Value, json};

use super::client::Post;
use super::{AMOUNT, ORDER_ID, PAYMENT_KEY, TossPayments, lookup, record};
use crate::wire::failure::{CodeClass, Failure, Refusal};
use crate::wire::json;

/// Sends `confirm` once. Only "already done" and "under way" are followed by a question, within
/// the same deadline; every other doubt is left to whoever resolves unknown outcomes.
pub(super) async fn run(toss: &TossPayments, request: &CaptureRequest) -> Outcome {
    let amount = match agreed(request) {
        Ok(amount) => amount,
        Err(why) => return Failure::Unfit(why.to_owned()).into_outcome(),
    };
    let body = json!({
        "paymentKey": request.reference,
        "orderId": request.merchant_ref,
        "amount": amount,
    });
    let post = Post {
        path: "/v1/payments/confirm",
        name: "confirm",
        subject: &request.merchant_ref,
        idempotency_key: &format!("capture-{}", request.merchant_ref),
    };
    let deadline = toss.client.deadline();
    match toss.client.post(post, deadline, &body).await {
        Ok(answer) => read(request, answer),
        Err(Failure::Refused(refusal))
            if matches!(refusal.class, CodeClass::AlreadyDone | CodeClass::Raced) =>
        {
            look(toss, request, deadline, refusal).await
        }
        Err(failure) => failure.into_outcome(),
    }
}

/// The amount in won, if the browser came back from this very payment: nothing that it brings is
/// sent on, it is only compared.
fn agreed(request: &CaptureRequest) -> Result<i64, &'static str> {
    let brought = |name: &str| request.proof.get(name).map_or("", String::as_str);
    let amount = json::won(request.amount).ok_or("TossPayments takes only won")?;
    if brought(PAYMENT_KEY) != request.reference {
        return Err("the buyer's browser brought another payment");
    }
    if brought(ORDER_ID) != request.merchant_ref {
        return Err("the buyer's browser brought another order");
    }
    if brought(AMOUNT).parse() != Ok(amount) {
        return Err("the buyer's browser brought another amount");
    }
    Ok(amount)
}

fn read(request: &CaptureRequest, answer: Value) -> Outcome {
    match captured(request, &answer) {
        Ok(Some(outcome)) => outcome(record::of(answer)),
        Ok(None) => Failure::NoProof("the payment is not done yet".to_owned()).into_outcome(),
        Err(why) => Failure::NoAnswer(why.to_owned()).into_outcome(),
    }
}

type Done = Box<dyn FnOnce(String) -> Outcome>;

/// The capture in an answer about this payment.
fn captured(request: &CaptureRequest, answer: &Value) -> Result<Option<Done>, &'static str> {
    let identities =
        [("/paymentKey", request.reference.as_str()), ("/orderId", request.merchant_ref.as_str())];
    if !json::is_about(answer, &identities) {
        return Err("TossPayments answered about another payment");
    }
    let movement = lookup::read(answer)?.captured;
    Ok(movement
        .map(|transaction| -> Done { Box::new(move |raw| Outcome::Done { transaction, raw }) }))
}

/// An earlier request has been carried out, or is being: the books may have its movement.
async fn look(
    toss: &TossPayments,
    request: &CaptureRequest,
    deadline: Instant,
    refusal: Refusal,
) -> Outcome {
    let path = format!("/v1/payments/orders/{}", request.merchant_ref);
    let books = toss.client.get(&path, &request.merchant_ref, deadline).await;
    if let Ok(answer) = books
        && let Ok(Some(outcome)) = captured(request, &answer)
    {
        return outcome(record::of(answer));
    }
    // No proof: the words of the refusal are the reason.
    Failure::Refused(refusal).into_outcome()
}
