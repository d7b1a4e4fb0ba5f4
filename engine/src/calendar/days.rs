//! Civil time for loops: the answers of [`crate::calendar`] from tables, in a few nanoseconds.
//!
//! A [`Day`] is a local date counted from 1970-01-01. A [`Clock`] knows for each day whether its offset from UTC stays the
//! same all day, and which it is; then an instant is a short search and one addition. On the two days a year on which clocks change, and
//! outside the tabled years, it asks the calendar. A [`Workdays`] is a calendar's working days as bits.
//! Both always agree with [`Calendar`]; property tests hold them to it.

use std::sync::LazyLock;

use jiff::tz::TimeZone;

use crate::calendar::civil::{Date, Time};
use crate::calendar::{self, Calendar};
use crate::units::Timestamp;

const DAY_S: i64 = 86_400;
/// The tabled days are those from 2000-01-01 up to 2060-01-01.
const FIRST: Day = Day(10_957);
const TABLED: usize = 21_915;

/// A local date, as days since 1970-01-01, by H. Hinnant's chrono-compatible low-level date algorithms: eras of 400 years, years from
/// March on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i32);

impl Day {
    /// The number of a date.
    pub fn of(date: Date) -> Self {
        let (month, day) = (i64::from(date.month()), i64::from(date.day()));
        let year = i64::from(date.year()) - i64::from(month <= 2);
        let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
        let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
        // Dates lie in the years -9999 to 9999: 8 million days.
        Self(days as i32)
    }

    /// The date with this number.
    pub fn date(self) -> Date {
        static DATES: LazyLock<Vec<Date>> = LazyLock::new(|| tabled().map(Day::worked_out).collect());
        DATES.get(self.row()).copied().unwrap_or_else(|| self.worked_out())
    }

    fn worked_out(self) -> Date {
        let days = i64::from(self.0) + 719_468;
        let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
        let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        let shifted = (5 * of_year + 2) / 153;
        let day = of_year - (153 * shifted + 2) / 5 + 1;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        let year = year + era * 400 + i64::from(month <= 2);
        let date = i16::try_from(year).ok().and_then(|year| Date::new(year, month as i8, day as i8).ok());
        date.unwrap_or(if self.0 < 0 { Date::MIN } else { Date::MAX })
    }

    /// Days since 1970-01-01.
    pub fn number(self) -> i32 {
        self.0
    }

    /// The next day.
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }

    /// The day `days` later, or earlier where negative.
    pub fn plus(self, days: i32) -> Self {
        Self(self.0 + days)
    }

    /// Place in the tables; past their end for days that are not tabled.
    fn row(self) -> usize {
        usize::try_from(self.0 - FIRST.0).unwrap_or(usize::MAX)
    }
}

/// The clock of a time zone.
#[derive(Debug, PartialEq)]
pub struct Clock {
    zone: TimeZone,
    /// Seconds east of UTC from each tabled day on, by its row; [`CHANGES`] where they change within the day.
    spans: Vec<(i32, i32)>,
    /// The span of the first of every [`BLOCK`] tabled days.
    span_of: Vec<u16>,
}

/// Days that share an entry of a clock's index: at most a few spans begin within them.
const BLOCK: usize = 32;

const CHANGES: i32 = i32::MIN;

impl Clock {
    /// Tables the days of `zone`.
    pub fn new(zone: TimeZone) -> Self {
        let offset_at = |at| zone.to_offset(jiff::Timestamp::from_second(at).unwrap_or_default()).seconds();
        let start = jiff::Timestamp::from_second((i64::from(FIRST.0) - 2) * DAY_S).unwrap_or_default();
        let end = (i64::from(FIRST.0) + TABLED as i64 + 2) * DAY_S;
        let mut offset = offset_at(start.as_second());
        let mut spans = Spans::default();
        for change in zone.following(start).take_while(|change| change.timestamp().as_second() < end) {
            let at = change.timestamp().as_second();
            let (last_before, first_after) =
                (row(at - 1 + i64::from(offset)), row(at + i64::from(change.offset().seconds())));
            spans.fill(last_before.min(first_after), offset);
            spans.fill(last_before.max(first_after) + 1, CHANGES);
            offset = change.offset().seconds();
        }
        spans.fill(TABLED as i64, offset);
        let spans = spans.found;
        let begins = (0..TABLED).step_by(BLOCK);
        let span_of = begins.map(|row| spans.partition_point(|(from, _)| *from <= row as i32).saturating_sub(1) as u16);
        Self { zone, span_of: span_of.collect(), spans }
    }

