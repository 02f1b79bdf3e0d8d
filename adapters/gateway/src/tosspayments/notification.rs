//! Webhooks: unsigned, so they are a hint and nothing more.

use serde_json::Value;

use crate::wire::json;

/// The payment that a webhook is about: below `data` in most, at the top in `DEPOSIT_CALLBACK`.
pub(super) fn order_id(notification: &str) -> Option<String> {
    let notification: Value = serde_json::from_str(notification).ok()?;
    ["/data/orderId", "/orderId"].iter().find_map(|place| json::text_at(&notification, place))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hint_names_its_payment_wherever_it_does() {
        let changed = r#"{"eventType":"PAYMENT_STATUS_CHANGED","createdAt":"2026-11-20T10:00:00.0",
            "data":{"paymentKey":"tjang1","orderId":"pay_1","status":"DONE"}}"#;
        assert_eq!(order_id(changed).as_deref(), Some("pay_1"));
        let deposit =
            r#"{"createdAt":"2026-11-20","secret":"s","status":"DONE","orderId":"pay_2"}"#;
        assert_eq!(order_id(deposit).as_deref(), Some("pay_2"));
        for other in [
            "",
            "[]",
            "{}",
            r#"{"eventType":"BILLING_DELETED","data":{"billingKey":"b"}}"#,
            r#"{"data":{"orderId":""}}"#,
            r#"{"data":{"orderId":null}}"#,
        ] {
            assert_eq!(order_id(other), None, "{other}");
        }
    }
}
