//! Roots, exponentials, logarithms and powers, at the scales PostgreSQL chooses.
//!
//! Values are computed in fixed point on big integers with guard digits, then rounded once.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "PostgreSQL estimates result scales in floating point; the estimates are small"
)]

use num_bigint::BigInt;
use num_traits::{One, Signed, ToPrimitive, Zero};

use super::integer::{Int, divide_rounding, power};
use super::{Decimal, MAX_RESULT_SCALE, MAX_SCALE, MIN_SIGNIFICANT, Numeric, overflow};
use crate::pg::{Fault, SqlState};

const LOG10_E: f64 = std::f64::consts::LOG10_E;
const LN_10: f64 = std::f64::consts::LN_10;
/// Digits beyond those asked for.
const GUARD: i64 = 12;

impl Numeric {
    /// The square root.
    pub fn sqrt(&self) -> Result<Self, Fault> {
        let value = match self {
            _ if self.negative() => {
                return Err(Fault::new(
                    SqlState("2201F"),
                    "cannot take square root of a negative number",
                ));
            }
            Self::Finite(value) => value,
            _ => return Ok(self.clone()),
        };
        let (weight, _) = value.leading_group();
        // The weight of the root's first decimal digit, as PostgreSQL estimates it.
        let sweight = (weight + 1) * 4 / 2 - 1;
        self.sqrt_at(result_scale(sweight, &[value.scale]))
    }

    /// The square root with `scale` decimals; of NaN and infinity itself.
    pub fn sqrt_at(&self, scale: u16) -> Result<Self, Fault> {
        let Self::Finite(value) = self else {
            return Ok(self.clone());
        };
        // One digit more than asked, so that the last one can be rounded.
        let shift = 2 * (i64::from(scale) + 1) - i64::from(value.scale);
        let radicand = shifted(&value.unscaled.big(), shift);
        let root = Int::from(radicand.sqrt()).scaled_down(1);
        Self::finite(root, scale)
    }

    /// e to this power.
    pub fn exp(&self) -> Result<Self, Fault> {
        let value = match self {
            Self::NegativeInfinity => return Ok(Self::ZERO),
            Self::Finite(value) => value,
            _ => return Ok(self.clone()),
        };
        let weight = (self.to_f64_lossy() * LOG10_E).clamp(-2000.0, 2000.0) as i64;
        let scale = result_scale(weight, &[value.scale]);
        exp_at(
            &fixed(value, i64::from(scale) + 40),
            i64::from(scale) + 40,
            scale,
        )
    }

    /// The natural logarithm.
    pub fn ln(&self) -> Result<Self, Fault> {
        let Some(value) = self.logarithm_argument()? else {
            return Ok(self.clone());
        };
        let scale = result_scale(ln_weight(self), &[value.scale]);
        let digits = i64::from(scale) + GUARD;
        let unscaled = rescale(&ln_fixed(value, digits), digits, i64::from(scale));
        Self::finite(Int::from(unscaled), scale)
    }

    /// The logarithm of this number to `base`.
    pub fn log(&self, base: &Self) -> Result<Self, Fault> {
        if matches!(self, Self::NaN) || matches!(base, Self::NaN) {
            return Ok(Self::NaN);
        }
        let finite = matches!((base, self), (Self::Finite(_), Self::Finite(_)));
        for value in [base, self] {
            if !finite && value.negative() {
                value.logarithm_argument()?;
            }
        }
        let base_value = base.logarithm_argument()?;
        let value = self.logarithm_argument()?;
        let (Some(b), Some(v)) = (base_value, value) else {
            return Ok(match (base, self) {
                (Self::Infinity, Self::Infinity) => Self::NaN,
                (Self::Infinity, _) => Self::ZERO,
                _ => Self::Infinity,
            });
        };
        let scale = result_scale(ln_weight(self) - ln_weight(base), &[b.scale, v.scale]);
        let digits = i64::from(scale) + GUARD + ln_weight(base).abs() + ln_weight(self).abs();
        let divisor = ln_fixed(b, digits);
        if divisor.is_zero() {
            return Err(super::division_by_zero());
        }
        let dividend = ln_fixed(v, digits) * power(u32::from(scale));
        Self::finite(Int::from(divide_rounding(&dividend, &divisor)), scale)
    }

