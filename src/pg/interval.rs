//! `interval`: months, days and time, which do not convert into each other by themselves.
//!
//! Stored in Arrow's `MonthDayNano`, whose last part holds microseconds here: in nanoseconds the
//! hours would end at 292 years. Only this module reads that part, and nothing else computes with
//! intervals. For comparing, a month counts 30 days and a day 24 hours.

mod read;
mod write;

pub use read::{read, with_modifier};
pub use write::write;

use arrow::datatypes::IntervalMonthDayNano;

use crate::pg::datetime::DAY;
use crate::pg::{Fault, SqlState};

/// An interval in PostgreSQL's parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Interval {
    /// Years and months, in months.
    pub months: i32,
    /// Days.
    pub days: i32,
    /// Hours and below, in microseconds.
    pub micros: i64,
}

impl Interval {
    /// From the stored form.
    pub fn from_arrow(value: IntervalMonthDayNano) -> Self {
        Self {
            months: value.months,
            days: value.days,
            micros: value.nanoseconds,
        }
    }

    /// To the stored form.
    pub fn to_arrow(self) -> IntervalMonthDayNano {
        IntervalMonthDayNano::new(self.months, self.days, self.micros)
    }

    /// The length by which intervals compare, in microseconds.
    pub fn length(self) -> i128 {
        let days = i128::from(self.months) * 30 + i128::from(self.days);
        days * i128::from(DAY) + i128::from(self.micros)
    }

    /// Appends bytes that compare as the values do.
    pub fn sort_key(self, out: &mut Vec<u8>) {
        // Lengths need 85 bits; moved above zero, they fit twelve bytes.
        let biased = self.length().wrapping_add(1 << 95);
        out.extend_from_slice(biased.to_be_bytes().get(4..).unwrap_or_default());
    }

    /// All three parts negated.
    pub fn checked_neg(self) -> Result<Self, Fault> {
        match (
            self.months.checked_neg(),
            self.days.checked_neg(),
            self.micros.checked_neg(),
        ) {
            (Some(months), Some(days), Some(micros)) => Ok(Self {
                months,
                days,
                micros,
            }),
            _ => Err(out_of_range()),
        }
    }

    /// The sum of the parts.
    pub fn checked_add(self, other: Self) -> Result<Self, Fault> {
        match (
            self.months.checked_add(other.months),
            self.days.checked_add(other.days),
            self.micros.checked_add(other.micros),
        ) {
            (Some(months), Some(days), Some(micros)) => Ok(Self {
                months,
                days,
                micros,
            }),
            _ => Err(out_of_range()),
        }
    }
}

/// The error of every interval that cannot be represented.
pub fn out_of_range() -> Fault {
    Fault::new(SqlState::DATETIME_FIELD_OVERFLOW, "interval out of range")
}
