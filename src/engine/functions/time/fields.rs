//! `extract` and `date_part`: the fields of dates, times, timestamps and intervals.

use std::borrow::Cow;

use super::{Moment, Span, finite, finite_date, in_local, midnight, zone};
use crate::engine::functions::call::{Context, Date, Fixed, Interval, Text, Time, Timestamp};
use crate::engine::functions::registry::Registry;
use crate::pg::datetime::{Civil, DAY, HOUR, MINUTE, SECOND, civil, days, weekday};
use crate::pg::numeric::Numeric;
use crate::pg::text::split_timetz;
use crate::pg::{Fault, SqlState};

/// Registers both names of every kind.
pub(super) fn register(registry: &mut Registry) {
    field::<Timestamp>(registry, "timestamp", |unit, at, _| {
        of_timestamp(unit, at, None)
    });
    field::<Timestamp>(registry, "timestamptz", |unit, at, context| {
        of_timestamp(
            unit,
            in_local(at, zone(context)),
            Some(Zoned::of(at, context)),
        )
    });
    field::<Time>(registry, "time", |unit, time, _| of_time(unit, time, None));
    field::<Fixed>(registry, "timetz", |unit, time, _| {
        let (time, west) = split_timetz(time)?;
        of_time(unit, time, Some(-i64::from(west)))
    });
    field::<Interval>(registry, "interval", |unit, span, _| {
        of_interval(unit, Span::from_arrow(span))
    });
    registry.binary::<Text, Date, Option<Vec<u8>>>("extract(text,date)", |unit, date, _| {
        of_date(Unit::read(unit), unit, date)?
            .map(|value| value.exact())
            .transpose()
    });
    // The manual's `date_part` of a date is that of its midnight, without a zone.
    registry.binary::<Text, Date, Option<f64>>("date_part(text,date)", |unit, date, _| {
        let value = of_timestamp(&Named::read(unit), midnight(date)?, None)?;
        Ok(value.map(|value| value.double()))
    });
}

fn field<A: crate::engine::functions::Input + 'static>(
    registry: &mut Registry,
    kind: &str,
    body: impl for<'a> Fn(&Named<'_>, A::Value<'a>, &Context) -> Result<Option<Part>, Fault>
    + Copy
    + Send
    + Sync
    + 'static,
) {
    registry.binary::<Text, A, Option<Vec<u8>>>(
        format!("extract(text,{kind})"),
        move |unit, value, context| {
            body(&Named::read(unit), value, context)?
                .map(|part| part.exact())
                .transpose()
        },
    );
    registry.binary::<Text, A, Option<f64>>(
        format!("date_part(text,{kind})"),
        move |unit, value, context| {
            Ok(body(&Named::read(unit), value, context)?.map(|part| part.double()))
        },
    );
}

/// A field of a date, time or interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Microsecond,
    Millisecond,
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Quarter,
    Year,
    Decade,
    Century,
    Millennium,
    Timezone,
    TimezoneHour,
    TimezoneMinute,
    Epoch,
    Julian,
    DayOfWeek,
    IsoDayOfWeek,
    DayOfYear,
    IsoYear,
}

