//! How amounts, times and names read in a mail.

use std::fmt::Write as _;
use std::time::Duration;

use jangbogo_kernel::{Currency, Money, Timestamp};

/// Korea keeps one offset all year.
const KOREA_OFFSET: Duration = Duration::from_hours(9);

/// `12,900원`; other currencies with their code.
pub(crate) fn amount_in_korean(money: Money) -> String {
    match money.currency() {
        Currency::Krw => format!("{}원", grouped(money)),
        Currency::Jpy | Currency::Usd => amount_in_english(money),
    }
}

/// `12,900 KRW`.
pub(crate) fn amount_in_english(money: Money) -> String {
    format!("{} {}", grouped(money), money.currency().code())
}

/// `2026-11-21 11:03`, Korean time.
pub(crate) fn korean_time(time: Timestamp) -> String {
    let text = time.plus(KOREA_OFFSET).to_string();
    // Of `2026-11-21T11:03:04Z`, the minute is enough.
    text.get(..16).unwrap_or(&text).replace('T', " ")
}

/// The text without line breaks and other control characters: a product's name cannot write lines
/// of its own into a mail.
pub(crate) fn one_line(text: &str) -> String {
    let breaks = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    text.replace(breaks, " ")
}

fn grouped(money: Money) -> String {
    let scale = 10_u64.pow(money.currency().exponent());
    let minor = money.minor().unsigned_abs();
    let digits = (minor / scale).to_string();
    let mut text = String::from(if money.minor() < 0 { "-" } else { "" });
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if scale > 1 {
        let width = money.currency().exponent() as usize;
        // Writing to a string cannot fail.
        let _ = write!(text, ".{:0width$}", minor % scale);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_thousands_separators() {
        for (amount, expected) in [
            (0, "0원"),
            (999, "999원"),
            (1_000, "1,000원"),
            (25_800, "25,800원"),
            (100_000, "100,000원"),
            (1_234_567_890, "1,234,567,890원"),
            (-5_000, "-5,000원"),
            (i64::MIN, "-9,223,372,036,854,775,808원"),
        ] {
            assert_eq!(amount_in_korean(Money::won(amount)), expected);
        }
        assert_eq!(amount_in_english(Money::won(1_000)), "1,000 KRW");
        let dollars = Money::new(123_405, Currency::Usd);
        assert_eq!(amount_in_korean(dollars), "1,234.05 USD");
    }

    #[test]
    fn times_are_korean() {
        let time: Timestamp = "2026-12-31T15:03:04.000005Z".parse().unwrap();
        assert_eq!(korean_time(time), "2027-01-01 00:03");
        let end = Timestamp::from_micros(i64::MAX);
        assert!(!korean_time(end).is_empty(), "no panic beyond the calendar");
    }

    #[test]
    fn names_stay_on_their_line() {
        assert_eq!(one_line("김\r\n합계: 0원\u{2028}"), "김  합계: 0원 ");
    }
}
