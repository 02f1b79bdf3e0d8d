//! What TossPayments' error codes mean for money. The status decides nothing: some declines are
//! 403, and so are some faults of ours.

use crate::wire::failure::CodeClass;

use CodeClass::{AlreadyDone, Ambiguous, Closed, Hard, OurFault, Raced, Soft, Unknown};

/// The class of a code; one that is not listed proves nothing.
pub(super) fn class(code: &str) -> CodeClass {
    match code {
        "ALREADY_PROCESSED_PAYMENT" | "ALREADY_COMPLETED_PAYMENT" | "DUPLICATED_ORDER_ID" => {
            AlreadyDone
        }
        // Another request has landed, or is under way.
        "DUPLICATED_REQUEST"
        | "IDEMPOTENT_REQUEST_PROCESSING"
        | "FORBIDDEN_CONSECUTIVE_REQUEST"
        | "ALREADY_CANCELED_PAYMENT"
        | "ALREADY_REFUND_PAYMENT"
        | "ALREADY_REFUNDING_PAYMENT"
        | "NOT_MATCHES_REFUNDABLE_AMOUNT"
        | "NOT_CANCELABLE_AMOUNT"
        | "NOT_CANCELABLE_PAYMENT" => Raced,
        "MAINTAINED_METHOD" | "NOT_AVAILABLE_BANK" => Closed,
        "PROVIDER_ERROR" | "CARD_PROCESSING_ERROR" => Unknown,
        _ if is_soft(code) => Soft,
        _ if is_hard(code) => Hard,
        // The buyer must be asked; another try by ourselves would be none.
        "INVALID_REJECT_CARD"
        | "REJECT_CARD_COMPANY"
        | "REJECT_TOSSPAY_INVALID_ACCOUNT"
        | "FDS_ERROR"
        | "INVALID_PASSWORD" => Ambiguous,
        _ if is_our_fault(code) => OurFault,
        _ if refuses_a_refund(code) => Hard,
        _ => Unknown,
    }
}

/// Limits and balances, plans of instalments, and a page that was left open too long.
fn is_soft(code: &str) -> bool {
    matches!(
        code,
        "EXCEED_MAX_AMOUNT"
            | "EXCEED_MAX_PAYMENT_AMOUNT"
            | "EXCEED_MAX_DAILY_PAYMENT_COUNT"
            | "EXCEED_MAX_MONTHLY_PAYMENT_AMOUNT"
            | "EXCEED_MAX_ONE_DAY_WITHDRAW_AMOUNT"
            | "EXCEED_MAX_ONE_TIME_WITHDRAW_AMOUNT"
            | "EXCEED_MAX_ONE_DAY_AMOUNT"
            | "EXCEED_MAX_AUTH_COUNT"
            | "EXCEED_UNKNOWN_CASE"
            | "REJECT_ACCOUNT_PAYMENT"
            | "REJECT_CARD_PAYMENT"
            | "NOT_FOUND_PAYMENT_SESSION"
            | "EXCEED_MAX_CARD_INSTALLMENT_PLAN"
            | "EXCEED_MIN_CARD_INSTALLMENT_PLAN"
            | "INVALID_CARD_INSTALLMENT_PLAN"
            | "NOT_SUPPORTED_INSTALLMENT_PLAN_CARD_OR_MERCHANT"
            | "NOT_SUPPORTED_MONTHLY_INSTALLMENT_PLAN"
            | "NOT_ALLOWED_INSTALLMENT_BELOW_AMOUNT"
            | "INVALID_CARD_INSTALLMENT_AMOUNT"
            | "NOT_ALLOWED_POINT_USE"
    )
}

/// Cards, accounts and keys that will not pay as they are.
fn is_hard(code: &str) -> bool {
    matches!(
        code,
        "INVALID_CARD_LOST_OR_STOLEN"
            | "INVALID_STOPPED_CARD"
            | "INVALID_CARD_EXPIRATION"
            | "INVALID_CARD_NUMBER"
            | "INVALID_CARD"
            | "INVALID_CARD_PASSWORD"
            | "INVALID_CARD_IDENTITY"
            | "RESTRICTED_TRANSFER_ACCOUNT"
            | "ALREADY_CLOSE_ACCOUNT"
            | "INVALID_ACCOUNT_INFO_RE_REGISTER"
            | "INVALID_BILL_KEY_REQUEST"
            | "INVALID_BILLING_AUTH"
            | "NOT_MATCHES_CUSTOMER_KEY"
            | "ALREADY_REMOVED_BILLING_KEY"
            | "NOT_SUPPORTED_CARD_TYPE"
            | "NOT_REGISTERED_CARD_COMPANY"
            | "USER_ACCOUNT_ON_HOLD"
            | "NOT_FOUND_BILLING"
    )
}

