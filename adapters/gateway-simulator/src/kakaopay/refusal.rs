//! KakaoPay's error codes and bodies.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// The error codes the simulator itself decides on; scripted declines may carry any other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i64)]
pub(super) enum Code {
    BadParameter = -2,
    NoAuthorization = -400,
    BadKey = -401,
    UnknownPath = -404,
    Internal = -500,
    NotAuthenticated = -701,
    AlreadyPaid = -702,
    OtherOrder = -706,
    OtherUser = -707,
    WrongToken = -708,
    OverCancellable = -710,
    OverOriginal = -711,
    UnknownTid = -721,
    WrongAmount = -722,
    Expired = -723,
    OtherTotal = -725,
    UnknownCid = -731,
    UnknownSid = -750,
    InactiveSid = -751,
    ForeignSid = -753,
    NotApprovable = -783,
    NotCancellable = -784,
    InFlight = -785,
    TooMany = -429,
}

impl Code {
    fn message(self) -> &'static str {
        match self {
            Self::BadParameter => "invalid parameter!",
            Self::NoAuthorization => "Authorization header is missing!",
            Self::BadKey => "invalid secret key!",
            Self::UnknownPath => "no such API!",
            Self::Internal => "internal error!",
            Self::NotAuthenticated => "payment is not authenticated yet!",
            Self::AlreadyPaid => "payment is already done!",
            Self::OtherOrder => "partner_order_id mismatch!",
            Self::OtherUser => "partner_user_id mismatch!",
            Self::WrongToken => "invalid pg_token!",
            Self::OverCancellable => "cancel amount exceeds the cancel available amount!",
            Self::OverOriginal => "cancel amount exceeds the approved amount!",
            Self::UnknownTid => "no such tid!",
            Self::WrongAmount => "invalid amount!",
            Self::Expired => "payment is expired!",
            Self::OtherTotal => "total_amount mismatch!",
            Self::UnknownCid => "invalid cid!",
            Self::UnknownSid => "no such sid!",
            Self::InactiveSid => "sid is inactive!",
            Self::ForeignSid => "partner_user_id mismatch with the sid!",
            Self::NotApprovable => "payment status is not approvable!",
            Self::NotCancellable => "payment status is not cancelable!",
            Self::InFlight => "duplicated request in progress!",
            Self::TooMany => "too many requests!",
        }
    }

    fn status(self) -> StatusCode {
        match self {
            Self::BadKey => StatusCode::UNAUTHORIZED,
            Self::TooMany => StatusCode::TOO_MANY_REQUESTS,
            Self::UnknownPath => StatusCode::NOT_FOUND,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::BAD_REQUEST,
        }
    }
}

/// An error answer.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    error_code: i64,
    error_message: String,
    /// `method_result_code` and its message.
    extras: Option<(String, &'static str)>,
}

impl From<Code> for Refusal {
    fn from(code: Code) -> Self {
        Self {
            status: code.status(),
            error_code: code as i64,
            error_message: code.message().to_owned(),
            extras: None,
        }
    }
}

impl Refusal {
    /// A field that is missing or malformed.
    pub(super) fn bad_parameter(field: &str) -> Self {
        let error_message = format!("{} ({field})", Code::BadParameter.message());
        Self { error_message, ..Code::BadParameter.into() }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut body =
            json!({ "error_code": self.error_code, "error_message": self.error_message });
        if let Some((code, message)) = self.extras {
            body["extras"] =
                json!({ "method_result_code": code, "method_result_message": message });
        }
        (self.status, Json(body)).into_response()
    }
}

/// Why a call has no answer: KakaoPay says no, or the simulator itself broke.
#[derive(Debug)]
pub(super) enum CallError {
    Refused(Refusal),
    Broken(sqlx::Error),
}

impl From<Refusal> for CallError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Code> for CallError {
    fn from(code: Code) -> Self {
        Self::Refused(code.into())
    }
}

impl From<sqlx::Error> for CallError {
    fn from(error: sqlx::Error) -> Self {
        Self::Broken(error)
    }
}

impl IntoResponse for CallError {
    fn into_response(self) -> Response {
        match self {
            Self::Refused(refusal) => refusal.into_response(),
            Self::Broken(error) => {
                tracing::error!(%error, "the simulator broke");
                Refusal::from(Code::Internal).into_response()
            }
        }
    }
}

/// A decline the fault program asks for.
#[derive(Clone, Debug)]
pub(super) struct Decline {
    pub(super) error_code: i64,
    pub(super) method_result_code: String,
}

/// Money codes after which the same approval may be tried again, or whose outcome the bank does
/// not know yet: the payment stays open.
const PASSING_MONEY_CODES: [&str; 9] = [
    "USER_LOCKED",
    "UNDER_CONSTRUCTION",
    "BANK_FIRM_UNAVAILABLE",
    "PAY_ACCOUNT_RESPONSE_ERROR",
    "TALK_USER_REQUEST_FAIL",
    "TALK_USER_RESPONSE_ERROR",
    "BANK_FIRM_UNKNOWN",
    "BANK_FIRM_API_FAIL",
    "INTERNAL_ERROR",
];

/// Card codes for time-outs, lines and maintenance, besides 8245 to 8258.
const PASSING_CARD_CODES: [u16; 34] = [
    10, 110, 121, 177, 182, 191, 290, 299, 570, 599, 1003, 1007, 1023, 2039, 3274, 4001, 4801,
    5016, 5017, 5034, 5503, 5525, 7158, 7998, 8374, 8386, 8523, 8545, 8608, 8712, 8791, 8971, 8998,
    9085,
];

impl From<(i64, String)> for Decline {
    fn from((error_code, method_result_code): (i64, String)) -> Self {
        Self { error_code, method_result_code }
    }
}

impl Decline {
    /// Whether the payment is over with it.
    pub(super) fn is_final(&self) -> bool {
        let code = self.method_result_code.as_str();
        let passing_card = code.len() == 4
            && code.parse::<u16>().is_ok_and(|code| {
                PASSING_CARD_CODES.contains(&code) || (8245..=8258).contains(&code)
            });
        !passing_card && !PASSING_MONEY_CODES.contains(&code)
    }

    pub(super) fn refusal(&self) -> Refusal {
        let error_message = match self.error_code {
            -780 => "approval failure!",
            -781 => "cancel failure!",
            -782 => "subscription payment failure!",
            _ => "payment failure!",
        };
        Refusal {
            status: StatusCode::BAD_REQUEST,
            error_code: self.error_code,
            error_message: error_message.to_owned(),
            extras: Some((self.method_result_code.clone(), "결제수단에서 거절되었습니다.")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_passing_declines_leave_the_payment_open() {
        let decline =
            |code: &str| Decline { error_code: -780, method_result_code: code.to_owned() };
        for passing in ["USER_LOCKED", "BANK_FIRM_UNKNOWN", "0010", "8250", "9085"] {
            assert!(!decline(passing).is_final(), "{passing}");
        }
        for last in ["NOT_ENOUGH_BALANCE", "USER_NOT_FOUND", "3533", "0126", "10", "8259"] {
            assert!(decline(last).is_final(), "{last}");
        }
    }
}
