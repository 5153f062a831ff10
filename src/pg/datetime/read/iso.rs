//! The short way for `YYYY-MM-DD[( |T)HH:MM[:SS[.ffffff]][zone]]` and `HH:MM[:SS[.ffffff]]`.
//!
//! Anything odd gives `None` and is read again the long way, which also words the errors.

use crate::pg::datetime::{Civil, HOUR, MINUTE, SECOND, days_in_month};

/// A time of day, with its offset if the text has one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    pub(super) micros: i64,
    /// Seconds east of UTC.
    pub(super) east: Option<i32>,
}

/// Exactly two digits, and what follows.
fn two(bytes: &[u8]) -> Option<(i64, &[u8])> {
    match bytes {
        [a @ b'0'..=b'9', b @ b'0'..=b'9', rest @ ..] => {
            Some((i64::from(a - b'0') * 10 + i64::from(b - b'0'), rest))
        }
        _ => None,
    }
}

fn after(bytes: &[u8], expected: u8) -> Option<&[u8]> {
    match bytes.split_first() {
        Some((first, rest)) if *first == expected => Some(rest),
        _ => None,
    }
}

/// Reads a date, and a time when there is one.
pub(super) fn stamp(text: &str) -> Option<(Civil, Option<Clock>)> {
    let (century, rest) = two(text.as_bytes())?;
    let (of_century, rest) = two(rest)?;
    let (month, rest) = two(after(rest, b'-')?)?;
    let (day, rest) = two(after(rest, b'-')?)?;
    let year = century * 100 + of_century;
    let valid =
        year > 0 && (1..=12).contains(&month) && (1..=days_in_month(year, month)).contains(&day);
    if !valid {
        return None;
    }
    let date = Civil { year, month, day };
    match rest {
        [] => Some((date, None)),
        [b' ' | b'T', rest @ ..] => Some((date, Some(clock(rest)?))),
        _ => None,
    }
}

/// Reads a time of day.
pub(super) fn time(text: &str) -> Option<Clock> {
    clock(text.as_bytes())
}

fn clock(bytes: &[u8]) -> Option<Clock> {
    let (hours, rest) = two(bytes)?;
    let (minutes, rest) = two(after(rest, b':')?)?;
    let (seconds, rest) = match after(rest, b':') {
        Some(rest) => two(rest)?,
        None => (0, rest),
    };
    if hours > 23 || minutes > 59 || seconds > 59 {
        return None;
    }
    let (fraction, rest) = match after(rest, b'.') {
        Some(rest) => fraction(rest)?,
        None => (0, rest),
    };
    let east = match rest {
        [] => None,
        [b'Z'] => Some(0),
        [sign @ (b'+' | b'-'), rest @ ..] => {
            let (hours, rest) = two(rest)?;
            let (minutes, rest) = match rest {
                [] => (0, rest),
                _ => two(after(rest, b':')?)?,
            };
            if !rest.is_empty() || hours > 15 || minutes > 59 {
                return None;
            }
            let seconds = i32::try_from(hours * 3600 + minutes * 60).ok()?;
            Some(if *sign == b'-' { -seconds } else { seconds })
        }
        _ => return None,
    };
    Some(Clock {
        micros: hours * HOUR + minutes * MINUTE + seconds * SECOND + fraction,
        east,
    })
}

/// Up to six digits of a fraction; more would need rounding.
fn fraction(bytes: &[u8]) -> Option<(i64, &[u8])> {
    let length = bytes.iter().take_while(|b| b.is_ascii_digit()).count();
    let (digits, rest) = bytes.split_at_checked(length)?;
    if !(1..=6).contains(&length) {
        return None;
    }
    let value = digits
        .iter()
        .fold(0, |value, digit| value * 10 + i64::from(digit - b'0'));
    let missing = u32::try_from(6 - length).ok()?;
    Some((value * 10_i64.pow(missing), rest))
}
