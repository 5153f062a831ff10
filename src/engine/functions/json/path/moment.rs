//! Dates and times inside paths: `.datetime()` and how its results compare.

use std::cmp::Ordering;

use crate::engine::functions::Context;
use crate::engine::functions::format::Reading;
use crate::pg::datetime::{Civil, DAY, SECOND, days, days_in_month, write};
use crate::pg::text::{DateStyle, Style};
use crate::pg::{Fault, SqlState};

/// What kind of date or time a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Date,
    Time,
    TimeTz,
    Timestamp,
    TimestampTz,
}

/// A date or time with the zone it was written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment {
    kind: Kind,
    /// Microseconds: local, of the day or since 1970.
    local: i64,
    /// Seconds east of UTC, for the kinds with a zone.
    east: i32,
}

impl Moment {
    /// What a template reads.
    pub(super) fn by_template(text: &str, template: &str) -> Result<Self, Fault> {
        let reading = Reading::of(text, template)?;
        let kind = match (reading.date, reading.time, reading.zone) {
            (true, true, true) => Kind::TimestampTz,
            (true, true, false) => Kind::Timestamp,
            (false, true, true) => Kind::TimeTz,
            (false, true, false) => Kind::Time,
            (true, false, _) => Kind::Date,
            (false, false, _) => {
                return Err(Fault::new(
                    SqlState::INVALID_DATETIME_FORMAT,
                    "datetime format is not dated and not timed",
                ));
            }
        };
        let local = match kind {
            Kind::Time | Kind::TimeTz => reading.micros.rem_euclid(DAY),
            _ => reading.micros,
        };
        Ok(Self {
            kind,
            local,
            east: reading.east,
        })
    }

    /// An ISO text: a date, a time, or both, with or without a zone.
    pub(super) fn recognized(text: &str) -> Option<Self> {
        let text = text.trim_end();
        let mut left = Left(text);
        let date = text.contains('-') && text.find(':').is_none_or(|at| text.find('-') < Some(at));
        let day = if date { Some(left.date()?) } else { None };
        if left.0.is_empty() {
            return Some(Self {
                kind: Kind::Date,
                local: day?.checked_mul(DAY)?,
                east: 0,
            });
        }
        if day.is_some() {
            left.0 = left.0.strip_prefix(['T', ' '])?;
        }
        let micros = left.time()?;
        let east = if left.0.is_empty() {
            None
        } else {
            Some(left.zone()?)
        };
        let kind = match (day, east) {
            (Some(_), Some(_)) => Kind::TimestampTz,
            (Some(_), None) => Kind::Timestamp,
            (None, Some(_)) => Kind::TimeTz,
            (None, None) => Kind::Time,
        };
        left.0.is_empty().then_some(Self {
            kind,
            local: day.unwrap_or(0).checked_mul(DAY)?.checked_add(micros)?,
            east: east.unwrap_or(0),
        })
    }

