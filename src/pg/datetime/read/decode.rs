//! Giving the words of a date or time a meaning.

use super::words::{Look, words};
use super::{Problem, Reading};
use crate::pg::datetime::{Civil, DAY, HOUR, MINUTE, SECOND, civil, days, days_in_month, split};
use crate::pg::text::{DateOrder, Zone};
use crate::pg::{Fault, SqlState};

/// What a text says.
#[derive(Debug)]
pub(crate) enum Decoded {
    Infinity,
    NegativeInfinity,
    /// A moment by itself: `now`, `epoch`.
    Instant(i64),
    Moment(Moment),
}

/// A date, a time, a zone: what of it the text has.
#[derive(Debug, Default)]
pub(crate) struct Moment {
    pub(crate) date: Option<Civil>,
    /// Microseconds; up to 24:00:00, or a second more when the text says second 60.
    pub(crate) clock: Option<i64>,
    pub(crate) zone: Option<Zone>,
}

const MONTHS: [(&str, i64); 24] = [
    ("january", 1),
    ("jan", 1),
    ("february", 2),
    ("feb", 2),
    ("march", 3),
    ("mar", 3),
    ("april", 4),
    ("apr", 4),
    ("may", 5),
    ("june", 6),
    ("jun", 6),
    ("july", 7),
    ("jul", 7),
    ("august", 8),
    ("aug", 8),
    ("september", 9),
    ("sept", 9),
    ("sep", 9),
    ("october", 10),
    ("oct", 10),
    ("november", 11),
    ("nov", 11),
    ("december", 12),
    ("dec", 12),
];

const WEEKDAYS: [&str; 18] = [
    "sunday",
    "sun",
    "monday",
    "mon",
    "tuesday",
    "tue",
    "tues",
    "wednesday",
    "wed",
    "weds",
    "thursday",
    "thu",
    "thur",
    "thurs",
    "friday",
    "fri",
    "saturday",
    "sat",
];

fn month(word: &str) -> Option<i64> {
    MONTHS
        .iter()
        .find(|(name, _)| *name == word)
        .map(|(_, month)| *month)
}

/// Whether a word has a meaning of its own (so that a digit may follow it directly).
pub(crate) fn known(word: &str) -> bool {
    month(word).is_some()
        || WEEKDAYS.contains(&word)
        || matches!(
            word,
            "t" | "z"
                | "at"
                | "on"
                | "am"
                | "pm"
                | "ad"
                | "bc"
                | "now"
                | "today"
                | "tomorrow"
                | "yesterday"
                | "epoch"
                | "infinity"
                | "allballs"
                | "j"
                | "jd"
                | "julian"
                | "zulu"
                | "d"
                | "h"
                | "m"
                | "mm"
                | "s"
                | "y"
        )
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Half {
    Am,
    Pm,
}

/// What has been read so far.
struct State<'a> {
    reading: Reading<'a>,
    clock_only: bool,
    year: Option<i64>,
    month: Option<i64>,
    day: Option<i64>,
    day_of_year: Option<i64>,
    clock: Option<Clock>,
    zone: Option<Zone>,
    special: Option<Decoded>,
    half: Option<Half>,
    before_christ: bool,
    two_digit_year: bool,
    text_month: bool,
    /// `t` was read: a time follows.
    time_next: bool,
    julian_next: bool,
    /// A letter was read: the number it labels follows.
    field_next: Option<Field>,
    summer: bool,
}

/// What a letter before a number says it is, as in `y2001m12d27h04m05s06`.
#[derive(Clone, Copy)]
enum Field {
    Year,
    Month,
    Day,
    Hour,
    Minute,
    Second,
}

const MIDNIGHT: Clock = Clock {
    hour: 0,
    minute: 0,
    second: 0,
    micros: 0,
};

#[derive(Clone, Copy)]
struct Clock {
    hour: i64,
    minute: i64,
    second: i64,
    micros: i64,
}

/// Reads a text.
///
/// `clock_only` reads digits as a time rather than as a date.
pub(crate) fn decode(
    text: &str,
    reading: Reading<'_>,
    clock_only: bool,
) -> Result<Decoded, Problem> {
    let words = words(text)?;
    if words.is_empty() {
        return Err(Problem::Format);
    }
    let mut state = State {
        reading,
        clock_only,
        year: None,
        month: None,
        day: None,
        day_of_year: None,
        clock: None,
        zone: None,
        special: None,
        half: None,
        before_christ: false,
        two_digit_year: false,
        text_month: false,
        time_next: false,
        julian_next: false,
        field_next: None,
        summer: false,
    };
    for (look, word) in &words {
        match look {
            Look::Date => state.date_word(word)?,
            Look::Time => {
                if state.clock.is_some() {
                    return Err(Problem::Format);
                }
                state.clock = Some(clock(word)?);
                state.time_next = false;
            }
            Look::Zone => {
                if state.zone.is_some() {
                    return Err(Problem::Format);
                }
                state.zone = Some(Zone::fixed(offset(word)?));
            }
            Look::Number => state.number_word(word)?,
            Look::Word | Look::Signed => state.word(word)?,
        }
    }
    state.settle()
}

