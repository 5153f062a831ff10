//! The bytes of a numeric: as stored, as a sort key, and as PostgreSQL's binary format.

use num_bigint::BigInt;

use super::integer::Int;
use super::{Decimal, MAX_SCALE, Numeric};
use crate::pg::{Fault, SqlState};

const SCALE_MASK: u16 = 0x3fff;
const FINITE: u16 = 0x0000;
const INFINITY: u16 = 0x4000;
const NEGATIVE_INFINITY: u16 = 0x8000;
const NAN: u16 = 0xc000;

/// First byte of a sort key: what kind of value it is.
mod class {
    pub(super) const NEGATIVE_INFINITY: u8 = 1;
    pub(super) const NEGATIVE: u8 = 2;
    pub(super) const ZERO: u8 = 3;
    pub(super) const POSITIVE: u8 = 4;
    pub(super) const INFINITY: u8 = 5;
    pub(super) const NAN: u8 = 6;
}

impl Numeric {
    /// Appends the stored form.
    pub fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::NaN => out.extend_from_slice(&NAN.to_le_bytes()),
            Self::Infinity => out.extend_from_slice(&INFINITY.to_le_bytes()),
            Self::NegativeInfinity => out.extend_from_slice(&NEGATIVE_INFINITY.to_le_bytes()),
            Self::Finite(value) => {
                out.extend_from_slice(&value.scale.to_le_bytes());
                match &value.unscaled {
                    Int::Small(0) => {}
                    Int::Small(small) => {
                        let bytes = small.to_le_bytes();
                        let fill = if *small < 0 { 0xff } else { 0 };
                        let mut length = bytes.len();
                        // The last byte kept must carry the sign.
                        while length > 1
                            && bytes.get(length - 1) == Some(&fill)
                            && bytes
                                .get(length - 2)
                                .is_some_and(|b| b & 0x80 == fill & 0x80)
                        {
                            length -= 1;
                        }
                        out.extend_from_slice(bytes.get(..length).unwrap_or(&bytes));
                    }
                    Int::Big(big) => out.extend_from_slice(&big.to_signed_bytes_le()),
                }
            }
        }
    }

    /// The stored form.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(18);
        self.encode(&mut out);
        out
    }

    /// Reads the stored form; bytes that are none give XX001.
    pub fn decode(bytes: &[u8]) -> Result<Self, Fault> {
        let Some((head, body)) = bytes.split_first_chunk::<2>() else {
            return Err(corrupted());
        };
        let head = u16::from_le_bytes(*head);
        match head & !SCALE_MASK {
            NAN => Ok(Self::NaN),
            INFINITY => Ok(Self::Infinity),
            NEGATIVE_INFINITY => Ok(Self::NegativeInfinity),
            _ => {
                let unscaled = if body.len() <= 16 {
                    let negative = body.last().is_some_and(|b| b & 0x80 != 0);
                    let mut all = [if negative { 0xff } else { 0 }; 16];
                    for (to, from) in all.iter_mut().zip(body) {
                        *to = *from;
                    }
                    Int::Small(i128::from_le_bytes(all))
                } else {
                    Int::from(BigInt::from_signed_bytes_le(body))
                };
                Ok(Self::Finite(Decimal {
                    unscaled,
                    scale: head & SCALE_MASK,
                }))
            }
        }
    }

    /// Appends bytes that compare as the values do; equal values give equal bytes, and no key is
    /// the beginning of another.
    ///
    /// A class byte; for finite values the decimal exponent and then two digits per byte, all
    /// complemented below zero.
    pub fn sort_key(&self, out: &mut Vec<u8>) {
        let value = match self {
            Self::NaN => return out.push(class::NAN),
            Self::Infinity => return out.push(class::INFINITY),
            Self::NegativeInfinity => return out.push(class::NEGATIVE_INFINITY),
            Self::Finite(value) => value,
        };
        let Some(exponent) = value.exponent() else {
            return out.push(class::ZERO);
        };
        let negative = value.unscaled.negative();
        out.push(if negative {
            class::NEGATIVE
        } else {
            class::POSITIVE
        });
        let start = out.len();
        let biased = u32::try_from(exponent + (1 << 23)).unwrap_or(0);
        out.extend_from_slice(biased.to_be_bytes().get(1..).unwrap_or_default());
        let text = value.unscaled.digit_text();
        let digits = text.trim_end_matches('0').as_bytes();
        for pair in digits.chunks(2) {
            let high = pair.first().map_or(0, |b| b - b'0');
            let low = pair.get(1).map_or(0, |b| b - b'0');
            out.push(high * 10 + low + 1);
        }
        out.push(0);
        if negative {
            for byte in out.iter_mut().skip(start) {
                *byte = !*byte;
            }
        }
    }

    /// Appends PostgreSQL's binary format: digit count, weight, sign, scale, base-10000 digits.
    pub fn write_binary(&self, out: &mut Vec<u8>) {
        let (count, weight, sign, scale, digits) = match self {
            Self::NaN => (0, 0, 0xc000, 0, Vec::new()),
            Self::Infinity => (0, 0, 0xd000, 0x20, Vec::new()),
            Self::NegativeInfinity => (0, 0, 0xf000, 0x20, Vec::new()),
            Self::Finite(value) => {
                let (weight, digits) = value.groups();
                let count = u16::try_from(digits.len()).unwrap_or(u16::MAX);
                let sign = if value.unscaled.negative() { 0x4000 } else { 0 };
                (count, weight, sign, value.scale, digits)
            }
        };
        out.extend_from_slice(&count.to_be_bytes());
        out.extend_from_slice(&weight.to_be_bytes());
        out.extend_from_slice(&u16::to_be_bytes(sign));
        out.extend_from_slice(&scale.to_be_bytes());
        for digit in digits {
            out.extend_from_slice(&digit.to_be_bytes());
        }
    }

    /// Reads PostgreSQL's binary format.
    pub fn read_binary(bytes: &[u8]) -> Result<Self, Fault> {
        let mut words = bytes.chunks_exact(2).map(|pair| match pair {
            [high, low] => u16::from_be_bytes([*high, *low]),
            _ => 0,
        });
        let (Some(count), Some(weight), Some(sign), Some(scale)) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            return Err(Fault::new(
                SqlState::PROTOCOL_VIOLATION,
                "insufficient data left in message",
            ));
        };
        match sign {
            0xc000 => return Ok(Self::NaN),
            0xd000 => return Ok(Self::Infinity),
            0xf000 => return Ok(Self::NegativeInfinity),
            0x0000 | 0x4000 => {}
            _ => return Err(bad_binary("invalid sign in external \"numeric\" value")),
        }
        if scale > MAX_SCALE {
            return Err(bad_binary("invalid scale in external \"numeric\" value"));
        }
        let digits: Vec<u16> = words.collect();
        if digits.len() != usize::from(count) {
            return Err(Fault::new(
                SqlState::PROTOCOL_VIOLATION,
                "insufficient data left in message",
            ));
        }
        if digits.iter().any(|digit| *digit >= 10_000) {
            return Err(bad_binary("invalid digit in external \"numeric\" value"));
        }
        let weight = i64::from(i16::from_be_bytes(weight.to_be_bytes()));
        from_groups(&digits, weight, sign == 0x4000, scale)
    }
}

