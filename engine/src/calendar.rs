//! Working days, holidays, local hours and cut-offs.
//!
//! All civil arithmetic of the engine is here. A local time that a clock change skips counts as the instant right after
//! the gap, one that it repeats as the first of the two (RFC 5545's rule), so "16:00 every working day" has exactly one
//! instant a day. Time zones come from the IANA database compiled into the program, never from the machine's files.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::units::{Seconds, Timestamp};

mod days;

pub use days::{Clock, Day, Workdays, utc, write_date};
pub use jiff::civil;

/// A set of days of the week, written as ISO digits: `12345` is Monday to Friday.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Weekdays(u8);

impl Weekdays {
    /// Every day of the week.
    pub const ALL: Self = Self(0b111_1111);

    /// Parses ISO digits, 1 (Monday) to 7 (Sunday).
    pub fn parse(digits: &str) -> Result<Self, String> {
        digits.chars().try_fold(Self(0), |set, c| match c {
            '1'..='7' => Ok(Self(set.0 | 1 << (c as u8 - b'1'))),
            _ => Err(format!("`{digits}` is no set of weekdays: use the digits 1 (Monday) to 7 (Sunday)")),
        })
    }

    /// Whether the date's day of the week is in the set.
    pub fn contains(self, date: Date) -> bool {
        self.0 & 1 << date.weekday().to_monday_zero_offset() != 0
    }

    /// Whether no day is in the set.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl TryFrom<String> for Weekdays {
    type Error = String;
    fn try_from(digits: String) -> Result<Self, String> {
        Self::parse(&digits)
    }
}

impl From<Weekdays> for String {
    fn from(set: Weekdays) -> Self {
        set.to_string()
    }
}

impl fmt::Display for Weekdays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (0..7).filter(|day| self.0 & 1 << day != 0).try_for_each(|day| write!(f, "{}", day + 1))
    }
}

/// Dates on which a country does not work.
pub type Holidays = Arc<BTreeSet<Date>>;

/// The days on which something works, and the wall clock it works by.
#[derive(Clone, Debug, PartialEq)]
pub struct Calendar {
    clock: Arc<Clock>,
    weekdays: Weekdays,
    holidays: Holidays,
}

/// How far ahead a next working day is looked for; a calendar without one in two years is as good as closed.
const HORIZON_DAYS: usize = 731;

impl Calendar {
    /// Works on `weekdays` except `holidays`, by the clock of `zone`.
    pub fn new(zone: TimeZone, weekdays: Weekdays, holidays: Holidays) -> Self {
        Self { clock: Arc::new(Clock::new(zone)), weekdays, holidays }
    }

    /// The IANA zone of this name, or `None`.
    pub fn zone_named(name: &str) -> Option<TimeZone> {
        TimeZone::get(name).ok()
    }

    /// The clock that counts here.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The zone whose clock counts here.
    pub fn zone(&self) -> &TimeZone {
        self.clock.zone()
    }

    /// Whether `date` is worked.
    pub fn is_working(&self, date: Date) -> bool {
        self.weekdays.contains(date) && !self.holidays.contains(&date)
    }

    /// The local date at `at`.
    pub fn date(&self, at: Timestamp) -> Date {
        self.clock.day(at).date()
    }

    /// The local date and time at `at`.
    pub fn local(&self, at: Timestamp) -> DateTime {
        local(at, self.zone())
    }

    /// The instant of local `time` on `date`.
    pub fn instant(&self, date: Date, time: Time) -> Timestamp {
        self.clock.instant(Day::of(date), time)
    }

    /// First working date on or after `date`; `None` where the calendar never works.
    pub fn working_on_or_after(&self, date: Date) -> Option<Date> {
        date.series(jiff::Span::new().days(1)).take(HORIZON_DAYS).find(|&d| self.is_working(d))
    }

    /// The date `days` working days after `date` (0: `date` itself if worked, else the next that is).
    pub fn plus_working_days(&self, date: Date, days: u32) -> Option<Date> {
        let mut day = self.working_on_or_after(date)?;
        for _ in 0..days {
            day = self.working_on_or_after(day.tomorrow().ok()?)?;
        }
        Some(day)
    }

    /// First instant at or after `not_before` that is local `time` on a working day.
    pub fn next_at(&self, time: Time, not_before: Timestamp) -> Option<Timestamp> {
        self.date(not_before)
            .series(jiff::Span::new().days(1))
            .take(HORIZON_DAYS)
            .filter(|&date| self.is_working(date))
            .map(|date| self.instant(date, time))
            .find(|&at| at >= not_before)
    }
}

/// The civil date and time at `at` in `zone`.
pub fn local(at: Timestamp, zone: &TimeZone) -> DateTime {
    let instant = jiff::Timestamp::from_second(at.unix()).unwrap_or(jiff::Timestamp::MAX);
    zone.to_datetime(instant)
}

/// The instant of civil `time` on `date` in `zone`.
pub fn instant(date: Date, time: Time, zone: &TimeZone) -> Timestamp {
    match zone.to_ambiguous_timestamp(date.to_datetime(time)).compatible() {
        Ok(at) => Timestamp::from_unix(at.as_second()),
        // Only dates at the very edge of jiff's range (year 9999) have no instant.
        Err(_) => Timestamp::MAX,
    }
}

