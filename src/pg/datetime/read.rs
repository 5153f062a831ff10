//! Reading dates and times: PostgreSQL's permissive input syntax.
//!
//! The common ISO form is read straight; everything else is cut into words ([`words`]) which are
//! given a meaning one after another ([`fn@decode`]).

mod decode;
mod iso;
pub(crate) mod words;

pub(crate) use decode::fraction as fraction_of_second;
use decode::{Decoded, Moment, decode};

/// Seconds east of UTC of a signed offset, or that it is out of range; `None` for other texts.
pub(crate) fn zone_offset(text: &str) -> Option<Result<i32, ()>> {
    let digits = text.strip_prefix(['+', '-'])?;
    if !digits.bytes().all(|b| b.is_ascii_digit() || b == b':') {
        return None;
    }
    match digits {
        "" => Some(Ok(0)),
        _ => Some(decode::offset(text).map_err(|_| ())),
    }
}

use super::{
    Civil, DATE_END, DATE_INFINITY, DATE_NEGATIVE_INFINITY, DAY, FIRST_DAY, INFINITY,
    NEGATIVE_INFINITY, SECOND, TIMESTAMP_END, days, split,
};
use crate::pg::text::Style;
use crate::pg::{Fault, SqlState};

/// What reading depends on besides the text.
#[derive(Debug, Clone, Copy)]
pub struct Reading<'a> {
    /// Order of dates and the zone.
    pub style: &'a Style,
    /// What `now` means, microseconds since 1970 UTC.
    pub now: i64,
}

/// Why a text is no date or time.
#[derive(Debug, Clone)]
pub(crate) enum Problem {
    /// Not the syntax.
    Format,
    /// A field is out of its range.
    Field,
    /// Month or day is out of its range: perhaps the order was meant otherwise.
    MonthOrDay,
    /// An interval field is out of range.
    Interval,
    /// A zone offset is out of range.
    Zone,
    /// Something with its own words.
    Other(Box<Fault>),
}

impl Problem {
    /// The error for a text of a type.
    pub(crate) fn fault(self, text: &str, kind: &str) -> Fault {
        let field = || {
            Fault::new(
                SqlState::DATETIME_FIELD_OVERFLOW,
                format!("date/time field value out of range: \"{text}\""),
            )
        };
        match self {
            Self::Format => Fault::new(
                SqlState::INVALID_DATETIME_FORMAT,
                format!("invalid input syntax for type {kind}: \"{text}\""),
            ),
            Self::Field => field(),
            Self::MonthOrDay => field().hint("Perhaps you need a different \"datestyle\" setting."),
            Self::Interval => Fault::new(
                SqlState::INTERVAL_FIELD_OVERFLOW,
                format!("interval field value out of range: \"{text}\""),
            ),
            Self::Zone => Fault::new(
                SqlState::INVALID_TIME_ZONE_DISPLACEMENT_VALUE,
                format!("time zone displacement out of range: \"{text}\""),
            ),
            Self::Other(fault) => *fault,
        }
    }
}

fn range(kind: &str, text: &str) -> Fault {
    Fault::new(
        SqlState::DATETIME_FIELD_OVERFLOW,
        format!("{kind} out of range: \"{text}\""),
    )
}

/// Reads a `date`, as days since 1970.
pub fn read_date(text: &str, reading: Reading<'_>) -> Result<i32, Fault> {
    if let Some((date, None)) = iso::stamp(text).filter(|(_, clock)| clock.is_none()) {
        return checked_date(days(date), text);
    }
    match decode(text, reading, false).map_err(|problem| problem.fault(text, "date"))? {
        Decoded::Infinity => Ok(DATE_INFINITY),
        Decoded::NegativeInfinity => Ok(DATE_NEGATIVE_INFINITY),
        Decoded::Instant(utc) => checked_date(split(reading.style.zone.local(utc)).0, text),
        Decoded::Moment(Moment {
            date: Some(date), ..
        }) => checked_date(days(date), text),
        Decoded::Moment(_) => Err(Problem::Format.fault(text, "date")),
    }
}

fn checked_date(day: i64, text: &str) -> Result<i32, Fault> {
    i32::try_from(day)
        .ok()
        .filter(|_| (FIRST_DAY..DATE_END).contains(&day))
        .ok_or_else(|| range("date", text))
}

fn checked_stamp(date: Civil, clock: i64) -> Option<i64> {
    local_stamp(date, clock).filter(|stamp| *stamp >= FIRST_DAY * DAY)
}

