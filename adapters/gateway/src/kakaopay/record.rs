//! What is kept of an answer for the record: bounded, and without what nobody needs of a card.

use serde_json::Value;

use crate::wire::json;

/// What may be known of a card.
const CARD_FIELDS: [&str; 8] = [
    "bin",
    "card_bin",
    "card_type",
    "issuer_corp",
    "issuer_corp_code",
    "kakaopay_issuer_corp",
    "kakaopay_issuer_corp_code",
    "card_corp_name",
];

/// The answer as text. Cards are reduced to digits of the bank, type and issuer; a recurring token
/// (`sid`), which can be charged, is left out.
pub(super) fn of(mut answer: Value) -> String {
    reduce(&mut answer);
    json::record(&answer)
}

fn reduce(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.remove("sid");
            for (name, value) in fields {
                match value {
                    Value::Object(card) if name.ends_with("card_info") => {
                        card.retain(|field, _| CARD_FIELDS.contains(&field.as_str()));
                    }
                    other => reduce(other),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(reduce),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn cards_and_tokens_are_reduced_wherever_they_are() {
        let card = json!({"bin": "621640", "card_type": "신용", "kakaopay_issuer_corp": "은행",
            "approved_id": "12345678", "card_mid": "123456789", "card_item_code": "2130021"});
        let answer = json!({"aid": "A1", "sid": "S1", "card_info": card,
            "selected_card_info": {"card_bin": "621640", "install_month": 0},
            "sequential_payment_methods": [{"sid": "S2", "card_info": card}]});
        let kept: Value = serde_json::from_str(&of(answer)).unwrap();
        let card = json!({"bin": "621640", "card_type": "신용", "kakaopay_issuer_corp": "은행"});
        let expected = json!({"aid": "A1", "card_info": card,
            "selected_card_info": {"card_bin": "621640"},
            "sequential_payment_methods": [{"card_info": card}]});
        assert_eq!(kept, expected);
    }
}
