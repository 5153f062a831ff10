//! Exact arithmetic and rounding, with the scales PostgreSQL gives results.

use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::Zero;

use super::integer::{Int, divide_rounding, power, small_power};
use super::{Decimal, MAX_RESULT_SCALE, MAX_SCALE, MIN_SIGNIFICANT, Numeric};
use crate::pg::{Fault, SqlState};

impl Numeric {
    /// `self + other`.
    pub fn add(&self, other: &Self) -> Result<Self, Fault> {
        match (self, other) {
            (Self::Finite(a), Self::Finite(b)) => {
                let (x, y, scale) = aligned(a, b);
                Self::finite(x.plus(&y), scale)
            }
            (Self::NaN, _)
            | (_, Self::NaN)
            | (Self::Infinity, Self::NegativeInfinity)
            | (Self::NegativeInfinity, Self::Infinity) => Ok(Self::NaN),
            (Self::Finite(_), special) | (special, _) => Ok(special.clone()),
        }
    }

    /// `self - other`.
    pub fn sub(&self, other: &Self) -> Result<Self, Fault> {
        match (self, other) {
            (Self::Finite(a), Self::Finite(b)) => {
                let (x, y, scale) = aligned(a, b);
                Self::finite(x.minus(&y), scale)
            }
            _ => self.add(&other.neg()),
        }
    }

    /// `self * other`.
    pub fn mul(&self, other: &Self) -> Result<Self, Fault> {
        match (self, other) {
            (Self::Finite(a), Self::Finite(b)) => {
                let product = a.unscaled.times(&b.unscaled);
                let scale = a.scale + b.scale;
                if scale <= MAX_SCALE {
                    Self::finite(product, scale)
                } else {
                    Self::finite(product.scaled_down(u32::from(scale - MAX_SCALE)), MAX_SCALE)
                }
            }
            (Self::NaN, _) | (_, Self::NaN) => Ok(Self::NaN),
            _ if self.zero() || other.zero() => Ok(Self::NaN),
            _ => Ok(infinity(self.negative() != other.negative())),
        }
    }

    /// `self / other`, to at least 16 significant digits.
    pub fn div(&self, other: &Self) -> Result<Self, Fault> {
        match (self, other) {
            (Self::NaN, _) | (_, Self::NaN) => Ok(Self::NaN),
            (_, Self::Finite(b)) if b.unscaled.zero() => Err(division_by_zero()),
            (Self::Finite(a), Self::Finite(b)) => {
                let scale = division_scale(a, b);
                Self::finite(quotient(a, b, scale), scale)
            }
            (Self::Finite(_), _) => Ok(Self::ZERO),
            (_, Self::Finite(_)) => Ok(infinity(self.negative() != other.negative())),
            _ => Ok(Self::NaN),
        }
    }

    /// `div(self, other)`: the quotient cut to a whole number.
    pub fn div_trunc(&self, other: &Self) -> Result<Self, Fault> {
        match (self, other) {
            (Self::Finite(a), Self::Finite(b)) if !b.unscaled.zero() => {
                let (x, y, _) = aligned(a, b);
                Self::finite(Int::from(x.big() / y.big()), 0)
            }
            _ => self.div(other),
        }
    }

    /// `self % other`: the sign is the dividend's.
    pub fn rem(&self, other: &Self) -> Result<Self, Fault> {
        match (self, other) {
            (Self::NaN, _) | (_, Self::NaN) => Ok(Self::NaN),
            (_, Self::Finite(b)) if b.unscaled.zero() => Err(division_by_zero()),
            (Self::Finite(a), Self::Finite(b)) => {
                let (x, y, scale) = aligned(a, b);
                let rest = match (x.small(), y.small()) {
                    (Some(x), Some(y)) => Int::Small(x.checked_rem(y).unwrap_or(0)),
                    _ => Int::from(x.big() % y.big()),
                };
                Self::finite(rest, scale)
            }
            (Self::Finite(_), _) => Ok(self.clone()),
            _ => Ok(Self::NaN),
        }
    }

    /// `-self`.
    #[must_use]
    pub fn neg(&self) -> Self {
        match self {
            Self::NaN => Self::NaN,
            Self::Infinity => Self::NegativeInfinity,
            Self::NegativeInfinity => Self::Infinity,
            Self::Finite(value) => Self::Finite(Decimal {
                unscaled: value.unscaled.negated(),
                scale: value.scale,
            }),
        }
    }

    /// The absolute value.
    #[must_use]
    pub fn abs(&self) -> Self {
        if self.negative() {
            self.neg()
        } else {
            self.clone()
        }
    }

    /// -1, 0 or 1; NaN for NaN.
    #[must_use]
    pub fn sign(&self) -> Self {
        match self {
            Self::NaN => Self::NaN,
            _ if self.zero() => Self::ZERO,
            _ if self.negative() => Self::ONE.neg(),
            _ => Self::ONE,
        }
    }

    /// Rounds to `places` decimals (negative: tens), halves away from zero.
    pub fn round(&self, places: i32) -> Result<Self, Fault> {
        self.to_places(places, Int::scaled_down)
    }

    /// Cuts to `places` decimals (negative: tens).
    pub fn trunc(&self, places: i32) -> Result<Self, Fault> {
        self.to_places(places, Int::truncated)
    }

    fn to_places(&self, places: i32, drop: fn(&Int, u32) -> Int) -> Result<Self, Fault> {
        let Self::Finite(value) = self else {
            return Ok(self.clone());
        };
        // One place more than there can be digits leaves nothing.
        let places = places.clamp(-131_073, i32::from(MAX_SCALE));
        let scale = u16::try_from(places.max(0)).unwrap_or(0);
        let change = places - i32::from(value.scale);
        let step = change.unsigned_abs();
        let unscaled = if change >= 0 {
            value.unscaled.scaled_up(step)
        } else {
            drop(&value.unscaled, step).scaled_up(places.min(0).unsigned_abs())
        };
        Self::finite(unscaled, scale)
    }

