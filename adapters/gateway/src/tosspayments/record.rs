//! What is kept of a payment for the record: without what nobody needs of a card or an account.

use serde_json::Value;

use crate::wire::json;

/// What may be known of a card.
const CARD_FIELDS: [&str; 5] =
    ["issuerCode", "acquirerCode", "cardType", "ownerType", "installmentPlanMonths"];
/// Secrets, and what names a person or their account.
const LEFT_OUT: [&str; 6] =
    ["secret", "virtualAccount", "transfer", "mobilePhone", "giftCertificate", "cashReceipts"];

/// The answer as text.
pub(super) fn of(mut answer: Value) -> String {
    if let Some(fields) = answer.as_object_mut() {
        fields.retain(|name, _| !LEFT_OUT.contains(&name.as_str()));
        if let Some(card) = fields.get_mut("card").and_then(Value::as_object_mut) {
            card.retain(|name, _| CARD_FIELDS.contains(&name.as_str()));
        }
    }
    json::record(&answer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn cards_are_reduced_and_secrets_left_out() {
        let answer = json!({"paymentKey": "k", "secret": "ps_1", "virtualAccount": {"bank": "1"},
            "transfer": null, "card": {"number": "94100012****789*", "approveNo": "00000000",
            "issuerCode": "61", "cardType": "신용"}});
        let kept: Value = serde_json::from_str(&of(answer)).unwrap();
        let card = json!({"issuerCode": "61", "cardType": "신용"});
        assert_eq!(kept, json!({"paymentKey": "k", "card": card}));
    }
}
