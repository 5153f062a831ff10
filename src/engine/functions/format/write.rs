//! `to_char` of timestamps and intervals.

use super::ordinal;
use super::template::{Field, Node, parse};
use crate::engine::functions::time::{Moment, iso_week, iso_year_start};
use crate::pg::datetime::{Civil, days, weekday};
use crate::pg::interval::Interval as Span;
use crate::pg::{Fault, SqlState};

/// Names of months.
pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
/// Names of days.
pub(super) const DAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];
/// Months in Roman numerals, from December back to January.
pub(super) const ROMAN: [&str; 12] = [
    "XII", "XI", "X", "IX", "VIII", "VII", "VI", "V", "IV", "III", "II", "I",
];

/// What there is to write.
#[derive(Debug, Clone, Default)]
struct Fields {
    year: i64,
    month: i64,
    day: i64,
    hour: i64,
    minute: i64,
    second: i64,
    micros: i64,
    day_of_year: i64,
    /// Days since 1970; `None` for an interval, which has no date.
    date: Option<i64>,
    /// Seconds east of UTC and the zone's abbreviation.
    east: i64,
    zone: String,
}

/// Writes a finite local timestamp.
pub(super) fn timestamp(
    local: i64,
    east: i32,
    zone: String,
    template: &str,
) -> Result<String, Fault> {
    let moment = Moment::of(local);
    let first = Civil {
        year: moment.date.year,
        month: 1,
        day: 1,
    };
    let fields = Fields {
        year: moment.date.year,
        month: moment.date.month,
        day: moment.date.day,
        hour: moment.hour,
        minute: moment.minute,
        second: moment.second,
        micros: moment.micros,
        day_of_year: moment.day - days(first) + 1,
        date: Some(moment.day),
        east: i64::from(east),
        zone,
    };
    fields.write(template)
}

/// Writes an interval.
pub(super) fn interval(span: Span, template: &str) -> Result<String, Fault> {
    let (months, days) = (i64::from(span.months), i64::from(span.days));
    let seconds = span.micros / 1_000_000;
    let fields = Fields {
        year: months / 12,
        month: months % 12,
        day: days,
        hour: seconds / 3600,
        minute: seconds / 60 % 60,
        second: seconds % 60,
        micros: span.micros % 1_000_000,
        day_of_year: months * 30 + days,
        ..Fields::default()
    };
    fields.write(template)
}

impl Fields {
    fn write(&self, template: &str) -> Result<String, Fault> {
        let mut out = String::new();
        for node in parse(template) {
            match node {
                Node::Text(c) | Node::Separator(c) | Node::Space(c) => out.push(c),
                Node::Field {
                    field,
                    name,
                    fill,
                    ordinal: suffix,
                } => {
                    let text = self.field(field, name, fill)?;
                    out.push_str(&text);
                    if let (Some(upper), Some(true)) = (suffix, counted(field)) {
                        out.push_str(ordinal(&text, upper)?);
                    }
                }
            }
        }
        Ok(out)
    }

    fn field(&self, field: Field, name: &str, fill: bool) -> Result<String, Fault> {
        let number = |value: i64, width: usize| {
            if fill {
                value.to_string()
            } else {
                padded(value, width)
            }
        };
        Ok(match field {
            Field::Exact => String::new(),
            Field::Hour24 => number(self.hour, 2),
            Field::Hour12 => {
                let hour = if self.hour % 12 == 0 {
                    12
                } else {
                    self.hour % 12
                };
                let width = if self.hour >= 0 { 2 } else { 3 };
                if fill {
                    hour.to_string()
                } else {
                    zeros(hour, width)
                }
            }
            Field::Minute => number(self.minute, 2),
            Field::Second => number(self.second, 2),
            Field::Fraction(digits) => {
                let value = self.micros / 10i64.pow(6u32.saturating_sub(digits));
                zeros(value, digits as usize)
            }
            Field::SecondOfDay => (self.hour * 3600 + self.minute * 60 + self.second).to_string(),
            Field::Month => number(self.month, 2),
            Field::DayOfMonth if fill => self.day.to_string(),
            Field::DayOfMonth => zeros(self.day, 2),
            Field::DayOfYear => {
                if fill {
                    self.day_of_year.to_string()
                } else {
                    zeros(self.day_of_year, 3)
                }
            }
            Field::Week => {
                let week = (self.day_of_year - 1) / 7 + 1;
                if fill {
                    week.to_string()
                } else {
                    zeros(week, 2)
                }
            }
            Field::WeekOfMonth => ((self.day - 1) / 7 + 1).to_string(),
            Field::Quarter if self.month == 0 => String::new(),
            Field::Quarter => ((self.month - 1) / 3 + 1).to_string(),
            Field::Century => self.century(fill),
            Field::YearComma => {
                let year = self.shown(self.year);
                format!("{},{:03}", year / 1000, year % 1000)
            }
            Field::Year(digits) => self.year(self.year, digits, fill),
            Field::MonthRoman => self.roman(name, fill),
            _ => return self.dated(field, name, fill),
        })
    }

