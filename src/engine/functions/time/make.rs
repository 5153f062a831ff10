//! Making dates and times from numbers, and asking whether they are finite.

use super::zones::named_zone;
use super::{Span, finite, finite_date, in_utc, stamp, zone};
use crate::engine::functions::call::{Call, Date, Float8, Int4, Interval, Output, Text, Timestamp};
use crate::engine::functions::registry::Registry;
use crate::pg::datetime::{
    self, Civil, DATE_END, FIRST_DAY, INFINITY, NEGATIVE_INFINITY, days, days_in_month,
};
use crate::pg::text::Zone;
use crate::pg::{Fault, SqlState};

/// Registers what makes dates and times.
pub(super) fn register(registry: &mut Registry) {
    registry.ternary::<Int4, Int4, Int4, i32>("make_date(int4,int4,int4)", |y, m, d, _| {
        i32::try_from(day(y, m, d)?).map_err(|_| super::date_out_of_range())
    });
    registry.ternary::<Int4, Int4, Float8, i64>("make_time(int4,int4,float8)", |h, m, s, _| {
        time(h, m, s)
    });
    let timestamp = "int4,int4,int4,int4,int4,float8";
    registry.kernel(format!("make_timestamp({timestamp})"), |call| {
        timestamps(call, |local, _, _| Ok(local))
    });
    registry.kernel(format!("make_timestamptz({timestamp})"), |call| {
        timestamps(call, |local, _, call| in_utc(local, zone(call.context)))
    });
    registry.kernel(format!("make_timestamptz({timestamp},text)"), |call| {
        timestamps(call, |local, name, _| {
            in_utc(local, &given_zone(name.unwrap_or_default())?)
        })
    });
    registry.kernel(
        "make_interval(int4,int4,int4,int4,int4,int4,float8)",
        intervals,
    );
    registry.unary::<Date, bool>("isfinite(date)", |date, _| Ok(finite_date(date)));
    registry.unary::<Timestamp, bool>("isfinite(timestamp)", |at, _| Ok(finite(at)));
    registry.unary::<Timestamp, bool>("isfinite(timestamptz)", |at, _| Ok(finite(at)));
    registry.unary::<Interval, bool>("isfinite(interval)", |_, _| Ok(true));
    registry.unary::<Float8, i64>("to_timestamp(float8)", |seconds, _| from_epoch(seconds));
}

/// A zone as `make_timestamptz` takes it: unlike elsewhere, `+3` is east of UTC.
fn given_zone(name: &str) -> Result<Zone, Fault> {
    let refused = |message: String| Fault::new(SqlState::INVALID_PARAMETER_VALUE, message);
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        return Err(refused(format!(
            "invalid input syntax for type numeric time zone: \"{name}\""
        ))
        .hint("Numeric time zones must have \"-\" or \"+\" as first character."));
    }
    match datetime::read::zone_offset(name) {
        Some(Ok(east)) => Ok(Zone::fixed(east)),
        Some(Err(())) => Err(refused(format!(
            "numeric time zone \"{name}\" out of range"
        ))),
        None => named_zone(name),
    }
}

/// The day of a date, whose year counts backwards from 1 BC when negative.
fn day(year: i32, month: i32, day: i32) -> Result<i64, Fault> {
    let refused = || {
        Fault::new(
            SqlState::DATETIME_FIELD_OVERFLOW,
            format!("date field value out of range: {year}-{month:02}-{day:02}"),
        )
    };
    let astronomical = match i64::from(year) {
        0 => return Err(refused()),
        year if year < 0 => year + 1,
        year => year,
    };
    let (month, day) = (i64::from(month), i64::from(day));
    if !(1..=12).contains(&month) || day < 1 || day > days_in_month(astronomical, month) {
        return Err(refused());
    }
    let result = days(Civil {
        year: astronomical,
        month,
        day,
    });
    if (FIRST_DAY..DATE_END).contains(&result) {
        Ok(result)
    } else {
        Err(Fault::new(
            SqlState::DATETIME_FIELD_OVERFLOW,
            format!("date out of range: {year}-{month:02}-{day:02}"),
        ))
    }
}

/// The time of day; 24:00:00 and 23:59:60 are allowed as PostgreSQL allows them.
fn time(hour: i32, minute: i32, second: f64) -> Result<i64, Fault> {
    let whole = i64::from(hour) * 3600 + i64::from(minute) * 60;
    let valid = (0..=24).contains(&hour)
        && (0..60).contains(&minute)
        && (0.0..=60.0).contains(&second)
        && (hour < 24 || (minute == 0 && second == 0.0));
    if !valid {
        return Err(Fault::new(
            SqlState::DATETIME_FIELD_OVERFLOW,
            format!(
                "time field value out of range: {hour}:{minute:02}:{}",
                two_digits(second)
            ),
        ));
    }
    #[expect(clippy::cast_possible_truncation, reason = "at most 60 seconds")]
    let micros = (second * 1e6).round_ties_even() as i64;
    Ok(whole * 1_000_000 + micros)
}