impl State<'_> {
    fn dated(&self) -> bool {
        self.year.is_some() && self.month.is_some() && self.day.is_some()
            || self.day_of_year.is_some()
    }

    fn date_word(&mut self, word: &str) -> Result<(), Problem> {
        if self.julian_next {
            // A day, and a zone that is joined to it.
            let Some((day, rest)) = word.split_once('-') else {
                return Err(Problem::Format);
            };
            self.number_word(day)?;
            self.clock.get_or_insert(MIDNIGHT);
            self.zone = Some(Zone::fixed(-offset(&format!("+{rest}"))?));
            return Ok(());
        }
        if let Some(field) = self.field_next.take() {
            // Seconds of a time in letters, and a zone that is joined to them.
            let Some((seconds, rest)) = word.split_once('-') else {
                return Err(Problem::Format);
            };
            self.zone = Some(Zone::fixed(-offset(&format!("+{rest}"))?));
            return self.labelled(field, seconds);
        }
        let untouched = self.year.is_none() && self.month.is_none() && self.day.is_none();
        if (self.dated() || self.time_next || self.special.is_some())
            || (!untouched && word.starts_with(|c: char| c.is_ascii_alphabetic()))
        {
            // A date is there already: a run-together time with a zone, or a zone's name.
            if word.starts_with(|c: char| c.is_ascii_digit()) {
                self.time_next = false;
                let Some((time, rest)) = word.split_once('-') else {
                    return Err(Problem::Format);
                };
                self.zone = Some(Zone::fixed(-offset(&format!("+{rest}"))?));
                return self.run_together(time);
            }
            return self.zone_name(word);
        }
        if word.starts_with(|c: char| c.is_ascii_alphabetic()) && !word.contains(['-', '/', '.'])
            || (word.contains('/')
                && month(word.split('/').next().unwrap_or_default()).is_none()
                && word.starts_with(|c: char| c.is_ascii_alphabetic()))
        {
            return self.zone_name(word);
        }
        self.date(word)
    }

    fn zone_name(&mut self, word: &str) -> Result<(), Problem> {
        if self.zone.is_some() {
            return Err(Problem::Format);
        }
        match Zone::find(word) {
            Some(zone) => {
                self.zone = Some(zone);
                Ok(())
            }
            None => Err(Problem::Other(Box::new(Fault::new(
                SqlState::INVALID_PARAMETER_VALUE,
                format!("time zone \"{word}\" not recognized"),
            )))),
        }
    }

    /// A date written with signs between its parts.
    fn date(&mut self, word: &str) -> Result<(), Problem> {
        let mut parts: Vec<&str> = Vec::new();
        for chunk in word.split(|c: char| !c.is_ascii_alphanumeric()) {
            if !chunk.is_empty() {
                parts.push(chunk);
            }
        }
        let mut numbers = Vec::new();
        for part in parts {
            if part.starts_with(|c: char| c.is_ascii_alphabetic()) {
                let Some(month) = month(part) else {
                    return Err(Problem::Format);
                };
                if self.month.is_some() {
                    return Err(Problem::Format);
                }
                self.month = Some(month);
                self.text_month = true;
            } else {
                numbers.push(part);
            }
        }
        for part in numbers {
            if !part.bytes().all(|b| b.is_ascii_digit()) {
                return Err(Problem::Format);
            }
            if self.dated() {
                return Err(Problem::Format);
            }
            self.number(part)?;
        }
        if self.dated() {
            Ok(())
        } else {
            Err(Problem::Format)
        }
    }

    fn number_word(&mut self, word: &str) -> Result<(), Problem> {
        if self.julian_next {
            self.julian_next = false;
            let (day, part) = word.split_once('.').unwrap_or((word, ""));
            let day: i64 = day.parse().map_err(|_| Problem::Field)?;
            let date = civil(day - 2_440_588);
            (self.year, self.month, self.day) = (Some(date.year), Some(date.month), Some(date.day));
            if date.year <= 0 {
                self.before_christ = true;
                self.year = Some(1 - date.year);
            }
            if !part.is_empty() {
                let share: f64 = format!("0.{part}").parse().map_err(|_| Problem::Format)?;
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_precision_loss,
                    reason = "a share of one day is far below 2^53 microseconds"
                )]
                let micros = (share * DAY as f64).round() as i64;
                self.clock = Some(Clock { micros, ..MIDNIGHT });
            }
            return Ok(());
        }
        if let Some(field) = self.field_next.take() {
            return self.labelled(field, word);
        }
        if self.time_next || (self.clock_only && !self.dated() && self.clock.is_none()) {
            self.time_next = false;
            return self.run_together(word);
        }
        let whole = word.split('.').next().unwrap_or_default();
        if word.contains('.') {
            if !self.dated() && self.year.is_none() {
                return self.date(word);
            }
            if whole.len() > 2 {
                return self.run_together(word);
            }
        } else if word.len() >= 6 && (!self.dated() || self.clock.is_none()) {
            return self.run_together(word);
        }
        self.number(word)
    }

    /// A number after the letter that says what it is; `m` after a month and an hour is minutes.
    fn labelled(&mut self, field: Field, word: &str) -> Result<(), Problem> {
        let (whole, micros) = match word.split_once('.') {
            Some((whole, part)) if matches!(field, Field::Second) => (whole, fraction(part)?),
            Some(_) => return Err(Problem::Format),
            None => (word, 0),
        };
        if !whole.bytes().all(|b| b.is_ascii_digit()) {
            return Err(Problem::Format);
        }
        let value: i32 = whole.parse().map_err(|_| Problem::Field)?;
        let value = i64::from(value);
        let minutes = matches!(field, Field::Month) && self.month.is_some() && self.clock.is_some();
        let date = match field {
            Field::Year => Some(&mut self.year),
            Field::Month if !minutes => Some(&mut self.month),
            Field::Day => Some(&mut self.day),
            _ => None,
        };
        if let Some(part) = date {
            return match part.replace(value) {
                Some(_) => Err(Problem::Format),
                None => Ok(()),
            };
        }
        let clock = self.clock.get_or_insert(MIDNIGHT);
        match field {
            Field::Hour => clock.hour = value,
            Field::Second => (clock.second, clock.micros) = (value, micros),
            _ => clock.minute = value,
        }
        *clock = checked(clock.hour, clock.minute, clock.second, clock.micros)?;
        Ok(())
    }

    /// Digits that are a whole date (`20261122`, `261122`) or a whole time (`030405`, `0304`).
    fn run_together(&mut self, word: &str) -> Result<(), Problem> {
        let (digits, micros) = match word.split_once('.') {
            Some((digits, part)) => (digits, fraction(part)?),
            None => (word, 0),
        };
        if !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(Problem::Format);
        }
        let value = |from: usize, to: usize| -> Result<i64, Problem> {
            digits
                .get(from..to)
                .and_then(|part| part.parse().ok())
                .ok_or(Problem::Format)
        };
        let length = digits.len();
        let untouched = self.year.is_none() && self.month.is_none() && self.day.is_none();
        let date = untouched && !self.dated() && !self.clock_only;
        if date && !word.contains('.') && length >= 6 {
            self.day = Some(value(length - 2, length)?);
            self.month = Some(value(length - 4, length - 2)?);
            self.year = Some(value(0, length - 4)?);
            self.two_digit_year = length == 6;
            return Ok(());
        }
        if self.clock.is_some() {
            return Err(Problem::Format);
        }
        let second = match length {
            6 => value(4, 6)?,
            4 if !word.contains('.') => 0,
            _ => return Err(Problem::Format),
        };
        self.clock = Some(checked(value(0, 2)?, value(2, 4)?, second, micros)?);
        Ok(())
    }

    /// One number of a date, by what is known already and the order of the style.
    fn number(&mut self, word: &str) -> Result<(), Problem> {
        if !word.bytes().all(|b| b.is_ascii_digit()) {
            return Err(Problem::Format);
        }
        let value: i64 = word.parse().map_err(|_| Problem::Field)?;
        let order = self.reading.style.date_order;
        let long = word.len() >= 3;
        let known = (
            self.year.is_some(),
            self.month.is_some(),
            self.day.is_some(),
        );
        if word.len() == 3 && known == (true, false, false) && (1..=366).contains(&value) {
            self.day_of_year = Some(value);
            return Ok(());
        }
        let mut year = false;
        match known {
            (false, false, false) => match order {
                _ if long => year = true,
                DateOrder::Ymd => year = true,
                DateOrder::Dmy => self.day = Some(value),
                DateOrder::Mdy => self.month = Some(value),
            },
            (true, false, false) | (false, false, true) => self.month = Some(value),
            (false, true, false) => {
                if self.text_month && (long || order == DateOrder::Ymd) {
                    year = true;
                } else {
                    self.day = Some(value);
                }
            }
            (true, true, false) => {
                if self.text_month && long && self.two_digit_year {
                    // What was read as a year was the day.
                    self.day = self.year;
                    year = true;
                } else {
                    self.day = Some(value);
                }
            }
            (false, true, true) => year = true,
            (true, true, true) => return self.run_together(word),
            (true, false, true) => return Err(Problem::Format),
        }
        if year {
            self.year = Some(value);
            self.two_digit_year = word.len() <= 2;
        }
        Ok(())
    }

    fn word(&mut self, word: &str) -> Result<(), Problem> {
        if let Some(found) = month(word) {
            if self.month.is_some() {
                // `Feb-7-1997` style input may have put a number there: it was the day.
                let day = self.month.filter(|day| (1..=31).contains(day));
                if self.text_month || self.day.is_some() || day.is_none() {
                    return Err(Problem::Format);
                }
                self.day = day;
            }
            self.month = Some(found);
            self.text_month = true;
            return Ok(());
        }
        if WEEKDAYS.contains(&word) {
            return Ok(());
        }
        let midnight = |offset: i64| {
            let (day, _) = split(self.reading.style.zone.local(self.reading.now));
            civil(day + offset)
        };
        match word {
            "at" | "on" => {}
            "am" => self.half = Some(Half::Am),
            "pm" => self.half = Some(Half::Pm),
            "ad" => self.before_christ = false,
            "bc" => self.before_christ = true,
            "t" if self.dated() || self.clock_only => self.time_next = true,
            "z" | "zulu" => self.set_zone(0)?,
            "allballs" => {
                self.clock = Some(MIDNIGHT);
                self.set_zone(0)?;
            }
            "now" => self.special = Some(Decoded::Instant(self.reading.now)),
            "today" | "tomorrow" | "yesterday" => {
                let date = midnight(match word {
                    "tomorrow" => 1,
                    "yesterday" => -1,
                    _ => 0,
                });
                if self.dated() {
                    return Err(Problem::Format);
                }
                (self.year, self.month, self.day) =
                    (Some(date.year), Some(date.month), Some(date.day));
            }
            "epoch" => self.special = Some(Decoded::Instant(0)),
            "infinity" | "+infinity" => self.special = Some(Decoded::Infinity),
            "-infinity" => self.special = Some(Decoded::NegativeInfinity),
            "j" | "jd" | "julian" => self.julian_next = true,
            "dst" => self.summer = true,
            "y" => self.field_next = Some(Field::Year),
            "m" => self.field_next = Some(Field::Month),
            "d" => self.field_next = Some(Field::Day),
            "h" => self.field_next = Some(Field::Hour),
            "mm" => self.field_next = Some(Field::Minute),
            "s" => self.field_next = Some(Field::Second),
            _ => match Zone::find_or_abbreviation(word) {
                Some(zone) if self.zone.is_none() => self.zone = Some(zone),
                _ => return Err(Problem::Format),
            },
        }
        Ok(())
    }

    fn set_zone(&mut self, east: i32) -> Result<(), Problem> {
        if self.zone.is_some() {
            return Err(Problem::Format);
        }
        self.zone = Some(Zone::fixed(east));
        Ok(())
    }

    fn settle(mut self) -> Result<Decoded, Problem> {
        if self.julian_next || self.time_next || self.field_next.is_some() {
            return Err(Problem::Format);
        }
        if let Some(special) = self.special.take() {
            let alone = !self.dated() && self.clock.is_none();
            return if alone {
                Ok(special)
            } else {
                Err(Problem::Format)
            };
        }
        if self.summer {
            match &self.zone {
                Some(Zone::Fixed { east, .. }) => self.zone = Some(Zone::fixed(east + 3600)),
                // What already follows the seasons takes no other hour.
                Some(_) => return Err(Problem::Format),
                None => {}
            }
        }
        let date = self.checked_date()?;
        let clock = self.checked_clock()?;
        // Without a date a zone with rules has no offset.
        let ruled = matches!(self.zone, Some(Zone::Named(_) | Zone::Rules(_)));
        if date.is_none() && (clock.is_none() || ruled) {
            return Err(Problem::Format);
        }
        Ok(Decoded::Moment(Moment {
            date,
            clock,
            zone: self.zone,
        }))
    }

    fn checked_date(&self) -> Result<Option<Civil>, Problem> {
        let year = match self.year {
            Some(year) if self.before_christ => {
                if year <= 0 {
                    return Err(Problem::Field);
                }
                Some(1 - year)
            }
            Some(year) if self.two_digit_year => {
                Some(if year < 70 { year + 2000 } else { year + 1900 })
            }
            Some(year) if year <= 0 => return Err(Problem::Field),
            other => other,
        };
        if let (Some(year), Some(of_year)) = (year, self.day_of_year) {
            let first = days(Civil {
                year,
                month: 1,
                day: 1,
            });
            return Ok(Some(civil(first + of_year - 1)));
        }
        if self.month.is_some_and(|month| !(1..=12).contains(&month))
            || self.day.is_some_and(|day| !(1..=31).contains(&day))
        {
            return Err(Problem::MonthOrDay);
        }
        match (year, self.month, self.day) {
            (Some(year), Some(month), Some(day)) => {
                if day > days_in_month(year, month) {
                    return Err(Problem::Field);
                }
                // Far beyond any range, and small enough for the calendar's arithmetic.
                Ok(Some(Civil {
                    year: year.min(10_000_000),
                    month,
                    day,
                }))
            }
            (None, None, None) => Ok(None),
            _ => Err(Problem::Format),
        }
    }

    fn checked_clock(&self) -> Result<Option<i64>, Problem> {
        let Some(mut clock) = self.clock else {
            return if self.half.is_some() {
                Err(Problem::Format)
            } else {
                Ok(None)
            };
        };
        if self.half.is_some() && clock.hour > 12 {
            return Err(Problem::Field);
        }
        match self.half {
            Some(Half::Am) if clock.hour == 12 => clock.hour = 0,
            Some(Half::Pm) if clock.hour != 12 => clock.hour += 12,
            _ => {}
        }
        let micros =
            clock.hour * HOUR + clock.minute * MINUTE + clock.second * SECOND + clock.micros;
        if clock.hour > 24 || micros > DAY {
            return Err(Problem::Field);
        }
        Ok(Some(micros))
    }
}