impl Unit {
    /// Reads the name of a unit as PostgreSQL does: in any case, by its first ten characters.
    pub(super) fn read(name: &str) -> Option<Self> {
        // It is read for every row; nearly all are short and written in small letters.
        let lowered = if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
            Cow::Owned(name.to_ascii_lowercase())
        } else {
            Cow::Borrowed(name)
        };
        let token = match lowered.len() {
            0..=10 => &*lowered,
            _ => lowered
                .char_indices()
                .nth(10)
                .and_then(|(at, _)| lowered.get(..at))
                .unwrap_or(&lowered),
        };
        Some(match token {
            "microsecon" | "us" | "usec" | "usecond" | "useconds" | "usecs" => Self::Microsecond,
            "millisecon" | "ms" | "msec" | "msecond" | "mseconds" | "msecs" => Self::Millisecond,
            "s" | "sec" | "second" | "seconds" | "secs" => Self::Second,
            "m" | "min" | "mins" | "minute" | "minutes" => Self::Minute,
            "h" | "hour" | "hours" | "hr" | "hrs" => Self::Hour,
            "d" | "day" | "days" => Self::Day,
            "w" | "week" | "weeks" => Self::Week,
            "mon" | "mons" | "month" | "months" => Self::Month,
            "qtr" | "quarter" => Self::Quarter,
            "y" | "year" | "years" | "yr" | "yrs" => Self::Year,
            "dec" | "decade" | "decades" | "decs" => Self::Decade,
            "c" | "cent" | "centuries" | "century" => Self::Century,
            "mil" | "millennia" | "millennium" | "mils" => Self::Millennium,
            "timezone" => Self::Timezone,
            "timezone_h" => Self::TimezoneHour,
            "timezone_m" => Self::TimezoneMinute,
            "epoch" => Self::Epoch,
            "j" | "jd" | "julian" => Self::Julian,
            "dow" => Self::DayOfWeek,
            "isodow" => Self::IsoDayOfWeek,
            "doy" => Self::DayOfYear,
            "isoyear" => Self::IsoYear,
            _ => return None,
        })
    }
}

/// A unit with the name it was given by, for messages.
struct Named<'a> {
    name: &'a str,
    unit: Option<Unit>,
}

impl<'a> Named<'a> {
    fn read(name: &'a str) -> Self {
        Self {
            name,
            unit: Unit::read(name),
        }
    }

    fn known(&self, kind: &str) -> Result<Unit, Fault> {
        self.unit.ok_or_else(|| unrecognized(self.name, kind))
    }
}

/// A unit that does not exist.
pub(super) fn unrecognized(name: &str, kind: &str) -> Fault {
    Fault::new(
        SqlState::INVALID_PARAMETER_VALUE,
        format!(
            "unit \"{}\" not recognized for type {kind}",
            name.to_ascii_lowercase()
        ),
    )
}

/// A unit that exists but not for this kind.
pub(super) fn unsupported(name: &str, kind: &str) -> Fault {
    Fault::new(
        SqlState::FEATURE_NOT_SUPPORTED,
        format!(
            "unit \"{}\" not supported for type {kind}",
            name.to_ascii_lowercase()
        ),
    )
}

/// The value of a field, exact: `extract` gives it as numeric, `date_part` as double.
enum Part {
    Whole(i64),
    /// A count of 10^-scale.
    Scaled(i128, u16),
    /// A Julian day and the time since its midnight.
    Julian(i64, i64),
    Infinite {
        negative: bool,
    },
}

impl Part {
    fn exact(&self) -> Result<Vec<u8>, Fault> {
        let number = match *self {
            Self::Whole(value) => Numeric::from_unscaled(i128::from(value), 0),
            Self::Scaled(value, scale) => Numeric::from_unscaled(value, scale),
            Self::Julian(day, time) => {
                let fraction = Numeric::from_unscaled(i128::from(time), 0)
                    .div(&Numeric::from_unscaled(i128::from(DAY), 0))?;
                Numeric::from_unscaled(i128::from(day), 0).add(&fraction)?
            }
            Self::Infinite { negative: true } => Numeric::NegativeInfinity,
            Self::Infinite { negative: false } => Numeric::Infinity,
        };
        Ok(number.to_bytes())
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "a double is what date_part gives"
    )]
    fn double(&self) -> f64 {
        match *self {
            Self::Whole(value) => value as f64,
            Self::Scaled(value, scale) => value as f64 / 10f64.powi(i32::from(scale)),
            Self::Julian(day, time) => day as f64 + time as f64 / DAY as f64,
            Self::Infinite { negative: true } => f64::NEG_INFINITY,
            Self::Infinite { negative: false } => f64::INFINITY,
        }
    }
}

