//! Numerics from and to text, integers, floats and type modifiers.

use std::fmt::Write;

use num_bigint::BigInt;
use num_traits::Num;

use super::integer::{Int, small_power};
use super::{Decimal, MAX_SCALE, Numeric, overflow};
use crate::pg::{Fault, SqlState};

impl Numeric {
    /// Reads PostgreSQL's input syntax.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let trimmed = text.trim_matches(|c: char| c.is_ascii_whitespace() || c == '\x0b');
        match trimmed.as_bytes() {
            [] => Err(invalid(text)),
            [b'0'..=b'9' | b'.', ..] | [b'+' | b'-', b'0'..=b'9' | b'.', ..] => {
                finite(trimmed, text)
            }
            _ => special(trimmed).ok_or_else(|| invalid(text)),
        }
    }

    /// Appends PostgreSQL's output.
    pub fn write(&self, out: &mut String) {
        match self {
            Self::NaN => out.push_str("NaN"),
            Self::Infinity => out.push_str("Infinity"),
            Self::NegativeInfinity => out.push_str("-Infinity"),
            Self::Finite(value) => value.write(out),
        }
    }

    /// A float by its shortest 15 significant digits, as PostgreSQL converts.
    pub fn from_f64(value: f64) -> Self {
        Self::from_float(value, 14)
    }

    /// A `float4` by its 6 significant digits.
    pub fn from_f32(value: f32) -> Self {
        Self::from_float(f64::from(value), 5)
    }

    fn from_float(value: f64, decimals: usize) -> Self {
        if value.is_nan() {
            return Self::NaN;
        }
        if value.is_infinite() {
            return if value < 0.0 {
                Self::NegativeInfinity
            } else {
                Self::Infinity
            };
        }
        let mut text = String::with_capacity(32);
        if write!(text, "{value:.decimals$e}").is_err() {
            return Self::NaN;
        }
        // `d.ddde±x`: drop the zeros that %g would not print, then read it back.
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let mantissa = mantissa.trim_end_matches('0');
        let exponent: i64 = exponent.parse().unwrap_or(0);
        assemble(mantissa, exponent).unwrap_or(Self::NaN)
    }

    /// The nearest float; too large is 22003.
    pub fn to_f64(&self) -> Result<f64, Fault> {
        match self {
            Self::NaN => Ok(f64::NAN),
            Self::Infinity => Ok(f64::INFINITY),
            Self::NegativeInfinity => Ok(f64::NEG_INFINITY),
            Self::Finite(value) => {
                if let Some(fast) = value.exact_f64() {
                    return Ok(fast);
                }
                let text = self.to_string();
                let float: f64 = text.parse().map_err(|_| overflow())?;
                if float.is_infinite() || (float == 0.0 && !self.zero()) {
                    return Err(Fault::new(
                        SqlState::NUMERIC_VALUE_OUT_OF_RANGE,
                        format!("\"{text}\" is out of range for type double precision"),
                    ));
                }
                Ok(float)
            }
        }
    }

    /// The nearest `float4`; too large is 22003.
    pub fn to_f32(&self) -> Result<f32, Fault> {
        match self {
            Self::NaN => Ok(f32::NAN),
            Self::Infinity => Ok(f32::INFINITY),
            Self::NegativeInfinity => Ok(f32::NEG_INFINITY),
            Self::Finite(_) => {
                let text = self.to_string();
                let float: f32 = text.parse().map_err(|_| overflow())?;
                if float.is_infinite() || (float == 0.0 && !self.zero()) {
                    return Err(Fault::new(
                        SqlState::NUMERIC_VALUE_OUT_OF_RANGE,
                        format!("\"{text}\" is out of range for type real"),
                    ));
                }
                Ok(float)
            }
        }
    }

    /// The float without an error: too large is infinite, too small is zero.
    pub fn to_f64_lossy(&self) -> f64 {
        match self {
            Self::Finite(value) => value
                .exact_f64()
                .unwrap_or_else(|| self.to_string().parse().unwrap_or(f64::NAN)),
            Self::NaN => f64::NAN,
            Self::Infinity => f64::INFINITY,
            Self::NegativeInfinity => f64::NEG_INFINITY,
        }
    }

    /// The nearest `int8`, halves away from zero.
    pub fn to_i64(&self) -> Result<i64, Fault> {
        self.to_integer("bigint")
    }

    /// The nearest `int4`, halves away from zero.
    pub fn to_i32(&self) -> Result<i32, Fault> {
        self.to_integer("integer")
    }

    /// The nearest `int2`, halves away from zero.
    pub fn to_i16(&self) -> Result<i16, Fault> {
        self.to_integer("smallint")
    }

    fn to_integer<T: TryFrom<i128>>(&self, name: &str) -> Result<T, Fault> {
        let out_of_range = || {
            Fault::new(
                SqlState::NUMERIC_VALUE_OUT_OF_RANGE,
                format!("{name} out of range"),
            )
        };
        match self {
            Self::NaN => Err(Fault::new(
                SqlState::FEATURE_NOT_SUPPORTED,
                format!("cannot convert NaN to {name}"),
            )),
            Self::Infinity | Self::NegativeInfinity => Err(Fault::new(
                SqlState::FEATURE_NOT_SUPPORTED,
                format!("cannot convert infinity to {name}"),
            )),
            Self::Finite(value) => value
                .unscaled
                .scaled_down(u32::from(value.scale))
                .small()
                .and_then(|whole| T::try_from(whole).ok())
                .ok_or_else(out_of_range),
        }
    }

    /// The unscaled integer at exactly `scale` decimals, if that loses nothing and fits.
    pub fn to_unscaled(&self, scale: u16) -> Option<i128> {
        let Self::Finite(value) = self else {
            return None;
        };
        if value.scale <= scale {
            value
                .unscaled
                .scaled_up(u32::from(scale - value.scale))
                .small()
        } else {
            let drop = u32::from(value.scale - scale);
            value
                .unscaled
                .multiple_of_power(drop)
                .then(|| value.unscaled.truncated(drop).small())
                .flatten()
        }
    }

    /// Applies a type modifier: rounds to the scale, and refuses what the precision cannot hold.
    pub fn with_modifier(self, modifier: i32) -> Result<Self, Fault> {
        let Some((precision, scale)) = precision_and_scale(modifier) else {
            return Ok(self);
        };
        let refuse = |detail: String| {
            Fault::new(
                SqlState::NUMERIC_VALUE_OUT_OF_RANGE,
                "numeric field overflow",
            )
            .detail(detail)
        };
        let rounded = match self {
            Self::NaN => return Ok(self),
            Self::Infinity | Self::NegativeInfinity => {
                return Err(refuse(format!(
                    "A field with precision {precision}, scale {scale} cannot hold an infinite value."
                )));
            }
            Self::Finite(_) => self.round(scale)?,
        };
        let most = precision - scale;
        let fits = match &rounded {
            Self::Finite(value) => value.exponent().is_none_or(|e| e < i64::from(most)),
            _ => true,
        };
        if fits {
            return Ok(rounded);
        }
        let bound = if most == 0 {
            String::from("1")
        } else {
            format!("10^{most}")
        };
        Err(refuse(format!(
            "A field with precision {precision}, scale {scale} must round to an absolute value less than {bound}."
        )))
    }
}

