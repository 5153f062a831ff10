//! `to_date` and `to_timestamp`: dates and times read by a template.

use super::template::{Field, Node, parse, separator};
use super::write::{DAYS, MONTHS, ROMAN};
use crate::engine::functions::time::{iso_year_start, stamp};
use crate::pg::datetime::{Civil, DATE_END, FIRST_DAY, days, days_in_month, leap};
use crate::pg::{Fault, SqlState};

/// What was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Read {
    pub(super) day: i64,
    pub(super) time: i64,
    /// Seconds east of UTC, where the text says so.
    pub(super) east: Option<i32>,
    /// How many decimals `FF1` to `FF6` keep of a second; -1 for all.
    pub(super) precision: i32,
}

impl Read {
    /// The timestamp, still local where no zone was read.
    pub(super) fn timestamp(&self) -> Result<i64, Fault> {
        stamp(self.day, self.time)
    }
}

/// Reads `text` by `template`.
pub(super) fn read(text: &str, template: &str) -> Result<Read, Fault> {
    let nodes = parse(template);
    let mut precision = -1;
    let mut reader = Reader {
        left: text,
        exact: false,
        skipped: 0,
        last_skipped: None,
        values: Values::default(),
    };
    for (at, node) in nodes.iter().enumerate() {
        if reader.left.is_empty() {
            break;
        }
        reader.node(node, at == 0, nodes.get(at + 1))?;
        if let Node::Field {
            field: Field::Fraction(digits),
            name,
            ..
        } = node
            && name.starts_with(['F', 'f'])
        {
            precision = i32::try_from(*digits).unwrap_or(-1);
        }
    }
    let read = reader.values.settle(text)?;
    Ok(Read { precision, ..read })
}

/// The day as a `date`.
pub(super) fn date(text: &str, template: &str) -> Result<i32, Fault> {
    let day = read(text, template)?.day;
    if (FIRST_DAY..DATE_END).contains(&day)
        && let Ok(day) = i32::try_from(day)
    {
        return Ok(day);
    }
    Err(Fault::new(
        SqlState::DATETIME_FIELD_OVERFLOW,
        format!("date out of range: \"{text}\""),
    ))
}

/// The values of fields, 0 where not given.
#[derive(Debug, Default)]
struct Values {
    iso: Option<bool>,
    hour: i64,
    afternoon: i64,
    minute: i64,
    second: i64,
    second_of_day: i64,
    day_of_week: i64,
    day: i64,
    day_of_year: i64,
    month: i64,
    millis: i64,
    year: i64,
    /// Digits of the year's pattern.
    year_digits: u32,
    before_christ: i64,
    week: i64,
    week_of_month: i64,
    century: i64,
    julian: i64,
    micros: i64,
    twelve_hours: bool,
    zone_sign: i64,
    zone_hour: i64,
    zone_minute: i64,
}

struct Reader<'a> {
    left: &'a str,
    /// `FX` was read: the text must match the template's widths.
    exact: bool,
    /// Spaces skipped beyond what the template has.
    skipped: i64,
    last_skipped: Option<char>,
    values: Values,
}

fn space(c: char) -> bool {
    c.is_ascii_whitespace() || c == '\u{b}'
}

impl<'a> Reader<'a> {
    fn here(&self) -> Option<char> {
        self.left.chars().next()
    }

    fn advance(&mut self) {
        let mut characters = self.left.chars();
        self.last_skipped = characters.next();
        self.left = characters.as_str();
    }

    fn node(&mut self, node: &Node, first: bool, next: Option<&Node>) -> Result<(), Fault> {
        let field = matches!(node, Node::Field { .. });
        if !self.exact && (first || field) {
            while self.here().is_some_and(space) {
                self.advance();
                self.skipped += 1;
            }
        }
        match *node {
            Node::Space(_) | Node::Separator(_) => {
                if self.exact {
                    self.advance();
                } else {
                    self.skipped -= 1;
                    if self.here().is_some_and(|c| space(c) || separator(c)) {
                        self.advance();
                        self.skipped += 1;
                    }
                }
            }
            Node::Text(_) => {
                if !self.exact && self.skipped > 0 {
                    self.skipped -= 1;
                } else {
                    self.advance();
                }
            }
            Node::Field {
                field,
                name,
                fill,
                ordinal,
            } => {
                let loose = fill || ordinal.is_some() || ends_number(next);
                self.field(field, name, loose)?;
                if ordinal.is_some() && field.numeric() {
                    self.advance();
                    self.advance();
                }
                if !self.exact {
                    self.skipped = 0;
                    while self.here().is_some_and(space) {
                        self.advance();
                        self.skipped += 1;
                    }
                }
            }
        }
        Ok(())
    }

