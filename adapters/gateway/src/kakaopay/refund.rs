//! `cancel`: money is given back.

use std::time::Instant;

use jangbogo_kernel::Money;
use jangbogo_payment::{Outcome, ProviderTransaction, RefundRequest};
use serde_json::Value;

use super::body::CancelBody;
use super::{KakaoPay, Reference, lookup, record};
use crate::wire::failure::{CodeClass, Failure, Refusal, landed};
use crate::wire::json;

/// Sends `cancel` once, with what we believe is left as an optimistic lock.
///
/// A refusal because of the payment's state is never a decline: another cancel may have landed, so
/// the books are asked within the same deadline.
pub(super) async fn run(kakaopay: &KakaoPay, request: &RefundRequest) -> Outcome {
    let amounts = (json::won(request.amount), json::won(request.refundable));
    let (Some(cancel_amount), Some(cancel_available_amount)) = amounts else {
        return Failure::Unfit("KakaoPay gives back only won".to_owned()).into_outcome();
    };
    let Reference { terms, tid } = Reference::parse(&request.reference);
    let body = CancelBody {
        merchant: kakaopay.merchant(terms),
        tid,
        cancel_amount,
        cancel_tax_free_amount: 0,
        cancel_available_amount,
    };
    let deadline = kakaopay.client.deadline();
    match kakaopay.client.post("cancel", &request.reference, deadline, &body).await {
        Ok(answer) => read(request, answer),
        Err(Failure::Refused(refusal))
            if matches!(refusal.class, CodeClass::Raced | CodeClass::AlreadyDone) =>
        {
            look(kakaopay, request, deadline, refusal).await
        }
        Err(failure) => failure.into_outcome(),
    }
}

fn read(request: &RefundRequest, answer: Value) -> Outcome {
    if !is_about(request, &answer) {
        return senseless("KakaoPay answered about another payment");
    }
    let id = json::text_at(&answer, "/aid");
    let total = json::int_at(&answer, "/approved_cancel_amount/total");
    let (Some(id), Some(total)) = (id, total) else {
        return senseless("the answer lacks the movement or its amount");
    };
    let amount = Money::won(total);
    Outcome::Done { transaction: ProviderTransaction { id, amount }, raw: record::of(answer) }
}

/// The answer cannot be used, and nobody can say what it means.
fn senseless(reason: &str) -> Outcome {
    Failure::NoAnswer(reason.to_owned()).into_outcome()
}

async fn look(
    kakaopay: &KakaoPay,
    request: &RefundRequest,
    deadline: Instant,
    refusal: Refusal,
) -> Outcome {
    if let Ok(books) = lookup::ask(kakaopay, &request.reference, deadline).await
        && is_about(request, &books.answer)
        && let Some(transaction) = landed(request, &books.looked)
    {
        return Outcome::Done { transaction, raw: record::of(books.answer) };
    }
    // No proof: the words of the refusal are the reason.
    Failure::Refused(refusal).into_outcome()
}

fn is_about(request: &RefundRequest, answer: &Value) -> bool {
    let identities = [
        ("/tid", Reference::parse(&request.reference).tid),
        ("/partner_order_id", request.merchant_ref.as_str()),
    ];
    json::is_about(answer, &identities)
}
