//! Time zones: offsets at a moment, names and abbreviations.

mod posix;
mod words;

pub use posix::Rules;
pub use words::{Abbreviation, abbreviations};

use std::collections::HashMap;
use std::sync::LazyLock;

use chrono::{DateTime, MappedLocalTime, NaiveDateTime, Offset, TimeZone};
use chrono_tz::{OffsetComponents, OffsetName, TZ_VARIANTS, Tz};

use super::{Civil, DAY, SECOND, civil, days, leap, split, weekday};
use crate::pg::text::Zone;

impl Zone {
    /// Seconds east of UTC at a moment (microseconds since 1970 UTC).
    pub fn east_at(&self, utc: i64) -> i32 {
        match self {
            Self::Fixed { east, .. } => *east,
            Self::Rules(rules) => rules.east_at(utc),
            Self::Abbreviation(word) => word.east_at(utc),
            Self::Named(Tz::UTC) => 0,
            Self::Named(zone) => zone
                .offset_from_utc_datetime(&naive(utc))
                .fix()
                .local_minus_utc(),
        }
    }

    /// Seconds east of UTC when clocks show `local`. In the gap of a spring change the old offset
    /// holds, in the repeated hour of an autumn change the new one.
    pub fn east_at_local(&self, local: i64) -> i32 {
        match self {
            Self::Fixed { east, .. } => *east,
            Self::Rules(rules) => rules.east_at_local(local),
            // An abbreviation means what it does where its zone's clocks show this.
            Self::Abbreviation(word) => {
                let zone = Self::Named(word.zone);
                let utc = local.saturating_sub(i64::from(zone.east_at_local(local)) * SECOND);
                word.east_at(utc)
            }
            Self::Named(Tz::UTC) => 0,
            Self::Named(zone) => match zone.offset_from_local_datetime(&naive(local)) {
                MappedLocalTime::Single(offset) => offset.fix().local_minus_utc(),
                MappedLocalTime::Ambiguous(_, after) => after.fix().local_minus_utc(),
                MappedLocalTime::None => {
                    let before = zone.offset_from_utc_datetime(&naive(local - DAY));
                    before.fix().local_minus_utc()
                }
            },
        }
    }

    /// The local clock at a moment.
    pub fn local(&self, utc: i64) -> i64 {
        utc.saturating_add(i64::from(self.east_at(utc)) * SECOND)
    }

    /// The moment when clocks show `local`; `None` when it cannot be represented.
    pub fn utc(&self, local: i64) -> Option<i64> {
        local.checked_sub(i64::from(self.east_at_local(local)) * SECOND)
    }

    /// The abbreviation in use at a moment, such as `EAT` or `+03`.
    pub fn abbreviation(&self, utc: i64) -> Option<String> {
        match self {
            Self::Named(zone) => {
                let offset = zone.offset_from_utc_datetime(&naive(utc));
                let name = offset.abbreviation().map(str::to_owned);
                // Zones without letters are known by their offset.
                Some(name.unwrap_or_else(|| {
                    let east = offset.fix().local_minus_utc();
                    let (sign, minutes) = (if east < 0 { '-' } else { '+' }, east.abs() / 60);
                    match minutes % 60 {
                        0 => format!("{sign}{:02}", minutes / 60),
                        rest => format!("{sign}{:02}{rest:02}", minutes / 60),
                    }
                }))
            }
            Self::Fixed { name, .. } => posix::first_word(name).map(str::to_owned),
            Self::Rules(rules) => Some(rules.word_at(utc).to_owned()),
            Self::Abbreviation(word) => Some(word.name.to_ascii_uppercase()),
        }
    }

    /// Whether summer time is in force at a moment.
    pub fn summer_at(&self, utc: i64) -> bool {
        match self {
            Self::Named(zone) => {
                let offset = zone.offset_from_utc_datetime(&naive(utc));
                !offset.dst_offset().is_zero()
            }
            Self::Rules(rules) => rules.summer_at(utc),
            Self::Fixed { .. } | Self::Abbreviation(_) => false,
        }
    }

    /// Finds a zone by its IANA name, in any case.
    pub fn named(name: &str) -> Option<Self> {
        static NAMES: LazyLock<HashMap<String, Tz>> = LazyLock::new(|| {
            TZ_VARIANTS
                .iter()
                .map(|zone| (zone.name().to_ascii_lowercase(), *zone))
                .collect()
        });
        NAMES
            .get(&name.to_ascii_lowercase())
            .copied()
            .map(Self::Named)
    }

    /// Finds a zone as `SET TimeZone` and `AT TIME ZONE` take it: an IANA name, or a POSIX form
    /// such as `UTC+3`, `<+03>-03` (which count west) or `PST8PDT,M3.2.0,M11.1.0`.
    pub fn find(name: &str) -> Option<Self> {
        Self::named(name).or_else(|| posix::read(&name.to_ascii_uppercase()))
    }

    /// Finds a zone by an abbreviation of PostgreSQL's default set.
    pub fn of_abbreviation(name: &str) -> Option<Self> {
        words::zone(&name.to_ascii_lowercase())
    }

    /// Finds a zone by an abbreviation of PostgreSQL's default set, else by name.
    pub fn find_or_abbreviation(name: &str) -> Option<Self> {
        Self::of_abbreviation(name).or_else(|| Self::find(name))
    }

    /// A zone of a fixed offset, named as `SHOW TimeZone` does.
    pub fn fixed(east: i32) -> Self {
        let magnitude = east.unsigned_abs();
        let (hours, minutes, seconds) = (magnitude / 3600, magnitude / 60 % 60, magnitude % 60);
        let mut clock = format!("{hours:02}");
        if minutes != 0 || seconds != 0 {
            clock.push_str(&format!(":{minutes:02}"));
        }
        if seconds != 0 {
            clock.push_str(&format!(":{seconds:02}"));
        }
        let (sign, inverse) = if east < 0 { ('-', '+') } else { ('+', '-') };
        Self::Fixed {
            east,
            name: format!("<{sign}{clock}>{inverse}{clock}"),
        }
    }
}

/// The names of all zones.
pub fn names() -> impl Iterator<Item = &'static str> {
    TZ_VARIANTS.iter().map(|zone| zone.name())
}

/// The moment as chrono has it. Zone data end in 2100; later years use an earlier year of the same
/// calendar, as the last rule of a zone repeats for ever.
fn naive(micros: i64) -> NaiveDateTime {
    const LAST_DAY: i64 = days(Civil {
        year: 2089,
        month: 1,
        day: 1,
    });
    let (mut day, time) = split(micros);
    if day >= LAST_DAY {
        let date = civil(day);
        let first = |year| {
            days(Civil {
                year,
                month: 1,
                day: 1,
            })
        };
        let starts = weekday(first(date.year));
        let same = (2061..=2088)
            .find(|year| leap(*year) == leap(date.year) && weekday(first(*year)) == starts);
        day = days(Civil {
            year: same.unwrap_or(2088),
            ..date
        });
    }
    // Before the first law on time every zone keeps its local mean time.
    let day = day.max(-719_468);
    DateTime::from_timestamp_micros(day * DAY + time)
        .unwrap_or_default()
        .naive_utc()
}
