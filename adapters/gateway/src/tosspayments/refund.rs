//! `cancel`: money is given back.

use std::time::Instant;

use jangbogo_payment::{Outcome, RefundRequest};
use serde_json::{Value, json};

use super::client::{Post, is_key};
use super::{TossPayments, lookup, record};
use crate::wire::failure::{CodeClass, Failure, Refusal, landed};
use crate::wire::json;

/// TossPayments asks for one; our own reasons may name people.
const REASON: &str = "구매자 요청";

/// Sends `cancel` once, with what we believe is left as an optimistic lock.
///
/// A refusal because of the payment's state is never a decline: another cancel may have landed, so
/// the books are asked within the same deadline.
pub(super) async fn run(toss: &TossPayments, request: &RefundRequest) -> Outcome {
    let amounts = (json::won(request.amount), json::won(request.refundable));
    let (Some(amount), Some(refundable)) = amounts else {
        return Failure::Unfit("TossPayments gives back only won".to_owned()).into_outcome();
    };
    if !is_key(&request.reference) {
        return Failure::Unfit("this is no payment's key".to_owned()).into_outcome();
    }
    let body = json!({
        "cancelReason": REASON,
        "cancelAmount": amount,
        "refundableAmount": refundable,
    });
    let post = Post {
        path: &format!("/v1/payments/{}/cancel", request.reference),
        name: "cancel",
        subject: &request.merchant_ref,
        idempotency_key: &format!("refund-{}", request.refund_ref),
    };
    let deadline = toss.client.deadline();
    match toss.client.post(post, deadline, &body).await {
        Ok(answer) => read(request, answer),
        Err(Failure::Refused(refusal))
            if matches!(refusal.class, CodeClass::Raced | CodeClass::AlreadyDone) =>
        {
            look(toss, request, deadline, refusal).await
        }
        Err(failure) => failure.into_outcome(),
    }
}

/// The refund is the cancel that the answer calls its last.
fn read(request: &RefundRequest, answer: Value) -> Outcome {
    let senseless = |why: &str| Failure::NoAnswer(why.to_owned()).into_outcome();
    if !is_about(request, &answer) {
        return senseless("TossPayments answered about another payment");
    }
    let looked = match lookup::read(&answer) {
        Ok(looked) => looked,
        Err(why) => return senseless(why),
    };
    let last = json::text_at(&answer, "/lastTransactionKey");
    let found = looked.refunds.into_iter().find(|refund| Some(&refund.id) == last.as_ref());
    match found {
        Some(transaction) => Outcome::Done { transaction, raw: record::of(answer) },
        None => senseless("the answer lacks the movement"),
    }
}

async fn look(
    toss: &TossPayments,
    request: &RefundRequest,
    deadline: Instant,
    refusal: Refusal,
) -> Outcome {
    let path = format!("/v1/payments/{}", request.reference);
    if let Ok(answer) = toss.client.get(&path, &request.merchant_ref, deadline).await
        && is_about(request, &answer)
        && let Ok(looked) = lookup::read(&answer)
        && let Some(transaction) = landed(request, &looked)
    {
        return Outcome::Done { transaction, raw: record::of(answer) };
    }
    // No proof: the words of the refusal are the reason.
    Failure::Refused(refusal).into_outcome()
}

fn is_about(request: &RefundRequest, answer: &Value) -> bool {
    let identities =
        [("/paymentKey", request.reference.as_str()), ("/orderId", request.merchant_ref.as_str())];
    json::is_about(answer, &identities)
}
