//! The unscaled integer of a decimal: an `i128` while it fits, else a big integer.

use std::cmp::Ordering;

use num_bigint::{BigInt, Sign};
use num_integer::Integer;
use num_traits::{Signed, ToPrimitive, Zero};

/// An integer of any size. `Big` is only used for values that do not fit `Small`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Int {
    Small(i128),
    Big(Box<BigInt>),
}

/// Powers of ten that fit an `i128`.
const POWERS: [i128; 39] = {
    let mut powers = [1_i128; 39];
    let mut at = 1;
    while at < 39 {
        powers[at] = powers[at - 1] * 10;
        at += 1;
    }
    powers
};

/// `10^exponent`, if it fits.
pub(super) fn small_power(exponent: u32) -> Option<i128> {
    POWERS.get(exponent as usize).copied()
}

/// `10^exponent`.
pub(super) fn power(exponent: u32) -> BigInt {
    match small_power(exponent) {
        Some(power) => BigInt::from(power),
        None => BigInt::from(10).pow(exponent),
    }
}

/// `a / b`, halves away from zero.
pub(super) fn divide_rounding(a: &BigInt, b: &BigInt) -> BigInt {
    let (quotient, remainder) = a.div_rem(b);
    if remainder.magnitude() * 2_u32 >= *b.magnitude() {
        if a.is_negative() == b.is_negative() {
            quotient + 1
        } else {
            quotient - 1
        }
    } else {
        quotient
    }
}

impl From<BigInt> for Int {
    fn from(value: BigInt) -> Self {
        match value.to_i128() {
            Some(small) => Self::Small(small),
            None => Self::Big(Box::new(value)),
        }
    }
}

impl Int {
    pub(super) fn small(&self) -> Option<i128> {
        match self {
            Self::Small(value) => Some(*value),
            Self::Big(_) => None,
        }
    }

    pub(super) fn big(&self) -> BigInt {
        match self {
            Self::Small(value) => BigInt::from(*value),
            Self::Big(value) => value.as_ref().clone(),
        }
    }

    pub(super) fn zero(&self) -> bool {
        matches!(self, Self::Small(0))
    }

    pub(super) fn negative(&self) -> bool {
        match self {
            Self::Small(value) => *value < 0,
            Self::Big(value) => value.sign() == Sign::Minus,
        }
    }

    /// How many decimal digits; 1 for zero.
    pub(super) fn digits(&self) -> i64 {
        match self {
            Self::Small(value) => i64::from(value.unsigned_abs().checked_ilog10().unwrap_or(0)) + 1,
            Self::Big(value) => big_digits(value),
        }
    }

    /// The decimal digits without a sign.
    pub(super) fn digit_text(&self) -> String {
        match self {
            Self::Small(value) => itoa::Buffer::new().format(value.unsigned_abs()).to_owned(),
            Self::Big(value) => value.magnitude().to_str_radix(10),
        }
    }

    pub(super) fn negated(&self) -> Self {
        match self {
            Self::Small(value) => match value.checked_neg() {
                Some(negated) => Self::Small(negated),
                None => Self::from(-BigInt::from(*value)),
            },
            Self::Big(value) => Self::from(-value.as_ref()),
        }
    }

    pub(super) fn plus(&self, other: &Self) -> Self {
        if let (Self::Small(a), Self::Small(b)) = (self, other)
            && let Some(sum) = a.checked_add(*b)
        {
            return Self::Small(sum);
        }
        Self::from(self.big() + other.big())
    }

    pub(super) fn minus(&self, other: &Self) -> Self {
        if let (Self::Small(a), Self::Small(b)) = (self, other)
            && let Some(difference) = a.checked_sub(*b)
        {
            return Self::Small(difference);
        }
        Self::from(self.big() - other.big())
    }

    pub(super) fn times(&self, other: &Self) -> Self {
        if let (Self::Small(a), Self::Small(b)) = (self, other)
            && let Some(product) = a.checked_mul(*b)
        {
            return Self::Small(product);
        }
        Self::from(self.big() * other.big())
    }

    /// Times `10^places`.
    pub(super) fn scaled_up(&self, places: u32) -> Self {
        if places == 0 || self.zero() {
            return self.clone();
        }
        match small_power(places) {
            Some(factor) => self.times(&Self::Small(factor)),
            None => Self::from(self.big() * power(places)),
        }
    }

    /// Divided by `10^places`, halves away from zero.
    pub(super) fn scaled_down(&self, places: u32) -> Self {
        if places == 0 {
            return self.clone();
        }
        match (self, small_power(places)) {
            (Self::Small(value), Some(divisor)) => {
                let (quotient, remainder) = (value / divisor, value % divisor);
                let up = remainder.unsigned_abs() >= divisor.unsigned_abs().div_ceil(2);
                Self::Small(quotient + if up { value.signum() } else { 0 })
            }
            (Self::Small(_), None) => Self::Small(0),
            (Self::Big(value), _) => Self::from(divide_rounding(value, &power(places))),
        }
    }

    /// Divided by `10^places`, towards zero.
    pub(super) fn truncated(&self, places: u32) -> Self {
        match (self, small_power(places)) {
            (Self::Small(value), Some(divisor)) => Self::Small(value / divisor),
            (Self::Small(_), None) => Self::Small(0),
            (Self::Big(value), _) => Self::from(value.as_ref() / power(places)),
        }
    }

    /// Whether it is a multiple of `10^places`.
    pub(super) fn multiple_of_power(&self, places: u32) -> bool {
        match (self, small_power(places)) {
            (Self::Small(value), Some(divisor)) => value % divisor == 0,
            (Self::Small(value), None) => *value == 0,
            (Self::Big(value), _) => (value.as_ref() % power(places)).is_zero(),
        }
    }
}

/// Decimal digits of a big integer, without printing it.
fn big_digits(value: &BigInt) -> i64 {
    // 10^d has 3.3219 d bits: the estimate is right or one too small.
    let bits = value.bits();
    let estimate = u32::try_from(bits.saturating_sub(1).saturating_mul(30103) / 100_000)
        .unwrap_or(u32::MAX / 2);
    let mut digits = estimate;
    let mut bound = power(estimate);
    while *value.magnitude() >= *bound.magnitude() {
        bound *= 10;
        digits += 1;
    }
    i64::from(digits)
}

impl Ord for Int {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Small(a), Self::Small(b)) => a.cmp(b),
            (Self::Big(a), Self::Big(b)) => a.cmp(b),
            (Self::Small(_), Self::Big(b)) => {
                if b.is_negative() {
                    Ordering::Greater
                } else {
                    Ordering::Less
                }
            }
            (Self::Big(_), Self::Small(_)) => other.cmp(self).reverse(),
        }
    }
}

impl PartialOrd for Int {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