    /// The logarithm to base 10.
    pub fn log10(&self) -> Result<Self, Fault> {
        self.log(&Self::from(10_i32))
    }

    /// Refuses zero and below; `None` for NaN and infinity, which are their own logarithms.
    fn logarithm_argument(&self) -> Result<Option<&Decimal>, Fault> {
        let refuse = |message| {
            Err(Fault::new(
                SqlState::INVALID_ARGUMENT_FOR_LOGARITHM,
                message,
            ))
        };
        if self.zero() {
            return refuse("cannot take logarithm of zero");
        }
        if self.negative() {
            return refuse("cannot take logarithm of a negative number");
        }
        Ok(match self {
            Self::Finite(value) => Some(value),
            _ => None,
        })
    }

    /// This number to the power `exponent`.
    pub fn power(&self, exponent: &Self) -> Result<Self, Fault> {
        let (Self::Finite(base), Self::Finite(exp)) = (self, exponent) else {
            return self.special_power(exponent);
        };
        if self.zero() && exponent.negative() {
            return Err(bad_power("zero raised to a negative power is undefined"));
        }
        if exponent.integral()
            && let Ok(whole) = exponent.to_i32()
        {
            return integer_power(self, base, whole);
        }
        if self.negative() && !exponent.integral() {
            return Err(bad_power(
                "a negative number raised to a non-integer power yields a complex result",
            ));
        }
        if self.zero() {
            return Self::finite(Int::Small(0), MIN_SIGNIFICANT as u16);
        }
        let odd = exponent.integral() && !exponent.rem(&Self::from(2_i32))?.zero();
        let negative = self.negative() && odd;
        let magnitude = self.abs();
        let Self::Finite(base) = &magnitude else {
            return Err(overflow());
        };
        let result = real_power(&magnitude, base, exponent, exp)?;
        Ok(if negative { result.neg() } else { result })
    }

    fn special_power(&self, exponent: &Self) -> Result<Self, Fault> {
        match (self, exponent) {
            (Self::NaN, _) if exponent.zero() => Ok(Self::ONE),
            (_, Self::NaN) if *self == Self::ONE => Ok(Self::ONE),
            (Self::NaN, _) | (_, Self::NaN) => Ok(Self::NaN),
            (_, Self::Finite(_)) if exponent.zero() => Ok(Self::ONE),
            (Self::Finite(_), _) if *self == Self::ONE => Ok(Self::ONE),
            (Self::Finite(_), Self::NegativeInfinity) if self.zero() => {
                Err(bad_power("zero raised to a negative power is undefined"))
            }
            (Self::Finite(_), _) if self.zero() => Ok(Self::ZERO),
            (Self::NegativeInfinity, Self::Finite(_)) if !exponent.integral() => Err(bad_power(
                "a negative number raised to a non-integer power yields a complex result",
            )),
            (_, Self::Infinity | Self::NegativeInfinity) => {
                let magnitude = self.abs();
                let grows = magnitude > Self::ONE;
                if magnitude == Self::ONE {
                    Ok(Self::ONE)
                } else if grows == (*exponent == Self::Infinity) {
                    Ok(Self::Infinity)
                } else {
                    Ok(Self::ZERO)
                }
            }
            (_, Self::Finite(_)) if exponent.negative() => Ok(Self::ZERO),
            (Self::NegativeInfinity, _) => {
                let odd = !exponent.rem(&Self::from(2_i32))?.zero();
                Ok(if odd {
                    Self::NegativeInfinity
                } else {
                    Self::Infinity
                })
            }
            _ => Ok(Self::Infinity),
        }
    }

    /// `n!`
    pub fn factorial(n: i64) -> Result<Self, Fault> {
        if n < 0 {
            return Err(Fault::new(
                SqlState::NUMERIC_VALUE_OUT_OF_RANGE,
                "factorial of a negative number is undefined",
            ));
        }
        if n > 32177 {
            return Err(overflow());
        }
        let product = (2..=n).fold(BigInt::one(), |product, factor| product * factor);
        Self::finite(Int::from(product), 0)
    }
}

/// At least 16 significant digits for a result whose first digit has this weight, at least the
/// scales of the arguments, at most 1000.
fn result_scale(weight: i64, arguments: &[u16]) -> u16 {
    let shown = arguments.iter().copied().max().unwrap_or(0);
    let scale = (MIN_SIGNIFICANT - weight)
        .max(i64::from(shown))
        .clamp(0, MAX_RESULT_SCALE);
    u16::try_from(scale).unwrap_or(MAX_SCALE)
}