/// `%02g` of the C library, for seconds.
fn two_digits(second: f64) -> String {
    let text = format!("{second}");
    if text.len() < 2 {
        format!("0{text}")
    } else {
        text
    }
}

fn timestamps(
    call: &Call<'_>,
    finish: impl Fn(i64, Option<&str>, &Call<'_>) -> Result<i64, Fault>,
) -> Result<arrow::array::ArrayRef, Fault> {
    let fields: Vec<_> = (0..5)
        .map(|at| call.input::<Int4>(at))
        .collect::<Result<_, _>>()?;
    let seconds = call.input::<Float8>(5)?;
    let zones = (call.values.len() > 6)
        .then(|| call.input::<Text>(6))
        .transpose()?;
    let answer = |row: usize| -> Option<Result<i64, Fault>> {
        let fields: Vec<i32> = fields
            .iter()
            .map(|field| field.at(row))
            .collect::<Option<_>>()?;
        let second = seconds.at(row)?;
        let zone = match &zones {
            Some(zones) => Some(zones.at(row)?),
            None => None,
        };
        let [year, month, date, hour, minute] = <[i32; 5]>::try_from(fields).ok()?;
        Some(
            day(year, month, date)
                .and_then(|day| stamp(day, time(hour, minute, second)?))
                .and_then(|local| finish(local, zone, call)),
        )
    };
    i64::collect(
        (0..call.rows).map(|row| answer(row).transpose()),
        call.rows,
        call.storage,
    )
}

fn intervals(call: &Call<'_>) -> Result<arrow::array::ArrayRef, Fault> {
    let fields: Vec<_> = (0..6)
        .map(|at| call.input::<Int4>(at))
        .collect::<Result<_, _>>()?;
    let seconds = call.input::<Float8>(6)?;
    let answer = |row: usize| -> Option<Result<Span, Fault>> {
        let fields: Vec<i64> = fields
            .iter()
            .map(|field| field.at(row).map(i64::from))
            .collect::<Option<_>>()?;
        let [years, months, weeks, days, hours, minutes] = <[i64; 6]>::try_from(fields).ok()?;
        let second = seconds.at(row)?;
        Some(interval(
            [years * 12 + months, weeks * 7 + days, hours * 60 + minutes],
            second,
        ))
    };
    Span::collect(
        (0..call.rows).map(|row| answer(row).transpose()),
        call.rows,
        call.storage,
    )
}

/// An interval of months, days, minutes and seconds.
fn interval([months, days, minutes]: [i64; 3], seconds: f64) -> Result<Span, Fault> {
    let refused = crate::pg::interval::out_of_range;
    if seconds.is_nan() || seconds.abs() * 1e6 >= 9.2e18 {
        return Err(refused());
    }
    #[expect(clippy::cast_possible_truncation, reason = "checked just above")]
    let micros = (seconds * 1e6).round_ties_even() as i64;
    Ok(Span {
        months: i32::try_from(months).map_err(|_| refused())?,
        days: i32::try_from(days).map_err(|_| refused())?,
        micros: (minutes * 60_000_000)
            .checked_add(micros)
            .ok_or_else(refused)?,
    })
}

/// The moment so many seconds after 1970.
fn from_epoch(seconds: f64) -> Result<i64, Fault> {
    if seconds.is_nan() {
        return Err(Fault::new(
            SqlState::DATETIME_FIELD_OVERFLOW,
            "timestamp cannot be NaN",
        ));
    }
    if seconds.is_infinite() {
        return Ok(if seconds > 0.0 {
            INFINITY
        } else {
            NEGATIVE_INFINITY
        });
    }
    // Counted from 2000 as PostgreSQL does, so that doubles round alike.
    let micros = ((seconds - 946_684_800.0) * 1e6).round_ties_even();
    if micros.abs() < 9.2e18 {
        #[expect(clippy::cast_possible_truncation, reason = "checked just above")]
        let micros = micros as i64;
        if let Some(Ok(at)) = micros.checked_add(946_684_800_000_000).map(super::checked) {
            return Ok(at);
        }
    }
    Err(Fault::new(
        SqlState::DATETIME_FIELD_OVERFLOW,
        format!("timestamp out of range: \"{}\"", general(seconds)),
    ))
}

/// A double as `%g` of the C library writes it.
fn general(value: f64) -> String {
    let text = format!("{value:.5e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..6).contains(&exponent) {
        let places = usize::try_from(5 - exponent).unwrap_or(0);
        let fixed = format!("{value:.places$}");
        return if fixed.contains('.') {
            String::from(fixed.trim_end_matches('0').trim_end_matches('.'))
        } else {
            fixed
        };
    }
    let mantissa = mantissa.trim_end_matches('0').trim_end_matches('.');
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}
