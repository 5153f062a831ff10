//! `to_char`, `to_date`, `to_timestamp` and `to_number`: values and templates.

mod number;
mod read;
mod template;
mod to_number;
mod write;

use self::number::{Digits, Layout, roman};
use super::call::{Bytes, Float4, Float8, Int4, Int8, Interval, Text, Timestamp};
use super::registry::Registry;
use super::time::{Moment, finite, in_utc, zone};
use crate::pg::datetime::{round_timestamp, weekday};
use crate::pg::interval::Interval as Span;
use crate::pg::numeric::Numeric;
use crate::pg::text::Zone;
use crate::pg::{Fault, SqlState};

/// Registers formatting.
pub(crate) fn register(registry: &mut Registry) {
    registry.binary::<Timestamp, Text, Option<String>>(
        "to_char(timestamp,text)",
        |at, template, _| {
            if !finite(at) || template.is_empty() {
                return Ok(None);
            }
            write::timestamp(at, 0, String::new(), template).map(Some)
        },
    );
    registry.binary::<Timestamp, Text, Option<String>>(
        "to_char(timestamptz,text)",
        |at, template, context| {
            if !finite(at) || template.is_empty() {
                return Ok(None);
            }
            let zone = zone(context);
            let (local, east) = (zone.local(at), zone.east_at(at));
            let name = zone.abbreviation(at).unwrap_or_default();
            write::timestamp(local, east, name, template).map(Some)
        },
    );
    registry.binary::<Interval, Text, Option<String>>(
        "to_char(interval,text)",
        |span, template, _| {
            if template.is_empty() {
                return Ok(None);
            }
            write::interval(Span::from_arrow(span), template).map(Some)
        },
    );
    registry.binary::<Text, Text, i32>("to_date(text,text)", |text, template, _| {
        read::date(text, template)
    });
    registry.binary::<Text, Text, i64>("to_timestamp(text,text)", |text, template, context| {
        let read = read::read(text, template)?;
        let local = read.timestamp()?;
        let at = match read.east {
            Some(east) => super::time::checked(local - i64::from(east) * 1_000_000),
            None => in_utc(local, zone(context)),
        };
        Ok(round_timestamp(at?, read.precision))
    });
    numbers(registry);
}

fn numbers(registry: &mut Registry) {
    registry.binary::<Int4, Text, String>("to_char(int4,text)", |value, template, _| {
        integer(i64::from(value), template, i64::from(i32::MAX))
    });
    registry.binary::<Int8, Text, String>("to_char(int8,text)", |value, template, _| {
        integer(value, template, i64::MAX)
    });
    registry.binary::<Float8, Text, String>("to_char(float8,text)", |value, template, _| {
        float(value, template, 15)
    });
    registry.binary::<Float4, Text, String>("to_char(float4,text)", |value, template, _| {
        float(f64::from(value), template, 6)
    });
    registry.binary::<Bytes, Text, String>("to_char(numeric,text)", |value, template, _| {
        exact(&Numeric::decode(value)?, template)
    });
    registry.binary::<Text, Text, Option<Vec<u8>>>("to_number(text,text)", |text, template, _| {
        Ok(to_number::read(text, template)?.map(|number| number.to_bytes()))
    });
}

/// What a template read, and of which parts the template speaks.
pub(super) struct Reading {
    /// It has fields of a date.
    pub(super) date: bool,
    /// It has fields of a time of day.
    pub(super) time: bool,
    /// It has fields of a zone.
    pub(super) zone: bool,
    /// Microseconds since 1970, local.
    pub(super) micros: i64,
    /// Seconds east of UTC.
    pub(super) east: i32,
}

impl Reading {
    /// Reads `text` by `template`.
    pub(super) fn of(text: &str, template: &str) -> Result<Self, Fault> {
        let read = read::read(text, template)?;
        let mut reading = Self {
            date: false,
            time: false,
            zone: false,
            micros: read.timestamp()?,
            east: read.east.unwrap_or(0),
        };
        for field in template::fields(template) {
            if field.zone() {
                reading.zone = true;
            } else if field.time() {
                reading.time = true;
            } else {
                reading.date = true;
            }
        }
        Ok(reading)
    }
}