fn bad_power(message: &str) -> Fault {
    Fault::new(SqlState::INVALID_ARGUMENT_FOR_POWER_FUNCTION, message)
}

/// Times a power of ten, towards zero.
fn shifted(value: &BigInt, places: i64) -> BigInt {
    let factor = power(u32::try_from(places.unsigned_abs()).unwrap_or(u32::MAX));
    if places >= 0 {
        value * factor
    } else {
        value / factor
    }
}

/// From `from` to `to` decimals, halves away from zero.
fn rescale(value: &BigInt, from: i64, to: i64) -> BigInt {
    if to >= from {
        shifted(value, to - from)
    } else {
        let divisor = power(u32::try_from(from - to).unwrap_or(u32::MAX));
        divide_rounding(value, &divisor)
    }
}

fn fixed(value: &Decimal, digits: i64) -> BigInt {
    shifted(&value.unscaled.big(), digits - i64::from(value.scale))
}

/// The decimal weight of ln(value), as PostgreSQL estimates it.
fn ln_weight(value: &Numeric) -> i64 {
    let Numeric::Finite(decimal) = value else {
        return 0;
    };
    let close = *value >= Numeric::from_unscaled(9, 1) && *value <= Numeric::from_unscaled(11, 1);
    if close {
        return match value.sub(&Numeric::ONE) {
            Ok(Numeric::Finite(rest)) => rest.exponent().unwrap_or(0),
            _ => 0,
        };
    }
    // The first two base-10000 digits suffice.
    let (weight, _) = decimal.leading_group();
    let have = decimal.unscaled.digits();
    let Some(exponent) = decimal.exponent() else {
        return 0;
    };
    let wanted = (exponent - weight * 4 + 1) + 4;
    let take = wanted.min(have);
    let lead = decimal
        .unscaled
        .truncated(u32::try_from(have - take).unwrap_or(0))
        .small()
        .unwrap_or(1);
    let ln = (lead as f64).ln() + (exponent + 1 - take) as f64 * LN_10;
    ln.abs().log10() as i64
}

/// ln(value) with `digits` decimals.
fn ln_fixed(value: &Decimal, digits: i64) -> BigInt {
    let unit = power(u32::try_from(digits).unwrap_or(u32::MAX));
    let top = value.unscaled.big();
    let bottom = power(u32::from(value.scale));
    // value = m * 2^k with m near 1.
    let k = i64::try_from(top.bits()).unwrap_or(0) - i64::try_from(bottom.bits()).unwrap_or(0);
    let (top, bottom) = if k >= 0 {
        (top, bottom << k.unsigned_abs())
    } else {
        (top << k.unsigned_abs(), bottom)
    };
    // ln m = 2 atanh((m-1)/(m+1))
    let ratio = (&top - &bottom) * &unit / (&top + &bottom);
    let mut ln = atanh(&ratio, &unit) * 2;
    if k != 0 {
        let third = &unit / 3;
        ln += atanh(&third, &unit) * 2 * k;
    }
    ln
}

/// atanh of a fixed-point number well below 1.
fn atanh(x: &BigInt, unit: &BigInt) -> BigInt {
    let square = x * x / unit;
    let mut term = x.clone();
    let mut sum = x.clone();
    let mut n = 1_u32;
    loop {
        term = term * &square / unit;
        n += 2;
        let part = &term / n;
        if part.is_zero() {
            return sum;
        }
        sum += part;
    }
}

/// e^x for a fixed-point x with `digits` decimals, rounded to `scale`.
fn exp_at(x: &BigInt, digits: i64, scale: u16) -> Result<Numeric, Fault> {
    let approximate = approximate(x, digits);
    if approximate.abs() >= 6000.0 {
        return if approximate > 0.0 {
            Err(overflow())
        } else {
            Numeric::finite(Int::Small(0), scale)
        };
    }
    let weight = (approximate * LOG10_E).max(0.0) as i64;
    let halvings = 24_i64;
    let working = i64::from(scale) + weight + GUARD + 12;
    let unit = power(u32::try_from(working).unwrap_or(u32::MAX));
    let reduced = rescale(x, digits, working) >> 24_u32;
    let mut term = unit.clone();
    let mut sum = unit.clone();
    let mut n = 0_u32;
    loop {
        n += 1;
        term = term * &reduced / &unit / n;
        if term.is_zero() {
            break;
        }
        sum += &term;
    }
    for _ in 0..halvings {
        sum = &sum * &sum / &unit;
    }
    let unscaled = rescale(&sum, working, i64::from(scale));
    Numeric::finite(Int::from(unscaled), scale)
}

