//! Dates, times, timestamps and intervals: the present, arithmetic, parts, zones and comparison.

mod arithmetic;
mod compare;
mod fields;
mod make;
mod series;
mod truncate;
mod zones;

use arrow::datatypes::IntervalMonthDayNano;

use super::call::{Context, Output};
use super::registry::Registry;
use crate::clock::Clock;
use crate::pg::datetime::{
    DATE_INFINITY, DATE_NEGATIVE_INFINITY, DAY, FIRST_DAY, INFINITY, NEGATIVE_INFINITY, days, split,
};
use crate::pg::interval::Interval as Span;
use crate::pg::text::Zone;
use crate::pg::{Fault, SqlState};

pub(super) use fields::{iso_week, iso_year_start};

/// Registers every function of dates and times.
pub(crate) fn register(registry: &mut Registry) {
    for name in ["now", "transaction_timestamp"] {
        registry.nullary::<i64>(format!("{name}()"), |context| {
            Ok(Some(context.transaction_start))
        });
    }
    registry.nullary::<i64>("statement_timestamp()", |context| {
        Ok(Some(context.statement_start))
    });
    registry.nullary::<i64>("clock_timestamp()", |_| Ok(Some(Clock::system().micros())));
    registry.nullary::<String>("timeofday()", |context| {
        super::format::time_of_day(Clock::system().micros(), zone(context)).map(Some)
    });
    arithmetic::register(registry);
    compare::register(registry);
    fields::register(registry);
    make::register(registry);
    series::register(registry);
    truncate::register(registry);
    zones::register(registry);
}

impl Output for Span {
    fn collect(
        values: impl Iterator<Item = Result<Option<Self>, Fault>>,
        rows: usize,
        storage: &arrow::datatypes::DataType,
    ) -> Result<arrow::array::ArrayRef, Fault> {
        let stored = values.map(|value| Ok(value?.map(Self::to_arrow)));
        IntervalMonthDayNano::collect(stored, rows, storage)
    }
}

/// The session's zone.
pub(super) fn zone(context: &Context) -> &Zone {
    &context.settings.style.zone
}

/// A timestamp in fields; the year is astronomical (0 is 1 BC).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment {
    /// Days since 1970.
    pub(super) day: i64,
    pub(super) date: crate::pg::datetime::Civil,
    pub(super) hour: i64,
    pub(super) minute: i64,
    pub(super) second: i64,
    /// Microseconds of the second.
    pub(super) micros: i64,
}

impl Moment {
    /// Divides a finite timestamp.
    pub(super) fn of(timestamp: i64) -> Self {
        let (day, time) = split(timestamp);
        Self {
            day,
            date: crate::pg::datetime::civil(day),
            hour: time / 3_600_000_000,
            minute: time / 60_000_000 % 60,
            second: time / 1_000_000 % 60,
            micros: time % 1_000_000,
        }
    }

    /// Microseconds since midnight.
    pub(super) fn time(&self) -> i64 {
        ((self.hour * 60 + self.minute) * 60 + self.second) * 1_000_000 + self.micros
    }

    /// The timestamp of the fields `date`, `hour`, `minute`, `second` and `micros`.
    pub(super) fn timestamp(&self) -> Result<i64, Fault> {
        stamp(days(self.date), self.time())
    }
}

/// Whether a timestamp is a moment, not an infinity.
pub(super) fn finite(timestamp: i64) -> bool {
    timestamp != INFINITY && timestamp != NEGATIVE_INFINITY
}

/// Whether a date is a day, not an infinity.
pub(super) fn finite_date(date: i32) -> bool {
    date != DATE_INFINITY && date != DATE_NEGATIVE_INFINITY
}

/// The timestamp of a day and a time, within PostgreSQL's range.
pub(super) fn stamp(day: i64, time: i64) -> Result<i64, Fault> {
    day.checked_mul(DAY)
        .and_then(|midnight| midnight.checked_add(time))
        .ok_or_else(out_of_range)
        .and_then(checked)
}

/// Holds a finite timestamp to PostgreSQL's range.
pub(super) fn checked(timestamp: i64) -> Result<i64, Fault> {
    if finite(timestamp) && timestamp >= FIRST_DAY * DAY {
        Ok(timestamp)
    } else {
        Err(out_of_range())
    }
}

/// The midnight a date begins with, infinities included.
pub(super) fn midnight(date: i32) -> Result<i64, Fault> {
    match date {
        DATE_INFINITY => Ok(INFINITY),
        DATE_NEGATIVE_INFINITY => Ok(NEGATIVE_INFINITY),
        date => stamp(i64::from(date), 0).map_err(|_| {
            Fault::new(
                SqlState::DATETIME_FIELD_OVERFLOW,
                "date out of range for timestamp",
            )
        }),
    }
}

/// What local clocks show at a moment; infinities stay.
pub(super) fn in_local(utc: i64, zone: &Zone) -> i64 {
    if finite(utc) { zone.local(utc) } else { utc }
}

/// The moment at which local clocks show this; infinities stay.
pub(super) fn in_utc(local: i64, zone: &Zone) -> Result<i64, Fault> {
    if !finite(local) {
        return Ok(local);
    }
    zone.utc(local).ok_or_else(out_of_range).and_then(checked)
}

/// A timestamp that cannot be.
pub(super) fn out_of_range() -> Fault {
    Fault::new(SqlState::DATETIME_FIELD_OVERFLOW, "timestamp out of range")
}

/// A date that cannot be.
pub(super) fn date_out_of_range() -> Fault {
    Fault::new(SqlState::DATETIME_FIELD_OVERFLOW, "date out of range")
}