/// The text of `timeofday()`.
pub(super) fn time_of_day(now: i64, zone: &Zone) -> Result<String, Fault> {
    let moment = Moment::of(zone.local(now));
    let name = |names: &[&'static str], at: i64| {
        usize::try_from(at)
            .ok()
            .and_then(|at| names.get(at)?.get(..3))
            .ok_or_else(|| Fault::internal("no such day or month"))
    };
    Ok(format!(
        "{} {} {:02} {:02}:{:02}:{:02}.{:06} {} {}",
        name(&write::DAYS, weekday(moment.day))?,
        name(&write::MONTHS, moment.date.month - 1)?,
        moment.date.day,
        moment.hour,
        moment.minute,
        moment.second,
        moment.micros,
        moment.date.year,
        zone.abbreviation(now).unwrap_or_default(),
    ))
}

/// The ending of a number: `st`, `nd`, `rd` or `th`.
fn ordinal(number: &str, upper: bool) -> Result<&'static str, Fault> {
    let mut digits = number.bytes().rev();
    let (last, before) = (digits.next(), digits.next());
    let at = match (last, before) {
        (Some(last), _) if !last.is_ascii_digit() => {
            return Err(Fault::new(
                SqlState::INVALID_TEXT_REPRESENTATION,
                format!("\"{number}\" is not a number"),
            ));
        }
        (_, Some(b'1')) => 3,
        (Some(b'1'), _) => 0,
        (Some(b'2'), _) => 1,
        (Some(b'3'), _) => 2,
        _ => 3,
    };
    let endings = if upper {
        ["ST", "ND", "RD", "TH"]
    } else {
        ["st", "nd", "rd", "th"]
    };
    Ok(endings.get(at).copied().unwrap_or_default())
}

fn integer(value: i64, template: &str, most: i64) -> Result<String, Fault> {
    let mut layout = Layout::parse(template)?;
    if layout.roman {
        if i32::try_from(value).is_err() {
            return Err(Fault::new(
                SqlState::NUMERIC_VALUE_OUT_OF_RANGE,
                "integer out of range",
            ));
        }
        return number::write(Digits::of(&roman(Some(value))), &layout);
    }
    if layout.scientific {
        if most == i64::from(i32::MAX) {
            let value = f64::from(i32::try_from(value).unwrap_or_default());
            return Ok(exponent_form(&format!("{value:.*e}", layout.after)));
        }
        return scientific(&Numeric::from_unscaled(i128::from(value), 0), layout.after);
    }
    let mut value = i128::from(value);
    if layout.shifts {
        value = u32::try_from(layout.shifted)
            .ok()
            .and_then(|places| 10i128.checked_pow(places))
            .and_then(|factor| value.checked_mul(factor))
            .filter(|value| value.unsigned_abs() <= most.unsigned_abs().into())
            .ok_or_else(|| {
                let kind = if most == i64::MAX {
                    "bigint"
                } else {
                    "integer"
                };
                Fault::new(
                    SqlState::NUMERIC_VALUE_OUT_OF_RANGE,
                    format!("{kind} out of range"),
                )
            })?;
        layout.before += layout.shifted;
    }
    let mut text = value.to_string();
    if layout.after > 0 {
        text.push('.');
        text.extend(std::iter::repeat_n('0', layout.after));
    }
    number::write(Digits::of(&text), &layout)
}

