//! Time zones as `SET TimeZone` takes them.

use crate::pg::text::Zone;

/// PostgreSQL refuses offsets of a week and more.
const MAX_OFFSET_SECONDS: f64 = 168.0 * 3_600.0;

/// Finds a zone: a name of the IANA database in any case, hours east of UTC, or POSIX such as `UTC+3`.
///
/// # Errors
/// The detail PostgreSQL adds to its refusal, possibly empty.
pub fn zone(text: &str) -> Result<Zone, &'static str> {
    if let Ok(hours) = text.trim().parse::<f64>() {
        let seconds = hours * 3_600.0;
        if !seconds.is_finite() || seconds.abs() >= MAX_OFFSET_SECONDS {
            return Err("UTC timezone offset is out of range.");
        }
        #[expect(clippy::cast_possible_truncation, reason = "below a week of seconds")]
        return Ok(offset(seconds as i32));
    }
    let mut zones = chrono_tz::TZ_VARIANTS.iter();
    match zones.find(|zone| zone.name().eq_ignore_ascii_case(text)) {
        Some(zone) => Ok(Zone::Named(*zone)),
        None => posix(text).ok_or(""),
    }
}

/// A zone at a fixed offset, named as PostgreSQL names it: POSIX counts west of UTC.
pub(super) fn offset(east: i32) -> Zone {
    let clock = |sign: char| {
        let (hours, rest) = (east.abs() / 3_600, east.abs() % 3_600);
        let (minutes, seconds) = (rest / 60, rest % 60);
        match (minutes, seconds) {
            (0, 0) => format!("{sign}{hours:02}"),
            (_, 0) => format!("{sign}{hours:02}:{minutes:02}"),
            _ => format!("{sign}{hours:02}:{minutes:02}:{seconds:02}"),
        }
    };
    let (east_sign, west_sign) = if east < 0 { ('-', '+') } else { ('+', '-') };
    Zone::Fixed {
        east,
        name: format!("<{}>{}", clock(east_sign), clock(west_sign)),
    }
}

/// Reads `NAME[+-]hh[:mm[:ss]]`, the POSIX form without a summer time.
fn posix(text: &str) -> Option<Zone> {
    let (name, rest) = if let Some(quoted) = text.strip_prefix('<') {
        quoted.split_once('>')?
    } else {
        let end = text.find(|c: char| !c.is_ascii_alphabetic())?;
        text.split_at_checked(end)?
    };
    let (west, rest) = match (rest.strip_prefix('-'), rest.strip_prefix('+')) {
        (Some(rest), _) => (-1, rest),
        (_, Some(rest)) => (1, rest),
        _ => (1, rest),
    };
    let mut seconds = 0;
    let mut parts = rest.split(':');
    for (unit, limit) in [(3_600, 167), (60, 59), (1, 59)] {
        let Some(part) = parts.next() else { break };
        let digits = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        let value = part
            .parse::<i32>()
            .ok()
            .filter(|value| digits && *value <= limit)?;
        seconds += value * unit;
    }
    (name.len() >= 3 && parts.next().is_none()).then(|| Zone::Fixed {
        east: -west * seconds,
        name: text.to_owned(),
    })
}
