//! What KakaoPay's error codes mean for money.
//!
//! Codes of the API, of banks (words) and of card companies (four digits). What is not listed
//! proves nothing, except below an explicit failure of the payment, where it is a soft decline.

use crate::wire::failure::CodeClass;

use CodeClass::{AlreadyDone, Ambiguous, Closed, Hard, OurFault, Raced, Soft, Unknown};

/// The class of an error code; a failed payment's is that of the method's own code.
#[expect(clippy::match_same_arms, reason = "an arm is a reason; two may end in one class")]
pub(super) fn class(code: i64, method_code: Option<&str>) -> CodeClass {
    match code {
        -782..=-780 => method_code.map_or(Soft, method_class),
        -702 => AlreadyDone,
        -710 | -711 | -783 | -784 | -785 => Raced,
        -723 | -752 | -797 => Soft,
        -750 | -751 | -753 | -761 => Hard,
        -701 | -708..=-703 => OurFault,
        -721 | -722 | -724 | -725 | -726 | -733..=-730 | -798 | -799 => OurFault,
        -2 | -3 | -4 | -5 | -404..=-400 => OurFault,
        -7 | -10 | -429 | -503 | -9798 => Closed,
        // -1 and -500 are its own failures, the others are not known to us.
        _ => Unknown,
    }
}

fn method_class(code: &str) -> CodeClass {
    let is_card = code.len() == 4 && code.bytes().all(|byte| byte.is_ascii_digit());
    let class = match code.parse() {
        Ok(number) if is_card => card_class(number),
        _ => money_class(code),
    };
    class.unwrap_or_else(|| {
        // The code itself is in the record: it is somebody else's text.
        tracing::warn!("KakaoPay failed a payment with a code that is not listed");
        Soft
    })
}

/// Codes when the buyer pays with KakaoPay Money.
#[expect(clippy::match_same_arms, reason = "an arm is a reason; two may end in one class")]
fn money_class(code: &str) -> Option<CodeClass> {
    Some(match code {
        "LACK_BALANCE" | "NOT_ENOUGH_BALANCE" | "LIMIT_BALANCE" | "LIMIT_ONE_TIME"
        | "LIMIT_USE_PER_DAY" => Soft,
        "USER_LOCKED"
        | "UNDER_CONSTRUCTION"
        | "BANK_FIRM_UNAVAILABLE"
        | "TALK_USER_REQUEST_FAIL"
        | "TALK_USER_RESPONSE_ERROR" => Closed,
        // The account's own answer failed: KakaoPay lists it as passing, but it is no proof.
        "PAY_ACCOUNT_RESPONSE_ERROR" => Unknown,
        "BANK_FIRM_UNKNOWN" | "BANK_FIRM_API_FAIL" | "INTERNAL_ERROR" => Unknown,
        "BANK_ACCOUNT_NOT_FOUND"
        | "BANK_NOT_CONNECTED"
        | "BANK_ACCOUNT_BLOCKED"
        | "USER_NOT_FOUND"
        | "PAY_USER_NOT_FOUND"
        | "DEACTIVATED_USER_STATUS"
        | "INVALID_PAYMENT_KEY"
        | "INVALID_CANCEL_STATUS_DEACTIVE" => Hard,
        "INVALID_CANCEL_AMOUNT" | "INVALID_CANCEL_STATUS" => Raced,
        "CHANNEL_NOT_FOUND"
        | "NETWORK_ACL_ERROR"
        | "PAYMENT_KEY_EXISTS"
        | "ITEM_NOT_FOUND"
        | "DAILY_CROSSCHECK_INVALID_AUTH_KEY"
        | "USER_DUPLICATION" => OurFault,
        _ => return None,
    })
}