    /// The fields that only a date has, and those that change with the ISO calendar.
    fn dated(&self, field: Field, name: &str, fill: bool) -> Result<String, Fault> {
        let Some(date) = self.date else {
            return match field {
                Field::Meridiem => Ok(self.meridiem(name)),
                Field::IsoDayOfYear | Field::IsoWeek | Field::IsoYear(_) | Field::Julian => {
                    self.undated(field, fill)
                }
                _ => Err(Fault::new(
                    SqlState::INVALID_DATETIME_FORMAT,
                    "invalid format specification for an interval value",
                )
                .hint("Intervals are not tied to specific calendar dates.")),
            };
        };
        let (iso_year, iso_week) = iso_week(date);
        let zeroed = |value: i64, width: usize| {
            if fill {
                value.to_string()
            } else {
                zeros(value, width)
            }
        };
        Ok(match field {
            Field::Meridiem => self.meridiem(name),
            Field::Era => {
                let (era, other) = if self.year <= 0 {
                    ('b', 'c')
                } else {
                    ('a', 'd')
                };
                cased_points(era, other, name)
            }
            Field::MonthName => named(&MONTHS, self.month - 1, name, fill, true),
            Field::MonthShort => named(&MONTHS, self.month - 1, name, fill, false),
            Field::DayName => named(&DAYS, weekday(date), name, fill, true),
            Field::DayShort => named(&DAYS, weekday(date), name, fill, false),
            Field::DayOfWeek => (weekday(date) + 1).to_string(),
            Field::IsoDayOfWeek => ((weekday(date) + 6) % 7 + 1).to_string(),
            Field::IsoDayOfYear => zeroed(date - iso_year_start(iso_year) + 1, 3),
            Field::IsoWeek => zeroed(iso_week, 2),
            Field::IsoYear(digits) => self.year(iso_year, digits, fill),
            Field::Julian => (date + 2_440_588).to_string(),
            Field::Zone if name == "tz" => self.zone.to_ascii_lowercase(),
            Field::Zone => self.zone.clone(),
            Field::ZoneHour => format!("{}{:02}", self.sign(), self.east.abs() / 3600),
            Field::ZoneMinute => format!("{:02}", self.east.abs() % 3600 / 60),
            Field::Offset => {
                let hours = zeroed(self.east.abs() / 3600, 2);
                match self.east.abs() % 3600 / 60 {
                    0 => format!("{}{hours}", self.sign()),
                    minutes => format!("{}{hours}:{minutes:02}", self.sign()),
                }
            }
            _ => String::new(),
        })
    }

    /// Fields of the ISO calendar of an interval: of its years, months and days read as a date.
    fn undated(&self, field: Field, fill: bool) -> Result<String, Fault> {
        let day = days(Civil {
            year: self.year,
            month: 1,
            day: 1,
        }) + if self.month == 0 {
            -31
        } else {
            days(Civil {
                year: self.year,
                month: self.month,
                day: 1,
            }) - days(Civil {
                year: self.year,
                month: 1,
                day: 1,
            })
        } + self.day
            - 1;
        if let Field::IsoYear(digits) = field {
            return Ok(self.year(iso_week(day).0, digits, fill));
        }
        let dated = Self {
            date: Some(day),
            ..self.clone()
        };
        dated.dated(field, "", fill)
    }

