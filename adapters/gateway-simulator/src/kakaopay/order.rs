//! `order`: the state of a payment is looked up.

use serde_json::{Value, json};

use super::approve::{CARD_BIN, CARD_ISSUER};
use super::fields::Fields;
use super::payment::{Method, Payment, known};
use super::refusal::{CallError, Decline, Refusal};
use super::{KakaoPay, PROVIDER, answer};
use crate::ledger::{self, LedgerEntry, LedgerOp};

/// A well-formed `order`.
#[derive(Debug)]
pub(super) struct Order {
    cid: &'static str,
    pub(super) tid: String,
}

impl Order {
    pub(super) fn parse(fields: &Fields) -> Result<Self, Refusal> {
        Ok(Self { cid: fields.cid()?, tid: fields.text("tid", 20)? })
    }
}

/// Reads the payment and its movements at one moment.
pub(super) async fn run(
    kakaopay: &KakaoPay,
    request: Order,
    decline: Option<&Decline>,
) -> Result<Value, CallError> {
    let mut tx = kakaopay.backstage.ledger.begin().await?;
    let payment = known(&mut tx, request.cid, &request.tid).await?;
    if let Some(decline) = decline {
        return Err(decline.refusal().into());
    }
    let movements = ledger::entries_of(&mut tx, PROVIDER, &payment.tid).await?;
    tx.rollback().await?;

    let mut answer = answer::common(&payment);
    answer["status"] = json!(payment.state.as_str());
    answer["canceled_amount"] = answer::amount(payment.canceled);
    answer["cancel_available_amount"] = answer::amount(payment.cancellable());
    answer["canceled_at"] = json!(answer::optional_time(payment.canceled_at_us));
    answer["payment_action_details"] = movements.iter().map(action).collect();
    if payment.method == Some(Method::Card) {
        answer["selected_card_info"] = selected_card_info(&payment);
    }
    Ok(answer)
}

fn action((entry, payload): &(LedgerEntry, Option<String>)) -> Value {
    json!({
        "aid": entry.pg_tx_id,
        "approved_at": answer::korean_time(entry.at.as_microsecond()),
        "amount": entry.amount,
        "point_amount": 0,
        "discount_amount": 0,
        "green_deposit": 0,
        "payment_action_type": match entry.op {
            LedgerOp::Capture => "PAYMENT",
            LedgerOp::Refund => "CANCEL",
        },
        "payload": payload,
    })
}

fn selected_card_info(payment: &Payment) -> Value {
    json!({
        "card_bin": CARD_BIN,
        "install_month": payment.install_month.unwrap_or(0),
        "card_corp_name": CARD_ISSUER,
        "interest_free_install": "N",
    })
}