/// What a `timestamptz` knows beside its local fields.
#[derive(Clone, Copy)]
struct Zoned {
    utc: i64,
    east: i64,
}

impl Zoned {
    fn of(utc: i64, context: &Context) -> Self {
        let east = if finite(utc) {
            zone(context).east_at(utc)
        } else {
            0
        };
        Self {
            utc,
            east: i64::from(east),
        }
    }
}

fn of_timestamp(
    named: &Named<'_>,
    local: i64,
    zoned: Option<Zoned>,
) -> Result<Option<Part>, Fault> {
    let kind = match zoned {
        Some(_) => "timestamp with time zone",
        None => "timestamp without time zone",
    };
    let unit = named.known(kind)?;
    if zoned.is_none()
        && matches!(
            unit,
            Unit::Timezone | Unit::TimezoneHour | Unit::TimezoneMinute
        )
    {
        return Err(unsupported(named.name, kind));
    }
    if !finite(local) {
        return Ok(infinite(unit, local < 0));
    }
    let moment = Moment::of(local);
    Ok(Some(match unit {
        Unit::Epoch => Part::Scaled(i128::from(zoned.map_or(local, |zoned| zoned.utc)), 6),
        Unit::Timezone => Part::Whole(zoned.map_or(0, |zoned| zoned.east)),
        Unit::TimezoneHour => Part::Whole(zoned.map_or(0, |zoned| zoned.east / 3600)),
        Unit::TimezoneMinute => Part::Whole(zoned.map_or(0, |zoned| zoned.east / 60 % 60)),
        Unit::Julian => Part::Julian(moment.day + 2_440_588, moment.time()),
        unit => clock_part(unit, moment.time()).unwrap_or_else(|| day_part(unit, moment.day)),
    }))
}

fn of_date(unit: Option<Unit>, name: &str, date: i32) -> Result<Option<Part>, Fault> {
    let Some(unit) = unit else {
        return Err(unrecognized(name, "date"));
    };
    if matches!(
        unit,
        Unit::Microsecond
            | Unit::Millisecond
            | Unit::Second
            | Unit::Minute
            | Unit::Hour
            | Unit::Timezone
            | Unit::TimezoneHour
            | Unit::TimezoneMinute
    ) {
        return Err(unsupported(name, "date"));
    }
    if !finite_date(date) {
        return Ok(infinite(unit, date < 0));
    }
    let day = i64::from(date);
    Ok(Some(match unit {
        Unit::Epoch => Part::Whole(day * 86_400),
        Unit::Julian => Part::Whole(day + 2_440_588),
        unit => day_part(unit, day),
    }))
}

/// Fields that only grow are infinite at infinity; fields that come round again have no value.
fn infinite(unit: Unit, negative: bool) -> Option<Part> {
    matches!(
        unit,
        Unit::Year
            | Unit::Decade
            | Unit::Century
            | Unit::Millennium
            | Unit::Julian
            | Unit::IsoYear
            | Unit::Epoch
    )
    .then_some(Part::Infinite { negative })
}

/// The fields of a time of day, or of the time of an interval.
fn clock_part(unit: Unit, time: i64) -> Option<Part> {
    let in_minute = time % MINUTE;
    Some(match unit {
        Unit::Microsecond => Part::Whole(in_minute),
        Unit::Millisecond => Part::Scaled(i128::from(in_minute), 3),
        Unit::Second => Part::Scaled(i128::from(in_minute), 6),
        Unit::Minute => Part::Whole(time / MINUTE % 60),
        Unit::Hour => Part::Whole(time / HOUR),
        _ => return None,
    })
}

