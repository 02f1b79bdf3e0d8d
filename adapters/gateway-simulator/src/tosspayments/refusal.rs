//! TossPayments' error codes, their HTTP statuses and bodies.

use axum::http::StatusCode;
use serde_json::json;

/// Why a call has no answer: TossPayments says no, or the simulator itself broke.
#[derive(Debug)]
pub(super) enum CallError {
    Refused(Refusal),
    Broken(sqlx::Error),
}

/// An error answer, by its code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) code: String,
    detail: Option<&'static str>,
}

impl From<Refusal> for CallError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<sqlx::Error> for CallError {
    fn from(error: sqlx::Error) -> Self {
        Self::Broken(error)
    }
}

impl Refusal {
    pub(super) fn new(code: &str) -> Self {
        Self { code: code.to_owned(), detail: None }
    }

    /// A field that is missing or malformed.
    pub(super) fn bad_field(field: &'static str) -> Self {
        Self { code: "INVALID_REQUEST".to_owned(), detail: Some(field) }
    }

    pub(super) fn status(&self) -> StatusCode {
        status_of(&self.code).unwrap_or(StatusCode::BAD_REQUEST)
    }

    pub(super) fn message(&self) -> String {
        let words = match self.code.as_str() {
            "INVALID_REQUEST" => "잘못된 요청입니다.",
            "UNAUTHORIZED_KEY" => "인증되지 않은 시크릿 키 혹은 클라이언트 키 입니다.",
            "NOT_FOUND_PAYMENT" => "존재하지 않는 결제 정보 입니다.",
            "NOT_FOUND_PAYMENT_SESSION" => {
                "결제 시간이 만료되어 결제 진행 데이터가 존재하지 않습니다."
            }
            "ALREADY_PROCESSED_PAYMENT" => "이미 처리된 결제 입니다.",
            "ALREADY_CANCELED_PAYMENT" => "이미 취소된 결제 입니다.",
            "IDEMPOTENT_REQUEST_PROCESSING" => "이전 멱등 요청이 처리중입니다.",
            _ => "요청을 처리하지 못했습니다.",
        };
        self.detail.map_or_else(|| words.to_owned(), |field| format!("{words} ({field})"))
    }

    pub(super) fn body(&self) -> String {
        json!({ "code": self.code, "message": self.message() }).to_string()
    }

    /// Whether a payment that was refused so is over: not after what passes by itself.
    pub(super) fn is_final(&self) -> bool {
        self.status() != StatusCode::INTERNAL_SERVER_ERROR && !PASSING.contains(&self.code.as_str())
    }
}

/// Refusals after which the same payment may be tried again.
const PASSING: [&str; 6] = [
    "PROVIDER_ERROR",
    "MAINTAINED_METHOD",
    "CARD_PROCESSING_ERROR",
    "NOT_AVAILABLE_BANK",
    "FORBIDDEN_CONSECUTIVE_REQUEST",
    "IDEMPOTENT_REQUEST_PROCESSING",
];

/// The HTTP status that goes with a code; `None` when it is no code of TossPayments'. Declines are
/// 400 or 403 without a system, as at the provider.
pub(super) fn status_of(code: &str) -> Option<StatusCode> {
    let statuses = [
        (StatusCode::BAD_REQUEST, BAD_REQUEST),
        (StatusCode::UNAUTHORIZED, &["UNAUTHORIZED_KEY"]),
        (StatusCode::FORBIDDEN, FORBIDDEN),
        (StatusCode::NOT_FOUND, NOT_FOUND),
        (StatusCode::CONFLICT, &["IDEMPOTENT_REQUEST_PROCESSING"]),
        (StatusCode::INTERNAL_SERVER_ERROR, INTERNAL),
    ];
    statuses.into_iter().find(|(_, codes)| codes.contains(&code)).map(|(status, _)| status)
}

