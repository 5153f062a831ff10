//! Reading intervals: PostgreSQL's own form, SQL's, and ISO 8601's.

mod iso;

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
    Year,
    Decade,
    Century,
    Millennium,
    /// A word that counts nothing: `ago`, `timezone`.
    None,
}

impl Unit {
    /// The unit's place in the set of units given so far.
    fn bit(self) -> u16 {
        1 << (self as u16)
    }
}

/// What seconds with a fraction give: three units at once.
const SECONDS: u16 =
    1 << Unit::Second as u16 | 1 << Unit::Millisecond as u16 | 1 << Unit::Microsecond as u16;
/// What `h:m:s` gives.
const CLOCK: u16 = SECONDS | 1 << Unit::Minute as u16 | 1 << Unit::Hour as u16;

/// Bits of the fields in an interval's modifier.
mod field {
    pub(super) const MONTH: i32 = 1 << 1;
    pub(super) const YEAR: i32 = 1 << 2;
    pub(super) const DAY: i32 = 1 << 3;
    pub(super) const HOUR: i32 = 1 << 10;
    pub(super) const MINUTE: i32 = 1 << 11;
    pub(super) const SECOND: i32 = 1 << 12;
}

/// Parts while they are added up. A part that does not fit is a field out of range.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    years: i32,
    months: i32,
    days: i32,
    micros: i64,
}

impl Sum {
    /// Adds a number of units: its whole part and what follows the point, both signed.
    fn add(&mut self, value: i64, fraction: f64, unit: Unit) -> Result<(), Problem> {
        match unit {
            Unit::Microsecond => self.time(value, fraction, 1),
            Unit::Millisecond => self.time(value, fraction, 1000),
            Unit::Second => self.time(value, fraction, SECOND),
            Unit::Minute => self.time(value, fraction, MINUTE),
            Unit::Hour => self.time(value, fraction, HOUR),
            Unit::Day => {
                put(&mut self.days, value, 1)?;
                self.part_of_time(fraction, DAY)
            }
            Unit::Week => {
                put(&mut self.days, value, 7)?;
                self.part_of_days(fraction, 7.0)
            }
            Unit::Month => {
                put(&mut self.months, value, 1)?;
                self.part_of_days(fraction, 30.0)
            }
            Unit::Year => self.years(value, fraction, 1),
            Unit::Decade => self.years(value, fraction, 10),
            Unit::Century => self.years(value, fraction, 100),
            Unit::Millennium => self.years(value, fraction, 1000),
            Unit::None => Err(Problem::Format),
        }
    }

    fn time(&mut self, value: i64, fraction: f64, unit: i64) -> Result<(), Problem> {
        let whole = value.checked_mul(unit).ok_or(Problem::Field)?;
        self.micros = self.micros.checked_add(whole).ok_or(Problem::Field)?;
        self.part_of_time(fraction, unit)
    }

    /// Microseconds of a part of a unit, rounded; a half goes to zero.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "a part of a unit is at most a day of microseconds"
    )]
    fn part_of_time(&mut self, fraction: f64, unit: i64) -> Result<(), Problem> {
        let exact = fraction * unit as f64;
        let mut micros = exact.trunc() as i64;
        let rest = exact - exact.trunc();
        if rest.abs() > 0.5 {
            micros += rest.signum() as i64;
        }
        self.micros = self.micros.checked_add(micros).ok_or(Problem::Field)?;
        Ok(())
    }

    #[expect(clippy::cast_possible_truncation, reason = "at most 30 days")]
    fn part_of_days(&mut self, fraction: f64, unit: f64) -> Result<(), Problem> {
        let exact = fraction * unit;
        put(&mut self.days, exact.trunc() as i64, 1)?;
        self.part_of_time(exact - exact.trunc(), DAY)
    }

    #[expect(clippy::cast_possible_truncation, reason = "at most 12,000 months")]
    fn years(&mut self, value: i64, fraction: f64, unit: i32) -> Result<(), Problem> {
        put(&mut self.years, value, unit)?;
        let months = (fraction * f64::from(unit) * 12.0).round_ties_even() as i64;
        put(&mut self.months, months, 1)
    }

    fn negated(self) -> Result<Self, Problem> {
        let negated = || {
            Some(Self {
                years: self.years.checked_neg()?,
                months: self.months.checked_neg()?,
                days: self.days.checked_neg()?,
                micros: self.micros.checked_neg()?,
            })
        };
        negated().ok_or(Problem::Field)
    }

    fn interval(self) -> Result<Interval, Fault> {
        let months = i64::from(self.years) * 12 + i64::from(self.months);
        Ok(Interval {
            months: i32::try_from(months).map_err(|_| out_of_range())?,
            days: self.days,
            micros: self.micros,
        })
    }
}

