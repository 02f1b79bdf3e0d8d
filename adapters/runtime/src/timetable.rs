//! Cron expressions and the calendars of zones.

use croner::Cron;
use croner::errors::CronError;
use croner::parser::{CronParser, Year};
use jangbogo_job::{BusinessDate, Timetable, TimetableError};
use jangbogo_kernel::Timestamp;
use jiff::Zoned;
use jiff::tz::TimeZone;

/// Cron as Vixie wrote it, with optional seconds in front, in the zones of the bundled database.
#[derive(Debug, Clone, Copy, Default)]
pub struct CronTimetable;

impl Timetable for CronTimetable {
    fn next(&self, cron: &str, zone: &str, after: Timestamp) -> Result<Timestamp, TimetableError> {
        let refused = |error: CronError| TimetableError::Cron(error.to_string());
        // A seventh field, the year, would make a slip of the pen a schedule that never comes.
        let parser = CronParser::builder().year(Year::Disallowed).build();
        let cron: Cron = parser.parse(cron).map_err(refused)?;
        let after = zoned(zone, after)?;
        let next = cron.find_next_occurrence(&after, false).map_err(|error| match error {
            CronError::TimeSearchLimitExceeded => TimetableError::Never,
            error => refused(error),
        })?;
        Ok(Timestamp::from_micros(next.timestamp().as_microsecond()))
    }

    fn day(&self, zone: &str, at: Timestamp) -> Result<BusinessDate, TimetableError> {
        Ok(BusinessDate::new(zoned(zone, at)?.date()))
    }

    fn start_of(&self, zone: &str, day: BusinessDate) -> Result<Timestamp, TimetableError> {
        let start = day.civil().to_zoned(known(zone)?).map_err(|_| TimetableError::Never)?;
        let start = start.start_of_day().map_err(|_| TimetableError::Never)?;
        Ok(Timestamp::from_micros(start.timestamp().as_microsecond()))
    }
}

fn zoned(zone: &str, at: Timestamp) -> Result<Zoned, TimetableError> {
    let at = jiff::Timestamp::from_microsecond(at.as_micros());
    Ok(at.map_err(|_| TimetableError::Never)?.to_zoned(known(zone)?))
}

fn known(zone: &str) -> Result<TimeZone, TimetableError> {
    TimeZone::get(zone).map_err(|_| TimetableError::Zone(zone.to_owned()))
}