/// The fixed-point number as a float.
fn approximate(x: &BigInt, digits: i64) -> f64 {
    rescale(x, digits, 15).to_f64().unwrap_or(f64::INFINITY) / 1e15
}

fn integer_power(base: &Numeric, value: &Decimal, exponent: i32) -> Result<Numeric, Fault> {
    let weight = value.exponent().map_or(0.0, |first| {
        let have = value.unscaled.digits();
        let take = have.min(17);
        let lead = value
            .unscaled
            .truncated(u32::try_from(have - take).unwrap_or(0))
            .small()
            .map_or(1, i128::unsigned_abs);
        f64::from(exponent) * ((lead as f64).log10() + (first + 1 - take) as f64)
    });
    if weight > 131_072.0 {
        return Err(overflow());
    }
    // Whole powers show 16 decimals whatever their size.
    let scale = result_scale(0, &[value.scale]);
    if weight + 1.0 < -f64::from(scale) {
        return Numeric::finite(Int::Small(0), scale);
    }
    match exponent {
        0 => return Numeric::ONE.round(i32::from(scale)),
        1 => return base.round(i32::from(scale)),
        _ => {}
    }
    let times = exponent.unsigned_abs();
    // Exact while that stays affordable; beyond, only the digits that can matter are kept.
    let budget = i64::from(scale) + weight.abs() as i64 + GUARD + 20;
    let (digits, places) = truncated_power(value, times, budget);
    let unscaled = if exponent > 0 {
        rescale(&digits, places, i64::from(scale))
    } else {
        let shift = i64::from(scale) + places;
        if shift >= 0 {
            divide_rounding(&power(u32::try_from(shift).unwrap_or(u32::MAX)), &digits)
        } else {
            BigInt::zero()
        }
    };
    Numeric::finite(Int::from(unscaled), scale)
}

/// `value^times` as digits and decimals, keeping about `budget` significant digits.
fn truncated_power(value: &Decimal, times: u32, budget: i64) -> (BigInt, i64) {
    let cut = |digits: BigInt, places: i64| {
        let extra = Int::from(digits.abs()).digits() - 2 * budget;
        if extra > 0 {
            (shifted(&digits, -extra), places - extra)
        } else {
            (digits, places)
        }
    };
    let (mut square, mut square_places) = (value.unscaled.big(), i64::from(value.scale));
    let (mut product, mut places) = (BigInt::one(), 0_i64);
    let mut rest = times;
    while rest > 0 {
        if rest & 1 == 1 {
            (product, places) = cut(product * &square, places + square_places);
        }
        rest >>= 1;
        if rest > 0 {
            (square, square_places) = cut(&square * &square, square_places * 2);
        }
    }
    (product, places)
}

fn real_power(
    magnitude: &Numeric,
    base: &Decimal,
    exponent: &Numeric,
    exp: &Decimal,
) -> Result<Numeric, Fault> {
    let rough = i64::from(exp.scale) + 30 + exp.exponent().unwrap_or(0).max(0);
    let ln = ln_fixed(base, rough);
    let product = &ln * exp.unscaled.big();
    let estimate = approximate(&product, rough + i64::from(exp.scale));
    if estimate.abs() > 6020.0 {
        return if estimate > 0.0 {
            Err(overflow())
        } else {
            Numeric::finite(Int::Small(0), MAX_RESULT_SCALE as u16)
        };
    }
    let weight = (estimate * LOG10_E) as i64;
    let scale = result_scale(weight, &[magnitude.scale(), exponent.scale()]);
    let digits = i64::from(scale) + weight.abs() + exp.exponent().unwrap_or(0).max(0) + GUARD + 20;
    let product = ln_fixed(base, digits) * exp.unscaled.big();
    exp_at(&product, digits + i64::from(exp.scale), scale)
}