    fn field(&mut self, field: Field, name: &'static str, loose: bool) -> Result<(), Fault> {
        if let Some(iso) = field.iso() {
            if self.values.iso.is_some_and(|before| before != iso) {
                return Err(Fault::new(
                    SqlState::INVALID_DATETIME_FORMAT,
                    "invalid combination of date conventions",
                )
                .hint(
                    "Do not mix Gregorian and ISO week date conventions in a formatting template.",
                ));
            }
            self.values.iso = Some(iso);
        }
        match field {
            Field::Exact => self.exact = true,
            Field::Zone | Field::Offset => {
                return Err(Fault::new(
                    SqlState::FEATURE_NOT_SUPPORTED,
                    format!("formatting field \"{name}\" is only supported in to_char"),
                ));
            }
            Field::Meridiem
            | Field::Era
            | Field::MonthName
            | Field::MonthShort
            | Field::MonthRoman
            | Field::DayName
            | Field::DayShort => return self.word(field, name),
            Field::Fraction(digits) => return self.fraction(digits, name, loose),
            Field::ZoneHour => {
                self.values.zone_sign = match self.here() {
                    Some(c @ ('+' | '-' | ' ')) => {
                        self.advance();
                        if c == '-' { -1 } else { 1 }
                    }
                    _ if self.skipped > 0 && self.last_skipped == Some('-') => -1,
                    _ => 1,
                };
                let (value, _) = self.number(2, name, loose)?;
                return set(&mut self.values.zone_hour, value, name);
            }
            Field::YearComma => return self.year_with_comma(name),
            Field::Year(digits) | Field::IsoYear(digits) => {
                let width = digits as usize;
                let (mut value, read) = self.number(width, name, loose)?;
                if digits < 4 && read < 4 {
                    value = full_year(value);
                }
                set(&mut self.values.year, value, name)?;
                self.values.year_digits = digits;
            }
            _ => return self.plain(field, name, loose),
        }
        Ok(())
    }

    /// The fields that are one number and nothing more.
    fn plain(&mut self, field: Field, name: &'static str, loose: bool) -> Result<(), Fault> {
        let width = match field {
            Field::Hour12 | Field::Hour24 => 2,
            _ => name.len(),
        };
        let (mut value, _) = self.number(width, name, loose)?;
        let mut ignored = 0;
        let values = &mut self.values;
        let target = match field {
            Field::Hour12 => {
                values.twelve_hours = true;
                &mut values.hour
            }
            Field::Hour24 => &mut values.hour,
            Field::Minute => &mut values.minute,
            Field::Second => &mut values.second,
            Field::SecondOfDay => &mut values.second_of_day,
            Field::Month => &mut values.month,
            Field::DayOfMonth => &mut values.day,
            Field::DayOfYear | Field::IsoDayOfYear => &mut values.day_of_year,
            Field::DayOfWeek => &mut values.day_of_week,
            Field::IsoDayOfWeek => {
                value = value % 7 + 1;
                &mut values.day_of_week
            }
            Field::Week | Field::IsoWeek => &mut values.week,
            Field::WeekOfMonth => &mut values.week_of_month,
            Field::Century => &mut values.century,
            Field::Julian => &mut values.julian,
            Field::ZoneMinute => {
                if values.zone_sign == 0 {
                    values.zone_sign = 1;
                }
                &mut values.zone_minute
            }
            _ => &mut ignored,
        };
        set(target, value, name)
    }

