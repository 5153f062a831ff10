//! The calendar and the clock: days, microseconds, zones.
//!
//! Days and microseconds count from 1970-01-01. Years are astronomical: 0 is 1 BC. The calendar is
//! the proleptic Gregorian one, as in PostgreSQL.

use chrono::{DateTime, MappedLocalTime, NaiveDateTime, Offset as _, TimeZone as _, Utc};
use chrono_tz::OffsetName as _;

use super::text::Zone;

/// Microseconds of a second.
pub const SECOND: i64 = 1_000_000;
/// Microseconds of a minute.
pub const MINUTE: i64 = 60 * SECOND;
/// Microseconds of an hour.
pub const HOUR: i64 = 60 * MINUTE;
/// Microseconds of a day.
pub const DAY: i64 = 24 * HOUR;
/// Days from 1970-01-01 to 2000-01-01, where PostgreSQL's own counts begin.
pub const EPOCH_DAYS: i32 = 10957;
/// The Julian day of 1970-01-01.
pub const JULIAN_EPOCH: i32 = 2_440_588;
/// The first day PostgreSQL has: 4714-11-24 BC.
pub const FIRST_DAY: i32 = -JULIAN_EPOCH;
/// The last day of type `date`: 5874897-12-31.
pub const LAST_DAY: i32 = 2_145_042_905;
/// The earliest timestamp: the first microsecond of the first day.
pub const FIRST_TIMESTAMP: i64 = FIRST_DAY as i64 * DAY;
/// The date and timestamp that mean `infinity`.
pub const INFINITE_DATE: i32 = i32::MAX;
/// The timestamp that means `infinity`; `-infinity` is `i64::MIN`.
pub const INFINITE_TIMESTAMP: i64 = i64::MAX;

/// A date of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Civil {
    /// Astronomical year: 0 is 1 BC.
    pub year: i32,
    /// 1 to 12.
    pub month: i32,
    /// 1 to 31.
    pub day: i32,
}

/// A timestamp in fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// The date.
    pub date: Civil,
    /// 0 to 23.
    pub hour: i32,
    /// 0 to 59.
    pub minute: i32,
    /// 0 to 59.
    pub second: i32,
    /// Microseconds of the second.
    pub micros: i32,
}

/// The date of a day.
pub fn civil_from_days(days: i32) -> Civil {
    let shifted = i64::from(days) + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    Civil {
        year: narrow(year),
        month: narrow(month),
        day: narrow(day),
    }
}

/// The day of a date; the month may be outside 1 to 12 and the day outside the month, as an
/// addition leaves them. `None` when no `i32` holds it.
pub fn days_from_civil(year: i32, month: i32, day: i32) -> Option<i32> {
    let months = i64::from(year) * 12 + i64::from(month) - 1;
    let (year, month) = (months.div_euclid(12), months.rem_euclid(12) + 1);
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    i32::try_from(era * 146_097 + day_of_era - 719_468 + i64::from(day) - 1).ok()
}

/// How many days a month has.
pub fn days_in_month(year: i32, month: i32) -> i32 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Whether such a date exists.
pub fn exists(year: i32, month: i32, day: i32) -> bool {
    (1..=12).contains(&month) && day >= 1 && day <= days_in_month(year, month)
}

/// The day of the week of a day: 0 is Sunday.
pub fn weekday(days: i32) -> i32 {
    narrow((i64::from(days) + 4).rem_euclid(7))
}

/// The ISO 8601 year and week of a day.
pub fn iso_week(days: i32) -> (i32, i32) {
    let from_monday = (weekday(days) + 6) % 7;
    // The Thursday of a week is in the year that the week belongs to.
    let thursday = days.saturating_add(3 - from_monday);
    let year = civil_from_days(thursday).year;
    let first = days_from_civil(year, 1, 1).unwrap_or(thursday);
    (year, (thursday - first) / 7 + 1)
}

/// The Monday of the first ISO week of a year.
pub fn iso_year_start(year: i32) -> Option<i32> {
    let fourth = days_from_civil(year, 1, 4)?;
    fourth.checked_sub((weekday(fourth) + 6) % 7)
}

/// A timestamp (not infinite) in fields.
pub fn moment(timestamp: i64) -> Moment {
    let days = timestamp.div_euclid(DAY);
    let time = timestamp.rem_euclid(DAY);
    Moment {
        date: civil_from_days(narrow(days)),
        hour: narrow(time / HOUR),
        minute: narrow(time / MINUTE % 60),
        second: narrow(time / SECOND % 60),
        micros: narrow(time % SECOND),
    }
}

/// The timestamp of fields; `None` when out of PostgreSQL's range.
pub fn timestamp(moment: &Moment) -> Option<i64> {
    let days = days_from_civil(moment.date.year, moment.date.month, moment.date.day)?;
    let time = i64::from(moment.hour) * HOUR
        + i64::from(moment.minute) * MINUTE
        + i64::from(moment.second) * SECOND
        + i64::from(moment.micros);
    i64::from(days)
        .checked_mul(DAY)?
        .checked_add(time)
        .filter(|timestamp| in_range(*timestamp))
}

