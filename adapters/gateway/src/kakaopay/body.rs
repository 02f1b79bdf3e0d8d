//! The bodies of KakaoPay's requests. Integers are sent as integers.

use serde::Serialize;

/// The longest reference, user or item name.
pub(super) const NAME_CHARS_MAX: usize = 100;
/// The longest address.
pub(super) const URL_CHARS_MAX: usize = 255;

/// The fields with which every request begins.
#[derive(Serialize)]
pub(super) struct Merchant<'a> {
    pub(super) cid: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cid_secret: Option<&'a str>,
}

/// `ready`.
#[derive(Serialize)]
pub(super) struct ReadyBody<'a> {
    #[serde(flatten)]
    pub(super) merchant: Merchant<'a>,
    pub(super) partner_order_id: &'a str,
    pub(super) partner_user_id: &'a str,
    pub(super) item_name: &'a str,
    pub(super) quantity: i64,
    pub(super) total_amount: i64,
    pub(super) tax_free_amount: i64,
    pub(super) approval_url: &'a str,
    pub(super) cancel_url: &'a str,
    pub(super) fail_url: &'a str,
}

/// `approve`.
#[derive(Serialize)]
pub(super) struct ApproveBody<'a> {
    #[serde(flatten)]
    pub(super) merchant: Merchant<'a>,
    pub(super) tid: &'a str,
    pub(super) partner_order_id: &'a str,
    pub(super) partner_user_id: &'a str,
    pub(super) pg_token: &'a str,
    pub(super) total_amount: i64,
}

/// `cancel`.
#[derive(Serialize)]
pub(super) struct CancelBody<'a> {
    #[serde(flatten)]
    pub(super) merchant: Merchant<'a>,
    pub(super) tid: &'a str,
    pub(super) cancel_amount: i64,
    pub(super) cancel_tax_free_amount: i64,
    /// What we believe is left, this cancel included: KakaoPay refuses when it is not so.
    pub(super) cancel_available_amount: i64,
}

/// `subscription`.
#[derive(Serialize)]
pub(super) struct ChargeBody<'a> {
    #[serde(flatten)]
    pub(super) merchant: Merchant<'a>,
    pub(super) sid: &'a str,
    pub(super) partner_order_id: &'a str,
    pub(super) partner_user_id: &'a str,
    pub(super) item_name: &'a str,
    pub(super) quantity: i64,
    pub(super) total_amount: i64,
    pub(super) tax_free_amount: i64,
}

/// `manage/subscription/status` and `…/inactive`.
#[derive(Serialize)]
pub(super) struct SidBody<'a> {
    #[serde(flatten)]
    pub(super) merchant: Merchant<'a>,
    pub(super) sid: &'a str,
}

/// `order`.
#[derive(Serialize)]
pub(super) struct OrderBody<'a> {
    #[serde(flatten)]
    pub(super) merchant: Merchant<'a>,
    pub(super) tid: &'a str,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn requests_carry_integers_and_no_empty_secret() {
        let order = |cid_secret| OrderBody {
            merchant: Merchant { cid: "TC0ONETIME", cid_secret },
            tid: "T1",
        };
        let body = serde_json::to_value(order(None)).unwrap();
        assert_eq!(body, json!({"cid": "TC0ONETIME", "tid": "T1"}));
        let body = serde_json::to_value(order(Some("s"))).unwrap();
        assert_eq!(body["cid_secret"], json!("s"));
        let cancel = CancelBody {
            merchant: order(None).merchant,
            tid: "T1",
            cancel_amount: 700,
            cancel_tax_free_amount: 0,
            cancel_available_amount: 1_000,
        };
        let expected = json!({"cid": "TC0ONETIME", "tid": "T1", "cancel_amount": 700,
            "cancel_tax_free_amount": 0, "cancel_available_amount": 1_000});
        assert_eq!(serde_json::to_value(cancel).unwrap(), expected);
    }
}