    /// Reads a number of `width` digits, or of any width where nothing numeric follows.
    /// Returns it with the count of characters read.
    fn number(&mut self, width: usize, name: &str, loose: bool) -> Result<(i64, usize), Fault> {
        let unpadded = self.left.trim_start_matches(space);
        let padding = self.left.len() - unpadded.len();
        self.left = unpadded;
        let available: String = unpadded.chars().take(width).collect();
        let source = if loose { unpadded } else { available.as_str() };
        if !loose && available.chars().count() < width {
            return Err(invalid(format!(
                "source string too short for \"{name}\" formatting field"
            ))
            .detail(format!(
                "Field requires {width} characters, but only {} remain.",
                available.chars().count()
            ))
            .hint(TRY_FILL));
        }
        let digits = integer(source);
        let read = digits.len();
        if !loose && read > 0 && read < width {
            return Err(
                invalid(format!("invalid value \"{available}\" for \"{name}\""))
                    .detail(format!(
                        "Field requires {width} characters, but only {read} could be parsed."
                    ))
                    .hint(TRY_FILL),
            );
        }
        if read == 0 {
            return Err(
                invalid(format!("invalid value \"{available}\" for \"{name}\""))
                    .detail("Value must be an integer."),
            );
        }
        let value = digits.trim().parse::<i32>().map_err(|_| {
            Fault::new(
                SqlState::DATETIME_FIELD_OVERFLOW,
                format!("value for \"{name}\" in source string is out of range"),
            )
            .detail("Value must be in the range -2147483648 to 2147483647.")
        })?;
        self.left = unpadded.get(read..).unwrap_or_default();
        Ok((i64::from(value), read + if loose { padding } else { 0 }))
    }

    fn fraction(&mut self, digits: u32, name: &str, loose: bool) -> Result<(), Fault> {
        let (value, read) = self.number(digits as usize, name, loose)?;
        let millis = name.eq_ignore_ascii_case("ms");
        let places: usize = if millis { 3 } else { 6 };
        let scale = u32::try_from(places.saturating_sub(read)).unwrap_or(0);
        let scaled = value * 10i64.pow(scale);
        let target = if millis {
            &mut self.values.millis
        } else {
            &mut self.values.micros
        };
        set(target, value, name)?;
        *target = scaled;
        Ok(())
    }

    fn year_with_comma(&mut self, name: &str) -> Result<(), Fault> {
        let refused = || invalid(String::from("invalid input string for \"Y,YYY\""));
        let (thousands, rest) = self.left.split_once(',').ok_or_else(refused)?;
        let digits: String = rest
            .chars()
            .take(3)
            .take_while(char::is_ascii_digit)
            .collect();
        let thousands: i64 = thousands
            .trim()
            .parse::<i32>()
            .map_err(|_| refused())?
            .into();
        let units: i64 = digits.parse().map_err(|_| refused())?;
        self.left = rest.get(digits.len()..).unwrap_or_default();
        self.values.year_digits = 4;
        set(&mut self.values.year, thousands * 1000 + units, name)
    }

    /// Fields that are a word of a list.
    fn word(&mut self, field: Field, name: &str) -> Result<(), Fault> {
        let pointed = name.contains('.');
        match field {
            Field::Meridiem => {
                let words: &[&str] = if pointed {
                    &["a.m.", "p.m."]
                } else {
                    &["am", "pm"]
                };
                let at = self.seek(words, name)?;
                set(&mut self.values.afternoon, at, name)?;
                self.values.twelve_hours = true;
            }
            Field::Era => {
                let words: &[&str] = if pointed {
                    &["a.d.", "b.c."]
                } else {
                    &["ad", "bc"]
                };
                let at = self.seek(words, name)?;
                set(&mut self.values.before_christ, at, name)?;
            }
            Field::MonthRoman => {
                let at = self.seek(&ROMAN, name)?;
                set(&mut self.values.month, 12 - at, name)?;
            }
            Field::MonthName => {
                let at = self.seek(&MONTHS, name)?;
                set(&mut self.values.month, at + 1, name)?;
            }
            Field::DayName => {
                let at = self.seek(&DAYS, name)?;
                set(&mut self.values.day_of_week, at + 1, name)?;
            }
            Field::MonthShort => {
                let at = self.seek(&MONTHS.map(|month| month.get(..3).unwrap_or(month)), name)?;
                set(&mut self.values.month, at + 1, name)?;
            }
            _ => {
                let at = self.seek(&DAYS.map(|day| day.get(..3).unwrap_or(day)), name)?;
                set(&mut self.values.day_of_week, at + 1, name)?;
            }
        }
        Ok(())
    }

