//! ISO 8601's intervals: `P1Y2M3W4DT5H6M7.8S`, `P0001-02-03T04:05:06`, `P00010203T040506`.

use super::{Sum, Unit, digits};
use crate::pg::datetime::read::Problem;

/// Reads an interval that begins with `P`.
pub(super) fn read(text: &str) -> Result<Sum, Problem> {
    let mut rest = match text.strip_prefix('P') {
        Some(rest) if !rest.is_empty() => rest,
        _ => return Err(Problem::Format),
    };
    let mut sum = Sum::default();
    let (mut dates, mut first) = (true, true);
    while !rest.is_empty() {
        if let Some(times) = rest.strip_prefix('T') {
            (dates, first, rest) = (false, true, times);
            continue;
        }
        let start = rest;
        let number = Number::read(&mut rest)?;
        let mut after = rest.chars();
        let letter = after.next();
        if let Some(unit) = unit(letter, dates) {
            rest = after.as_str();
            number.add(&mut sum, unit)?;
            first = false;
            continue;
        }
        // Without letters the fields stand in their order, and nothing may be before them.
        let width = digits(start.trim_start_matches('-')).0.len();
        if !first {
            return Err(Problem::Format);
        }
        match (dates, letter) {
            (true, None | Some('T')) if width == 8 => number.packed_date(&mut sum)?,
            (false, None) if width == 6 => number.packed_time(&mut sum)?,
            (true, None | Some('T' | '-')) => {
                let units = [Unit::Year, Unit::Month, Unit::Day];
                ordered(number, '-', units, &mut rest, &mut sum)?;
            }
            (false, None | Some(':')) => {
                let units = [Unit::Hour, Unit::Minute, Unit::Second];
                ordered(number, ':', units, &mut rest, &mut sum)?;
            }
            _ => return Err(Problem::Format),
        }
        let goes_on = dates && rest.starts_with('T');
        if !rest.is_empty() && !goes_on {
            return Err(Problem::Format);
        }
    }
    Ok(sum)
}

fn unit(letter: Option<char>, dates: bool) -> Option<Unit> {
    match (dates, letter?) {
        (true, 'Y') => Some(Unit::Year),
        (true, 'M') => Some(Unit::Month),
        (true, 'W') => Some(Unit::Week),
        (true, 'D') => Some(Unit::Day),
        (false, 'H') => Some(Unit::Hour),
        (false, 'M') => Some(Unit::Minute),
        (false, 'S') => Some(Unit::Second),
        _ => None,
    }
}

/// Up to three numbers with a sign between them.
fn ordered(
    mut number: Number,
    between: char,
    units: [Unit; 3],
    rest: &mut &str,
    sum: &mut Sum,
) -> Result<(), Problem> {
    for (at, unit) in units.into_iter().enumerate() {
        if at > 0 {
            let Some(more) = rest.strip_prefix(between) else {
                break;
            };
            *rest = more;
            number = Number::read(rest)?;
        }
        number.add(sum, unit)?;
    }
    Ok(())
}

/// A number as the C library's `strtod` takes it, in two parts of the same sign.
#[derive(Clone, Copy)]
struct Number {
    whole: i64,
    part: f64,
}

impl Number {
    /// Takes a number off the front of a text.
    fn read(rest: &mut &str) -> Result<Self, Problem> {
        let text = *rest;
        let unsigned = text.strip_prefix('-').unwrap_or(text);
        let (before, after) = digits(unsigned);
        let (part, after) = match after.strip_prefix('.') {
            Some(after) => digits(after),
            None => ("", after),
        };
        if before.is_empty() && part.is_empty() {
            return Err(Problem::Format);
        }
        let end = match after.strip_prefix(['e', 'E']) {
            Some(power) => match digits(power.strip_prefix(['+', '-']).unwrap_or(power)) {
                ("", _) => after,
                (_, end) => end,
            },
            None => after,
        };
        *rest = end;
        let length = text.len() - end.len();
        let value: f64 = text
            .get(..length)
            .and_then(|number| number.parse().ok())
            .ok_or(Problem::Format)?;
        if !value.is_finite() {
            return Err(Problem::Format);
        }
        // Below this the whole part of a double is exact.
        if value.abs() > 1e15 {
            return Err(Problem::Field);
        }
        #[expect(clippy::cast_possible_truncation, reason = "checked just above")]
        let whole = value.trunc() as i64;
        Ok(Self {
            whole,
            part: value - value.trunc(),
        })
    }

    fn add(self, sum: &mut Sum, unit: Unit) -> Result<(), Problem> {
        sum.add(self.whole, self.part, unit)
    }

    /// `yyyymmdd`.
    fn packed_date(self, sum: &mut Sum) -> Result<(), Problem> {
        sum.add(self.whole / 10_000, 0.0, Unit::Year)?;
        sum.add(self.whole / 100 % 100, 0.0, Unit::Month)?;
        sum.add(self.whole % 100, self.part, Unit::Day)
    }

    /// `hhmmss`; a fraction counts microseconds, as it does in PostgreSQL.
    fn packed_time(self, sum: &mut Sum) -> Result<(), Problem> {
        sum.add(self.whole / 10_000, 0.0, Unit::Hour)?;
        sum.add(self.whole / 100 % 100, 0.0, Unit::Minute)?;
        sum.add(self.whole % 100, 0.0, Unit::Second)?;
        sum.add(0, self.part, Unit::Microsecond)
    }
}
