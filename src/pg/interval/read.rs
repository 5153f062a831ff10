//! Reading intervals: PostgreSQL's own form, SQL's, and ISO 8601's.

#![expect(
    clippy::cast_possible_truncation,
    reason = "PostgreSQL splits fractions of units in floating point; the parts are bounded"
)]

use super::{Interval, out_of_range};
use crate::pg::Fault;
use crate::pg::datetime::read::words::{Look, words};
use crate::pg::datetime::read::{Problem, fraction_of_second};
use crate::pg::datetime::{DAY, HOUR, MINUTE, SECOND};
use crate::pg::text::IntervalStyle;

/// What a number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
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
}

/// Bits of the fields in an interval's modifier.
mod field {
    pub(super) const MONTH: i32 = 1 << 1;
    pub(super) const YEAR: i32 = 1 << 2;
    pub(super) const DAY: i32 = 1 << 3;
    pub(super) const HOUR: i32 = 1 << 10;
    pub(super) const MINUTE: i32 = 1 << 11;
    pub(super) const SECOND: i32 = 1 << 12;
}

/// Parts while they are added up.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    months: i64,
    days: i64,
    micros: i64,
}

impl Sum {
    fn add(&mut self, value: i64, fraction: f64, unit: Unit) -> Result<(), Problem> {
        let times = |factor: i64| value.checked_mul(factor).ok_or(Problem::Field);
        let put = |to: &mut i64, part: i64| -> Result<(), Problem> {
            *to = to.checked_add(part).ok_or(Problem::Field)?;
            Ok(())
        };
        let clock = |unit: i64| (fraction * unit as f64).round_ties_even() as i64;
        match unit {
            Unit::Microsecond => put(&mut self.micros, value + clock(1)),
            Unit::Millisecond => put(&mut self.micros, times(1000)? + clock(1000)),
            Unit::Second => put(&mut self.micros, times(SECOND)? + clock(SECOND)),
            Unit::Minute => put(&mut self.micros, times(MINUTE)? + clock(MINUTE)),
            Unit::Hour => put(&mut self.micros, times(HOUR)? + clock(HOUR)),
            Unit::Day => {
                put(&mut self.days, value)?;
                put(&mut self.micros, clock(DAY))
            }
            Unit::Week => {
                put(&mut self.days, times(7)?)?;
                self.part_days(fraction * 7.0)
            }
            Unit::Month => {
                put(&mut self.months, value)?;
                self.part_days(fraction * 30.0)
            }
            Unit::Quarter => {
                put(&mut self.months, times(3)?)?;
                self.part_days(fraction * 90.0)
            }
            Unit::Year => put(&mut self.months, times(12)? + months(fraction, 12.0)),
            Unit::Decade => put(&mut self.months, times(120)? + months(fraction, 120.0)),
            Unit::Century => put(&mut self.months, times(1200)? + months(fraction, 1200.0)),
            Unit::Millennium => put(&mut self.months, times(12000)? + months(fraction, 12000.0)),
        }
    }

    fn part_days(&mut self, days: f64) -> Result<(), Problem> {
        let whole = days as i64;
        self.days = self.days.checked_add(whole).ok_or(Problem::Field)?;
        let rest = (days - whole as f64) * DAY as f64;
        self.micros = self
            .micros
            .checked_add(rest.round_ties_even() as i64)
            .ok_or(Problem::Field)?;
        Ok(())
    }

    fn negate(&mut self) {
        self.months = -self.months;
        self.days = -self.days;
        self.micros = self.micros.saturating_neg();
    }

    fn interval(self) -> Result<Interval, Fault> {
        Ok(Interval {
            months: i32::try_from(self.months).map_err(|_| out_of_range())?,
            days: i32::try_from(self.days).map_err(|_| out_of_range())?,
            micros: self.micros,
        })
    }
}

fn months(fraction: f64, per_unit: f64) -> i64 {
    (fraction * per_unit).round_ties_even() as i64
}

/// Reads an interval; `modifier` says what a last bare number counts and what is kept.
pub fn read(text: &str, style: IntervalStyle, modifier: i32) -> Result<Interval, Fault> {
    let sum = match traditional(text, style, modifier) {
        Err(Problem::Format) if text.trim_start().starts_with('P') => iso(text.trim()),
        other => other,
    };
    let sum = sum.map_err(|problem| match problem {
        Problem::Field | Problem::MonthOrDay => Problem::Interval.fault(text, "interval"),
        other => other.fault(text, "interval"),
    })?;
    Ok(with_modifier(sum.interval()?, modifier))
}