/// What clocks show; in the west they are behind, so the first moments are on the day before.
fn local_stamp(date: Civil, clock: i64) -> Option<i64> {
    let day = days(date);
    ((FIRST_DAY - 1..TIMESTAMP_END).contains(&day)).then(|| day * DAY + clock)
}

/// Reads a `timestamp`; a zone in the text is read and ignored.
pub fn read_timestamp(text: &str, reading: Reading<'_>) -> Result<i64, Fault> {
    const KIND: &str = "timestamp";
    if let Some((date, clock)) = iso::stamp(text) {
        let clock = clock.map_or(0, |clock| clock.micros);
        return checked_stamp(date, clock).ok_or_else(|| range(KIND, text));
    }
    match decode(text, reading, false).map_err(|problem| problem.fault(text, KIND))? {
        Decoded::Infinity => Ok(INFINITY),
        Decoded::NegativeInfinity => Ok(NEGATIVE_INFINITY),
        Decoded::Instant(utc) => Ok(reading.style.zone.local(utc)),
        Decoded::Moment(Moment {
            date: Some(date),
            clock,
            ..
        }) => checked_stamp(date, clock.unwrap_or(0)).ok_or_else(|| range(KIND, text)),
        Decoded::Moment(_) => Err(Problem::Format.fault(text, KIND)),
    }
}

/// Reads a `timestamptz`, as microseconds since 1970 UTC.
pub fn read_timestamptz(text: &str, reading: Reading<'_>) -> Result<i64, Fault> {
    const KIND: &str = "timestamp with time zone";
    let out_of_range = || range("timestamp", text);
    let begun = |utc: &i64| *utc >= FIRST_DAY * DAY;
    let to_utc = |local: i64, east: Option<i32>| match east {
        Some(east) => local.checked_sub(i64::from(east) * SECOND),
        None => reading.style.zone.utc(local),
    };
    if let Some((date, clock)) = iso::stamp(text) {
        let (micros, east) = clock.map_or((0, None), |clock| (clock.micros, clock.east));
        return local_stamp(date, micros)
            .and_then(|local| to_utc(local, east))
            .filter(begun)
            .ok_or_else(out_of_range);
    }
    match decode(text, reading, false).map_err(|problem| problem.fault(text, KIND))? {
        Decoded::Infinity => Ok(INFINITY),
        Decoded::NegativeInfinity => Ok(NEGATIVE_INFINITY),
        Decoded::Instant(utc) => Ok(utc),
        Decoded::Moment(moment) => {
            let Some(date) = moment.date else {
                return Err(Problem::Format.fault(text, KIND));
            };
            let local = local_stamp(date, moment.clock.unwrap_or(0)).ok_or_else(out_of_range)?;
            let utc = match &moment.zone {
                Some(zone) => zone.utc(local),
                None => reading.style.zone.utc(local),
            };
            utc.filter(begun).ok_or_else(out_of_range)
        }
    }
}

/// Reads a `time`, as microseconds since midnight.
pub fn read_time(text: &str, reading: Reading<'_>) -> Result<i64, Fault> {
    const KIND: &str = "time";
    if let Some(clock) = iso::time(text).filter(|clock| clock.east.is_none()) {
        return Ok(clock.micros);
    }
    match decode(text, reading, true).map_err(|problem| problem.fault(text, KIND))? {
        Decoded::Instant(utc) => Ok(split(reading.style.zone.local(utc)).1),
        Decoded::Moment(Moment {
            clock: Some(clock), ..
        }) => Ok(clock),
        _ => Err(Problem::Format.fault(text, KIND)),
    }
}

/// Reads a `timetz`: microseconds since midnight, and seconds west of UTC.
pub fn read_timetz(text: &str, reading: Reading<'_>) -> Result<(i64, i32), Fault> {
    const KIND: &str = "time with time zone";
    match decode(text, reading, true).map_err(|problem| problem.fault(text, KIND))? {
        Decoded::Instant(utc) => {
            let east = reading.style.zone.east_at(utc);
            Ok((split(reading.style.zone.local(utc)).1, -east))
        }
        Decoded::Moment(Moment {
            date,
            clock: Some(clock),
            zone,
        }) => {
            let zone = zone.as_ref().unwrap_or(&reading.style.zone);
            let day = date.map_or_else(|| split(zone.local(reading.now)).0, days);
            Ok((clock, -zone.east_at_local(day * DAY + clock)))
        }
        _ => Err(Problem::Format.fault(text, KIND)),
    }
}
