//! Bit strings: manual 9.6.

use super::call::{Bool, Int4, Int8, Text};
use super::registry::Registry;
use super::text::{RESULT_BYTES, count, too_large};
use crate::pg::{Fault, SqlState};

/// Registers what is done with bit strings.
pub(crate) fn register(registry: &mut Registry) {
    casts(registry);
    logic(registry);
    parts(registry);
    registry.unary::<Text, i32>("length(bit)", |bits, _| count(bits.len()));
    registry.unary::<Text, i32>("bit_length(bit)", |bits, _| count(bits.len()));
    registry.unary::<Text, i32>("octet_length(bit)", |bits, _| count(bits.len().div_ceil(8)));
    registry.unary::<Text, i64>("bit_count(bit)", |bits, _| {
        count(bits.bytes().filter(|bit| *bit == b'1').count()).map(i64::from)
    });
}

/// Cut or filled up with zeros at the end.
fn sized(bits: &str, length: usize) -> String {
    format!("{:0<length$}", bits.get(..length).unwrap_or(bits))
}

/// The lowest `length` bits of a number, its sign going on to the left.
fn of_number(value: i64, width: usize, length: i32) -> Result<String, Fault> {
    let length = bounded(length)?.unwrap_or(1);
    let all = format!("{value:064b}");
    let own = all.get(64 - width..).unwrap_or_default();
    let sign = if value < 0 { "1" } else { "0" };
    Ok(match length.checked_sub(width) {
        Some(more) => sign.repeat(more) + own,
        None => own.get(width - length..).unwrap_or_default().to_owned(),
    })
}

/// A length of a modifier, `None` for none; 54000 beyond what one value may take here.
fn bounded(length: i32) -> Result<Option<usize>, Fault> {
    match usize::try_from(length) {
        Ok(length) if length > RESULT_BYTES => Err(too_large()),
        Ok(length) if length > 0 => Ok(Some(length)),
        _ => Ok(None),
    }
}

/// The number that the bits are in `width` bits.
fn to_number(bits: &str, width: usize, name: &str) -> Result<u64, Fault> {
    if bits.len() > width {
        return Err(Fault::new(
            SqlState::NUMERIC_VALUE_OUT_OF_RANGE,
            format!("{name} out of range"),
        ));
    }
    Ok(bits
        .bytes()
        .fold(0, |value, bit| value << 1 | u64::from(bit == b'1')))
}

fn casts(registry: &mut Registry) {
    registry.binary::<Int4, Int4, String>("bit(int4,int4)", |value, length, _| {
        of_number(i64::from(value), 32, length)
    });
    registry.binary::<Int8, Int4, String>("bit(int8,int4)", |value, length, _| {
        of_number(value, 64, length)
    });
    registry.unary::<Text, i32>("int4(bit)", |bits, _| {
        let value = to_number(bits, 32, "integer")?;
        Ok(u32::try_from(value).unwrap_or(0).cast_signed())
    });
    registry.unary::<Text, i64>("int8(bit)", |bits, _| {
        to_number(bits, 64, "bigint").map(u64::cast_signed)
    });
    registry.ternary::<Text, Int4, Bool, String>(
        "bit(bit,int4,bool)",
        |bits, length, explicit, _| {
            let Some(length) = bounded(length)? else {
                return Ok(bits.to_owned());
            };
            if bits.len() != length && !explicit {
                return Err(Fault::new(
                    SqlState::STRING_DATA_LENGTH_MISMATCH,
                    format!(
                        "bit string length {} does not match type bit({length})",
                        bits.len()
                    ),
                ));
            }
            Ok(sized(bits, length))
        },
    );
    registry.ternary::<Text, Int4, Bool, String>(
        "varbit(varbit,int4,bool)",
        |bits, length, explicit, _| {
            let Some(length) = bounded(length)? else {
                return Ok(bits.to_owned());
            };
            if bits.len() > length && !explicit {
                return Err(Fault::new(
                    SqlState::STRING_DATA_RIGHT_TRUNCATION,
                    format!("bit string too long for type bit varying({length})"),
                ));
            }
            Ok(bits.get(..length).unwrap_or(bits).to_owned())
        },
    );
}