    fn century(&self, fill: bool) -> String {
        let century = match (self.date, self.year) {
            (None, year) => year / 100,
            (_, year) if year > 0 => (year - 1) / 100 + 1,
            (_, year) => year / 100 - 1,
        };
        if fill || century.abs() > 99 {
            century.to_string()
        } else {
            padded(century, 2)
        }
    }

    fn sign(&self) -> char {
        if self.east >= 0 { '+' } else { '-' }
    }

    fn meridiem(&self, name: &str) -> String {
        let half = if self.hour.rem_euclid(24) >= 12 {
            'p'
        } else {
            'a'
        };
        cased_points(half, 'm', name)
    }

    /// A year as people number it: 1 BC is 1.
    fn shown(&self, year: i64) -> i64 {
        match self.date {
            Some(_) if year <= 0 => 1 - year,
            _ => year,
        }
    }

    fn year(&self, year: i64, digits: u32, fill: bool) -> String {
        let shown = self.shown(year);
        let value = if digits == 4 {
            shown
        } else {
            shown % 10i64.pow(digits)
        };
        if fill || digits == 1 {
            value.to_string()
        } else {
            let width = digits as usize + usize::from(shown < 0);
            zeros(value, width)
        }
    }

    fn roman(&self, name: &str, fill: bool) -> String {
        let at = match (self.month, self.year) {
            (0, 0) => return String::new(),
            (0, year) => {
                if year >= 0 {
                    0
                } else {
                    11
                }
            }
            (month, _) if month < 0 => -(month + 1),
            (month, _) => 12 - month,
        };
        let roman = usize::try_from(at)
            .ok()
            .and_then(|at| ROMAN.get(at))
            .copied()
            .unwrap_or_default();
        let roman = if name == "rm" {
            roman.to_ascii_lowercase()
        } else {
            String::from(roman)
        };
        if fill { roman } else { format!("{roman:<4}") }
    }
}

/// Whether a field takes `TH`.
fn counted(field: Field) -> Option<bool> {
    Some(!matches!(
        field,
        Field::Meridiem
            | Field::Era
            | Field::DayName
            | Field::DayShort
            | Field::MonthName
            | Field::MonthShort
            | Field::MonthRoman
            | Field::Exact
            | Field::Zone
            | Field::ZoneHour
            | Field::ZoneMinute
            | Field::Offset
    ))
}

/// A number with leading zeros; a sign takes one place more.
fn padded(value: i64, width: usize) -> String {
    zeros(value, if value < 0 { width + 1 } else { width })
}

/// A number with leading zeros to `width`, its sign included.
fn zeros(value: i64, width: usize) -> String {
    format!("{value:0width$}")
}

/// Two letters in the case and with the points of a field's name, as `a.m.` for `P.M.` is `A.M.`.
fn cased_points(first: char, second: char, name: &str) -> String {
    let text = if name.contains('.') {
        format!("{first}.{second}.")
    } else {
        format!("{first}{second}")
    };
    if name.starts_with(|c: char| c.is_ascii_uppercase()) {
        text.to_ascii_uppercase()
    } else {
        text
    }
}

/// A name in the case of the field's name; a full one is padded to nine characters.
fn named(names: &[&str], at: i64, name: &str, fill: bool, full: bool) -> String {
    let word = usize::try_from(at)
        .ok()
        .and_then(|at| names.get(at))
        .copied()
        .unwrap_or_default();
    let word = if full {
        word
    } else {
        word.get(..3).unwrap_or(word)
    };
    let mut letters = name.chars();
    let (first, second) = (letters.next(), letters.next());
    let word = match (first, second) {
        (Some(first), _) if first.is_ascii_lowercase() => word.to_ascii_lowercase(),
        (_, Some(second)) if second.is_ascii_uppercase() => word.to_ascii_uppercase(),
        _ => String::from(word),
    };
    if full && !fill {
        format!("{word:<9}")
    } else {
        word
    }
}