/// The value of base-10000 digits; digits beyond the scale are cut as PostgreSQL cuts them.
fn from_groups(digits: &[u16], weight: i64, negative: bool, scale: u16) -> Result<Numeric, Fault> {
    let mut magnitude = BigInt::from(0);
    for chunk in digits.chunks(4) {
        let mut part = 0_u64;
        let mut factor = 1_u64;
        for digit in chunk {
            part = part * 10_000 + u64::from(*digit);
            factor *= 10_000;
        }
        magnitude = magnitude * factor + part;
    }
    let count = i64::try_from(digits.len()).unwrap_or(0);
    // The last group stands at 10000^(weight - count + 1).
    let places = (weight - count + 1) * 4 + i64::from(scale);
    let magnitude = Int::from(magnitude);
    let step = u32::try_from(places.unsigned_abs()).unwrap_or(0);
    let magnitude = if places >= 0 {
        magnitude.scaled_up(step)
    } else {
        magnitude.truncated(step)
    };
    let unscaled = if negative {
        magnitude.negated()
    } else {
        magnitude
    };
    Numeric::finite(unscaled, scale)
}

impl Decimal {
    /// Weight of the first base-10000 digit, and the digits without zeros at either end.
    fn groups(&self) -> (i16, Vec<u16>) {
        if self.unscaled.zero() {
            return (0, Vec::new());
        }
        // Pad so that the point falls between groups.
        let pad = (4 - self.scale % 4) % 4;
        let mut text = self.unscaled.digit_text().into_bytes();
        text.extend(std::iter::repeat_n(b'0', usize::from(pad)));
        let fraction = i64::from((self.scale + pad) / 4);
        let mut groups: Vec<u16> = text
            .rchunks(4)
            .rev()
            .map(|group| {
                group
                    .iter()
                    .fold(0, |value, digit| value * 10 + u16::from(digit - b'0'))
            })
            .collect();
        let weight = i64::try_from(groups.len()).unwrap_or(0) - fraction - 1;
        let leading = groups.iter().take_while(|group| **group == 0).count();
        groups.drain(..leading);
        let weight = weight - i64::try_from(leading).unwrap_or(0);
        while groups.last() == Some(&0) {
            groups.pop();
        }
        (i16::try_from(weight).unwrap_or(i16::MAX), groups)
    }

    /// Weight and value of the leading base-10000 digit; zeros for zero.
    pub(super) fn leading_group(&self) -> (i64, i64) {
        let Some(exponent) = self.exponent() else {
            return (0, 0);
        };
        let weight = exponent.div_euclid(4);
        let wanted = exponent - weight * 4 + 1;
        let have = self.unscaled.digits();
        let lead = if have > wanted {
            self.unscaled
                .truncated(u32::try_from(have - wanted).unwrap_or(0))
        } else {
            self.unscaled
                .scaled_up(u32::try_from(wanted - have).unwrap_or(0))
        };
        let lead = lead.small().map_or(0, i128::unsigned_abs);
        (weight, i64::try_from(lead).unwrap_or(0))
    }
}

fn corrupted() -> Fault {
    Fault::new(SqlState::DATA_CORRUPTED, "stored numeric value is damaged")
}

fn bad_binary(message: &str) -> Fault {
    Fault::new(SqlState::INVALID_BINARY_REPRESENTATION, message)
}

const _: () = assert!(FINITE == 0 && MAX_SCALE == SCALE_MASK);
