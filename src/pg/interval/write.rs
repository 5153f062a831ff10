//! The text of intervals in PostgreSQL's four styles.

use super::Interval;
use crate::pg::datetime::write::fraction;
use crate::pg::datetime::{HOUR, MINUTE, SECOND};
use crate::pg::text::IntervalStyle;

/// An interval cut into the parts that are shown; parts of one group share their sign.
#[derive(Clone, Copy)]
struct Parts {
    years: i64,
    months: i64,
    days: i64,
    hours: i64,
    minutes: i64,
    seconds: i64,
    micros: i64,
}

impl Parts {
    fn of(value: Interval) -> Self {
        Self {
            years: i64::from(value.months / 12),
            months: i64::from(value.months % 12),
            days: i64::from(value.days),
            hours: value.micros / HOUR,
            minutes: value.micros / MINUTE % 60,
            seconds: value.micros / SECOND % 60,
            micros: value.micros % SECOND,
        }
    }

    fn clock(&self) -> [i64; 4] {
        [self.hours, self.minutes, self.seconds, self.micros]
    }

    fn clock_negative(&self) -> bool {
        self.clock().iter().any(|part| *part < 0)
    }

    fn clock_zero(&self) -> bool {
        self.clock().iter().all(|part| *part == 0)
    }

    fn negated(&self) -> Self {
        Self {
            years: -self.years,
            months: -self.months,
            days: -self.days,
            hours: -self.hours,
            minutes: -self.minutes,
            seconds: -self.seconds,
            micros: -self.micros,
        }
    }
}

/// Appends an interval in a style.
pub fn write(value: Interval, style: IntervalStyle, out: &mut Vec<u8>) {
    let parts = Parts::of(value);
    match style {
        IntervalStyle::Postgres => postgres(&parts, out),
        IntervalStyle::PostgresVerbose => verbose(&parts, out),
        IntervalStyle::SqlStandard => standard(&parts, out),
        IntervalStyle::Iso8601 => iso(&parts, out),
    }
}

fn number(value: i64, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

fn two(value: i64, out: &mut Vec<u8>) {
    if value < 10 {
        out.push(b'0');
    }
    number(value, out);
}

fn seconds(parts: &Parts, padded: bool, out: &mut Vec<u8>) {
    let whole = parts.seconds.abs();
    if padded {
        two(whole, out);
    } else {
        number(whole, out);
    }
    fraction(parts.micros.abs(), out);
}

fn postgres(parts: &Parts, out: &mut Vec<u8>) {
    let (mut first, mut negative_before) = (true, false);
    for (value, unit) in [
        (parts.years, "year"),
        (parts.months, "mon"),
        (parts.days, "day"),
    ] {
        if value == 0 {
            continue;
        }
        if !first {
            out.push(b' ');
        }
        if negative_before && value > 0 {
            out.push(b'+');
        }
        number(value, out);
        out.push(b' ');
        out.extend_from_slice(unit.as_bytes());
        if value != 1 {
            out.push(b's');
        }
        (first, negative_before) = (false, value < 0);
    }
    if first || !parts.clock_zero() {
        if !first {
            out.push(b' ');
        }
        if parts.clock_negative() {
            out.push(b'-');
        } else if negative_before {
            out.push(b'+');
        }
        two(parts.hours.abs(), out);
        out.push(b':');
        two(parts.minutes.abs(), out);
        out.push(b':');
        seconds(parts, true, out);
    }
}

fn verbose(parts: &Parts, out: &mut Vec<u8>) {
    out.push(b'@');
    let (mut first, mut ago) = (true, false);
    for (value, unit) in [
        (parts.years, "year"),
        (parts.months, "mon"),
        (parts.days, "day"),
        (parts.hours, "hour"),
        (parts.minutes, "min"),
    ] {
        if value == 0 {
            continue;
        }
        // The sign of the first part is said by "ago".
        let shown = if first {
            ago = value < 0;
            value.abs()
        } else if ago {
            -value
        } else {
            value
        };
        out.push(b' ');
        number(shown, out);
        out.push(b' ');
        out.extend_from_slice(unit.as_bytes());
        if shown != 1 {
            out.push(b's');
        }
        first = false;
    }
    if parts.seconds != 0 || parts.micros != 0 {
        out.push(b' ');
        if parts.seconds < 0 || parts.micros < 0 {
            if first {
                ago = true;
            } else if !ago {
                out.push(b'-');
            }
        } else if ago {
            out.push(b'-');
        }
        seconds(parts, false, out);
        out.extend_from_slice(if parts.seconds.abs() != 1 || parts.micros != 0 {
            b" secs"
        } else {
            b" sec"
        });
        first = false;
    }
    if first {
        out.extend_from_slice(b" 0");
    }
    if ago {
        out.extend_from_slice(b" ago");
    }
}

fn standard(parts: &Parts, out: &mut Vec<u8>) {
    let dates = [parts.years, parts.months, parts.days];
    let all = || dates.into_iter().chain(parts.clock());
    let (negative, positive) = (all().any(|p| p < 0), all().any(|p| p > 0));
    let year_month = parts.years != 0 || parts.months != 0;
    let day_time = parts.days != 0 || !parts.clock_zero();
    let plain = !(negative && positive || year_month && day_time);
    let mut parts = *parts;
    if negative && plain {
        out.push(b'-');
        parts = parts.negated();
    }
    let sign = |negative: bool| if negative { b'-' } else { b'+' };
    if !negative && !positive {
        out.push(b'0');
    } else if !plain {
        out.push(sign(parts.years < 0 || parts.months < 0));
        number(parts.years.abs(), out);
        out.push(b'-');
        number(parts.months.abs(), out);
        out.push(b' ');
        out.push(sign(parts.days < 0));
        number(parts.days.abs(), out);
        out.push(b' ');
        out.push(sign(parts.clock_negative()));
        clock(&parts, out);
    } else if year_month {
        number(parts.years, out);
        out.push(b'-');
        number(parts.months, out);
    } else {
        if parts.days != 0 {
            number(parts.days, out);
            out.push(b' ');
        }
        clock(&parts, out);
    }
}

/// `h:mm:ss` without a sign.
fn clock(parts: &Parts, out: &mut Vec<u8>) {
    number(parts.hours.abs(), out);
    out.push(b':');
    two(parts.minutes.abs(), out);
    out.push(b':');
    seconds(parts, true, out);
}

fn iso(parts: &Parts, out: &mut Vec<u8>) {
    let dated = [
        (parts.years, b'Y'),
        (parts.months, b'M'),
        (parts.days, b'D'),
    ];
    if parts.clock_zero() && dated.iter().all(|(value, _)| *value == 0) {
        return out.extend_from_slice(b"PT0S");
    }
    let put = |value: i64, unit: u8, out: &mut Vec<u8>| {
        if value != 0 {
            number(value, out);
            out.push(unit);
        }
    };
    out.push(b'P');
    for (value, unit) in dated {
        put(value, unit, out);
    }
    if !parts.clock_zero() {
        out.push(b'T');
        put(parts.hours, b'H', out);
        put(parts.minutes, b'M', out);
        if parts.seconds != 0 || parts.micros != 0 {
            if parts.seconds < 0 || parts.micros < 0 {
                out.push(b'-');
            }
            seconds(parts, false, out);
            out.push(b'S');
        }
    }
}