fn put(to: &mut i32, value: i64, factor: i32) -> Result<(), Problem> {
    let sum = i32::try_from(value)
        .ok()
        .and_then(|value| value.checked_mul(factor))
        .and_then(|part| to.checked_add(part));
    *to = sum.ok_or(Problem::Field)?;
    Ok(())
}

/// Reads an interval; `modifier` says what a last bare number counts and what is kept.
pub fn read(text: &str, style: IntervalStyle, modifier: i32) -> Result<Interval, Fault> {
    let sum = match traditional(text, style, modifier) {
        Err(Problem::Format) => iso::read(text),
        other => other,
    };
    let sum = sum.map_err(|problem| match problem {
        Problem::Field => Problem::Interval.fault(text, "interval"),
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
        "y" | "yr" | "yrs" | "year" | "years" => Unit::Year,
        "dec" | "decs" | "decade" | "decades" => Unit::Decade,
        "c" | "cent" | "century" | "centuries" => Unit::Century,
        "mil" | "mils" | "millennia" | "millennium" => Unit::Millennium,
        "qtr" | "quarter" | "timezone" | "timezone_h" | "timezone_m" => Unit::None,
        _ => return None,
    })
}

/// Reads from the right, so that units come before what they count.
fn traditional(text: &str, style: IntervalStyle, modifier: i32) -> Result<Sum, Problem> {
    let words = words(text)?;
    // SQL's leading sign holds for all parts when no other part has one.
    let spread_sign = style == IntervalStyle::SqlStandard
        && words.first().is_some_and(|(_, word)| word.starts_with('-'))
        && words
            .iter()
            .skip(1)
            .all(|(_, word)| !word.starts_with(['+', '-']));
    let mut sum = Sum::default();
    let mut given = 0_u16;
    let (mut next, mut ago) = (None, false);
    for (look, word) in words.iter().rev() {
        if matches!(look, Look::Word | Look::Signed) {
            ago |= word == "ago";
            next = match word.as_str() {
                "ago" => Some(Unit::None),
                word => Some(unit(word).ok_or(Problem::Format)?),
            };
            continue;
        }
        let (mut value, mut part, mut unit) = (0, 0.0, Unit::None);
        let units = match time(*look, word, modifier)? {
            Some(micros) => {
                sum.micros = if spread_sign { -micros.abs() } else { micros };
                next = Some(Unit::Day);
                CLOCK
            }
            None => {
                (value, part, unit) = number(word, next.unwrap_or_else(|| last_unit(modifier)))?;
                // After hours, a number to the left without a unit is days.
                next = Some(if unit == Unit::Hour { Unit::Day } else { unit });
                if unit == Unit::Second && part != 0.0 {
                    SECONDS
                } else {
                    unit.bit()
                }
            }
        };
        if units != CLOCK {
            if spread_sign {
                (value, part) = (value.checked_abs().map_or(value, |v| -v), -part.abs());
            }
            sum.add(value, part, unit)?;
        }
        if given & units != 0 {
            return Err(Problem::Format);
        }
        given |= units;
    }
    if given == 0 {
        return Err(Problem::Format);
    }
    if ago { sum.negated() } else { Ok(sum) }
}