    /// Seconds east of UTC all through a tabled day; `None` where they change, and outside the table.
    fn offset(&self, day: Day) -> Option<i32> {
        let row = day.row();
        if row >= TABLED {
            return None;
        }
        let mut n = usize::from(*self.span_of.get(row / BLOCK)?);
        while self.spans.get(n + 1).is_some_and(|(from, _)| *from <= row as i32) {
            n += 1;
        }
        Some(self.spans[n].1).filter(|offset| *offset != CHANGES)
    }

    /// The zone whose clock this is.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// The local day at `at`.
    pub fn day(&self, at: Timestamp) -> Day {
        let guess = Day(i32::try_from(at.unix().div_euclid(DAY_S)).unwrap_or(i32::MAX));
        if let Some(offset) = self.offset(guess) {
            let day = Day((at.unix() + i64::from(offset)).div_euclid(DAY_S) as i32);
            // If that whole day has this offset, then `at` lies in it.
            if day == guess || self.offset(day) == Some(offset) {
                return day;
            }
        }
        Day::of(calendar::local(at, &self.zone).date())
    }

    /// The local day at `at`, and the seconds of the wall clock since its midnight.
    pub fn local(&self, at: Timestamp) -> (Day, i64) {
        let day = self.day(at);
        match self.offset(day) {
            Some(offset) => (day, at.unix() + i64::from(offset) - i64::from(day.0) * DAY_S),
            None => {
                let time = calendar::local(at, &self.zone).time();
                (day, i64::from(time.hour()) * 3600 + i64::from(time.minute()) * 60 + i64::from(time.second()))
            }
        }
    }

    /// Day and time on a wall: `Mon 2025-11-10 16:00`.
    pub fn wall(&self, at: Timestamp) -> String {
        let mut text = String::with_capacity(20);
        self.write_wall(&mut text, at);
        text
    }

    /// The same at the end of a text.
    pub fn write_wall(&self, text: &mut String, at: Timestamp) {
        let (day, second) = self.local(at);
        text.push_str(WEEKDAYS[(i64::from(day.0) + 3).rem_euclid(7) as usize]);
        text.push(' ');
        write_date(text, day);
        text.push(' ');
        two_digits(text, second / 3600);
        text.push(':');
        two_digits(text, second / 60 % 60);
    }

    /// The instant of local `time` on `day`, by the rules of [`calendar::instant`].
    pub fn instant(&self, day: Day, time: Time) -> Timestamp {
        match self.offset(day) {
            Some(offset) => {
                let of_day = i64::from(time.hour()) * 3600 + i64::from(time.minute()) * 60 + i64::from(time.second());
                Timestamp::from_unix(i64::from(day.0) * DAY_S + of_day - i64::from(offset))
            }
            None => calendar::instant(day.date(), time, &self.zone),
        }
    }
}

/// From Monday on; 1970-01-01 was a Thursday.
const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// An instant as RFC 3339 in UTC, as [`Timestamp`] is displayed, for those who write many.
pub fn utc(at: Timestamp) -> String {
    let (days, second) = (at.unix().div_euclid(DAY_S), at.unix().rem_euclid(DAY_S));
    let Some(day) = i32::try_from(days).ok().map(Day).filter(|day| day.row() < TABLED) else { return at.to_string() };
    let mut text = String::with_capacity(20);
    write_date(&mut text, day);
    for (before, part) in [('T', second / 3600), (':', second / 60 % 60), (':', second % 60)] {
        text.push(before);
        two_digits(&mut text, part);
    }
    text.push('Z');
    text
}