const BAD_REQUEST: &[&str] = &[
    "ALREADY_CANCELED_PAYMENT",
    "ALREADY_CLOSE_ACCOUNT",
    "ALREADY_COMPLETED_PAYMENT",
    "ALREADY_PROCESSED_PAYMENT",
    "ALREADY_REFUNDING_PAYMENT",
    "ALREADY_REFUND_PAYMENT",
    "ALREADY_REMOVED_BILLING_KEY",
    "API_VERSION_UPDATE_NEEDED",
    "BELOW_MINIMUM_AMOUNT",
    "BELOW_ZERO_AMOUNT",
    "CARD_PROCESSING_ERROR",
    "DUPLICATED_ORDER_ID",
    "DUPLICATED_REQUEST",
    "EXCEEDS_TRANSFER_AMOUNT_MAXIMUM",
    "EXCEED_CANCEL_AMOUNT_DISCOUNT_AMOUNT",
    "EXCEED_MAX_AMOUNT",
    "EXCEED_MAX_CARD_INSTALLMENT_PLAN",
    "EXCEED_MAX_DAILY_PAYMENT_COUNT",
    "EXCEED_MAX_MONTHLY_PAYMENT_AMOUNT",
    "EXCEED_MAX_ONE_DAY_WITHDRAW_AMOUNT",
    "EXCEED_MAX_ONE_TIME_WITHDRAW_AMOUNT",
    "EXCEED_MAX_PAYMENT_AMOUNT",
    "EXCEED_MIN_CARD_INSTALLMENT_PLAN",
    "EXCEED_UNKNOWN_CASE",
    "FORBIDDEN_BANK_REFUND_REQUEST",
    "INVALID_ACCOUNT_INFO_RE_REGISTER",
    "INVALID_API_KEY",
    "INVALID_AUTHORIZE_AUTH",
    "INVALID_BANK",
    "INVALID_BILLING_AUTH",
    "INVALID_BILL_KEY_REQUEST",
    "INVALID_CARD",
    "INVALID_CARD_EXPIRATION",
    "INVALID_CARD_IDENTITY",
    "INVALID_CARD_INSTALLMENT_AMOUNT",
    "INVALID_CARD_INSTALLMENT_PLAN",
    "INVALID_CARD_LOST_OR_STOLEN",
    "INVALID_CARD_NUMBER",
    "INVALID_CARD_PASSWORD",
    "INVALID_CURRENCY",
    "INVALID_CUSTOMER_KEY",
    "INVALID_IDEMPOTENCY_KEY",
    "INVALID_ORDER_ID",
    "INVALID_ORDER_NAME",
    "INVALID_REFUND_ACCOUNT_INFO",
    "INVALID_REFUND_ACCOUNT_NUMBER",
    "INVALID_REFUND_AMOUNT",
    "INVALID_REJECT_CARD",
    "INVALID_REQUEST",
    "INVALID_STOPPED_CARD",
    "INVALID_TEST_CODE",
    "INVALID_UNREGISTERED_SUBMALL",
    "MAINTAINED_METHOD",
    "NOT_ALLOWED_POINT_USE",
    "NOT_AVAILABLE_PAYMENT",
    "NOT_FOUND_TERMINAL_ID",
    "NOT_MATCHES_CUSTOMER_KEY",
    "NOT_MATCHES_REFUNDABLE_AMOUNT",
    "NOT_REGISTERED_BUSINESS",
    "NOT_REGISTERED_CARD_COMPANY",
    "NOT_SUPPORTED_CARD_TYPE",
    "NOT_SUPPORTED_INSTALLMENT_PLAN_CARD_OR_MERCHANT",
    "NOT_SUPPORTED_METHOD",
    "NOT_SUPPORTED_MONTHLY_INSTALLMENT_PLAN",
    "PROVIDER_ERROR",
    "REFUND_REJECTED",
    "RESTRICTED_TRANSFER_ACCOUNT",
    "UNAPPROVED_ORDER_ID",
    "USER_ACCOUNT_ON_HOLD",
];

const FORBIDDEN: &[&str] = &[
    "EXCEED_MAX_AUTH_COUNT",
    "EXCEED_MAX_ONE_DAY_AMOUNT",
    "EXCEED_MAX_REFUND_AMOUNT",
    "EXCEED_MAX_REFUND_DUE",
    "FDS_ERROR",
    "FORBIDDEN_CONSECUTIVE_REQUEST",
    "FORBIDDEN_REQUEST",
    "INCORRECT_BASIC_AUTH_FORMAT",
    "INVALID_PASSWORD",
    "NOT_ALLOWED_PARTIAL_REFUND",
    "NOT_ALLOWED_PARTIAL_REFUND_WAITING_DEPOSIT",
    "NOT_ALLOWED_REFUND_BANK",
    "NOT_AVAILABLE_BANK",
    "NOT_CANCELABLE_AMOUNT",
    "NOT_CANCELABLE_PAYMENT",
    "NOT_CANCELABLE_PAYMENT_FOR_DORMANT_USER",
    "NOT_SUPPORTED_REFUND",
    "REJECT_ACCOUNT_PAYMENT",
    "REJECT_CARD_COMPANY",
    "REJECT_CARD_PAYMENT",
    "REJECT_TOSSPAY_INVALID_ACCOUNT",
];

const NOT_FOUND: &[&str] = &[
    "NOT_FOUND",
    "NOT_FOUND_BILLING",
    "NOT_FOUND_HTTP_METHOD",
    "NOT_FOUND_MERCHANT",
    "NOT_FOUND_METHOD",
    "NOT_FOUND_PAYMENT",
    "NOT_FOUND_PAYMENT_SESSION",
];

const INTERNAL: &[&str] = &[
    "COMMON_ERROR",
    "FAILED_BILLING_AUTO_CANCEL",
    "FAILED_BILL_KEY_AUTH_CREATION",
    "FAILED_CARD_COMPANY_RESPONSE",
    "FAILED_DB_PROCESSING",
    "FAILED_HASH_DATA_CREATION",
    "FAILED_INTERNAL_SYSTEM_PROCESSING",
    "FAILED_METHOD_HANDLING",
    "FAILED_METHOD_HANDLING_CANCEL",
    "FAILED_PARTIAL_REFUND",
    "FAILED_PAYMENT_INTERNAL_SYSTEM_PROCESSING",
    "FAILED_REFUND_PROCESS",
    "UNKNOWN_ERROR",
    "UNKNOWN_PAYMENT_ERROR",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_its_status_and_only_what_passes_leaves_the_payment_open() {
        for (code, status, is_final) in [
            ("REJECT_CARD_PAYMENT", 403, true),
            ("INVALID_STOPPED_CARD", 400, true),
            ("PROVIDER_ERROR", 400, false),
            ("NOT_AVAILABLE_BANK", 403, false),
            ("FAILED_PAYMENT_INTERNAL_SYSTEM_PROCESSING", 500, false),
            ("IDEMPOTENT_REQUEST_PROCESSING", 409, false),
            ("NOT_FOUND_BILLING", 404, true),
        ] {
            let refusal = Refusal::new(code);
            assert_eq!(
                (refusal.status().as_u16(), refusal.is_final()),
                (status, is_final),
                "{code}"
            );
        }
        assert_eq!(status_of("NO_SUCH_CODE"), None);
    }
}
