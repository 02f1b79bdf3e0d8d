//! `/v1/transactions`: what TossPayments moved in a time.

use async_trait::async_trait;
use jangbogo_kernel::{Money, Timestamp};
use jangbogo_payment::{
    BookedMovement, PaymentProvider as _, Period, ProviderBooks, ProviderError, ProviderName,
};
use serde_json::Value;

use super::TossPayments;
use crate::wire::failure::Failure;
use crate::wire::json;

/// Movements on a page; answers stay far below the longest one that is read.
const PAGE: usize = 100;
/// The most pages of one question; a time with more movements is asked about in parts.
const PAGES_MAX: usize = 10_000;

#[async_trait]
impl ProviderBooks for TossPayments {
    fn provider(&self) -> ProviderName {
        self.profile().name
    }

    async fn movements(&self, period: Period) -> Result<Vec<BookedMovement>, ProviderError> {
        let lost = |why: &str| Failure::NoAnswer(why.to_owned()).into_error();
        let (from, until) = (seconds(period.from, 0), seconds(period.until, 999_999));
        let mut movements = Vec::new();
        let mut after = String::new();
        for _ in 0..PAGES_MAX {
            let path =
                format!("/v1/transactions?startDate={from}&endDate={until}&limit={PAGE}{after}");
            let page = self.client.list(&path, self.client.deadline()).await;
            let page = page.map_err(Failure::into_error)?;
            for transaction in &page {
                movements.extend(read(transaction).map_err(lost)?);
            }
            let last = page.last().and_then(|last| json::text_at(last, "/transactionKey"));
            match last {
                Some(last) if page.len() == PAGE => after = format!("&startingAfter={last}"),
                _ => return Ok(movements),
            }
        }
        Err(lost("TossPayments lists too many movements"))
    }
}

/// A moment in Korean local time, to the second; `round_up_micros` more are counted in.
fn seconds(at: Timestamp, round_up_micros: i64) -> String {
    const KOREA_SECONDS: i64 = 9 * 60 * 60;
    let seconds = (at.as_micros() + round_up_micros).div_euclid(1_000_000) + KOREA_SECONDS;
    let (day, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day) = civil(day);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")
}

/// Year, month and day of a day that is counted from 1970 (Howard Hinnant's `civil_from_days`).
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

/// A movement; `None` for what moved no money. A capture is called by its payment's key, as
/// everywhere; whether a cancel's amount has a sign is not documented.
fn read(transaction: &Value) -> Result<Option<BookedMovement>, &'static str> {
    let status = json::text_at(transaction, "/status").unwrap_or_default();
    let (is_capture, name) = match status.as_str() {
        "DONE" => (true, "/paymentKey"),
        "CANCELED" | "PARTIAL_CANCELED" => (false, "/transactionKey"),
        "READY" | "IN_PROGRESS" | "WAITING_FOR_DEPOSIT" | "ABORTED" | "EXPIRED" => return Ok(None),
        _ => return Err("a movement's status is not known"),
    };
    let text = |pointer: &str| json::text_at(transaction, pointer);
    let amount = json::int_at(transaction, "/amount");
    let (Some(id), Some(reference), Some(merchant_ref), Some(amount)) =
        (text(name), text("/paymentKey"), text("/orderId"), amount)
    else {
        return Err("a movement lacks its name or amount");
    };
    let amount = Money::won(amount.abs());
    Ok(Some(BookedMovement { id, reference, merchant_ref, is_capture, amount }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn moments_are_korean_seconds() {
        for (utc, rounded, korean) in [
            ("2026-11-20T15:04:05.6Z", 0, "2026-11-21T00:04:05"),
            ("2026-11-20T15:04:05.6Z", 999_999, "2026-11-21T00:04:06"),
            ("2028-02-29T14:59:59Z", 0, "2028-02-29T23:59:59"),
            ("2028-02-29T15:00:00Z", 999_999, "2028-03-01T00:00:00"),
            ("1969-12-31T15:00:00Z", 0, "1970-01-01T00:00:00"),
        ] {
            assert_eq!(seconds(utc.parse().unwrap(), rounded), korean);
        }
    }

    #[test]
    fn movements_are_read_and_the_rest_is_left_or_refused() {
        let row = |status: &str, amount: i64| {
            json!({"status": status, "amount": amount, "transactionKey": "t1",
                "paymentKey": "k1", "orderId": "pay_1"})
        };
        let booked = |id: &str, is_capture| BookedMovement {
            id: id.to_owned(),
            reference: "k1".to_owned(),
            merchant_ref: "pay_1".to_owned(),
            is_capture,
            amount: Money::won(700),
        };
        assert_eq!(read(&row("DONE", 700)), Ok(Some(booked("k1", true))));
        assert_eq!(read(&row("CANCELED", 700)), Ok(Some(booked("t1", false))));
        assert_eq!(read(&row("PARTIAL_CANCELED", -700)), Ok(Some(booked("t1", false))));
        assert_eq!(read(&row("EXPIRED", 700)), Ok(None));
        assert!(read(&row("NEW", 700)).is_err());
        assert!(read(&json!({"status": "DONE", "amount": 1})).is_err());
    }
}