/// Precision and scale of a `numeric` type modifier.
pub fn precision_and_scale(modifier: i32) -> Option<(i32, i32)> {
    (modifier >= 4).then(|| {
        let packed = modifier - 4;
        ((packed >> 16) & 0xffff, ((packed & 0x7ff) ^ 1024) - 1024)
    })
}

macro_rules! from_integers {
    ($($native:ty),*) => {
        $(impl From<$native> for Numeric {
            fn from(value: $native) -> Self {
                Self::from_unscaled(i128::from(value), 0)
            }
        })*
    };
}

from_integers!(i16, i32, i64, u32, u64);

impl From<i128> for Numeric {
    fn from(value: i128) -> Self {
        Self::from_unscaled(value, 0)
    }
}

impl Decimal {
    /// The float when both integer and power of ten are exact floats: then one division rounds once.
    #[expect(
        clippy::cast_precision_loss,
        reason = "both operands are below 2^53 or a power of ten up to 10^22"
    )]
    fn exact_f64(&self) -> Option<f64> {
        let unscaled = self.unscaled.small()?;
        if unscaled.unsigned_abs() > 1 << 53 || self.scale > 22 {
            return None;
        }
        let divisor = small_power(u32::from(self.scale))?;
        Some(unscaled as f64 / divisor as f64)
    }

    fn write(&self, out: &mut String) {
        if self.unscaled.negative() {
            out.push('-');
        }
        let mut buffer = itoa::Buffer::new();
        let owned;
        let digits = match &self.unscaled {
            Int::Small(value) => buffer.format(value.unsigned_abs()),
            Int::Big(_) => {
                owned = self.unscaled.digit_text();
                &owned
            }
        };
        let scale = usize::from(self.scale);
        if scale == 0 {
            out.push_str(digits);
            return;
        }
        match digits.len().checked_sub(scale) {
            Some(whole) if whole > 0 => {
                let (before, after) = digits.split_at_checked(whole).unwrap_or((digits, ""));
                out.push_str(before);
                out.push('.');
                out.push_str(after);
            }
            _ => {
                out.push_str("0.");
                out.extend(std::iter::repeat_n('0', scale - digits.len()));
                out.push_str(digits);
            }
        }
    }
}