    /// The least whole number not below.
    pub fn ceil(&self) -> Result<Self, Fault> {
        let cut = self.trunc(0)?;
        if cut < *self {
            cut.add(&Self::ONE)
        } else {
            Ok(cut)
        }
    }

    /// The greatest whole number not above.
    pub fn floor(&self) -> Result<Self, Fault> {
        let cut = self.trunc(0)?;
        if cut > *self {
            cut.sub(&Self::ONE)
        } else {
            Ok(cut)
        }
    }

    /// The value without zeros at its end (`trim_scale`).
    #[must_use]
    pub fn trim_scale(&self) -> Self {
        let wanted = i32::try_from(self.min_scale().unwrap_or(0)).unwrap_or(0);
        self.round(wanted).unwrap_or_else(|_| self.clone())
    }

    /// The least scale that shows the value exactly; `None` for NaN and infinities.
    pub fn min_scale(&self) -> Option<u32> {
        let Self::Finite(value) = self else {
            return None;
        };
        if value.unscaled.zero() {
            return Some(0);
        }
        let text = value.unscaled.digit_text();
        let zeros = text.len() - text.trim_end_matches('0').len();
        Some(u32::from(value.scale).saturating_sub(u32::try_from(zeros).unwrap_or(0)))
    }

    /// The greatest common divisor, at the larger scale.
    pub fn gcd(&self, other: &Self) -> Result<Self, Fault> {
        match (self, other) {
            (Self::Finite(a), Self::Finite(b)) => {
                let (x, y, scale) = aligned(a, b);
                Self::finite(Int::from(greatest_divisor(&x.big(), &y.big())), scale)
            }
            _ => Ok(Self::NaN),
        }
    }

    /// The least common multiple, at the larger scale.
    pub fn lcm(&self, other: &Self) -> Result<Self, Fault> {
        match (self, other) {
            (Self::Finite(a), Self::Finite(b)) => {
                let (x, y, scale) = aligned(a, b);
                let (x, y) = (x.big(), y.big());
                let divisor = greatest_divisor(&x, &y);
                if divisor.is_zero() {
                    return Self::finite(Int::Small(0), scale);
                }
                let multiple = BigInt::from((x / divisor * y).magnitude().clone());
                Self::finite(Int::from(multiple), scale)
            }
            _ => Ok(Self::NaN),
        }
    }

    /// The sum over a divisor count as `avg` gives it.
    pub fn div_count(&self, count: i64) -> Result<Self, Fault> {
        self.div(&Self::from(count))
    }
}

/// The greatest common divisor; the larger number is reduced first, as the library's way takes a
/// step for every bit in which the two differ.
fn greatest_divisor(a: &BigInt, b: &BigInt) -> BigInt {
    let (large, small) = if a.magnitude() < b.magnitude() {
        (b, a)
    } else {
        (a, b)
    };
    if small.is_zero() {
        return BigInt::from(large.magnitude().clone());
    }
    small.gcd(&(large % small))
}

/// Both unscaled integers at the larger scale.
fn aligned(a: &Decimal, b: &Decimal) -> (Int, Int, u16) {
    let scale = a.scale.max(b.scale);
    (
        a.unscaled.scaled_up(u32::from(scale - a.scale)),
        b.unscaled.scaled_up(u32::from(scale - b.scale)),
        scale,
    )
}

fn infinity(negative: bool) -> Numeric {
    if negative {
        Numeric::NegativeInfinity
    } else {
        Numeric::Infinity
    }
}

/// The scale of a quotient: 16 significant digits counted in PostgreSQL's base-10000 digits.
fn division_scale(a: &Decimal, b: &Decimal) -> u16 {
    let (weight_a, first_a) = a.leading_group();
    let (weight_b, first_b) = b.leading_group();
    let weight = weight_a - weight_b - i64::from(first_a <= first_b);
    let scale = (MIN_SIGNIFICANT - weight * 4)
        .max(i64::from(a.scale))
        .max(i64::from(b.scale))
        .clamp(0, MAX_RESULT_SCALE);
    u16::try_from(scale).unwrap_or(0)
}

/// `a / b` at `scale` decimals, halves away from zero; `b` is not zero.
pub(super) fn quotient(a: &Decimal, b: &Decimal, scale: u16) -> Int {
    let shift = i64::from(scale) + i64::from(b.scale) - i64::from(a.scale);
    let step = u32::try_from(shift.unsigned_abs()).unwrap_or(0);
    if shift >= 0
        && let (Some(x), Some(y), Some(factor)) =
            (a.unscaled.small(), b.unscaled.small(), small_power(step))
        && let Some(dividend) = x.checked_mul(factor)
        && let (Some(whole), Some(rest)) = (dividend.checked_div(y), dividend.checked_rem(y))
    {
        let up = rest.unsigned_abs() >= y.unsigned_abs().div_ceil(2);
        return Int::Small(if !up {
            whole
        } else if (dividend < 0) == (y < 0) {
            whole + 1
        } else {
            whole - 1
        });
    }
    let (dividend, divisor): (BigInt, BigInt) = if shift >= 0 {
        (a.unscaled.big() * power(step), b.unscaled.big())
    } else {
        (a.unscaled.big(), b.unscaled.big() * power(step))
    };
    Int::from(divide_rounding(&dividend, &divisor))
}

/// The error of every division by zero.
pub(crate) fn division_by_zero() -> Fault {
    Fault::new(SqlState::DIVISION_BY_ZERO, "division by zero")
}
