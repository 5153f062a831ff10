//! `money`: hundredths in 64 bits, printed as the C locale does.

use super::broken;
use crate::pg::text::scalar::{invalid, out_of_range};
use crate::pg::{Fault, SqlState};

/// Reads an amount; digits beyond hundredths round.
pub fn read(text: &str) -> Result<i64, Fault> {
    let refuse = || invalid("money", text);
    let mut left = text.trim_start();
    left = left.strip_prefix('$').unwrap_or(left);
    let mut negative = false;
    for (mark, minus) in [('-', true), ('(', true), ('+', false)] {
        if let Some(rest) = left.strip_prefix(mark) {
            (left, negative) = (rest, minus);
            break;
        }
    }
    left = left.trim_start();
    left = left.strip_prefix('$').unwrap_or(left).trim_start();
    let (mut hundredths, mut places, mut rounded) = (0_i128, None, false);
    let end = left
        .find(|c: char| {
            if let Some(digit) = c.to_digit(10) {
                match &mut places {
                    None => hundredths = add_digit(hundredths, digit),
                    Some(2) => {
                        if !rounded {
                            hundredths += i128::from(digit >= 5);
                        }
                        rounded = true;
                    }
                    Some(count) => {
                        hundredths = add_digit(hundredths, digit);
                        *count += 1;
                    }
                }
                false
            } else if c == '.' && places.is_none() {
                places = Some(0);
                false
            } else {
                c != ','
            }
        })
        .unwrap_or(left.len());
    for _ in places.unwrap_or(0)..2 {
        hundredths = add_digit(hundredths, 0);
    }
    for c in left.get(end..).unwrap_or_default().chars() {
        match c {
            ')' | '+' | '$' => {}
            '-' => negative = true,
            c if c.is_ascii_whitespace() => {}
            _ => return Err(refuse()),
        }
    }
    i64::try_from(if negative { -hundredths } else { hundredths })
        .map_err(|_| out_of_range("money", text))
}

/// One digit more; what is far beyond 64 bits stays there.
fn add_digit(value: i128, digit: u32) -> i128 {
    (value * 10 + i128::from(digit)).min(i128::MAX / 100)
}

/// An amount as printed: `-$1,234.50`.
pub fn text(amount: i64) -> String {
    let size = amount.unsigned_abs();
    let whole = (size / 100).to_string();
    let mut out = String::from(if amount < 0 { "-$" } else { "$" });
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out.push_str(&format!(".{:02}", size % 100));
    out
}

/// The amount of a stored value.
pub fn stored(text: &str) -> Result<i64, Fault> {
    read(text).map_err(|_| broken("money"))
}

/// What a result beyond 64 bits is.
pub fn beyond() -> Fault {
    Fault::new(SqlState::NUMERIC_VALUE_OUT_OF_RANGE, "money out of range")
}