/// Applies a modifier: fields right of the last one named become zero, seconds are rounded.
pub fn with_modifier(mut value: Interval, modifier: i32) -> Interval {
    if modifier < 0 {
        return value;
    }
    let (fields, precision) = ((modifier >> 16) & 0x7fff, modifier & 0xffff);
    if fields & (field::SECOND | 1) == 0 {
        let keep = if fields & field::MINUTE != 0 {
            MINUTE
        } else if fields & field::HOUR != 0 {
            HOUR
        } else {
            i64::MAX
        };
        value.micros = value.micros / keep * keep;
        if fields & (field::MINUTE | field::HOUR | field::DAY) == 0 {
            value.days = 0;
            if fields & field::MONTH == 0 {
                value.months = value.months / 12 * 12;
            }
        }
    }
    if (0..6).contains(&precision) {
        let unit = 10_i64.pow(6 - precision.unsigned_abs());
        let half = unit / 2 * value.micros.signum();
        value.micros = value.micros.saturating_add(half) / unit * unit;
    }
    value
}

/// What a bare number at the end counts.
fn last_unit(modifier: i32) -> Unit {
    let fields = if modifier < 0 {
        0x7fff
    } else {
        (modifier >> 16) & 0x7fff
    };
    if fields == 0x7fff || fields & field::SECOND != 0 {
        Unit::Second
    } else if fields & field::MINUTE != 0 {
        Unit::Minute
    } else if fields & field::HOUR != 0 {
        Unit::Hour
    } else if fields & field::DAY != 0 {
        Unit::Day
    } else if fields & field::MONTH != 0 {
        Unit::Month
    } else if fields & field::YEAR != 0 {
        Unit::Year
    } else {
        Unit::Second
    }
}

fn unit(word: &str) -> Option<Unit> {
    // PostgreSQL knows units by their first ten letters.
    let short: String = word.chars().take(10).collect();
    Some(match short.as_str() {
        "us" | "usec" | "usecs" | "usecond" | "useconds" | "microsecon" => Unit::Microsecond,
        "ms" | "msec" | "msecs" | "msecond" | "mseconds" | "millisecon" => Unit::Millisecond,
        "s" | "sec" | "secs" | "second" | "seconds" => Unit::Second,
        "m" | "min" | "mins" | "minute" | "minutes" => Unit::Minute,
        "h" | "hr" | "hrs" | "hour" | "hours" => Unit::Hour,
        "d" | "day" | "days" => Unit::Day,
        "w" | "week" | "weeks" => Unit::Week,
        "mon" | "mons" | "month" | "months" => Unit::Month,
        "qtr" | "quarter" => Unit::Quarter,
        "y" | "yr" | "yrs" | "year" | "years" => Unit::Year,
        "dec" | "decs" | "decade" | "decades" => Unit::Decade,
        "c" | "cent" | "century" | "centuries" => Unit::Century,
        "mil" | "mils" | "millennia" | "millennium" => Unit::Millennium,
        _ => return None,
    })
}

fn traditional(text: &str, style: IntervalStyle, modifier: i32) -> Result<Sum, Problem> {
    let words = words(text)?;
    if words.is_empty() {
        return Err(Problem::Format);
    }
    let mut sum = Sum::default();
    let mut seen: Vec<Unit> = Vec::new();
    let (mut next, mut ago) = (None, false);
    // SQL's leading sign holds for all parts when no other part has one.
    let spread_sign = style == IntervalStyle::SqlStandard
        && words
            .first()
            .is_some_and(|(look, word)| *look == Look::Zone && word.starts_with('-'))
        && words
            .iter()
            .skip(1)
            .all(|(_, word)| !word.starts_with(['+', '-']));
    let mut mark = |unit: Unit| {
        let fresh = !seen.contains(&unit);
        seen.push(unit);
        if fresh { Ok(()) } else { Err(Problem::Format) }
    };
    for (look, word) in words.iter().rev() {
        match look {
            Look::Word | Look::Signed => {
                if matches!(word.as_str(), "ago") {
                    ago = true;
                } else if word != "at" {
                    next = Some(unit(word).ok_or(Problem::Format)?);
                }
                continue;
            }
            Look::Time | Look::Zone if word.contains(':') => {
                let micros = clock(word, modifier)?;
                mark(Unit::Hour)?;
                mark(Unit::Minute)?;
                mark(Unit::Second)?;
                sum.micros = sum.micros.checked_add(micros).ok_or(Problem::Field)?;
                next = Some(Unit::Day);
                continue;
            }
            _ => {}
        }
        let (value, part, unit) = number(word, next.unwrap_or_else(|| last_unit(modifier)))?;
        mark(unit)?;
        sum.add(value, part, unit)?;
        // After hours, an unlabelled number to the left is days.
        next = (unit == Unit::Hour || (next.is_none() && unit == Unit::Second))
            .then_some(Unit::Day)
            .or(Some(unit));
    }
    if seen.is_empty() {
        return Err(Problem::Format);
    }
    if spread_sign {
        sum.months = -sum.months.abs();
        sum.days = -sum.days.abs();
        sum.micros = -sum.micros.saturating_abs();
    }
    if ago {
        sum.negate();
    }
    Ok(sum)
}

