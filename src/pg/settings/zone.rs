//! Time zones as `SET TimeZone` takes them.

use crate::pg::text::Zone;

/// PostgreSQL refuses offsets of a week and more.
const MAX_OFFSET_SECONDS: f64 = 168.0 * 3_600.0;

/// Finds a zone: a name of the IANA database in any case, hours east of UTC, or POSIX's forms such
/// as `UTC+3` and `PST8PDT,M3.2.0,M11.1.0`.
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
    Zone::find(text).ok_or("")
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
