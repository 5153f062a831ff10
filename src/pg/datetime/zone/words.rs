//! Abbreviations of zones, as PostgreSQL's default set has them.

use std::collections::HashMap;
use std::sync::LazyLock;

use chrono_tz::Tz;

use crate::pg::datetime::{DAY, SECOND};
use crate::pg::text::Zone;

/// An abbreviation whose offset changed over time: it means what it meant in its zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Abbreviation {
    /// In lower case.
    pub(super) name: &'static str,
    pub(super) zone: Tz,
}

/// A time in which a zone used one offset under one name.
#[derive(Debug)]
struct Period {
    /// Microseconds since 1970 UTC.
    start: i64,
    east: i32,
    name: String,
}

impl Abbreviation {
    /// Seconds east of UTC: in the last period of that name begun by then, else in the first one
    /// after; where the zone does not know the name, the zone's own.
    pub(super) fn east_at(&self, utc: i64) -> i32 {
        let periods = PERIODS.get(self.name).map_or(&[][..], Vec::as_slice);
        let before = periods
            .iter()
            .take_while(|period| period.start <= utc)
            .last();
        match before.or_else(|| periods.first()) {
            Some(period) => period.east,
            None => Zone::Named(self.zone).east_at(utc),
        }
    }
}

/// The periods of every abbreviation that its zone knows by name.
static PERIODS: LazyLock<HashMap<&'static str, Vec<Period>>> = LazyLock::new(|| {
    let known = CHANGING.iter().filter_map(|(name, zone)| {
        let upper = name.to_ascii_uppercase();
        let mut periods = periods(&Zone::Named(*zone));
        periods.retain(|period| period.name == upper);
        (!periods.is_empty()).then_some((*name, periods))
    });
    known.collect()
});

/// The periods of a zone, from 1880 to 2037.
fn periods(zone: &Zone) -> Vec<Period> {
    const FIRST: i64 = -32_872;
    const LAST: i64 = 24_837;
    let at = |start: i64| Period {
        start,
        east: zone.east_at(start),
        name: zone.abbreviation(start).unwrap_or_default(),
    };
    let mut found = vec![at(FIRST * DAY)];
    // No zone changed twice within ten days.
    for day in (FIRST..LAST).step_by(10) {
        let (mut low, mut high) = (at(day * DAY), at((day + 10) * DAY));
        if (low.east, &low.name) == (high.east, &high.name) {
            continue;
        }
        while high.start - low.start > SECOND {
            let middle = at((low.start + (high.start - low.start) / 2) / SECOND * SECOND);
            if (middle.east, &middle.name) == (low.east, &low.name) {
                low = middle;
            } else {
                high = middle;
            }
        }
        found.push(high);
    }
    found
}

/// The zone of an abbreviation in lower case.
pub(super) fn zone(word: &str) -> Option<Zone> {
    if let Some((name, zone)) = CHANGING.iter().find(|(name, _)| *name == word) {
        return Some(Zone::Abbreviation(Abbreviation { name, zone: *zone }));
    }
    let (_, east, _) = ABBREVIATIONS
        .binary_search_by_key(&word, |(name, _, _)| name)
        .ok()
        .and_then(|at| ABBREVIATIONS.get(at))?;
    Some(Zone::Fixed {
        east: *east,
        name: word.to_ascii_uppercase(),
    })
}

/// The abbreviations of PostgreSQL's default set: in lower case, with seconds east and whether
/// it is summer time, as they are today.
pub fn abbreviations() -> impl Iterator<Item = (&'static str, i32, bool)> {
    ABBREVIATIONS.iter().copied()
}

/// The abbreviations that mean what they meant in a zone, in lower case.
const CHANGING: &[(&str, Tz)] = &[
    ("amst", Tz::Asia__Yerevan),
    ("anast", Tz::Asia__Anadyr),
    ("anat", Tz::Asia__Anadyr),
    ("arst", Tz::America__Argentina__Buenos_Aires),
    ("art", Tz::America__Argentina__Buenos_Aires),
    ("azst", Tz::Asia__Baku),
    ("azt", Tz::Asia__Baku),
    ("ckt", Tz::Pacific__Rarotonga),
    ("clt", Tz::America__Santiago),
    ("davt", Tz::Antarctica__Davis),
    ("easst", Tz::Pacific__Easter),
    ("east", Tz::Pacific__Easter),
    ("fkst", Tz::Atlantic__Stanley),
    ("fkt", Tz::Atlantic__Stanley),
    ("gest", Tz::Asia__Tbilisi),
    ("get", Tz::Asia__Tbilisi),
    ("gyt", Tz::America__Guyana),
    ("iot", Tz::Indian__Chagos),
    ("irkst", Tz::Asia__Irkutsk),
    ("irkt", Tz::Asia__Irkutsk),
    ("kgt", Tz::Asia__Bishkek),
    ("kost", Tz::Pacific__Kosrae),
    ("krast", Tz::Asia__Krasnoyarsk),
    ("krat", Tz::Asia__Krasnoyarsk),
    ("lhdt", Tz::Australia__Lord_Howe),
    ("lint", Tz::Pacific__Kiritimati),
    ("lkt", Tz::Asia__Colombo),
    ("magst", Tz::Asia__Magadan),
    ("magt", Tz::Asia__Magadan),
    ("mawt", Tz::Antarctica__Mawson),
    ("msk", Tz::Europe__Moscow),
    ("novst", Tz::Asia__Novosibirsk),
    ("novt", Tz::Asia__Novosibirsk),
    ("nut", Tz::Pacific__Niue),
    ("omsst", Tz::Asia__Omsk),
    ("omst", Tz::Asia__Omsk),
    ("petst", Tz::Asia__Kamchatka),
    ("pett", Tz::Asia__Kamchatka),
    ("pyt", Tz::America__Asuncion),
    ("sgt", Tz::Asia__Singapore),
    ("tkt", Tz::Pacific__Fakaofo),
    ("tmt", Tz::Asia__Ashgabat),
    ("ulat", Tz::Asia__Ulaanbaatar),
    ("vet", Tz::America__Caracas),
    ("vlast", Tz::Asia__Vladivostok),
    ("vlat", Tz::Asia__Vladivostok),
    ("volt", Tz::Europe__Volgograd),
    ("yakst", Tz::Asia__Yakutsk),
    ("yakt", Tz::Asia__Yakutsk),
    ("yekt", Tz::Asia__Yekaterinburg),
];

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