    /// Finds which word the text begins with, in any case.
    fn seek(&mut self, words: &[&str], name: &str) -> Result<i64, Fault> {
        let found = words.iter().position(|word| {
            self.left
                .get(..word.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(word))
        });
        let Some((at, word)) = found.and_then(|at| Some((at, words.get(at)?))) else {
            let given = self.left.split(space).next().unwrap_or_default();
            return Err(
                invalid(format!("invalid value \"{given}\" for \"{name}\"")).detail(
                    "The given value did not match any of the allowed values for this field.",
                ),
            );
        };
        self.left = self.left.get(word.len()..).unwrap_or_default();
        Ok(i64::try_from(at).unwrap_or(0))
    }
}

const TRY_FILL: &str = "If your source string is not fixed-width, try using the \"FM\" modifier.";

fn invalid(what: String) -> Fault {
    Fault::new(SqlState::INVALID_DATETIME_FORMAT, what)
}

/// Whether a number before this node ends by itself, because no digit follows.
fn ends_number(next: Option<&Node>) -> bool {
    match next {
        None => true,
        Some(Node::Field { field, .. }) => !field.numeric(),
        Some(Node::Text(c) | Node::Separator(c) | Node::Space(c)) => !c.is_ascii_digit(),
    }
}

/// The integer a text begins with, its sign and spaces before it included.
fn integer(text: &str) -> &str {
    let unpadded = text.trim_start_matches(space);
    let padding = text.len() - unpadded.len();
    let sign = usize::from(unpadded.starts_with(['+', '-']));
    let digits = unpadded
        .bytes()
        .skip(sign)
        .take_while(u8::is_ascii_digit)
        .count();
    if digits == 0 {
        return "";
    }
    text.get(..padding + sign + digits).unwrap_or_default()
}

/// Sets a field; a second value must be the same.
fn set(target: &mut i64, value: i64, name: &str) -> Result<(), Fault> {
    if *target != 0 && *target != value {
        return Err(invalid(format!(
            "conflicting values for \"{name}\" field in formatting string"
        ))
        .detail("This value contradicts a previous setting for the same field type."));
    }
    *target = value;
    Ok(())
}

/// The year nearest to 2020 that ends in these digits.
fn full_year(year: i64) -> i64 {
    match year {
        year if year < 70 => year + 2000,
        year if year < 100 => year + 1900,
        year if year < 520 => year + 2000,
        year if year < 1000 => year + 1000,
        year => year,
    }
}

impl Values {
    fn settle(&self, text: &str) -> Result<Read, Fault> {
        let (mut hour, mut minute, mut second) = (0, 0, 0);
        if self.second_of_day != 0 {
            hour = self.second_of_day / 3600;
            minute = self.second_of_day / 60 % 60;
            second = self.second_of_day % 60;
        }
        let given = |value: i64, other: i64| if value != 0 { value } else { other };
        hour = given(self.hour, hour);
        minute = given(self.minute, minute);
        second = given(self.second, second);
        if self.twelve_hours {
            if !(1..=12).contains(&hour) {
                return Err(
                    invalid(format!("hour \"{hour}\" is invalid for the 12-hour clock"))
                        .hint("Use the 24-hour clock, or give an hour between 1 and 12."),
                );
            }
            hour = hour % 12 + if self.afternoon != 0 { 12 } else { 0 };
        }
        let date = self.date(text)?;
        let micros = self.millis * 1000 + self.micros;
        if !((0..24).contains(&hour)
            && (0..60).contains(&minute)
            && (0..60).contains(&second)
            && (0..1_000_000).contains(&micros))
        {
            return Err(out_of_range(text));
        }
        let east = match self.zone_sign {
            0 => None,
            sign if (0..=15).contains(&self.zone_hour) && (0..60).contains(&self.zone_minute) => {
                let seconds = sign * (self.zone_hour * 3600 + self.zone_minute * 60);
                i32::try_from(seconds).ok()
            }
            _ => {
                return Err(Fault::new(
                    SqlState::INVALID_TIME_ZONE_DISPLACEMENT_VALUE,
                    format!("time zone displacement out of range: \"{text}\""),
                ));
            }
        };
        Ok(Read {
            day: days(date),
            time: ((hour * 60 + minute) * 60 + second) * 1_000_000 + micros,
            east,
            precision: -1,
        })
    }