/// A signed number with a fraction, or SQL's `years-months`.
fn number(word: &str, unit: Unit) -> Result<(i64, f64, Unit), Problem> {
    let (negative, digits) = match word.as_bytes().first() {
        Some(b'-') => (true, word.get(1..).unwrap_or_default()),
        Some(b'+') => (false, word.get(1..).unwrap_or_default()),
        _ => (false, word),
    };
    let sign = if negative { -1 } else { 1 };
    let whole = |part: &str| -> Result<i64, Problem> {
        if !part.bytes().all(|b| b.is_ascii_digit()) {
            return Err(Problem::Format);
        }
        part.parse::<i32>()
            .map(i64::from)
            .map_err(|_| Problem::Field)
    };
    if let Some((years, rest)) = digits.split_once('-') {
        let rest = whole(rest)?;
        if rest >= 12 {
            return Err(Problem::Field);
        }
        return Ok((sign * (whole(years)? * 12 + rest), 0.0, Unit::Month));
    }
    let (before, after) = digits.split_once('.').unwrap_or((digits, ""));
    if !after.bytes().all(|b| b.is_ascii_digit()) || (before.is_empty() && after.is_empty()) {
        return Err(Problem::Format);
    }
    let value = if before.is_empty() { 0 } else { whole(before)? };
    let part = if after.is_empty() {
        0.0
    } else {
        format!("0.{after}")
            .parse::<f64>()
            .map_err(|_| Problem::Format)?
    };
    Ok((sign * value, sign as f64 * part, unit))
}

/// `[sign]h:m[:s[.f]]`; with a modifier `minute to second`, `m:s`.
fn clock(word: &str, modifier: i32) -> Result<i64, Problem> {
    let (negative, digits) = match word.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, word.strip_prefix('+').unwrap_or(word)),
    };
    let (whole, micros) = match digits.split_once('.') {
        Some((whole, part)) => (whole, fraction_of_second(part)?),
        None => (digits, 0),
    };
    let parse = |part: &str| part.parse::<i64>().map_err(|_| Problem::Format);
    let parts: Vec<&str> = whole.split(':').collect();
    let minute_second = modifier >= 0 && (modifier >> 16) & 0x7fff == field::MINUTE | field::SECOND;
    let (hours, minutes, seconds) = match parts.as_slice() {
        [minutes, seconds] if digits.contains('.') || minute_second => {
            (0, parse(minutes)?, parse(seconds)?)
        }
        [hours, minutes] => (parse(hours)?, parse(minutes)?, 0),
        [hours, minutes, seconds] => (parse(hours)?, parse(minutes)?, parse(seconds)?),
        _ => return Err(Problem::Format),
    };
    if minutes > 59 || seconds > 60 {
        return Err(Problem::Field);
    }
    let total = hours
        .checked_mul(HOUR)
        .and_then(|total| total.checked_add(minutes * MINUTE + seconds * SECOND + micros))
        .ok_or(Problem::Field)?;
    Ok(if negative { -total } else { total })
}

/// `P1Y2M3W4DT5H6M7.8S`, `P0001-02-03T04:05:06`.
fn iso(text: &str) -> Result<Sum, Problem> {
    let body = text.strip_prefix('P').ok_or(Problem::Format)?;
    let (dates, times) = match body.split_once('T') {
        Some((dates, times)) => (dates, Some(times)),
        None => (body, None),
    };
    if dates.is_empty() && times.is_none() {
        return Err(Problem::Format);
    }
    let mut sum = Sum::default();
    let letters = |part: &str| part.bytes().any(|b| b.is_ascii_alphabetic());
    if letters(dates) || dates.is_empty() {
        iso_parts(dates, &mut sum, |letter| match letter {
            'Y' => Some(Unit::Year),
            'M' => Some(Unit::Month),
            'W' => Some(Unit::Week),
            'D' => Some(Unit::Day),
            _ => None,
        })?;
    } else {
        let units = [Unit::Year, Unit::Month, Unit::Day];
        for (part, unit) in dates.split('-').zip(units) {
            sum.add(part.parse().map_err(|_| Problem::Format)?, 0.0, unit)?;
        }
    }
    let Some(times) = times else { return Ok(sum) };
    if letters(times) || times.is_empty() {
        iso_parts(times, &mut sum, |letter| match letter {
            'H' => Some(Unit::Hour),
            'M' => Some(Unit::Minute),
            'S' => Some(Unit::Second),
            _ => None,
        })?;
    } else {
        let micros = if times.contains(':') {
            clock(times, -1)?
        } else {
            times.parse::<i64>().map_err(|_| Problem::Format)? * HOUR
        };
        sum.micros = sum.micros.checked_add(micros).ok_or(Problem::Field)?;
    }
    Ok(sum)
}

fn iso_parts(
    text: &str,
    sum: &mut Sum,
    unit: impl Fn(char) -> Option<Unit>,
) -> Result<(), Problem> {
    let mut digits = String::new();
    for c in text.chars() {
        if c.is_ascii_alphabetic() {
            let unit = unit(c).ok_or(Problem::Format)?;
            let (value, part, unit) = number(&digits, unit)?;
            sum.add(value, part, unit)?;
            digits.clear();
        } else {
            digits.push(if c == ',' { '.' } else { c });
        }
    }
    if digits.is_empty() {
        Ok(())
    } else {
        Err(Problem::Format)
    }
}
