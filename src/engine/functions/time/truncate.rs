//! `date_trunc` and `date_bin`.

use arrow::array::ArrayRef;
use chrono_tz::Tz;

use super::fields::{Unit, iso_week, iso_year_start, unrecognized, unsupported};
use super::zones::named_zone;
use super::{Moment, Span, checked, finite, in_local, in_utc, out_of_range, zone};
use crate::engine::functions::call::{Call, Interval, Output, Text, Timestamp};
use crate::engine::functions::registry::Registry;
use crate::pg::datetime::{Civil, DAY, HOUR, MINUTE, SECOND};
use crate::pg::text::Zone;
use crate::pg::{Fault, SqlState};

/// Registers truncation.
pub(super) fn register(registry: &mut Registry) {
    registry.kernel("date_trunc(text,timestamp)", |call| {
        let cut = |unit: &str, at| truncate(unit, at, "timestamp without time zone");
        truncated(call, &mut Period::default(), cut)
    });
    registry.kernel("date_trunc(text,timestamptz)", |call| {
        let zone = zone(call.context);
        let mut period = Period {
            uneven: !steady(zone),
            ..Period::default()
        };
        truncated(call, &mut period, |unit, at| truncate_in(unit, at, zone))
    });
    registry.ternary::<Text, Timestamp, Text, i64>(
        "date_trunc(text,timestamptz,text)",
        |unit, at, zone, _| truncate_in(unit, at, &named_zone(zone)?),
    );
    registry.binary::<Text, Interval, Span>("date_trunc(text,interval)", |unit, span, _| {
        truncate_span(unit, Span::from_arrow(span))
    });
    for kind in ["timestamp", "timestamptz"] {
        registry.ternary::<Interval, Timestamp, Timestamp, i64>(
            format!("date_bin(interval,{kind},{kind})"),
            |stride, at, origin, _| bin(Span::from_arrow(stride), at, origin),
        );
    }
}

/// Truncates each row, or takes the answer of the row before for those of the same period: rows
/// mostly come in the order of their time.
fn truncated(
    call: &Call<'_>,
    period: &mut Period,
    cut: impl Fn(&str, i64) -> Result<i64, Fault>,
) -> Result<ArrayRef, Fault> {
    let (units, times) = (call.input::<Text>(0)?, call.input::<Timestamp>(1)?);
    let rows = (0..call.rows).map(|row| match (units.at(row), times.at(row)) {
        (Some(unit), Some(at)) => {
            if let Some(from) = period.of(unit, at) {
                return Ok(Some(from));
            }
            let from = cut(unit, at)?;
            period.begin(unit, from);
            Ok(Some(from))
        }
        _ => Ok(None),
    });
    i64::collect(rows, call.rows, call.storage)
}

/// Times that are known to be truncated to the same one.
#[derive(Default)]
struct Period {
    unit: String,
    from: i64,
    until: i64,
    /// Days may be longer or shorter than others, so that nothing is known.
    uneven: bool,
}

impl Period {
    fn of(&self, unit: &str, at: i64) -> Option<i64> {
        let known = (self.from..self.until).contains(&at) && self.unit == unit;
        known.then_some(self.from)
    }

    /// Begins where a period of a unit does, for as long as the shortest of them is.
    fn begin(&mut self, unit: &str, from: i64) {
        let days = match Unit::read(unit) {
            _ if self.uneven || !finite(from) => 0,
            Some(Unit::Day) => 1,
            Some(Unit::Week) => 7,
            Some(Unit::Month) => 28,
            Some(Unit::Quarter) => 90,
            Some(Unit::Year) => 365,
            _ => 0,
        };
        (self.from, self.until) = (from, from.saturating_add(days * DAY));
        if self.unit != unit {
            unit.clone_into(&mut self.unit);
        }
    }
}

/// Whether all days of a zone are equally long.
fn steady(zone: &Zone) -> bool {
    matches!(zone, Zone::Fixed { .. } | Zone::Named(Tz::UTC))
}

/// The unit, when timestamps are truncated to it.
fn unit_of(name: &str, kind: &str) -> Result<Unit, Fault> {
    match Unit::read(name) {
        None
        | Some(
            Unit::Epoch
            | Unit::Julian
            | Unit::DayOfWeek
            | Unit::IsoDayOfWeek
            | Unit::DayOfYear
            | Unit::IsoYear,
        ) => Err(unrecognized(name, kind)),
        Some(Unit::Timezone | Unit::TimezoneHour | Unit::TimezoneMinute) => {
            Err(unsupported(name, kind))
        }
        Some(unit) => Ok(unit),
    }
}