/// The date of a day, as in RFC 3339, at the end of a text.
pub fn write_date(text: &mut String, day: Day) {
    /// Letters of a tabled date.
    const LONG: usize = 10;
    static TEXTS: LazyLock<String> = LazyLock::new(|| tabled().map(|day| day.date().to_string()).collect());
    let row = day.row();
    match TEXTS.get(row.saturating_mul(LONG)..row.saturating_add(1).saturating_mul(LONG)) {
        Some(date) => text.push_str(date),
        None => text.push_str(&day.date().to_string()),
    }
}

/// The tabled days.
fn tabled() -> impl Iterator<Item = Day> {
    (0..TABLED as i32).map(|row| FIRST.plus(row))
}

/// `n` of 0 to 99.
fn two_digits(text: &mut String, n: i64) {
    const DIGITS: &str = "0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546474849\
                          5051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899";
    let at = 2 * n.clamp(0, 99) as usize;
    text.push_str(&DIGITS[at..at + 2]);
}

/// The row of the local second `local`, before or after the tabled days too.
fn row(local: i64) -> i64 {
    local.div_euclid(DAY_S) - i64::from(FIRST.0)
}

/// Spans of equal values, made from the first row on.
#[derive(Default)]
struct Spans {
    found: Vec<(i32, i32)>,
    end: i64,
}

impl Spans {
    /// Extends them up to row `end` with `value`.
    fn fill(&mut self, end: i64, value: i32) {
        let end = end.min(TABLED as i64);
        if end <= self.end {
            return;
        }
        if self.found.last().is_none_or(|(_, last)| *last != value) {
            self.found.push((self.end as i32, value));
        }
        self.end = end;
    }
}

/// Days looked at backwards for one that is worked.
const FARTHEST_BACK: i32 = 60;

/// The days on which something works.
#[derive(Debug)]
pub struct Workdays {
    calendar: Calendar,
    /// A bit a tabled day.
    worked: Vec<u64>,
}

impl Workdays {
    /// Tables the working days of `calendar`.
    pub fn new(calendar: Calendar) -> Self {
        let mut worked = vec![0_u64; TABLED.div_ceil(64)];
        let mut day = FIRST.date();
        for row in 0..TABLED {
            if calendar.is_working(day) {
                worked[row / 64] |= 1 << (row % 64);
            }
            day = day.tomorrow().unwrap_or(day);
        }
        Self { calendar, worked }
    }

    /// First working day on or after `day`; `None` where there is none.
    pub fn on_or_after(&self, day: Day) -> Option<Day> {
        let row = day.row();
        let mut mask = !0 << (row % 64);
        for (n, &word) in self.worked.iter().enumerate().skip(row / 64) {
            if word & mask != 0 {
                return Some(Day(FIRST.0 + (n * 64) as i32 + (word & mask).trailing_zeros() as i32));
            }
            mask = !0;
        }
        self.calendar.working_on_or_after(day.date()).map(Day::of)
    }

    /// Last working day on or before `day`; `None` where there is none within a few weeks.
    pub fn on_or_before(&self, day: Day) -> Option<Day> {
        (0..FARTHEST_BACK).map(|days| day.plus(-days)).find(|day| self.contains(*day))
    }

    /// Whether `day` is worked.
    pub fn contains(&self, day: Day) -> bool {
        let row = day.row();
        match self.worked.get(row / 64) {
            Some(word) if row < TABLED => word >> (row % 64) & 1 != 0,
            _ => self.calendar.is_working(day.date()),
        }
    }

