//! Time zones: offsets at a moment, names and abbreviations.

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
            Self::Fixed { name, .. } => match name.strip_prefix('<') {
                Some(quoted) => quoted.split_once('>').map(|(word, _)| word.to_owned()),
                None => {
                    let word: String = name.chars().take_while(char::is_ascii_alphabetic).collect();
                    (!word.is_empty()).then_some(word)
                }
            },
        }
    }

    /// Whether summer time is in force at a moment.
    pub fn summer_at(&self, utc: i64) -> bool {
        match self {
            Self::Named(zone) => {
                let offset = zone.offset_from_utc_datetime(&naive(utc));
                !offset.dst_offset().is_zero()
            }
            Self::Fixed { .. } => false,
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
    /// such as `UTC+3` or `<+03>-03` (which counts west).
    pub fn find(name: &str) -> Option<Self> {
        Self::named(name).or_else(|| posix(name))
    }

    /// Finds a zone by an abbreviation of PostgreSQL's default set, else by name.
    pub fn find_or_abbreviation(name: &str) -> Option<Self> {
        match abbreviation(&name.to_ascii_lowercase()) {
            Some((east, _)) => Some(Self::Fixed {
                east,
                name: name.to_owned(),
            }),
            None => Self::find(name),
        }
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

/// The abbreviations of PostgreSQL's default set: in lower case, with seconds east and whether
/// it is summer time.
pub fn abbreviations() -> impl Iterator<Item = (&'static str, i32, bool)> {
    ABBREVIATIONS.iter().copied()
}

/// Offset in seconds east, and whether it is summer time, of an abbreviation in lower case.
pub(super) fn abbreviation(word: &str) -> Option<(i32, bool)> {
    ABBREVIATIONS
        .binary_search_by_key(&word, |(name, _, _)| name)
        .ok()
        .and_then(|at| ABBREVIATIONS.get(at))
        .map(|(_, east, summer)| (*east, *summer))
}

/// `NAME[+-]H[H][:MM[:SS]]`, where positive is west; without daylight saving.
fn posix(text: &str) -> Option<Zone> {
    let rest = match text.strip_prefix('<') {
        Some(quoted) => quoted.split_once('>')?.1,
        None => text.trim_start_matches(|c: char| c.is_ascii_alphabetic()),
    };
    if rest.len() == text.len() {
        return None;
    }
    let (west, clock) = match rest.as_bytes().first()? {
        b'-' => (-1, rest.get(1..)?),
        b'+' => (1, rest.get(1..)?),
        _ => (1, rest),
    };
    let mut seconds = 0_i32;
    let mut unit = 3600;
    for part in clock.split(':') {
        let digits = part.bytes().all(|b| b.is_ascii_digit());
        if !digits || part.is_empty() || part.len() > 3 || unit == 0 {
            return None;
        }
        seconds += part.parse::<i32>().ok()? * unit;
        unit /= 60;
    }
    (seconds <= 167 * 3600).then(|| Zone::Fixed {
        east: -west * seconds,
        name: text.to_owned(),
    })
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

/// PostgreSQL's default set of abbreviations (`pg_timezone_abbrevs`), sorted.
const ABBREVIATIONS: &[(&str, i32, bool)] = &[
    ("acdt", 37800, true),
    ("acsst", 37800, true),
    ("acst", 34200, false),
    ("act", -18000, false),
    ("acwst", 31500, false),
    ("adt", -10800, true),
    ("aedt", 39600, true),
    ("aesst", 39600, true),
    ("aest", 36000, false),
    ("aft", 16200, false),
    ("akdt", -28800, true),
    ("akst", -32400, false),
    ("almst", 25200, true),
    ("almt", 21600, false),
    ("amst", 14400, false),
    ("amt", -14400, false),
    ("anast", 43200, false),
    ("anat", 43200, false),
    ("arst", -10800, false),
    ("art", -10800, false),
    ("ast", -14400, false),
    ("awsst", 32400, true),
    ("awst", 28800, false),
    ("azost", 0, true),
    ("azot", -3600, false),
    ("azst", 14400, false),
    ("azt", 14400, false),
    ("bdst", 7200, true),
    ("bdt", 21600, false),
    ("bnt", 28800, false),
    ("bort", 28800, false),
    ("bot", -14400, false),
    ("bra", -10800, false),
    ("brst", -7200, true),
    ("brt", -10800, false),
    ("bst", 3600, true),
    ("btt", 21600, false),
    ("cadt", 37800, true),
    ("cast", 34200, false),
    ("cct", 28800, false),
    ("cdt", -18000, true),
    ("cest", 7200, true),
    ("cet", 3600, false),
    ("cetdst", 7200, true),
    ("chadt", 49500, true),
    ("chast", 45900, false),
    ("chut", 36000, false),
    ("ckt", -36000, false),
    ("clst", -10800, true),
    ("clt", -10800, true),
    ("cot", -18000, false),
    ("cst", -21600, false),
    ("cxt", 25200, false),
    ("davt", 25200, false),
    ("ddut", 36000, false),
    ("easst", -18000, true),
    ("east", -18000, true),
    ("eat", 10800, false),
    ("edt", -14400, true),
    ("eest", 10800, true),
    ("eet", 7200, false),
    ("eetdst", 10800, true),
    ("egst", 0, true),
    ("egt", -3600, false),
    ("est", -18000, false),
    ("fet", 10800, false),
    ("fjst", 46800, true),
    ("fjt", 43200, false),
    ("fkst", -10800, false),
    ("fkt", -10800, false),
    ("fnst", -3600, true),
    ("fnt", -7200, false),
    ("galt", -21600, false),
    ("gamt", -32400, false),
    ("gest", 14400, false),
    ("get", 14400, false),
    ("gft", -10800, false),
    ("gilt", 43200, false),
    ("gmt", 0, false),
    ("gyt", -14400, false),
    ("hkt", 28800, false),
    ("hst", -36000, false),
    ("ict", 25200, false),
    ("idt", 10800, true),
    ("iot", 21600, false),
    ("irkst", 28800, false),
    ("irkt", 28800, false),
    ("irt", 12600, false),
    ("ist", 7200, false),
    ("jayt", 32400, false),
    ("jst", 32400, false),
    ("kdt", 36000, true),
    ("kgst", 21600, true),
    ("kgt", 21600, false),
    ("kost", 39600, false),
    ("krast", 25200, false),
    ("krat", 25200, false),
    ("kst", 32400, false),
    ("lhdt", 39600, true),
    ("lhst", 37800, false),
    ("ligt", 36000, false),
    ("lint", 50400, false),
    ("lkt", 19800, false),
    ("magst", 39600, false),
    ("magt", 39600, false),
    ("mart", -34200, false),
    ("mawt", 18000, false),
    ("mdt", -21600, true),
    ("mest", 7200, true),
    ("mesz", 7200, true),
    ("met", 3600, false),
    ("metdst", 7200, true),
    ("mez", 3600, false),
    ("mht", 43200, false),
    ("mmt", 23400, false),
    ("mpt", 36000, false),
    ("msd", 14400, true),
    ("msk", 10800, false),
    ("mst", -25200, false),
    ("must", 18000, true),
    ("mut", 14400, false),
    ("mvt", 18000, false),
    ("myt", 28800, false),
    ("ndt", -9000, true),
    ("nft", -12600, false),
    ("novst", 25200, false),
    ("novt", 25200, false),
    ("npt", 20700, false),
    ("nst", -12600, false),
    ("nut", -39600, false),
    ("nzdt", 46800, true),
    ("nzst", 43200, false),
    ("nzt", 43200, false),
    ("omsst", 21600, false),
    ("omst", 21600, false),
    ("pdt", -25200, true),
    ("pet", -18000, false),
    ("petst", 43200, false),
    ("pett", 43200, false),
    ("pgt", 36000, false),
    ("pht", 28800, false),
    ("pkst", 21600, true),
    ("pkt", 18000, false),
    ("pmdt", -7200, true),
    ("pmst", -10800, false),
    ("pont", 39600, false),
    ("pst", -28800, false),
    ("pwt", 32400, false),
    ("pyst", -10800, true),
    ("pyt", -10800, false),
    ("ret", 14400, false),
    ("sadt", 37800, true),
    ("sast", 7200, false),
    ("sct", 14400, false),
    ("sgt", 28800, false),
    ("taht", -36000, false),
    ("tft", 18000, false),
    ("tjt", 18000, false),
    ("tkt", 46800, false),
    ("tmt", 18000, false),
    ("tot", 46800, false),
    ("trut", 36000, false),
    ("tvt", 43200, false),
    ("uct", 0, false),
    ("ulast", 32400, true),
    ("ulat", 28800, false),
    ("ut", 0, false),
    ("utc", 0, false),
    ("uyst", -7200, true),
    ("uyt", -10800, false),
    ("uzst", 21600, true),
    ("uzt", 18000, false),
    ("vet", -14400, false),
    ("vlast", 36000, false),
    ("vlat", 36000, false),
    ("volt", 10800, false),
    ("vut", 39600, false),
    ("wadt", 28800, true),
    ("wakt", 43200, false),
    ("wast", 25200, false),
    ("wat", 3600, false),
    ("wdt", 32400, true),
    ("wet", 0, false),
    ("wetdst", 3600, true),
    ("wft", 43200, false),
    ("wgst", -7200, true),
    ("wgt", -10800, false),
    ("xjt", 21600, false),
    ("yakst", 32400, false),
    ("yakt", 32400, false),
    ("yapt", 36000, false),
    ("yekst", 21600, true),
    ("yekt", 18000, false),
    ("z", 0, false),
    ("zulu", 0, false),
];
