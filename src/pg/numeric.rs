//! `numeric`: exact decimals of any size, each with its own display scale, NaN and infinities.
//!
//! A value is an unscaled integer and a scale (`1.50` is 150 and 2). Integers that fit an `i128`
//! stay there; larger ones are big integers. Which scale a result has follows PostgreSQL's rules,
//! because a client sees it. Limits are PostgreSQL's: 131072 digits before the point, 16383 after.
//!
//! Stored form (`BinaryView`): a `u16`, little endian, whose low 14 bits are the display scale and
//! whose top two bits say what it is ([`storage`]), then the unscaled integer as minimal
//! little-endian two's complement (zero has no bytes). Equal values of different scale differ in
//! this form: comparing goes through [`Numeric::sort_key`].

mod arithmetic;
mod convert;
mod integer;
mod storage;
mod transcendental;

use std::cmp::Ordering;
use std::fmt;

pub(crate) use arithmetic::division_by_zero;
pub use convert::precision_and_scale;
use integer::Int;

use crate::pg::{Fault, SqlState};

/// The most digits after the point that a value can show.
pub const MAX_SCALE: u16 = 16383;
/// The most digits before the point.
const MAX_INTEGER_DIGITS: i64 = 131_072;
/// Scale of results whose digits do not end, at most.
const MAX_RESULT_SCALE: i64 = 1000;
/// Significant digits that a division shows at least.
const MIN_SIGNIFICANT: i64 = 16;

/// A value of type `numeric`.
#[derive(Debug, Clone)]
pub enum Numeric {
    /// Not a number; equal to itself and greater than everything.
    NaN,
    /// Less than every number.
    NegativeInfinity,
    /// Greater than every number.
    Infinity,
    /// A number.
    Finite(Decimal),
}

/// A finite number: `unscaled / 10^scale`.
#[derive(Debug, Clone)]
pub struct Decimal {
    unscaled: Int,
    scale: u16,
}

impl Decimal {
    /// Digits after the point that are shown.
    pub fn scale(&self) -> u16 {
        self.scale
    }

    /// The unscaled value, if it fits.
    pub fn unscaled(&self) -> Option<i128> {
        self.unscaled.small()
    }

    /// Decimal exponent of the leading digit; `None` for zero.
    fn exponent(&self) -> Option<i64> {
        (!self.unscaled.zero()).then(|| self.unscaled.digits() - 1 - i64::from(self.scale))
    }
}

impl Numeric {
    /// Zero without decimals.
    pub const ZERO: Self = Self::Finite(Decimal {
        unscaled: Int::Small(0),
        scale: 0,
    });
    /// One without decimals.
    pub const ONE: Self = Self::Finite(Decimal {
        unscaled: Int::Small(1),
        scale: 0,
    });

    /// A finite value within the limits, or 22003.
    fn finite(unscaled: Int, scale: u16) -> Result<Self, Fault> {
        let value = Decimal { unscaled, scale };
        if value.unscaled.small().is_none()
            && value.exponent().is_some_and(|e| e >= MAX_INTEGER_DIGITS)
        {
            return Err(overflow());
        }
        Ok(Self::Finite(value))
    }

    /// A value from its unscaled integer, as Arrow's `Decimal128` has it.
    pub fn from_unscaled(unscaled: i128, scale: u16) -> Self {
        Self::Finite(Decimal {
            unscaled: Int::Small(unscaled),
            scale,
        })
    }

    /// Whether the value is zero.
    pub fn zero(&self) -> bool {
        matches!(self, Self::Finite(value) if value.unscaled.zero())
    }

    /// Whether the value is below zero.
    pub fn negative(&self) -> bool {
        match self {
            Self::NegativeInfinity => true,
            Self::Finite(value) => value.unscaled.negative(),
            Self::NaN | Self::Infinity => false,
        }
    }

    /// Digits after the point that are shown; 0 for NaN and infinities.
    pub fn scale(&self) -> u16 {
        match self {
            Self::Finite(value) => value.scale,
            _ => 0,
        }
    }

    /// Whether the value is a whole number.
    pub fn integral(&self) -> bool {
        match self {
            Self::Finite(value) => value.unscaled.multiple_of_power(u32::from(value.scale)),
            _ => false,
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::NegativeInfinity => 0,
            Self::Finite(_) => 1,
            Self::Infinity => 2,
            Self::NaN => 3,
        }
    }
}

impl Ord for Numeric {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Finite(a), Self::Finite(b)) => {
                if a.scale == b.scale {
                    return a.unscaled.cmp(&b.unscaled);
                }
                let scale = a.scale.max(b.scale);
                a.unscaled
                    .scaled_up(u32::from(scale - a.scale))
                    .cmp(&b.unscaled.scaled_up(u32::from(scale - b.scale)))
            }
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

impl PartialOrd for Numeric {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Equality of value: `1.0` equals `1.00`, and NaN equals NaN.
impl PartialEq for Numeric {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Numeric {}

impl fmt::Display for Numeric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        self.write(&mut text);
        f.write_str(&text)
    }
}

fn overflow() -> Fault {
    Fault::new(
        SqlState::NUMERIC_VALUE_OUT_OF_RANGE,
        "value overflows numeric format",
    )
}

#[cfg(test)]
mod tests;
