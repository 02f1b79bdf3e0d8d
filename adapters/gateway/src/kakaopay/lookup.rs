//! `order`: what KakaoPay's books say about a session.

use std::time::Instant;

use jangbogo_kernel::Money;
use jangbogo_payment::{Looked, ProviderError, ProviderTransaction};
use serde_json::Value;

use super::body::OrderBody;
use super::{KakaoPay, Reference};
use crate::wire::failure::Failure;
use crate::wire::json;

/// What the books say, and their words.
pub(super) struct Books {
    pub(super) looked: Looked,
    pub(super) answer: Value,
}

/// How far a payment has come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Progress {
    Pending,
    Captured,
    Over,
}

pub(super) async fn run(kakaopay: &KakaoPay, reference: &str) -> Result<Looked, ProviderError> {
    let books = ask(kakaopay, reference, kakaopay.client.deadline()).await;
    Ok(books.map_err(Failure::into_error)?.looked)
}

/// Asks once.
pub(super) async fn ask(
    kakaopay: &KakaoPay,
    reference: &str,
    deadline: Instant,
) -> Result<Books, Failure> {
    let Reference { terms, tid } = Reference::parse(reference);
    let body = OrderBody { merchant: kakaopay.merchant(terms), tid };
    let answer = kakaopay.client.post("order", tid, deadline, &body).await?;
    if !json::is_about(&answer, &[("/tid", tid)]) {
        let reason = "KakaoPay answered about another payment".to_owned();
        return Err(Failure::NoAnswer(reason));
    }
    let looked = read(&answer).map_err(|why| Failure::NoAnswer(why.to_owned()))?;
    Ok(Books { looked, answer })
}

/// What cannot be read completely is not read at all: half of the truth would pass for proof.
fn read(answer: &Value) -> Result<Looked, &'static str> {
    let status = json::text_at(answer, "/status").unwrap_or_default();
    let progress = progress(&status).ok_or("the payment's status is not known")?;
    let actions = match answer.get("payment_action_details") {
        None | Some(Value::Null) => &[][..],
        Some(Value::Array(actions)) => actions,
        Some(_) => return Err("the payment's movements make no sense"),
    };
    let mut captures = movements(actions, "PAYMENT")?;
    if captures.len() > 1 || captures.is_empty() == (progress == Progress::Captured) {
        return Err("the payment's status and movements contradict each other");
    }
    Ok(Looked {
        captured: captures.pop(),
        refunds: movements(actions, "CANCEL")?,
        is_over: progress == Progress::Over,
    })
}

fn progress(status: &str) -> Option<Progress> {
    Some(match status {
        "READY" | "SEND_TMS" | "OPEN_PAYMENT" | "SELECT_METHOD" | "ARS_WAITING"
        | "AUTH_PASSWORD" | "ISSUED_SID" => Progress::Pending,
        "SUCCESS_PAYMENT" | "PART_CANCEL_PAYMENT" | "CANCEL_PAYMENT" => Progress::Captured,
        "QUIT_PAYMENT" | "FAIL_PAYMENT" | "FAIL_AUTH_PASSWORD" => Progress::Over,
        _ => return None,
    })
}

/// The movements of one kind, oldest first; within a second as KakaoPay lists them.
fn movements(actions: &[Value], kind: &str) -> Result<Vec<ProviderTransaction>, &'static str> {
    let mut found = Vec::new();
    for action in actions {
        if json::text_at(action, "/payment_action_type").as_deref() != Some(kind) {
            continue;
        }
        let id = json::text_at(action, "/aid");
        let amount = json::int_at(action, "/amount");
        let (Some(id), Some(amount)) = (id, amount) else {
            return Err("a movement lacks its name or amount");
        };
        let amount = Money::won(amount);
        let at = json::text_at(action, "/approved_at");
        found.push((at, ProviderTransaction { id, amount }));
    }
    found.sort_by(|(earlier, _), (later, _)| earlier.cmp(later));
    Ok(found.into_iter().map(|(_, movement)| movement).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn action(kind: &str, aid: &str, amount: Value, second: &str) -> Value {
        json!({"payment_action_type": kind, "aid": aid, "amount": amount,
            "approved_at": format!("2026-11-20T10:00:{second}"), "payload": null})
    }

    fn movement(id: &str, amount: i64) -> ProviderTransaction {
        ProviderTransaction { id: id.to_owned(), amount: Money::won(amount) }
    }

    #[test]
    fn captured_payments_have_their_movements() {
        for status in ["SUCCESS_PAYMENT", "PART_CANCEL_PAYMENT", "CANCEL_PAYMENT"] {
            let answer = json!({"status": status, "unlisted": {}, "payment_action_details": [
                action("CANCEL", "A3", json!("300"), "30"),
                action("CANCEL", "A2", json!(200), "20"),
                action("PAYMENT", "A1", json!("1000"), "10"),
            ]});
            let expected = Looked {
                captured: Some(movement("A1", 1_000)),
                refunds: vec![movement("A2", 200), movement("A3", 300)],
                is_over: false,
            };
            assert_eq!(read(&answer), Ok(expected), "{status}");
        }
    }

    #[test]
    fn payments_without_capture_are_pending_or_over() {
        for (statuses, is_over) in [
            (&["QUIT_PAYMENT", "FAIL_PAYMENT", "FAIL_AUTH_PASSWORD"][..], true),
            (&["READY", "SEND_TMS", "OPEN_PAYMENT", "SELECT_METHOD"], false),
            (&["ARS_WAITING", "AUTH_PASSWORD", "ISSUED_SID"], false),
        ] {
            for status in statuses {
                for actions in [json!(null), json!([])] {
                    let answer = json!({"status": status, "payment_action_details": actions});
                    let expected = Looked { captured: None, refunds: Vec::new(), is_over };
                    assert_eq!(read(&answer), Ok(expected), "{status}");
                }
            }
        }
    }

    #[test]
    fn what_makes_no_sense_proves_nothing() {
        let payment = action("PAYMENT", "A1", json!(1_000), "10");
        for answer in [
            json!({}),
            json!({"status": "NEW_STATUS"}),
            json!({"status": "SUCCESS_PAYMENT"}),
            json!({"status": "SUCCESS_PAYMENT", "payment_action_details": "none"}),
            json!({"status": "QUIT_PAYMENT", "payment_action_details": [payment]}),
            json!({"status": "READY", "payment_action_details": [payment]}),
            json!({"status": "SUCCESS_PAYMENT", "payment_action_details": [payment, payment]}),
            json!({"status": "SUCCESS_PAYMENT", "payment_action_details":
                [action("PAYMENT", "", json!(1_000), "10")]}),
            json!({"status": "PART_CANCEL_PAYMENT", "payment_action_details":
                [payment, action("CANCEL", "A2", json!(null), "20")]}),
        ] {
            assert!(read(&answer).is_err(), "{answer}");
        }
    }
}
