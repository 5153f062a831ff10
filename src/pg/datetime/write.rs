//! The text of dates and times in PostgreSQL's four styles.

use super::{
    Civil, DATE_INFINITY, DATE_NEGATIVE_INFINITY, HOUR, INFINITY, MINUTE, NEGATIVE_INFINITY,
    SECOND, civil, split, weekday,
};
use crate::pg::text::{DateOrder, DateStyle, Style};

/// English three-letter months.
pub(crate) const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];
/// English three-letter days, from Sunday.
pub(crate) const WEEKDAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

/// Two digits.
fn two(value: i64, out: &mut Vec<u8>) {
    let value = u8::try_from(value.rem_euclid(100)).unwrap_or(0);
    out.push(b'0' + value / 10);
    out.push(b'0' + value % 10);
}

/// At least four digits.
fn year(value: i64, out: &mut Vec<u8>) {
    if (0..10_000).contains(&value) {
        two(value / 100, out);
        two(value % 100, out);
    } else {
        out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
    }
}

/// Appends a fraction of a second without zeros at its end.
pub(crate) fn fraction(micros: i64, out: &mut Vec<u8>) {
    if micros == 0 {
        return;
    }
    out.push(b'.');
    let mut rest = micros;
    let mut unit = 100_000;
    while rest > 0 && unit > 0 {
        out.push(b'0' + u8::try_from(rest / unit).unwrap_or(0));
        rest %= unit;
        unit /= 10;
    }
}

/// Appends a time of day (up to 24:00:00).
pub fn time(micros: i64, out: &mut Vec<u8>) {
    two(micros / HOUR, out);
    out.push(b':');
    two(micros / MINUTE % 60, out);
    out.push(b':');
    two(micros / SECOND % 60, out);
    fraction(micros % SECOND, out);
}

/// Appends an offset as `+03`, `+05:30` or `+02:30:17`.
pub fn offset(east: i32, out: &mut Vec<u8>) {
    out.push(if east < 0 { b'-' } else { b'+' });
    let seconds = i64::from(east.unsigned_abs());
    two(seconds / 3600, out);
    if seconds % 3600 != 0 {
        out.push(b':');
        two(seconds / 60 % 60, out);
    }
    if seconds % 60 != 0 {
        out.push(b':');
        two(seconds % 60, out);
    }
}

/// Appends a `timetz`; `west` is seconds west of UTC, as stored.
pub fn timetz(micros: i64, west: i32, out: &mut Vec<u8>) {
    time(micros, out);
    offset(west.saturating_neg(), out);
}

fn day_parts(date: Civil, style: &Style, out: &mut Vec<u8>) {
    let shown = if date.year > 0 {
        date.year
    } else {
        1 - date.year
    };
    let (separator, day_first) = match style.date_style {
        DateStyle::Iso => {
            year(shown, out);
            out.push(b'-');
            two(date.month, out);
            out.push(b'-');
            return two(date.day, out);
        }
        DateStyle::Sql => (b'/', style.date_order == DateOrder::Dmy),
        DateStyle::German => (b'.', true),
        DateStyle::Postgres => (b'-', style.date_order == DateOrder::Dmy),
    };
    let (first, second) = if day_first {
        (date.day, date.month)
    } else {
        (date.month, date.day)
    };
    two(first, out);
    out.push(separator);
    two(second, out);
    out.push(separator);
    year(shown, out);
}

fn era(date: Civil, out: &mut Vec<u8>) {
    if date.year <= 0 {
        out.extend_from_slice(b" BC");
    }
}

/// Appends a `date`.
pub fn date(days: i32, style: &Style, out: &mut Vec<u8>) {
    match days {
        DATE_INFINITY => out.extend_from_slice(b"infinity"),
        DATE_NEGATIVE_INFINITY => out.extend_from_slice(b"-infinity"),
        _ => {
            let date = civil(i64::from(days));
            day_parts(date, style, out);
            era(date, out);
        }
    }
}

/// Appends a `timestamp`.
pub fn timestamp(micros: i64, style: &Style, out: &mut Vec<u8>) {
    moment(micros, style, None, out);
}

/// Appends a `timestamptz` in the zone of the style.
pub fn timestamptz(micros: i64, style: &Style, out: &mut Vec<u8>) {
    if matches!(micros, INFINITY | NEGATIVE_INFINITY) {
        return moment(micros, style, None, out);
    }
    let east = style.zone.east_at(micros);
    let local = micros.saturating_add(i64::from(east) * SECOND);
    if style.date_style == DateStyle::Iso {
        return moment(local, style, Some((east, None)), out);
    }
    let name = style.zone.abbreviation(micros);
    moment(local, style, Some((east, name)), out);
}

fn moment(local: i64, style: &Style, zone: Option<(i32, Option<String>)>, out: &mut Vec<u8>) {
    match local {
        INFINITY => return out.extend_from_slice(b"infinity"),
        NEGATIVE_INFINITY => return out.extend_from_slice(b"-infinity"),
        _ => {}
    }
    let (day, clock) = split(local);
    let date = civil(day);
    if style.date_style == DateStyle::Postgres {
        let name = |names: &[&'static str], at: i64| {
            usize::try_from(at)
                .ok()
                .and_then(|at| names.get(at).copied())
                .unwrap_or_default()
        };
        let month = name(&MONTHS, date.month - 1);
        out.extend_from_slice(name(&WEEKDAYS, weekday(day)).as_bytes());
        out.push(b' ');
        if style.date_order == DateOrder::Dmy {
            two(date.day, out);
            out.push(b' ');
            out.extend_from_slice(month.as_bytes());
        } else {
            out.extend_from_slice(month.as_bytes());
            out.push(b' ');
            two(date.day, out);
        }
        out.push(b' ');
        time(clock, out);
        out.push(b' ');
        year(
            if date.year > 0 {
                date.year
            } else {
                1 - date.year
            },
            out,
        );
    } else {
        day_parts(date, style, out);
        out.push(b' ');
        time(clock, out);
    }
    match zone {
        Some((_, Some(name))) => {
            out.push(b' ');
            out.extend_from_slice(name.as_bytes());
        }
        Some((east, None)) => {
            if style.date_style == DateStyle::Postgres {
                out.push(b' ');
            }
            offset(east, out);
        }
        None => {}
    }
    era(date, out);
}