/// How long a unit of the clock is; `None` for a unit of the calendar.
fn length(unit: Unit) -> Option<i64> {
    Some(match unit {
        Unit::Microsecond => 1,
        Unit::Millisecond => 1000,
        Unit::Second => SECOND,
        Unit::Minute => MINUTE,
        Unit::Hour => HOUR,
        _ => return None,
    })
}

fn truncate(name: &str, at: i64, kind: &str) -> Result<i64, Fault> {
    if !finite(at) {
        return Ok(at);
    }
    let unit = unit_of(name, kind)?;
    if let Some(length) = length(unit) {
        return Ok(at - at.rem_euclid(length));
    }
    let moment = Moment::of(at);
    let first = |year, month| {
        Moment {
            day: 0,
            date: Civil {
                year,
                month,
                day: 1,
            },
            hour: 0,
            minute: 0,
            second: 0,
            micros: 0,
        }
        .timestamp()
    };
    let date = moment.date;
    match unit {
        Unit::Week => {
            let (year, week) = iso_week(moment.day);
            checked((iso_year_start(year) + (week - 1) * 7) * DAY)
        }
        Unit::Month => first(date.year, date.month),
        Unit::Quarter => first(date.year, (date.month - 1) / 3 * 3 + 1),
        Unit::Year => first(date.year, 1),
        Unit::Decade => first(date.year.div_euclid(10) * 10, 1),
        Unit::Century => first(period_start(date.year, 100), 1),
        Unit::Millennium => first(period_start(date.year, 1000), 1),
        _ => Ok(moment.day * DAY),
    }
}

/// The year a century or millennium begins with: 1, 101, ...
fn period_start(year: i64, length: i64) -> i64 {
    (year - 1).div_euclid(length) * length + 1
}

fn truncate_in(name: &str, at: i64, zone: &Zone) -> Result<i64, Fault> {
    let kind = "timestamp with time zone";
    if !finite(at) {
        return Ok(at);
    }
    let unit = unit_of(name, kind)?;
    let local = in_local(at, zone);
    let floor = truncate(name, local, kind)?;
    if length(unit).is_some() {
        // Within an hour the offset stays: an hour that clocks show twice is two hours.
        return checked(at - (local - floor));
    }
    in_utc(floor, zone)
}

fn truncate_span(name: &str, span: Span) -> Result<Span, Fault> {
    let kind = "interval";
    let unit = unit_of(name, kind)?;
    if unit == Unit::Week {
        return Err(unsupported(name, kind).detail("Months usually have fractional weeks."));
    }
    let keep_months = |of: i32| Span {
        months: span.months - span.months % of,
        days: 0,
        micros: 0,
    };
    Ok(match unit {
        Unit::Month => keep_months(1),
        Unit::Quarter => keep_months(3),
        Unit::Year => keep_months(12),
        Unit::Decade => keep_months(120),
        Unit::Century => keep_months(1200),
        Unit::Millennium => keep_months(12_000),
        Unit::Day => Span { micros: 0, ..span },
        unit => Span {
            micros: span.micros - span.micros % length(unit).unwrap_or(1),
            ..span
        },
    })
}

fn bin(stride: Span, at: i64, origin: i64) -> Result<i64, Fault> {
    let overflow = |text| Fault::new(SqlState::DATETIME_FIELD_OVERFLOW, text);
    if !finite(at) {
        return Ok(at);
    }
    if !finite(origin) {
        return Err(overflow("origin out of range"));
    }
    if stride.months != 0 {
        return Err(Fault::new(
            SqlState::FEATURE_NOT_SUPPORTED,
            "timestamps cannot be binned into intervals containing months or years",
        ));
    }
    let width = i64::from(stride.days)
        .checked_mul(DAY)
        .and_then(|days| days.checked_add(stride.micros))
        .ok_or_else(crate::pg::interval::out_of_range)?;
    if width <= 0 {
        return Err(overflow("stride must be greater than zero"));
    }
    let apart = at
        .checked_sub(origin)
        .ok_or_else(crate::pg::interval::out_of_range)?;
    at.checked_sub(apart.rem_euclid(width))
        .ok_or_else(out_of_range)
        .and_then(checked)
}