/// Codes when the buyer pays by card.
#[expect(clippy::match_same_arms, reason = "an arm is a reason; two may end in one class")]
fn card_class(code: u16) -> Option<CodeClass> {
    Some(match code {
        // Limits.
        2 | 15 | 16 | 62 | 159 | 160 | 168 | 169 | 245 | 3537 | 3539 | 5200 | 5515 | 7105
        | 7195 | 7196 | 7447 | 7590 | 8325 | 8326 | 8327 | 8329 | 8394 | 8521 | 8525 | 8602
        | 8729 | 8734 | 8735 | 8913 | 9074 | 9305 => Soft,
        // Balance.
        174 | 5039 | 5534 | 7983 | 8035 | 8191 | 8223 | 8323 | 8535 | 8546 => Soft,
        // Time-outs, lines, maintenance.
        10
        | 110
        | 121
        | 177
        | 182
        | 191
        | 290
        | 299
        | 570
        | 599
        | 1003
        | 1007
        | 1023
        | 2039
        | 3274
        | 4001
        | 4801
        | 5016
        | 5017
        | 5034
        | 5503
        | 5525
        | 7158
        | 7998
        | 8245..=8258
        | 8374
        | 8386
        | 8523
        | 8545
        | 8608
        | 8712
        | 8791
        | 8971
        | 8998
        | 9085 => Unknown,
        // Lost, stolen, forged.
        26 | 3533 | 4006 | 5009 | 8350 | 8514 => Hard,
        // Expired.
        4 | 23 | 196 | 4027 | 4028 | 5004 | 5005 | 7242 | 8314 | 8316 => Hard,
        // Stopped, closed, delinquent.
        1 | 32 | 2025 | 2028 | 3532 | 5011 | 5012 | 5015 | 5019 | 5100 | 8019 | 8178 | 8179
        | 8324 | 8515 | 8524 => Hard,
        // No such card, or not usable.
        3 | 14 | 27 | 118 | 125 | 2029 => Hard,
        126 | 1001 => Ambiguous,
        // The merchant's side, and cancels without an original.
        7 | 8 | 29 | 30 | 44 | 45 | 48 | 5020 | 8320 | 8543 | 7573 | 7576 | 24 | 136 => OurFault,
        // Handled as a fault, duplicate, already cancelled, not cancellable.
        57 | 59 | 504 | 25 | 140 | 22 | 8603 | 6666 => Raced,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn api_codes() {
        for (codes, expected) in [
            (&[-702][..], AlreadyDone),
            (&[-710, -711, -783, -784, -785], Raced),
            (&[-723, -752, -797], Soft),
            (&[-750, -751, -753, -761], Hard),
            (&[-701, -703, -704, -705, -706, -707, -708], OurFault),
            (&[-721, -722, -724, -725, -726], OurFault),
            (&[-730, -731, -732, -733, -798, -799], OurFault),
            (&[-2, -3, -4, -5, -400, -401, -402, -403, -404], OurFault),
            (&[-7, -10, -429, -503, -9798], Closed),
            (&[-1, -500, -6, -709, -712, -754, 0, 500], Unknown),
        ] {
            for code in codes {
                assert_eq!(class(*code, None), expected, "{code}");
                assert_eq!(class(*code, Some("USER_LOCKED")), expected, "{code}");
            }
        }
    }

    #[test]
    fn method_codes_decide_about_failed_payments() {
        for (codes, expected) in [
            (&["NOT_ENOUGH_BALANCE", "LIMIT_ONE_TIME", "0002", "0174", "5200"][..], Soft),
            (&["USER_LOCKED", "BANK_FIRM_UNAVAILABLE", "UNDER_CONSTRUCTION"], Closed),
            (&["BANK_FIRM_UNKNOWN", "BANK_FIRM_API_FAIL", "INTERNAL_ERROR"], Unknown),
            (&["PAY_ACCOUNT_RESPONSE_ERROR", "0010", "8245", "8250", "8258", "9085"], Unknown),
            (&["USER_NOT_FOUND", "INVALID_PAYMENT_KEY", "0001", "3533", "8314", "2029"], Hard),
            (&["0126", "1001"], Ambiguous),
            (&["CHANNEL_NOT_FOUND", "0007", "0136", "7576"], OurFault),
            (&["INVALID_CANCEL_STATUS", "INVALID_CANCEL_AMOUNT", "0057", "0504", "0025"], Raced),
            // Not listed; `10` and `+010` are not a card company's `0010`.
            (&["NEW_WORD", "", "10", "+010", "00010", "9999", "8259"], Soft),
        ] {
            for code in codes {
                for failure in [-780, -781, -782] {
                    assert_eq!(class(failure, Some(code)), expected, "{failure} {code}");
                }
            }
        }
        assert_eq!(class(-780, None), Soft);
    }
}