fn logic(registry: &mut Registry) {
    for (name, word) in [("bitand", "AND"), ("bitor", "OR"), ("bitxor", "XOR")] {
        registry.binary::<Text, Text, String>(format!("{name}(bit,bit)"), move |a, b, _| {
            logical(word, a, b)
        });
    }
    registry.unary::<Text, String>("bitnot(bit)", |bits, _| {
        Ok(bits
            .chars()
            .map(|bit| if bit == '1' { '0' } else { '1' })
            .collect())
    });
    registry.binary::<Text, Text, String>("bitcat(varbit,varbit)", |a, b, _| Ok([a, b].concat()));
    for (name, left) in [("bitshiftleft", true), ("bitshiftright", false)] {
        registry.binary::<Text, Int4, String>(format!("{name}(bit,int4)"), move |bits, by, _| {
            let left = left == (by >= 0);
            let by = usize::try_from(by.unsigned_abs())
                .unwrap_or(usize::MAX)
                .min(bits.len());
            let zeros = "0".repeat(by);
            Ok(if left {
                [bits.get(by..).unwrap_or_default(), &zeros].concat()
            } else {
                [&zeros, bits.get(..bits.len() - by).unwrap_or_default()].concat()
            })
        });
    }
}

/// AND, OR or XOR of two bit strings.
pub(super) fn logical(word: &str, a: &str, b: &str) -> Result<String, Fault> {
    if a.len() != b.len() {
        return Err(Fault::new(
            SqlState::STRING_DATA_LENGTH_MISMATCH,
            format!("cannot {word} bit strings of different sizes"),
        ));
    }
    let pairs = a.bytes().zip(b.bytes());
    Ok(pairs
        .map(|(a, b)| {
            let (a, b) = (a == b'1', b == b'1');
            let one = match word {
                "AND" => a && b,
                "OR" => a || b,
                _ => a != b,
            };
            if one { '1' } else { '0' }
        })
        .collect())
}

fn negative() -> Fault {
    Fault::new(
        SqlState::SUBSTRING_ERROR,
        "negative substring length not allowed",
    )
}

/// The bits from the `from`th (from 1), at most `length` of them.
fn substring(bits: &str, from: i32, length: Option<i32>) -> Result<String, Fault> {
    if length.is_some_and(|length| length < 0) {
        return Err(negative());
    }
    let start = i64::from(from) - 1;
    let end = length.map_or(i64::MAX, |length| start + i64::from(length));
    let within = |at: i64| {
        usize::try_from(at.max(0))
            .unwrap_or(usize::MAX)
            .min(bits.len())
    };
    Ok(bits
        .get(within(start)..within(end).max(within(start)))
        .unwrap_or_default()
        .to_owned())
}

fn overlay(bits: &str, new: &str, from: i32, length: i32) -> Result<String, Fault> {
    if from <= 0 {
        return Err(negative());
    }
    let after = from
        .checked_add(length)
        .ok_or_else(|| Fault::new(SqlState::NUMERIC_VALUE_OUT_OF_RANGE, "integer out of range"))?;
    let before = substring(bits, 1, Some(from - 1))?;
    Ok(before + new + &substring(bits, after, None)?)
}

fn index(bits: &str, at: i32) -> Result<usize, Fault> {
    usize::try_from(at)
        .ok()
        .filter(|at| *at < bits.len())
        .ok_or_else(|| {
            Fault::new(
                SqlState::ARRAY_SUBSCRIPT_ERROR,
                format!(
                    "bit index {at} out of valid range (0..{})",
                    count(bits.len()).map_or(-1, |length| length - 1)
                ),
            )
        })
}

fn parts(registry: &mut Registry) {
    registry.binary::<Text, Int4, String>("substring(bit,int4)", |bits, from, _| {
        substring(bits, from, None)
    });
    registry.ternary::<Text, Int4, Int4, String>(
        "substring(bit,int4,int4)",
        |bits, from, length, _| substring(bits, from, Some(length)),
    );
    registry.ternary::<Text, Text, Int4, String>("overlay(bit,bit,int4)", |bits, new, from, _| {
        overlay(bits, new, from, count(new.len())?)
    });
    registry.quaternary::<Text, Text, Int4, Int4, String>(
        "overlay(bit,bit,int4,int4)",
        |bits, new, from, length, _| overlay(bits, new, from, length),
    );
    registry.binary::<Text, Text, i32>("position(bit,bit)", |bits, part, _| {
        if bits.is_empty() {
            return Ok(0);
        }
        bits.find(part).map_or(Ok(0), |at| count(at + 1))
    });
    registry.binary::<Text, Int4, i32>("get_bit(bit,int4)", |bits, at, _| {
        let at = index(bits, at)?;
        Ok(i32::from(bits.as_bytes().get(at) == Some(&b'1')))
    });
    registry.ternary::<Text, Int4, Int4, String>("set_bit(bit,int4,int4)", |bits, at, new, _| {
        let at = index(bits, at)?;
        if !matches!(new, 0 | 1) {
            return Err(Fault::new(
                SqlState::INVALID_PARAMETER_VALUE,
                "new bit must be 0 or 1",
            ));
        }
        let digit = if new == 1 { '1' } else { '0' };
        let kept = bits.chars().enumerate();
        Ok(kept
            .map(|(place, bit)| if place == at { digit } else { bit })
            .collect())
    });
}
