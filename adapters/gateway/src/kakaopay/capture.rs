//! `approve`: the money that the buyer agreed to is taken.

use std::time::Instant;

use jangbogo_kernel::Money;
use jangbogo_payment::{AgreementKey, CaptureRequest, Granted, Outcome, ProviderTransaction};
use serde_json::Value;

use super::body::ApproveBody;
use super::{KakaoPay, PG_TOKEN, Reference, lookup, record};
use crate::wire::failure::{CodeClass, Failure};
use crate::wire::json;

/// Sends `approve` once. Only "already paid" is followed by a question, within the same deadline;
/// every other doubt is left to whoever resolves unknown outcomes.
///
/// A payment on recurring terms brings the buyer's agreement with its answer, and only with it.
pub(super) async fn run(kakaopay: &KakaoPay, request: &CaptureRequest) -> Granted {
    let (outcome, key) = approve(kakaopay, request).await;
    Granted { outcome, key }
}

async fn approve(kakaopay: &KakaoPay, request: &CaptureRequest) -> (Outcome, Option<AgreementKey>) {
    let reference = Reference::parse(&request.reference);
    let Some(total_amount) = json::won(request.amount) else {
        return (unfit("KakaoPay takes only won"), None);
    };
    let Some(pg_token) = request.proof.get(PG_TOKEN) else {
        return (unfit("the buyer's browser brought no pg_token"), None);
    };
    let body = ApproveBody {
        merchant: kakaopay.merchant(reference.terms),
        tid: reference.tid,
        partner_order_id: &request.merchant_ref,
        partner_user_id: &request.buyer_ref,
        pg_token,
        total_amount,
    };
    let deadline = kakaopay.client.deadline();
    match kakaopay.client.post("approve", &request.reference, deadline, &body).await {
        Ok(answer) => {
            let key = json::text_at(&answer, "/sid").filter(|_| is_about(request, &answer));
            (read(request, answer), key.map(AgreementKey::new))
        }
        Err(Failure::Refused(refusal)) if refusal.class == CodeClass::AlreadyDone => {
            (look(kakaopay, request, deadline).await, None)
        }
        Err(failure) => (failure.into_outcome(), None),
    }
}

fn read(request: &CaptureRequest, answer: Value) -> Outcome {
    if !is_about(request, &answer) {
        return senseless("KakaoPay answered about another payment");
    }
    let id = json::text_at(&answer, "/aid");
    let total = json::int_at(&answer, "/amount/total");
    let (Some(id), Some(total)) = (id, total) else {
        return senseless("the answer lacks the movement or its amount");
    };
    let amount = Money::won(total);
    Outcome::Done { transaction: ProviderTransaction { id, amount }, raw: record::of(answer) }
}

/// An earlier request, whose answer never came, has been carried out: the books have its movement.
async fn look(kakaopay: &KakaoPay, request: &CaptureRequest, deadline: Instant) -> Outcome {
    let books = match lookup::ask(kakaopay, &request.reference, deadline).await {
        Ok(books) => books,
        Err(failure) => {
            return unproven(format!("already paid, says KakaoPay, but: {}", failure.into_error()));
        }
    };
    if !is_about(request, &books.answer) {
        return senseless("KakaoPay answered about another payment");
    }
    match books.looked.captured {
        Some(transaction) => Outcome::Done { transaction, raw: record::of(books.answer) },
        None => unproven("already paid, says KakaoPay, but its books have no capture".to_owned()),
    }
}

fn is_about(request: &CaptureRequest, answer: &Value) -> bool {
    let identities = [
        ("/tid", Reference::parse(&request.reference).tid),
        ("/partner_order_id", request.merchant_ref.as_str()),
        ("/partner_user_id", request.buyer_ref.as_str()),
    ];
    json::is_about(answer, &identities)
}

fn unfit(reason: &str) -> Outcome {
    Failure::Unfit(reason.to_owned()).into_outcome()
}

/// The answer cannot be used, and nobody can say what it means.
fn senseless(reason: &str) -> Outcome {
    Failure::NoAnswer(reason.to_owned()).into_outcome()
}

/// KakaoPay spoke, and proved nothing.
fn unproven(reason: String) -> Outcome {
    Failure::NoProof(reason).into_outcome()
}
