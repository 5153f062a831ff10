//! Days, times of day and zones: the calendar, and its text in PostgreSQL's styles.
//!
//! Dates are days since 1970, times microseconds since midnight, timestamps microseconds since 1970
//! (UTC for `timestamptz`). The greatest and least integer of each are `infinity` and `-infinity`.

pub(crate) mod read;
pub mod write;
pub mod zone;

pub use read::{Reading, read_date, read_time, read_timestamp, read_timestamptz, read_timetz};

/// Microseconds in a second.
pub const SECOND: i64 = 1_000_000;
/// Microseconds in a minute.
pub const MINUTE: i64 = 60 * SECOND;
/// Microseconds in an hour.
pub const HOUR: i64 = 60 * MINUTE;
/// Microseconds in a day.
pub const DAY: i64 = 24 * HOUR;
/// `infinity` of `date`.
pub const DATE_INFINITY: i32 = i32::MAX;
/// `-infinity` of `date`.
pub const DATE_NEGATIVE_INFINITY: i32 = i32::MIN;
/// `infinity` of `timestamp` and `timestamptz`.
pub const INFINITY: i64 = i64::MAX;
/// `-infinity` of `timestamp` and `timestamptz`.
pub const NEGATIVE_INFINITY: i64 = i64::MIN;
/// 4714-11-24 BC, the first day there is.
pub const FIRST_DAY: i64 = -2_440_588;
/// The day after the last day a `date` can be: 5874898-01-01.
pub const DATE_END: i64 = 2_145_042_906;
/// The day after the last one that a timestamp in microseconds since 1970 can hold whole.
pub const TIMESTAMP_END: i64 = i64::MAX / DAY;

/// A day of the proleptic Gregorian calendar; year 0 is 1 BC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Civil {
    /// The year.
    pub year: i64,
    /// The month, from 1.
    pub month: i64,
    /// The day of the month, from 1.
    pub day: i64,
}

/// The calendar day of a number of days since 1970.
pub const fn civil(days: i64) -> Civil {
    // Years start in March, so that the leap day is the last of its year.
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let month = if from_march < 10 {
        from_march + 3
    } else {
        from_march - 9
    };
    Civil {
        year: year_of_era + era * 400 + if month <= 2 { 1 } else { 0 },
        month,
        day: of_year - (153 * from_march + 2) / 5 + 1,
    }
}

/// Days since 1970 of a calendar day.
pub const fn days(date: Civil) -> i64 {
    let year = if date.month <= 2 {
        date.year - 1
    } else {
        date.year
    };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let from_march = if date.month > 2 {
        date.month - 3
    } else {
        date.month + 9
    };
    let of_year = (153 * from_march + 2) / 5 + date.day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// Whether a year has a 29th of February.
pub const fn leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// How many days a month has.
pub const fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Day of the week, Sunday is 0.
pub const fn weekday(days: i64) -> i64 {
    (days + 4).rem_euclid(7)
}

/// Day and time of day of a timestamp.
pub const fn split(micros: i64) -> (i64, i64) {
    (micros.div_euclid(DAY), micros.rem_euclid(DAY))
}

/// Microseconds of the last decimal that a modifier keeps; `None` keeps all.
fn kept_unit(modifier: i32) -> Option<i64> {
    (0..6)
        .contains(&modifier)
        .then(|| 10_i64.pow(6 - modifier.unsigned_abs()))
}

/// Rounds a time of day to the decimals of a modifier.
pub fn round_time(micros: i64, modifier: i32) -> i64 {
    match kept_unit(modifier) {
        Some(unit) => (micros + unit / 2) / unit * unit,
        None => micros,
    }
}

/// Rounds a timestamp to the decimals of a modifier, halves away from the year 2000.
pub fn round_timestamp(micros: i64, modifier: i32) -> i64 {
    const YEAR_2000: i64 = 946_684_800 * SECOND;
    let Some(unit) = kept_unit(modifier) else {
        return micros;
    };
    if matches!(micros, INFINITY | NEGATIVE_INFINITY) {
        return micros;
    }
    let since = micros.saturating_sub(YEAR_2000);
    let half = unit / 2 * since.signum();
    since.saturating_add(half) / unit * unit + YEAR_2000
}
