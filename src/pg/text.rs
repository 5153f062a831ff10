//! The text of values: PostgreSQL's input and output functions.
//!
//! [`Writer`] prints the values of an array, [`Reader`] builds an array from texts.

mod float;
pub mod literal;
mod reader;
pub mod scalar;
mod writer;

pub use float::{write_f32, write_f64};
pub use reader::{Reader, read, readable};
pub use scalar::{read_f64, read_uuid};
pub(crate) use writer::field_kind;
pub use writer::{Names, Writer, bytea, join_timetz, split_timetz, uuid};

use std::sync::Arc;

use chrono_tz::Tz;

use super::datetime::zone::{Abbreviation, Rules};

/// `DateStyle`, first part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum DateStyle {
    /// `2026-11-22 03:00:00+03`
    #[default]
    Iso,
    /// `Sun Nov 22 03:00:00 2026 EAT`
    Postgres,
    /// `11/22/2026 03:00:00 EAT`
    Sql,
    /// `22.11.2026 03:00:00 EAT`
    German,
}

/// `DateStyle`, second part: how an ambiguous date is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum DateOrder {
    /// Month, day, year.
    #[default]
    Mdy,
    /// Day, month, year.
    Dmy,
    /// Year, month, day.
    Ymd,
}

/// `IntervalStyle`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum IntervalStyle {
    /// `1 year 2 mons 3 days 04:05:06`
    #[default]
    Postgres,
    /// `@ 1 year 2 mons 3 days 4 hours 5 mins 6 secs`
    PostgresVerbose,
    /// `+1-2 +3 +4:05:06`
    SqlStandard,
    /// `P1Y2M3DT4H5M6S`
    Iso8601,
}

/// A time zone as `SET TimeZone` takes it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Zone {
    /// A zone of the IANA database.
    Named(Tz),
    /// A fixed offset, seconds east of UTC, with the text `SHOW TimeZone` gives.
    Fixed {
        /// Seconds east of UTC.
        east: i32,
        /// As shown, for instance `<+03>-03`.
        name: String,
    },
    /// A zone by POSIX's rules, with summer time.
    Rules(Arc<Rules>),
    /// An abbreviation whose offset changed over time.
    Abbreviation(Abbreviation),
}

impl Default for Zone {
    fn default() -> Self {
        Self::Named(Tz::UTC)
    }
}

/// Everything of a session that changes the text of a value.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Style {
    /// `DateStyle`.
    pub date_style: DateStyle,
    /// `DateStyle`, the order.
    pub date_order: DateOrder,
    /// `IntervalStyle`.
    pub interval_style: IntervalStyle,
    /// `TimeZone`.
    pub zone: Zone,
    /// `extra_float_digits`, -15 to 3.
    pub extra_float_digits: i8,
    /// `bytea_output` is `escape` instead of `hex`.
    pub bytea_escape: bool,
}

impl Default for Style {
    fn default() -> Self {
        Self {
            date_style: DateStyle::Iso,
            date_order: DateOrder::Mdy,
            interval_style: IntervalStyle::Postgres,
            zone: Zone::default(),
            extra_float_digits: 1,
            bytea_escape: false,
        }
    }
}

#[cfg(test)]
mod tests;