/// Whether a timestamp is finite and one that PostgreSQL has.
pub fn in_range(timestamp: i64) -> bool {
    (FIRST_TIMESTAMP..INFINITE_TIMESTAMP).contains(&timestamp)
}

/// Whether a timestamp is not infinite.
pub fn finite(timestamp: i64) -> bool {
    timestamp != i64::MIN && timestamp != INFINITE_TIMESTAMP
}

/// Whether a date is not infinite.
pub fn finite_date(date: i32) -> bool {
    date != i32::MIN && date != INFINITE_DATE
}

impl Zone {
    /// Seconds east of UTC at a moment of UTC.
    pub fn offset_at(&self, utc: i64) -> i32 {
        match self {
            Self::Fixed { east, .. } => *east,
            Self::Named(zone) => zone
                .offset_from_utc_datetime(&naive(utc))
                .fix()
                .local_minus_utc(),
        }
    }

    /// What local clocks show at a moment of UTC.
    pub fn to_local(&self, utc: i64) -> i64 {
        utc.saturating_add(i64::from(self.offset_at(utc)) * SECOND)
    }

    /// The moment of UTC at which local clocks show this.
    ///
    /// A time that clocks skip is read by the offset before the change, one that they show twice by
    /// the offset after it: in both cases standard time, as PostgreSQL does.
    pub fn to_utc(&self, local: i64) -> i64 {
        let east = match self {
            Self::Fixed { east, .. } => *east,
            Self::Named(zone) => match zone.offset_from_local_datetime(&naive(local)) {
                MappedLocalTime::Single(offset) | MappedLocalTime::Ambiguous(_, offset) => {
                    offset.fix().local_minus_utc()
                }
                MappedLocalTime::None => self.offset_at(local.saturating_sub(DAY)),
            },
        };
        local.saturating_sub(i64::from(east) * SECOND)
    }

    /// The abbreviation in use at a moment of UTC, such as `EAT`.
    pub fn abbreviation_at(&self, utc: i64) -> String {
        match self {
            Self::Fixed { name, .. } => match name.strip_prefix('<') {
                Some(name) => name.split('>').next().unwrap_or(name).to_owned(),
                None => name.clone(),
            },
            Self::Named(zone) => zone
                .offset_from_utc_datetime(&naive(utc))
                .abbreviation()
                .unwrap_or_default()
                .to_owned(),
        }
    }
}

/// The same moment for chrono, whose years end earlier: the calendar repeats every 400 years.
fn naive(timestamp: i64) -> NaiveDateTime {
    const CYCLE: i64 = 146_097 * DAY;
    let folded = match timestamp {
        t if t > 200_000 * 365 * DAY || t < -200_000 * 365 * DAY => t.rem_euclid(CYCLE),
        t => t,
    };
    DateTime::<Utc>::from_timestamp_micros(folded)
        .unwrap_or(DateTime::<Utc>::UNIX_EPOCH)
        .naive_utc()
}

/// Narrows a value that the calendar keeps small.
fn narrow(value: i64) -> i32 {
    i32::try_from(value).unwrap_or(if value < 0 { i32::MIN } else { i32::MAX })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_dates_go_both_ways() {
        for days in (FIRST_DAY..LAST_DAY).step_by(9_973) {
            let date = civil_from_days(days);
            assert!(exists(date.year, date.month, date.day), "{date:?}");
            assert_eq!(days_from_civil(date.year, date.month, date.day), Some(days));
        }
        assert_eq!(days_from_civil(2000, 1, 1), Some(EPOCH_DAYS));
        assert_eq!(days_from_civil(-4713, 11, 24), Some(FIRST_DAY));
        assert_eq!(days_from_civil(5_874_897, 12, 31), Some(LAST_DAY));
        assert_eq!(days_from_civil(2026, 14, 1), days_from_civil(2027, 2, 1));
    }

    #[test]
    fn weeks_belong_to_the_year_of_their_thursday() {
        let week = |y, m, d| iso_week(days_from_civil(y, m, d).expect("a day"));
        assert_eq!(week(2026, 1, 1), (2026, 1));
        assert_eq!(week(2027, 1, 3), (2026, 53));
        assert_eq!(week(2024, 12, 30), (2025, 1));
        assert_eq!(weekday(0), 4);
    }

    #[test]
    fn clock_changes_are_read_as_standard_time() {
        let zone = Zone::Named(chrono_tz::America::New_York);
        let at = |m, d, hour, minute| {
            timestamp(&Moment {
                date: Civil {
                    year: 2026,
                    month: m,
                    day: d,
                },
                hour,
                minute,
                second: 0,
                micros: 0,
            })
            .expect("a timestamp")
        };
        assert_eq!(zone.to_utc(at(3, 8, 2, 30)), at(3, 8, 7, 30));
        assert_eq!(zone.to_utc(at(11, 1, 1, 30)), at(11, 1, 6, 30));
        assert_eq!(zone.to_local(at(7, 1, 12, 0)), at(7, 1, 8, 0));
        assert_eq!(zone.abbreviation_at(at(7, 1, 12, 0)), "EDT");
    }
}
