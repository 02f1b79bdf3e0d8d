//! `cancel`: money is given back.

use std::time::Instant;

use jangbogo_kernel::Money;
use jangbogo_payment::{Looked, Outcome, ProviderTransaction, RefundRequest};
use serde_json::Value;

use super::client::Call;
use super::code::CodeClass;
use super::failure::{Failure, Refusal};
use super::wire::{self, CancelBody};
use super::{KakaoPay, lookup, record};

/// Sends `cancel` once, with what we believe is left as an optimistic lock.
///
/// A refusal because of the payment's state is never a decline: another cancel may have landed, so
/// the books are asked within the same deadline.
pub(super) async fn run(kakaopay: &KakaoPay, request: &RefundRequest) -> Outcome {
    let amounts = (wire::won(request.amount), wire::won(request.refundable));
    let (Some(cancel_amount), Some(cancel_available_amount)) = amounts else {
        return Failure::Unfit("KakaoPay gives back only won".to_owned()).into_outcome();
    };
    let body = CancelBody {
        merchant: kakaopay.merchant(),
        tid: &request.reference,
        cancel_amount,
        cancel_tax_free_amount: 0,
        cancel_available_amount,
    };
    let deadline = kakaopay.client.deadline();
    let call = Call { name: "cancel", subject: &request.reference, deadline };
    match kakaopay.client.post(call, &body).await {
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
    let id = wire::text_at(&answer, "/aid");
    let total = wire::int_at(&answer, "/approved_cancel_amount/total");
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

/// The refund, if the books show exactly what they would after it: as much given back as there was
/// before and this amount, and this amount last.
fn landed(request: &RefundRequest, looked: &Looked) -> Option<ProviderTransaction> {
    let captured = looked.captured.as_ref()?.amount;
    let left = request.refundable.checked_sub(request.amount).ok()?;
    let expected = captured.checked_sub(left).ok()?;
    let mut refunded = Money::won(0);
    for refund in &looked.refunds {
        refunded = refunded.checked_add(refund.amount).ok()?;
    }
    let last = looked.refunds.last()?;
    (refunded == expected && last.amount == request.amount).then(|| last.clone())
}

fn is_about(request: &RefundRequest, answer: &Value) -> bool {
    let identities = [
        ("/tid", request.reference.as_str()),
        ("/partner_order_id", request.merchant_ref.as_str()),
    ];
    wire::is_about(answer, &identities)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looked(refunds: &[i64]) -> Looked {
        let movement = |(place, amount): (usize, i64)| ProviderTransaction {
            id: format!("A{place}"),
            amount: Money::won(amount),
        };
        Looked {
            captured: Some(movement((0, 10_000))),
            refunds: (1..).zip(refunds.iter().copied()).map(movement).collect(),
            is_over: true,
        }
    }

    #[test]
    fn only_books_that_show_exactly_this_refund_prove_it() {
        let request = RefundRequest {
            refund_ref: "pay_2".to_owned(),
            reference: "T1".to_owned(),
            merchant_ref: "pay_1".to_owned(),
            amount: Money::won(3_000),
            refundable: Money::won(8_000),
        };
        let id = |refunds: &[i64]| landed(&request, &looked(refunds)).map(|found| found.id);
        assert_eq!(id(&[2_000, 3_000]).as_deref(), Some("A2"));
        assert_eq!(id(&[1_000, 1_000, 3_000]).as_deref(), Some("A3"));
        for others in [
            &[][..],
            &[2_000],
            &[3_000],
            &[3_000, 2_000],
            &[2_000, 3_000, 1_000],
            &[2_000, 1_500, 1_500],
            &[i64::MAX, 3_000],
        ] {
            assert_eq!(id(others), None, "{others:?}");
        }
        let nothing = Looked { captured: None, ..looked(&[2_000, 3_000]) };
        assert_eq!(landed(&request, &nothing), None);
    }
}
