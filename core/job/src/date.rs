//! The day that a run is for.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;

/// A calendar day of business, `2026-11-26`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BusinessDate(Date);

/// The text is not a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a day of the form 2026-11-26")]
pub struct DateError;

impl BusinessDate {
    /// The day of a calendar.
    pub const fn new(date: Date) -> Self {
        Self(date)
    }

    /// The day as a calendar knows it.
    pub const fn civil(self) -> Date {
        self.0
    }

    /// Days since 1970-01-01.
    pub fn number(self) -> i64 {
        let days = (self.0 - jiff::civil::date(1970, 1, 1)).get_days();
        i64::from(days)
    }

    /// So many days earlier, stopping at the beginning of the calendar.
    #[must_use]
    pub fn days_before(self, days: u32) -> Self {
        Self(self.0.saturating_sub(jiff::Span::new().days(i64::from(days))))
    }
}

impl fmt::Display for BusinessDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl FromStr for BusinessDate {
    type Err = DateError;

    fn from_str(text: &str) -> Result<Self, DateError> {
        let date: Date = text.parse().map_err(|_| DateError)?;
        // One spelling only: the calendar understands more.
        if date.to_string() == text { Ok(Self(date)) } else { Err(DateError) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_back() {
        let day: BusinessDate = "2028-02-29".parse().unwrap();
        assert_eq!(day.to_string(), "2028-02-29");
        assert_eq!(day.days_before(60).to_string(), "2027-12-31");
        assert_eq!("1970-01-02".parse::<BusinessDate>().unwrap().number(), 1);
        assert_eq!("1969-12-31".parse::<BusinessDate>().unwrap().number(), -1);
    }

    #[test]
    fn only_one_spelling_is_accepted() {
        for bad in
            ["", "2026-02-29", "20261126", "2026-11-26T00:00:00", "26-11-2026", " 2026-11-26"]
        {
            assert_eq!(bad.parse::<BusinessDate>(), Err(DateError), "{bad}");
        }
    }
}
