//! Zones by POSIX's rules: `NAME8`, `NAME8SUMMER`, `NAME8SUMMER7,M3.2.0/2,M11.1.0/2`.

use std::sync::Arc;

use crate::pg::datetime::{Civil, DAY, SECOND, civil, days, days_in_month, leap, split, weekday};
use crate::pg::text::Zone;

/// Summer time of a zone whose text does not say when it is.
const USUAL: &str = ",M3.2.0,M11.1.0";
/// Longer texts are no zones.
const LONGEST: usize = 255;

/// A zone with summer time by a rule that holds in every year.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Rules {
    /// The whole text, in upper case.
    pub(crate) name: String,
    standard: Clock,
    summer: Clock,
    start: Change,
    end: Change,
}

/// What clocks show in one part of the year.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Clock {
    word: String,
    east: i32,
}

/// When clocks change: a day of the year, and seconds since its midnight on the clock before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Change {
    day: Day,
    seconds: i32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Day {
    /// `Jn`: from 1, the 29th of February is not counted.
    Julian(i64),
    /// `n`: from 0.
    OfYear(i64),
    /// `Mm.w.d`: the week from 1, where 5 is the last one; Sunday is 0.
    Weekday { month: i64, week: i64, day: i64 },
}

impl Change {
    /// Microseconds since 1970 on the clock before the change.
    fn in_year(self, year: i64) -> i64 {
        let first = |month| {
            days(Civil {
                year,
                month,
                day: 1,
            })
        };
        let day = match self.day {
            Day::Julian(day) => first(1) + day - 1 + i64::from(leap(year) && day >= 60),
            Day::OfYear(day) => first(1) + day,
            Day::Weekday { month, week, day } => {
                let start = first(month);
                let ahead = (day - weekday(start)).rem_euclid(7);
                let of_month = ahead + (week - 1) * 7;
                let over = of_month >= days_in_month(year, month);
                start + if over { of_month - 7 } else { of_month }
            }
        };
        day * DAY + i64::from(self.seconds) * SECOND
    }
}

impl Rules {
    fn clock_at(&self, utc: i64) -> &Clock {
        let micros = |east: i32| i64::from(east) * SECOND;
        let local = utc.saturating_add(micros(self.standard.east));
        let year = civil(split(local).0).year;
        let start = self.start.in_year(year) - micros(self.standard.east);
        let end = self.end.in_year(year) - micros(self.summer.east);
        let summer = if start < end {
            start <= utc && utc < end
        } else {
            utc < end || start <= utc
        };
        if summer { &self.summer } else { &self.standard }
    }

    pub(super) fn east_at(&self, utc: i64) -> i32 {
        self.clock_at(utc).east
    }

    /// As for named zones: the clock before a gap, and the one after an hour that comes twice.
    pub(super) fn east_at_local(&self, local: i64) -> i32 {
        let shows = |east: i32| {
            let utc = local.saturating_sub(i64::from(east) * SECOND);
            self.east_at(utc) == east
        };
        let (standard, summer) = (self.standard.east, self.summer.east);
        match (shows(standard), shows(summer)) {
            (true, false) => standard,
            (false, true) => summer,
            (true, true) => self.east_at(local.saturating_add(DAY)),
            (false, false) => self.east_at(local.saturating_sub(DAY)),
        }
    }

    pub(super) fn word_at(&self, utc: i64) -> &str {
        &self.clock_at(utc).word
    }

    pub(super) fn summer_at(&self, utc: i64) -> bool {
        std::ptr::eq(self.clock_at(utc), &raw const self.summer)
    }
}

/// The name a zone begins with.
pub(super) fn first_word(text: &str) -> Option<&str> {
    word(text)
        .map(|(word, _)| word)
        .filter(|word| !word.is_empty())
}

/// Reads a zone in upper case.
pub(super) fn read(text: &str) -> Option<Zone> {
    if text.len() > LONGEST || text.starts_with(':') {
        return None;
    }
    let (standard, rest) = word(text)?;
    let (west, rest) = offset(rest)?;
    if rest.is_empty() {
        return Some(Zone::Fixed {
            east: -west,
            name: text.to_owned(),
        });
    }
    let (summer, rest) = word(rest)?;
    if summer.is_empty() {
        return None;
    }
    let (summer_west, rest) = match rest.as_bytes().first() {
        None | Some(b',' | b';') => (west - 3600, rest),
        Some(_) => offset(rest)?,
    };
    let rules = if rest.is_empty() { USUAL } else { rest };
    let (start, rest) = change(rules.strip_prefix([',', ';'])?)?;
    let (end, rest) = change(rest.strip_prefix(',')?)?;
    rest.is_empty().then(|| {
        let clock = |word: &str, west: i32| Clock {
            word: word.to_owned(),
            east: -west,
        };
        Zone::Rules(Arc::new(Rules {
            name: text.to_owned(),
            standard: clock(standard, west),
            summer: clock(summer, summer_west),
            start,
            end,
        }))
    })
}

/// A name, perhaps in `<>`, and what follows.
fn word(text: &str) -> Option<(&str, &str)> {
    match text.strip_prefix('<') {
        Some(quoted) => quoted.split_once('>'),
        None => {
            let ends = |c: char| c.is_ascii_digit() || matches!(c, ',' | '-' | '+');
            text.split_at_checked(text.find(ends).unwrap_or(text.len()))
        }
    }
}

/// A number up to a limit, and what follows.
fn number(text: &str, limit: i32) -> Option<(i32, &str)> {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (digits, rest) = text.split_at_checked(end)?;
    let value = digits.parse().ok().filter(|value| *value <= limit)?;
    Some((value, rest))
}

/// `[+-]h[:m[:s]]` in seconds.
fn offset(text: &str) -> Option<(i32, &str)> {
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let (hours, mut rest) = number(text, 167)?;
    let mut seconds = hours * 3600;
    for (unit, limit) in [(60, 59), (1, 60)] {
        let Some(more) = rest.strip_prefix(':') else {
            break;
        };
        let (value, after) = number(more, limit)?;
        seconds += value * unit;
        rest = after;
    }
    Some((sign * seconds, rest))
}

fn change(text: &str) -> Option<(Change, &str)> {
    let within = |text, from: i32, to: i32| number(text, to).filter(|(value, _)| *value >= from);
    let (day, rest) = if let Some(text) = text.strip_prefix('J') {
        let (day, rest) = within(text, 1, 365)?;
        (Day::Julian(day.into()), rest)
    } else if let Some(text) = text.strip_prefix('M') {
        let (month, rest) = within(text, 1, 12)?;
        let (week, rest) = within(rest.strip_prefix('.')?, 1, 5)?;
        let (day, rest) = within(rest.strip_prefix('.')?, 0, 6)?;
        let (month, week, day) = (month.into(), week.into(), day.into());
        (Day::Weekday { month, week, day }, rest)
    } else {
        let (day, rest) = within(text, 0, 365)?;
        (Day::OfYear(day.into()), rest)
    };
    let (seconds, rest) = match rest.strip_prefix('/') {
        Some(text) => offset(text)?,
        None => (2 * 3600, rest),
    };
    Some((Change { day, seconds }, rest))
}