    /// The year by the digits, the century and the era that were given.
    fn full_year(&self) -> Option<i64> {
        let before_christ = self.before_christ != 0;
        let century = if before_christ {
            -self.century
        } else {
            self.century
        };
        if self.year == 0 {
            return (century != 0).then(|| {
                if century >= 0 {
                    (century - 1) * 100 + 1
                } else {
                    century * 100 + 1
                }
            });
        }
        if self.century != 0 && self.year_digits <= 2 {
            let year = self.year % 100;
            return Some(match (year, century >= 0) {
                (0, true) => century * 100,
                (0, false) => century * 100 + 1,
                (year, true) => year + (century - 1) * 100,
                (year, false) => (century + 1) * 100 - year + 1,
            });
        }
        let year = if before_christ { -self.year } else { self.year };
        Some(if year < 0 { year + 1 } else { year })
    }

    fn date(&self, text: &str) -> Result<Civil, Fault> {
        let known_year = self.full_year();
        let mut date = Civil {
            year: known_year.unwrap_or(0),
            month: 1,
            day: 1,
        };
        let mut day_of_year = self.day_of_year;
        let (mut has_month, mut has_day) = (false, false);
        if self.julian != 0 {
            date = crate::pg::datetime::civil(self.julian - 2_440_588);
            (has_month, has_day) = (true, true);
        }
        let iso = self.iso == Some(true);
        if self.week != 0 && iso {
            let monday = iso_year_start(date.year) + (self.week - 1) * 7;
            let weekday = if self.day_of_week == 0 {
                0
            } else {
                (self.day_of_week + 5) % 7
            };
            date = crate::pg::datetime::civil(monday + weekday);
            (has_month, has_day) = (true, true);
        } else if self.week != 0 {
            day_of_year = (self.week - 1) * 7 + 1;
        }
        let mut day = self.day;
        if self.week_of_month != 0 {
            day = (self.week_of_month - 1) * 7 + 1;
        }
        if day != 0 {
            (date.day, has_day) = (day, true);
        }
        if self.month != 0 {
            (date.month, has_month) = (self.month, true);
        }
        if day_of_year != 0 && (date.month <= 1 || date.day <= 1) {
            if date.year == 0 && self.before_christ == 0 {
                return Err(invalid(String::from(
                    "cannot calculate day of year without year information",
                )));
            }
            if iso {
                date = crate::pg::datetime::civil(iso_year_start(date.year) + day_of_year - 1);
            } else {
                Self::in_year(&mut date, day_of_year);
            }
            (has_month, has_day) = (true, true);
        }
        let most = if known_year.is_some() && has_month && has_day {
            days_in_month(date.year, date.month)
        } else {
            31
        };
        if (has_month && !(1..=12).contains(&date.month))
            || (has_day && !(1..=31).contains(&date.day))
            || date.day > most
        {
            return Err(out_of_range(text));
        }
        Ok(date)
    }

    /// Month and day of a day of the year, where they are not given.
    fn in_year(date: &mut Civil, day_of_year: i64) {
        let year = if leap(date.year) { 2000 } else { 2001 };
        let (mut month, mut left) = (1, day_of_year);
        while month < 12 && left > days_in_month(year, month) {
            left -= days_in_month(year, month);
            month += 1;
        }
        if date.month <= 1 {
            date.month = month;
        }
        if date.day <= 1 {
            date.day = left;
        }
    }
}

fn out_of_range(text: &str) -> Fault {
    Fault::new(
        SqlState::DATETIME_FIELD_OVERFLOW,
        format!("date/time field value out of range: \"{text}\""),
    )
}