fn special(text: &str) -> Option<Numeric> {
    let (negative, word) = match text.as_bytes().first() {
        Some(b'-') => (true, text.get(1..)?),
        Some(b'+') => (false, text.get(1..)?),
        _ => (false, text),
    };
    if word.eq_ignore_ascii_case("infinity") || word.eq_ignore_ascii_case("inf") {
        return Some(if negative {
            Numeric::NegativeInfinity
        } else {
            Numeric::Infinity
        });
    }
    text.eq_ignore_ascii_case("nan").then_some(Numeric::NaN)
}

/// Reads `[sign] digits [. digits] [e exponent]`; `whole` is what the error names.
fn finite(text: &str, whole: &str) -> Result<Numeric, Fault> {
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => {
            let (mantissa, rest) = text.split_at_checked(at).ok_or_else(|| invalid(whole))?;
            let exponent = rest.get(1..).unwrap_or_default();
            let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
                return Err(invalid(whole));
            }
            let value: i64 = exponent.parse().map_err(|_| overflow())?;
            if value.unsigned_abs() >= u64::from(i32::MAX.unsigned_abs() / 2) {
                return Err(overflow());
            }
            (mantissa, value)
        }
        None => (text, 0),
    };
    let digits = mantissa.strip_prefix(['+', '-']).unwrap_or(mantissa);
    let (before, after) = digits.split_once('.').unwrap_or((digits, ""));
    let numeric = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if (before.is_empty() && after.is_empty()) || !numeric(before) || !numeric(after) {
        return Err(invalid(whole));
    }
    assemble(mantissa, exponent)
}

/// The value of a checked mantissa (`-12.50`) times a power of ten.
fn assemble(mantissa: &str, exponent: i64) -> Result<Numeric, Fault> {
    let negative = mantissa.starts_with('-');
    let digits = mantissa.strip_prefix(['+', '-']).unwrap_or(mantissa);
    let (before, after) = digits.split_once('.').unwrap_or((digits, ""));
    let before = before.trim_start_matches('0');
    let shown = i64::try_from(after.len()).unwrap_or(i64::MAX) - exponent;
    let magnitude = magnitude(before, after)?;
    let whole_digits = magnitude.digits() - shown;
    if !magnitude.zero() && whole_digits > super::MAX_INTEGER_DIGITS {
        return Err(overflow());
    }
    let (magnitude, scale) = if shown < 0 {
        let up = u32::try_from(-shown).map_err(|_| overflow())?;
        (magnitude.scaled_up(up), 0)
    } else {
        match u16::try_from(shown) {
            Ok(scale) if scale <= MAX_SCALE => (magnitude, scale),
            _ => return Err(overflow()),
        }
    };
    let unscaled = if negative {
        magnitude.negated()
    } else {
        magnitude
    };
    Numeric::finite(unscaled, scale)
}

fn magnitude(before: &str, after: &str) -> Result<Int, Fault> {
    if before.len() + after.len() <= 38 {
        let value = before
            .bytes()
            .chain(after.bytes())
            .fold(0_i128, |value, digit| value * 10 + i128::from(digit - b'0'));
        return Ok(Int::Small(value));
    }
    let text = [before, after].concat();
    BigInt::from_str_radix(&text, 10)
        .map(Int::from)
        .map_err(|_| overflow())
}

fn invalid(text: &str) -> Fault {
    Fault::new(
        SqlState::INVALID_TEXT_REPRESENTATION,
        format!("invalid input syntax for type numeric: \"{text}\""),
    )
}
