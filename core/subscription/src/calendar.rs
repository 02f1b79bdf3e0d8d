//! Billing days: whole days of one time zone, so that month ends, leap days and summer time are
//! the calendar's business and nobody else's.

use std::fmt;
use std::str::FromStr;

use jangbogo_kernel::Timestamp;
use jiff::Span;
use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};

/// A day on the billing calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BillingDay(i64);

/// Tells days from times and times from days, in one time zone.
#[derive(Debug, Clone)]
pub struct BillingCalendar {
    zone: TimeZone,
}

/// The text is no day of the form `2026-11-21`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a day of the form 2026-11-21")]
pub struct BillingDayError;

const EPOCH: Date = Date::constant(1970, 1, 1);
const DAY_US: i64 = 24 * 3_600 * 1_000_000;

impl BillingDay {
    /// The day that many days after 1970-01-01.
    pub const fn from_number(number: i64) -> Self {
        Self(number)
    }

    /// Days since 1970-01-01.
    pub const fn number(self) -> i64 {
        self.0
    }

    /// So many days later.
    #[must_use]
    pub const fn plus(self, days: i64) -> Self {
        Self(self.0.saturating_add(days))
    }

    /// Days from `earlier` to this one; negative when it is the later one.
    pub const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    fn of(date: Date) -> Self {
        // Two dates of a calendar of 20,000 years always have a difference in days.
        let days = EPOCH.until(date).map_or(0, |span: Span| span.get_days());
        Self(i64::from(days))
    }

    fn date(self) -> Option<Date> {
        EPOCH.checked_add(Span::new().try_days(self.0).ok()?).ok()
    }
}

impl BillingCalendar {
    /// The calendar of a time zone.
    pub const fn new(zone: TimeZone) -> Self {
        Self { zone }
    }

    /// Korea's: nine hours ahead all year.
    pub fn korea() -> Self {
        Self::new(TimeZone::fixed(Offset::constant(9)))
    }

    /// The day that it is at this time.
    pub fn day_of(&self, time: Timestamp) -> BillingDay {
        match jiff::Timestamp::from_microsecond(time.as_micros()) {
            Ok(time) => BillingDay::of(time.to_zoned(self.zone.clone()).date()),
            Err(_) => BillingDay(time.as_micros().div_euclid(DAY_US)),
        }
    }

    /// When a day begins: its first moment, where a change of the clocks takes midnight away.
    pub fn start_of(&self, day: BillingDay) -> Timestamp {
        let zoned = day.date().and_then(|date| date.to_zoned(self.zone.clone()).ok());
        let micros =
            zoned.map_or(day.0.saturating_mul(DAY_US), |zoned| zoned.timestamp().as_microsecond());
        Timestamp::from_micros(micros)
    }

    /// When the day after begins.
    pub fn end_of(&self, day: BillingDay) -> Timestamp {
        self.start_of(day.plus(1))
    }
}

impl Default for BillingCalendar {
    fn default() -> Self {
        Self::korea()
    }
}

impl fmt::Display for BillingDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.date() {
            Some(date) => date.fmt(f),
            None => write!(f, "day {}", self.0),
        }
    }
}

impl FromStr for BillingDay {
    type Err = BillingDayError;

    fn from_str(text: &str) -> Result<Self, BillingDayError> {
        let date: Date = text.parse().map_err(|_| BillingDayError)?;
        // One spelling: jiff also reads times and zones behind the date.
        if date.to_string() == text { Ok(Self::of(date)) } else { Err(BillingDayError) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(text: &str) -> BillingDay {
        text.parse().unwrap()
    }

    fn zone(name: &str) -> BillingCalendar {
        BillingCalendar::new(TimeZone::get(name).unwrap())
    }

    #[test]
    fn a_day_in_korea_begins_in_the_afternoon_of_utc() {
        let korea = BillingCalendar::korea();
        assert_eq!(korea.start_of(day("2026-11-21")).to_string(), "2026-11-20T15:00:00Z");
        let just_before: Timestamp = "2026-11-20T14:59:59.999999Z".parse().unwrap();
        assert_eq!(korea.day_of(just_before), day("2026-11-20"));
        assert_eq!(korea.end_of(day("2026-11-20")), korea.start_of(day("2026-11-21")));
    }

    #[test]
    fn month_ends_and_leap_days_are_days_like_others() {
        for (from, days, to) in [
            ("2027-01-31", 30, "2027-03-02"),
            ("2028-01-30", 30, "2028-02-29"),
            ("2028-02-29", 365, "2029-02-28"),
            ("2028-02-28", 1, "2028-02-29"),
            ("2027-02-28", 1, "2027-03-01"),
            ("2100-02-28", 1, "2100-03-01"),
            ("2026-12-31", 60, "2027-03-01"),
        ] {
            assert_eq!(day(from).plus(days), day(to), "{from} + {days}");
            assert_eq!(day(to).since(day(from)), days);
        }
    }

    #[test]
    fn only_one_spelling_of_a_day_is_read() {
        for bad in ["", "2026-2-1", "2026-02-30", "20260201", "2026-02-01T00:00", "2027-02-29"] {
            assert!(bad.parse::<BillingDay>().is_err(), "{bad}");
        }
        assert_eq!(day("1970-01-01").number(), 0);
        assert_eq!(day("2028-02-29").to_string(), "2028-02-29");
    }

    #[test]
    fn a_day_without_midnight_begins_when_it_begins() {
        // Beirut put its clocks forward at midnight: 2022-03-27 began at 01:00.
        let beirut = zone("Asia/Beirut");
        let start = beirut.start_of(day("2022-03-27"));
        assert_eq!(beirut.day_of(start), day("2022-03-27"));
        assert_eq!(beirut.day_of(Timestamp::from_micros(start.as_micros() - 1)), day("2022-03-26"));
    }

    proptest! {
        #[test]
        fn days_and_their_beginnings_belong_together(
            number in -700_000_i64..700_000,
            period in 1_i64..400,
            zone_name in prop::sample::select(vec![
                "Asia/Seoul", "UTC", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu",
            ]),
        ) {
            let calendar = zone(zone_name);
            let day = BillingDay::from_number(number);
            let start = calendar.start_of(day);
            prop_assert_eq!(calendar.day_of(start), day);
            let before = Timestamp::from_micros(start.as_micros() - 1);
            prop_assert_eq!(calendar.day_of(before), day.plus(-1));
            prop_assert_eq!(day.to_string().parse::<BillingDay>(), Ok(day));
            // Through a century of periods every due day comes, once, and in order.
            let mut due = day;
            for _ in 0..24 {
                let next = due.plus(period);
                prop_assert_eq!(next.since(due), period);
                prop_assert!(calendar.start_of(next) > calendar.start_of(due));
                due = next;
            }
        }
    }
}