    /// As `.type()` names it.
    pub(super) fn name(self) -> &'static str {
        match self.kind {
            Kind::Date => "date",
            Kind::Time => "time without time zone",
            Kind::TimeTz => "time with time zone",
            Kind::Timestamp => "timestamp without time zone",
            Kind::TimestampTz => "timestamp with time zone",
        }
    }

    /// As errors name it.
    fn short(self) -> &'static str {
        match self.kind {
            Kind::Date => "date",
            Kind::Time => "time",
            Kind::TimeTz => "timetz",
            Kind::Timestamp => "timestamp",
            Kind::TimestampTz => "timestamptz",
        }
    }

    /// As JSON shows it: ISO, in the zone it was written in.
    pub(super) fn text(self) -> String {
        let style = Style {
            date_style: DateStyle::Iso,
            ..Style::default()
        };
        let mut bytes = Vec::new();
        match self.kind {
            Kind::Date => {
                write::date(
                    i32::try_from(self.local / DAY).unwrap_or(0),
                    &style,
                    &mut bytes,
                );
            }
            Kind::Time | Kind::TimeTz => write::time(self.local, &mut bytes),
            Kind::Timestamp | Kind::TimestampTz => {
                write::timestamp(self.local, &style, &mut bytes);
            }
        }
        let mut text = String::from_utf8_lossy(&bytes).replacen(' ', "T", 1);
        if matches!(self.kind, Kind::TimeTz | Kind::TimestampTz) {
            let minutes = self.east.unsigned_abs() / 60;
            let sign = if self.east < 0 { '-' } else { '+' };
            text.push_str(&format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60));
        }
        text
    }

    fn utc(self) -> i64 {
        self.local
            .saturating_sub(i64::from(self.east).saturating_mul(SECOND))
    }

    /// Compares; `None` where the kinds have no order between them.
    pub(super) fn compare(
        self,
        other: Self,
        zoned: Option<&Context>,
    ) -> Result<Option<Ordering>, Fault> {
        let timed = |moment: Self| matches!(moment.kind, Kind::Time | Kind::TimeTz);
        if timed(self) != timed(other) {
            return Ok(None);
        }
        let with_zone = |moment: Self| matches!(moment.kind, Kind::TimeTz | Kind::TimestampTz);
        if !with_zone(self) && !with_zone(other) {
            return Ok(Some(self.local.cmp(&other.local)));
        }
        let (a, b) = (self.instant(other, zoned)?, other.instant(self, zoned)?);
        let mut order = a.cmp(&b);
        if self.kind == Kind::TimeTz && other.kind == Kind::TimeTz {
            order = order.then(other.east.cmp(&self.east));
        }
        Ok(Some(order))
    }

    /// The moment in UTC, in the session's zone where it has none of its own.
    fn instant(self, other: Self, zoned: Option<&Context>) -> Result<i64, Fault> {
        let style = |context: &Context| context.settings.style.zone.clone();
        match (self.kind, zoned) {
            (Kind::TimeTz | Kind::TimestampTz, _) => Ok(self.utc()),
            (_, None) => Err(Fault::new(
                SqlState::FEATURE_NOT_SUPPORTED,
                format!(
                    "cannot convert value from {} to {} without time zone usage",
                    self.short(),
                    other.short()
                ),
            )
            .hint("Use *_tz() function for time zone support.")),
            (Kind::Time, Some(context)) => {
                let east = style(context).east_at(context.transaction_start);
                Ok(self.local - i64::from(east) * SECOND)
            }
            (_, Some(context)) => style(context).utc(self.local).ok_or_else(|| {
                Fault::new(SqlState::DATETIME_FIELD_OVERFLOW, "timestamp out of range")
            }),
        }
    }
}

/// What is left of a text.
struct Left<'a>(&'a str);

impl Left<'_> {
    fn number(&mut self, most: usize) -> Option<i64> {
        let digits = self
            .0
            .bytes()
            .take(most)
            .take_while(u8::is_ascii_digit)
            .count();
        let (number, rest) = (self.0.get(..digits)?, self.0.get(digits..)?);
        self.0 = rest;
        number.parse().ok()
    }

    fn skip(&mut self, sign: char) -> Option<()> {
        self.0 = self.0.strip_prefix(sign)?;
        Some(())
    }

    fn date(&mut self) -> Option<i64> {
        let year = self.number(4)?;
        self.skip('-')?;
        let month = self.number(2)?;
        self.skip('-')?;
        let day = self.number(2)?;
        if !(1..=12).contains(&month) || !(1..=days_in_month(year, month)).contains(&day) {
            return None;
        }
        Some(days(Civil { year, month, day }))
    }

    fn time(&mut self) -> Option<i64> {
        let hour = self.number(2).filter(|hour| *hour < 24)?;
        self.skip(':')?;
        let minute = self.number(2).filter(|minute| *minute < 60)?;
        self.skip(':')?;
        let second = self.number(2).filter(|second| *second < 60)?;
        let mut micros = ((hour * 60 + minute) * 60 + second) * SECOND;
        if self.skip('.').is_some() {
            let digits = self.0.bytes().take_while(u8::is_ascii_digit).count();
            let fraction = self.0.get(..digits)?;
            let six: String = fraction.chars().chain("000000".chars()).take(6).collect();
            micros += six.parse::<i64>().ok()?;
            self.0 = self.0.get(digits..)?;
        }
        Some(micros)
    }

    fn zone(&mut self) -> Option<i32> {
        let negative = self.0.starts_with('-');
        self.0 = self.0.strip_prefix(['+', '-'])?;
        let hours = self.number(2)?;
        let minutes = if self.skip(':').is_some() {
            self.number(2)?
        } else {
            0
        };
        let east = i32::try_from(hours * 3600 + minutes * 60).ok()?;
        Some(if negative { -east } else { east })
    }
}