/// The fields of a day.
fn day_part(unit: Unit, day: i64) -> Part {
    let date = civil(day);
    let year = date.year;
    Part::Whole(match unit {
        Unit::Week => iso_week(day).1,
        Unit::Month => date.month,
        Unit::Quarter => (date.month - 1) / 3 + 1,
        // There is no year 0: before year 1 comes 1 BC, which is -1.
        Unit::Year => shown_year(year),
        Unit::Decade => year.div_euclid(10),
        Unit::Century => shown_period(year, 100),
        Unit::Millennium => shown_period(year, 1000),
        Unit::DayOfWeek => weekday(day),
        Unit::IsoDayOfWeek => (weekday(day) + 6) % 7 + 1,
        Unit::DayOfYear => {
            day - days(Civil {
                year,
                month: 1,
                day: 1,
            }) + 1
        }
        Unit::IsoYear => shown_year(iso_week(day).0),
        _ => date.day,
    })
}

/// A year as people number it, without a year 0.
fn shown_year(year: i64) -> i64 {
    if year > 0 { year } else { year - 1 }
}

/// The century or millennium a year is in; those before the first are negative, without a 0.
fn shown_period(year: i64, length: i64) -> i64 {
    if year > 0 {
        (year + length - 1) / length
    } else {
        -((length - 1 - (year - 1)) / length)
    }
}

/// The ISO 8601 year and week of a day.
pub(crate) fn iso_week(day: i64) -> (i64, i64) {
    // The Thursday of a week is in the year that the week belongs to.
    let thursday = day + 3 - (weekday(day) + 6) % 7;
    let year = civil(thursday).year;
    let first = days(Civil {
        year,
        month: 1,
        day: 1,
    });
    (year, (thursday - first) / 7 + 1)
}

/// The Monday of the first week of an ISO 8601 year.
pub(crate) fn iso_year_start(year: i64) -> i64 {
    let fourth = days(Civil {
        year,
        month: 1,
        day: 4,
    });
    fourth - (weekday(fourth) + 6) % 7
}

fn of_time(named: &Named<'_>, time: i64, east: Option<i64>) -> Result<Option<Part>, Fault> {
    let kind = match east {
        Some(_) => "time with time zone",
        None => "time without time zone",
    };
    let unit = named.known(kind)?;
    if let Some(part) = clock_part(unit, time) {
        return Ok(Some(part));
    }
    Ok(Some(match (unit, east) {
        (Unit::Epoch, _) => Part::Scaled(i128::from(time - east.unwrap_or(0) * SECOND), 6),
        (Unit::Timezone, Some(east)) => Part::Whole(east),
        (Unit::TimezoneHour, Some(east)) => Part::Whole(east / 3600),
        (Unit::TimezoneMinute, Some(east)) => Part::Whole(east / 60 % 60),
        _ => return Err(unsupported(named.name, kind)),
    }))
}

fn of_interval(named: &Named<'_>, span: Span) -> Result<Option<Part>, Fault> {
    let unit = named.known("interval")?;
    if let Some(part) = clock_part(unit, span.micros) {
        return Ok(Some(part));
    }
    let months = i64::from(span.months);
    Ok(Some(match unit {
        Unit::Day => Part::Whole(i64::from(span.days)),
        Unit::Month => Part::Whole(months % 12),
        Unit::Quarter => Part::Whole(months % 12 / 3 + 1),
        Unit::Year => Part::Whole(months / 12),
        Unit::Decade => Part::Whole(months / 120),
        Unit::Century => Part::Whole(months / 1200),
        Unit::Millennium => Part::Whole(months / 12_000),
        Unit::Epoch => {
            // A year counts 365.25 days here, a month 30: in quarter days, to stay exact.
            let quarters = 1461 * (months / 12) + 120 * (months % 12) + 4 * i64::from(span.days);
            let seconds = i128::from(quarters) * 21_600;
            Part::Scaled(seconds * 1_000_000 + i128::from(span.micros), 6)
        }
        _ => return Err(unsupported(named.name, "interval")),
    }))
}