fn is_our_fault(code: &str) -> bool {
    matches!(
        code,
        "INVALID_REQUEST"
            | "INVALID_API_KEY"
            | "INVALID_AUTHORIZE_AUTH"
            | "INVALID_ORDER_ID"
            | "INVALID_ORDER_NAME"
            | "INVALID_CUSTOMER_KEY"
            | "INVALID_CURRENCY"
            | "INVALID_IDEMPOTENCY_KEY"
            | "INVALID_TEST_CODE"
            | "BELOW_MINIMUM_AMOUNT"
            | "BELOW_ZERO_AMOUNT"
            | "EXCEEDS_TRANSFER_AMOUNT_MAXIMUM"
            | "NOT_FOUND_TERMINAL_ID"
            | "NOT_REGISTERED_BUSINESS"
            | "INVALID_UNREGISTERED_SUBMALL"
            | "UNAPPROVED_ORDER_ID"
            | "NOT_AVAILABLE_PAYMENT"
            | "NOT_SUPPORTED_METHOD"
            | "API_VERSION_UPDATE_NEEDED"
            | "UNAUTHORIZED_KEY"
            | "FORBIDDEN_REQUEST"
            | "INCORRECT_BASIC_AUTH_FORMAT"
            | "NOT_FOUND"
            | "NOT_FOUND_PAYMENT"
            | "NOT_FOUND_MERCHANT"
            | "NOT_FOUND_METHOD"
            | "NOT_FOUND_HTTP_METHOD"
    )
}

fn refuses_a_refund(code: &str) -> bool {
    matches!(
        code,
        "INVALID_REFUND_ACCOUNT_INFO"
            | "INVALID_REFUND_ACCOUNT_NUMBER"
            | "INVALID_REFUND_AMOUNT"
            | "INVALID_BANK"
            | "REFUND_REJECTED"
            | "EXCEED_CANCEL_AMOUNT_DISCOUNT_AMOUNT"
            | "FORBIDDEN_BANK_REFUND_REQUEST"
            | "NOT_CANCELABLE_PAYMENT_FOR_DORMANT_USER"
            | "EXCEED_MAX_REFUND_DUE"
            | "EXCEED_MAX_REFUND_AMOUNT"
            | "NOT_ALLOWED_PARTIAL_REFUND"
            | "NOT_ALLOWED_PARTIAL_REFUND_WAITING_DEPOSIT"
            | "NOT_ALLOWED_REFUND_BANK"
            | "NOT_SUPPORTED_REFUND"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_their_classes() {
        for (codes, expected) in [
            (&["ALREADY_PROCESSED_PAYMENT", "DUPLICATED_ORDER_ID"][..], AlreadyDone),
            (&["IDEMPOTENT_REQUEST_PROCESSING", "FORBIDDEN_CONSECUTIVE_REQUEST"], Raced),
            (&["ALREADY_CANCELED_PAYMENT", "NOT_MATCHES_REFUNDABLE_AMOUNT"], Raced),
            (&["NOT_CANCELABLE_AMOUNT", "NOT_CANCELABLE_PAYMENT"], Raced),
            (&["MAINTAINED_METHOD", "NOT_AVAILABLE_BANK"], Closed),
            (&["REJECT_CARD_PAYMENT", "REJECT_ACCOUNT_PAYMENT", "EXCEED_MAX_AMOUNT"], Soft),
            (&["NOT_FOUND_PAYMENT_SESSION", "EXCEED_MAX_AUTH_COUNT"], Soft),
            (&["INVALID_STOPPED_CARD", "INVALID_CARD_LOST_OR_STOLEN"], Hard),
            (&["NOT_FOUND_BILLING", "EXCEED_MAX_REFUND_DUE"], Hard),
            (&["REJECT_CARD_COMPANY", "INVALID_REJECT_CARD", "FDS_ERROR"], Ambiguous),
            (&["UNAUTHORIZED_KEY", "FORBIDDEN_REQUEST", "NOT_FOUND_PAYMENT"], OurFault),
            (&["PROVIDER_ERROR", "CARD_PROCESSING_ERROR", "NEW_CODE", "", "reject"], Unknown),
        ] {
            for code in codes {
                assert_eq!(class(code), expected, "{code}");
            }
        }
    }
}
