//! `subscription`: a charge without the buyer.

use jangbogo_kernel::Money;
use jangbogo_payment::{ChargeRequest, Charged, Outcome, ProviderTransaction};
use serde_json::Value;

use super::body::{ChargeBody, NAME_CHARS_MAX};
use super::{KakaoPay, Reference, Terms, record};
use crate::wire::failure::Failure;
use crate::wire::json;

/// Sends `subscription` once, and never again: KakaoPay knows no idempotency, and a repeat is
/// another charge.
pub(super) async fn run(kakaopay: &KakaoPay, request: &ChargeRequest) -> Charged {
    let Some(total_amount) = json::won(request.amount) else {
        return nothing(Failure::Unfit("KakaoPay takes only won".to_owned()));
    };
    let item_name: String = request.item_name.chars().take(NAME_CHARS_MAX).collect();
    let body = ChargeBody {
        merchant: kakaopay.merchant(Terms::Recurring),
        sid: request.key.expose(),
        partner_order_id: &request.merchant_ref,
        partner_user_id: &request.buyer_ref,
        item_name: &item_name,
        quantity: request.quantity,
        total_amount,
        tax_free_amount: 0,
    };
    let deadline = kakaopay.client.deadline();
    match kakaopay.client.post("subscription", &request.merchant_ref, deadline, &body).await {
        Ok(answer) => read(request, answer),
        Err(failure) => nothing(failure),
    }
}

fn read(request: &ChargeRequest, answer: Value) -> Charged {
    let identities = [
        ("/sid", request.key.expose()),
        ("/partner_order_id", request.merchant_ref.as_str()),
        ("/partner_user_id", request.buyer_ref.as_str()),
    ];
    if !json::is_about(&answer, &identities) {
        let reason = "KakaoPay answered about another charge".to_owned();
        return nothing(Failure::NoAnswer(reason));
    }
    let id = json::text_at(&answer, "/aid");
    let tid = json::text_at(&answer, "/tid");
    let total = json::int_at(&answer, "/amount/total");
    let (Some(id), Some(tid), Some(total)) = (id, tid, total) else {
        let reason = "the answer lacks the movement, its payment or its amount".to_owned();
        return nothing(Failure::NoAnswer(reason));
    };
    let transaction = ProviderTransaction { id, amount: Money::won(total) };
    let reference = Reference { terms: Terms::Recurring, tid: &tid }.to_string();
    Charged {
        outcome: Outcome::Done { transaction, raw: record::of(answer) },
        reference: Some(reference),
        firmness: None,
    }
}

fn nothing(failure: Failure) -> Charged {
    let firmness = failure.firmness();
    Charged { outcome: failure.into_outcome(), reference: None, firmness }
}