fn exact(value: &Numeric, template: &str) -> Result<String, Fault> {
    let mut layout = Layout::parse(template)?;
    let places = |count: usize| i32::try_from(count).unwrap_or(i32::MAX);
    if layout.roman {
        let whole = value.round(0)?.to_i32()?;
        return number::write(Digits::of(&roman(Some(whole.into()))), &layout);
    }
    if layout.scientific {
        if !matches!(value, Numeric::Finite(_)) {
            return Ok(unwritable(&layout));
        }
        return scientific(value, layout.after);
    }
    let mut value = value.clone();
    if layout.shifts {
        let factor = 10i128
            .checked_pow(u32::try_from(layout.shifted).unwrap_or(u32::MAX))
            .ok_or_else(super::text::too_large)?;
        value = value.mul(&Numeric::from_unscaled(factor, 0))?;
        layout.before += layout.shifted;
    }
    let mut text = String::new();
    value.round(places(layout.after))?.write(&mut text);
    number::write(Digits::of(&text), &layout)
}

fn float(value: f64, template: &str, most_digits: usize) -> Result<String, Fault> {
    let mut layout = Layout::parse(template)?;
    if layout.roman {
        #[expect(clippy::cast_possible_truncation, reason = "checked just before")]
        let whole = (value.abs() < 1e9).then(|| value.round_ties_even() as i64);
        return number::write(Digits::of(&roman(whole)), &layout);
    }
    if layout.scientific {
        if !value.is_finite() {
            return Ok(unwritable(&layout));
        }
        return Ok(exponent_form(&format!("{value:.*e}", layout.after)));
    }
    let mut value = value;
    if layout.shifts {
        let places = i32::try_from(layout.shifted).unwrap_or(i32::MAX);
        value *= 10f64.powi(places);
        layout.before += layout.shifted;
    }
    // The lengths of "NaN" and "Infinity" count as digits, as they do in PostgreSQL.
    let whole = match value {
        value if value.is_nan() => 3,
        value if value.is_infinite() => 8,
        value => format!("{:.0}", value.abs()).len(),
    };
    layout.after = layout.after.min(most_digits.saturating_sub(whole));
    let text = match value {
        value if value.is_nan() => String::from("NaN"),
        value if value.is_infinite() => {
            String::from(if value > 0.0 { "Infinity" } else { "-Infinity" })
        }
        value => format!("{value:.*}", layout.after),
    };
    number::write(Digits::of(&text), &layout)
}

/// Digits of a value that `EEEE` cannot show.
fn unwritable(layout: &Layout) -> String {
    format!(
        " {}.{}",
        "#".repeat(layout.before),
        "#".repeat(layout.after + 4)
    )
}

/// A number with one digit before the point and an exponent, rounded half away from zero.
fn scientific(value: &Numeric, places: usize) -> Result<String, Fault> {
    let mut text = String::new();
    value.abs().write(&mut text);
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let digits = [whole, fraction].concat();
    let exponent = digits
        .bytes()
        .position(|digit| digit != b'0')
        .map_or(0, |first| {
            i32::try_from(whole.len()).unwrap_or(0) - i32::try_from(first).unwrap_or(0) - 1
        });
    let sign = if *value < Numeric::ZERO { "-" } else { "" };
    let significant = digits.trim_start_matches('0');
    let (first, rest) = significant.split_at_checked(1).unwrap_or(("0", ""));
    // One digit more than is shown decides how the last one is rounded.
    let rest = rest.get(..=places).unwrap_or(rest);
    let wanted = i32::try_from(places).unwrap_or(i32::MAX);
    let mut mantissa = String::new();
    Numeric::parse(&format!("{sign}{first}.{rest}"))?
        .round(wanted)?
        .write(&mut mantissa);
    // Rounding may give two digits before the point (99999 is 10.00e+04), as in PostgreSQL.
    Ok(exponent_form(&format!("{mantissa}e{exponent}")))
}

/// Rust's exponent (`1.5e-7`) as C writes it (` 1.5e-07`), with a space for no sign.
fn exponent_form(text: &str) -> String {
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let (sign, digits) = match exponent.strip_prefix('-') {
        Some(digits) => ('-', digits),
        None => ('+', exponent),
    };
    let space = if mantissa.starts_with('-') { "" } else { " " };
    format!("{space}{mantissa}e{sign}{digits:0>2}")
}