/// Microseconds of a word that is a time of day, perhaps with a sign.
fn time(look: Look, word: &str, modifier: i32) -> Result<Option<i64>, Problem> {
    match look {
        Look::Time => clock(word, modifier).map(Some),
        // What is no time then fails as a number.
        Look::Zone if word.contains(':') => match word.split_at_checked(1) {
            Some(("-", digits)) => Ok(clock(digits, modifier).ok().map(|micros| -micros)),
            Some((_, digits)) => Ok(clock(digits, modifier).ok()),
            None => Ok(None),
        },
        _ => Ok(None),
    }
}

/// The digits a text begins with, and what follows.
fn digits(text: &str) -> (&str, &str) {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

/// A whole number; no digits at all are zero.
fn whole<N: std::str::FromStr + Default>(digits: &str) -> Result<N, Problem> {
    match digits.trim_start_matches('-') {
        "" => Ok(N::default()),
        _ => digits.parse().map_err(|_| Problem::Field),
    }
}

/// A signed number with a fraction, or SQL's `years-months`.
fn number(word: &str, unit: Unit) -> Result<(i64, f64, Unit), Problem> {
    let unsigned = word.strip_prefix(['-', '+']).unwrap_or(word);
    let negative = word.starts_with('-');
    let (before, after) = digits(unsigned);
    let sign = if negative { "-" } else { "" };
    let value: i64 = whole(&format!("{sign}{before}"))?;
    let signed = |part: f64| if negative { -part } else { part };
    match after.as_bytes().first() {
        None if !before.is_empty() => Ok((value, 0.0, unit)),
        // After a sign there has to be a digit.
        Some(b'.') if before.is_empty() && unsigned.len() < word.len() => Err(Problem::Format),
        Some(b'-') => {
            let (months, rest) = digits(after.get(1..).unwrap_or_default());
            let months: i64 = whole(months)?;
            if months >= 12 {
                return Err(Problem::Field);
            }
            if !rest.is_empty() {
                return Err(Problem::Format);
            }
            let months = if negative { -months } else { months };
            let value = value
                .checked_mul(12)
                .and_then(|value| value.checked_add(months));
            Ok((value.ok_or(Problem::Field)?, 0.0, Unit::Month))
        }
        Some(b'.') => match after.get(1..).unwrap_or_default() {
            "" => Ok((value, 0.0, unit)),
            rest if rest.bytes().all(|b| b.is_ascii_digit()) => {
                let part: f64 = format!("0.{rest}").parse().map_err(|_| Problem::Format)?;
                Ok((value, signed(part), unit))
            }
            _ => Err(Problem::Format),
        },
        _ => Err(Problem::Format),
    }
}

/// `h:m[:s[.f]]`; with a fraction, or the modifier `minute to second`, `m:s`.
fn clock(word: &str, modifier: i32) -> Result<i64, Problem> {
    let (first, rest) = digits(word);
    let mut hours: i64 = whole(first)?;
    let (second, rest) = digits(rest.strip_prefix(':').ok_or(Problem::Format)?);
    let mut minutes: i32 = whole(second)?;
    let (mut seconds, mut micros) = (0_i32, 0);
    let minute_second = modifier >= 0 && (modifier >> 16) & 0x7fff == field::MINUTE | field::SECOND;
    match rest.as_bytes().first() {
        None if !minute_second => {}
        None | Some(b'.') => {
            micros = fraction_of_second(rest.get(1..).unwrap_or_default())?;
            seconds = minutes;
            minutes = i32::try_from(hours).map_err(|_| Problem::Field)?;
            hours = 0;
        }
        Some(b':') => {
            let (third, rest) = digits(rest.get(1..).unwrap_or_default());
            seconds = whole(third)?;
            micros = match rest.strip_prefix('.') {
                Some(part) => fraction_of_second(part)?,
                None if rest.is_empty() => 0,
                None => return Err(Problem::Format),
            };
        }
        Some(_) => return Err(Problem::Format),
    }
    if minutes > 59 || seconds > 60 {
        return Err(Problem::Field);
    }
    hours
        .checked_mul(HOUR)
        .and_then(|time| time.checked_add(i64::from(minutes) * MINUTE))
        .and_then(|time| time.checked_add(i64::from(seconds) * SECOND))
        .and_then(|time| time.checked_add(micros))
        .ok_or(Problem::Field)
}