/// Microseconds of the digits after a point, rounded as a double is: a half goes to the even one.
pub(crate) fn fraction(digits: &str) -> Result<i64, Problem> {
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Problem::Format);
    }
    let share: f64 = format!("0.{digits}0")
        .parse()
        .map_err(|_| Problem::Format)?;
    #[expect(clippy::cast_possible_truncation, reason = "below a million")]
    let micros = (share * 1e6).round_ties_even() as i64;
    Ok(micros)
}

fn checked(hour: i64, minute: i64, second: i64, micros: i64) -> Result<Clock, Problem> {
    if minute > 59 || second > 60 || hour < 0 {
        return Err(Problem::Field);
    }
    Ok(Clock {
        hour,
        minute,
        second,
        micros,
    })
}

/// `h:m`, `h:m:s`, `h:m:s.f`, and `m:s.f`.
fn clock(word: &str) -> Result<Clock, Problem> {
    let (whole, micros) = match word.split_once('.') {
        Some((whole, part)) => (whole, fraction(part)?),
        None => (word, 0),
    };
    let number = |part: &str| part.parse::<i64>().map_err(|_| Problem::Format);
    let parts: Vec<&str> = whole.split(':').collect();
    match parts.as_slice() {
        [minute, second] if word.contains('.') => {
            checked(0, number(minute)?, number(second)?, micros)
        }
        [hour, minute] => checked(number(hour)?, number(minute)?, 0, 0),
        [hour, minute, second] => checked(number(hour)?, number(minute)?, number(second)?, micros),
        _ => Err(Problem::Format),
    }
}

/// `+h`, `+hhmm`, `+h:m`, `+h:m:s`: seconds east.
pub(super) fn offset(word: &str) -> Result<i32, Problem> {
    let (negative, digits) = match word.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, word.strip_prefix('+').unwrap_or(word)),
    };
    let number = |part: &str| part.parse::<i32>().map_err(|_| Problem::Format);
    let parts: Vec<&str> = digits.split(':').collect();
    let (hours, minutes, seconds) = match parts.as_slice() {
        [all] if all.len() > 2 => {
            let value = number(all)?;
            (value / 100, value % 100, 0)
        }
        [hours] => (number(hours)?, 0, 0),
        [hours, minutes] => (number(hours)?, number(minutes)?, 0),
        [hours, minutes, seconds] => (number(hours)?, number(minutes)?, number(seconds)?),
        _ => return Err(Problem::Format),
    };
    if hours > 15 || minutes > 59 || seconds > 59 {
        return Err(Problem::Zone);
    }
    let east = hours * 3600 + minutes * 60 + seconds;
    Ok(if negative { -east } else { east })
}