    /// The day `count` working days after `day` (0: `day` itself if worked, else the next that is).
    pub fn plus(&self, day: Day, count: u32) -> Option<Day> {
        let mut found = self.on_or_after(day)?;
        for _ in 0..count {
            found = self.on_or_after(found.next())?;
        }
        Some(found)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::calendar::Weekdays;
    use crate::calendar::civil::{date, time};

    /// Zones with changes of an hour, of half an hour, at midnight, with none, and one that skipped a whole day (Apia 2011).
    const ZONES: [&str; 8] = [
        "America/New_York",
        "America/Los_Angeles",
        "America/Phoenix",
        "Australia/Lord_Howe",
        "America/Sao_Paulo",
        "Pacific/Apia",
        "Asia/Kathmandu",
        "UTC",
    ];

    #[test]
    fn days_count_from_1970() {
        assert_eq!(Day::of(date(1970, 1, 1)), Day(0));
        assert_eq!(FIRST.date(), date(2000, 1, 1));
        assert_eq!(Day(FIRST.0 + TABLED as i32).date(), date(2060, 1, 1));
        for number in (-4_300_000..2_900_000).step_by(61) {
            let expected = date(1970, 1, 1).checked_add(jiff::Span::new().days(number)).unwrap();
            assert_eq!((Day(number).date(), Day::of(expected)), (expected, Day(number)));
        }
    }

    #[test]
    fn clock_and_calendar_agree_around_every_change() {
        for name in ZONES {
            let zone = Calendar::zone_named(name).unwrap();
            let clock = Clock::new(zone.clone());
            let from = jiff::Timestamp::from_second(940_000_000).unwrap();
            for change in zone.following(from).take(130) {
                for hours in -50..50 {
                    let at = Timestamp::from_unix(change.timestamp().as_second() + hours * 1_800);
                    let day = clock.day(at);
                    assert_eq!(day.date(), calendar::local(at, &zone).date(), "{name} at {at}");
                    let wall = calendar::local(at, &zone).strftime("%a %Y-%m-%d %H:%M").to_string();
                    assert_eq!(clock.wall(at), wall, "{name} at {at}");
                    let of_day = time(hours.rem_euclid(24) as i8, 30, 0, 0);
                    assert_eq!(clock.instant(day, of_day), calendar::instant(day.date(), of_day, &zone), "{name} {at}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn clock_and_calendar_agree_anywhere(zone in 0..ZONES.len(), at in 0_i64..4_000_000_000, second in 0..86_400_i32) {
            let zone = Calendar::zone_named(ZONES[zone]).unwrap();
            let clock = CLOCKS.with(|clocks| clocks.iter().find(|c| *c.zone() == zone).cloned()).unwrap();
            let at = Timestamp::from_unix(at);
            let day = clock.day(at);
            prop_assert_eq!(day.date(), calendar::local(at, &zone).date());
            prop_assert_eq!(clock.wall(at), calendar::local(at, &zone).strftime("%a %Y-%m-%d %H:%M").to_string());
            prop_assert_eq!(utc(at), at.to_string());
            let of_day = time((second / 3600) as i8, (second / 60 % 60) as i8, (second % 60) as i8, 0);
            prop_assert_eq!(clock.instant(day, of_day), calendar::instant(day.date(), of_day, &zone));
        }

        #[test]
        fn workdays_and_calendar_agree(weekdays in 1_u8..128, from in 9_000_i32..34_000, count in 0_u32..9) {
            let digits: String = (0..7).filter(|n| weekdays & 1 << n != 0).map(|n| char::from(b'1' + n)).collect();
            let holidays = Arc::new([date(2025, 11, 27), date(2025, 12, 25), Day(from).date()].into_iter().collect());
            let calendar = Calendar::new(TimeZone::UTC, Weekdays::parse(&digits).unwrap(), holidays);
            let workdays = Workdays::new(calendar.clone());
            let expected = calendar.plus_working_days(Day(from).date(), count);
            prop_assert_eq!(workdays.plus(Day(from), count).map(Day::date), expected);
            prop_assert_eq!(workdays.contains(Day(from)), calendar.is_working(Day(from).date()));
        }
    }

    thread_local! {
        static CLOCKS: Vec<Arc<Clock>> =
            ZONES.map(|name| Arc::new(Clock::new(Calendar::zone_named(name).unwrap()))).to_vec();
    }
}