/// The whole days between two instants' local dates: how many midnights lie between.
pub fn days_between(from: Timestamp, to: Timestamp, zone: &TimeZone) -> i64 {
    let (from, to) = (local(from, zone).date(), local(to, zone).date());
    from.until(to).map_or(0, |span| i64::from(span.get_days()))
}

/// The date in UTC.
pub fn utc_date(at: Timestamp) -> Date {
    let days = at.unix().div_euclid(86_400);
    i32::try_from(days).map_or(Date::MAX, |days| Day::of(Date::constant(1970, 1, 1)).plus(days).date())
}

/// Seconds of a wall clock since midnight.
pub fn second_of(time: Time) -> u32 {
    let part = |n: i8| u32::from(n.unsigned_abs());
    part(time.hour()) * 3_600 + part(time.minute()) * 60 + part(time.second())
}

/// Parses `HH:MM` or `HH:MM:SS`.
pub fn parse_time(text: &str) -> Result<Time, String> {
    text.parse().map_err(|_| format!("`{text}` is no local time: write HH:MM"))
}

/// Parses an RFC 3339 instant such as `2025-11-11T05:00:00Z`.
pub fn parse_timestamp(text: &str) -> Result<Timestamp, String> {
    text.parse::<jiff::Timestamp>()
        .map(|at| Timestamp::from_unix(at.as_second()))
        .map_err(|_| format!("`{text}` is no instant: write RFC 3339, as 2025-11-11T05:00:00Z"))
}

/// A span as `1 d 2 h 3 min`, for people.
pub fn span_text(span: Seconds) -> String {
    let minutes = span.get() / 60;
    match (minutes / 1440, minutes / 60 % 24, minutes % 60) {
        (0, 0, m) => format!("{m} min"),
        (0, h, m) => format!("{h} h {m} min"),
        (d, h, _) => format!("{d} d {h} h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::{date, time};

    fn new_york(weekdays: &str, holidays: &[Date]) -> Calendar {
        let zone = Calendar::zone_named("America/New_York").unwrap();
        Calendar::new(zone, Weekdays::parse(weekdays).unwrap(), Arc::new(holidays.iter().copied().collect()))
    }

    fn check(calendar: &Calendar, at: Time, not_before: &str, expected: &str) {
        let not_before = parse_timestamp(not_before).unwrap();
        let found = calendar.next_at(at, not_before).unwrap();
        assert_eq!(found.to_string(), expected, "{at} after {not_before}");
    }

    #[test]
    fn the_cut_off_itself_still_counts() {
        let weekdays = new_york("12345", &[]);
        check(&weekdays, time(11, 0, 0, 0), "2025-11-10T15:59:59Z", "2025-11-10T16:00:00Z");
        check(&weekdays, time(11, 0, 0, 0), "2025-11-10T16:00:00Z", "2025-11-10T16:00:00Z");
        check(&weekdays, time(11, 0, 0, 0), "2025-11-10T16:00:01Z", "2025-11-11T16:00:00Z");
    }

    #[test]
    fn weekends_and_holidays_are_skipped() {
        let veterans_day = new_york("12345", &[date(2025, 11, 11)]);
        check(&veterans_day, time(16, 0, 0, 0), "2025-11-07T22:00:00Z", "2025-11-10T21:00:00Z"); // Friday 17:00 -> Monday
        check(&veterans_day, time(16, 0, 0, 0), "2025-11-10T22:00:00Z", "2025-11-12T21:00:00Z");
    }

    #[test]
    fn both_clock_changes_have_one_instant_a_day() {
        let daily = new_york("1234567", &[]);
        // Spring: 02:30 does not exist on 2025-03-09; the instant is that of 03:30 EDT.
        check(&daily, time(2, 30, 0, 0), "2025-03-09T05:00:00Z", "2025-03-09T07:30:00Z");
        // Autumn: 01:30 exists twice on 2025-11-02; the first (EDT) counts.
        check(&daily, time(1, 30, 0, 0), "2025-11-02T04:00:00Z", "2025-11-02T05:30:00Z");
        // The day of the autumn change has 25 hours.
        check(&daily, time(16, 0, 0, 0), "2025-11-01T20:00:01Z", "2025-11-02T21:00:00Z");
    }

    #[test]
    fn working_days_count_from_the_next_worked_one() {
        let weekdays = new_york("12345", &[date(2025, 11, 27)]);
        assert_eq!(weekdays.plus_working_days(date(2025, 11, 22), 0), Some(date(2025, 11, 24))); // Saturday
        assert_eq!(weekdays.plus_working_days(date(2025, 11, 26), 1), Some(date(2025, 11, 28))); // over Thanksgiving
    }

    #[test]
    fn a_calendar_that_never_works_has_no_next_day() {
        assert_eq!(new_york("", &[]).next_at(time(9, 0, 0, 0), Timestamp::from_unix(0)), None);
    }

    #[test]
    fn weekdays_round_trip_and_refuse_other_signs() {
        assert_eq!(Weekdays::parse("7531").unwrap().to_string(), "1357");
        assert!(Weekdays::parse("128").is_err());
    }

    #[test]
    fn midnights_between() {
        let zone = Calendar::zone_named("America/New_York").unwrap();
        let at = |text| parse_timestamp(text).unwrap();
        assert_eq!(days_between(at("2025-11-11T04:59:59Z"), at("2025-11-11T05:00:00Z"), &zone), 1);
    }
}
