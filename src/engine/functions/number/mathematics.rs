//! Mathematical functions of floats, and of integers where they have their own.

use std::f64::consts::PI;

use super::super::call::{Float8, Int4, Int8};
use super::super::numbers::Value;
use super::super::registry::Registry;
use super::float::checked;
use super::out_of_range;
use crate::pg::numeric::Numeric;
use crate::pg::{Fault, SqlState};

pub(super) type Function = fn(f64) -> Result<f64, Fault>;

pub(super) fn register(registry: &mut Registry) {
    rounding(registry);
    powers(registry);
    angles(registry);
    divisors(registry);
    buckets(registry);
    registry.nullary::<f64>("pi()", |_| Ok(Some(PI)));
    registry.nullary::<f64>("random()", |_| Ok(Some(rand::random::<f64>())));
}

pub(super) fn functions(registry: &mut Registry, table: &[(&'static [&'static str], Function)]) {
    for (names, apply) in table {
        let apply = *apply;
        for name in *names {
            registry.unary::<Float8, f64>(format!("{name}(float8)"), move |x, _| apply(x));
        }
    }
}

fn rounding(registry: &mut Registry) {
    functions(
        registry,
        &[
            (&["ceil", "ceiling"], |x| Ok(x.ceil())),
            (&["floor"], |x| Ok(x.floor())),
            (&["round", "dround"], |x| Ok(x.round_ties_even())),
            (&["trunc", "dtrunc"], |x| Ok(x.trunc())),
            (&["sign"], |x| {
                Ok(if x > 0.0 {
                    1.0
                } else if x < 0.0 {
                    -1.0
                } else {
                    0.0
                })
            }),
        ],
    );
}

fn fault(state: SqlState, message: &str) -> Fault {
    Fault::new(state, message)
}

fn logarithm(x: f64, apply: fn(f64) -> f64) -> Result<f64, Fault> {
    if x == 0.0 {
        return Err(fault(
            SqlState::INVALID_ARGUMENT_FOR_LOGARITHM,
            "cannot take logarithm of zero",
        ));
    }
    if x < 0.0 {
        return Err(fault(
            SqlState::INVALID_ARGUMENT_FOR_LOGARITHM,
            "cannot take logarithm of a negative number",
        ));
    }
    checked(apply(x), x.is_infinite(), x == 1.0)
}

fn power(base: f64, exponent: f64) -> Result<f64, Fault> {
    let refuse = |message| {
        Err(fault(
            SqlState::INVALID_ARGUMENT_FOR_POWER_FUNCTION,
            message,
        ))
    };
    if base == 1.0 || exponent == 0.0 {
        return Ok(1.0);
    }
    if base.is_nan() || exponent.is_nan() {
        return Ok(f64::NAN);
    }
    if base == 0.0 && exponent < 0.0 {
        return refuse("zero raised to a negative power is undefined");
    }
    if base < 0.0 && exponent.is_finite() && exponent.fract() != 0.0 {
        return refuse("a negative number raised to a non-integer power yields a complex result");
    }
    let infinite = base.is_infinite() || exponent.is_infinite();
    checked(base.powf(exponent), infinite, infinite || base == 0.0)
}

fn powers(registry: &mut Registry) {
    functions(
        registry,
        &[
            (&["sqrt", "dsqrt"], |x| {
                if x < 0.0 {
                    return Err(fault(
                        SqlState::INVALID_ARGUMENT_FOR_POWER_FUNCTION,
                        "cannot take square root of a negative number",
                    ));
                }
                Ok(x.sqrt())
            }),
            (&["cbrt", "dcbrt"], |x| Ok(x.cbrt())),
            (&["exp", "dexp"], |x| {
                checked(x.exp(), x.is_infinite(), x == f64::NEG_INFINITY)
            }),
            (&["ln", "dlog1"], |x| logarithm(x, f64::ln)),
            (&["log", "log10", "dlog10"], |x| logarithm(x, f64::log10)),
        ],
    );
    for name in ["power", "pow", "dpow"] {
        registry
            .binary::<Float8, Float8, f64>(format!("{name}(float8,float8)"), |a, b, _| power(a, b));
    }
}

pub(super) fn unit(x: f64) -> Result<f64, Fault> {
    if (-1.0..=1.0).contains(&x) || x.is_nan() {
        Ok(x)
    } else {
        Err(fault(
            SqlState::NUMERIC_VALUE_OUT_OF_RANGE,
            "input is out of range",
        ))
    }
}

pub(super) fn finite(x: f64) -> Result<f64, Fault> {
    if x.is_infinite() {
        Err(fault(
            SqlState::NUMERIC_VALUE_OUT_OF_RANGE,
            "input is out of range",
        ))
    } else {
        Ok(x)
    }
}

fn angles(registry: &mut Registry) {
    functions(
        registry,
        &[
            (&["sin"], |x| Ok(finite(x)?.sin())),
            (&["cos"], |x| Ok(finite(x)?.cos())),
            (&["tan"], |x| Ok(finite(x)?.tan())),
            (&["cot"], |x| Ok(1.0 / finite(x)?.tan())),
            (&["asin"], |x| Ok(unit(x)?.asin())),
            (&["acos"], |x| Ok(unit(x)?.acos())),
            (&["atan"], |x| Ok(x.atan())),
            (&["sinh"], |x| Ok(x.sinh())),
            (&["cosh"], |x| Ok(x.cosh())),
            (&["tanh"], |x| Ok(x.tanh())),
            (&["asinh"], |x| Ok(x.asinh())),
            (&["acosh"], |x| {
                if x < 1.0 {
                    return Err(fault(
                        SqlState::NUMERIC_VALUE_OUT_OF_RANGE,
                        "input is out of range",
                    ));
                }
                Ok(x.acosh())
            }),
            (&["atanh"], |x| Ok(unit(x)?.atanh())),
            (&["degrees"], |x| {
                checked(x / (PI / 180.0), x.is_infinite(), x == 0.0)
            }),
            (&["radians"], |x| {
                checked(x * (PI / 180.0), x.is_infinite(), x == 0.0)
            }),
        ],
    );
    registry.binary::<Float8, Float8, f64>("atan2(float8,float8)", |y, x, _| Ok(y.atan2(x)));
}

fn divisors(registry: &mut Registry) {
    registry.binary::<Int4, Int4, i32>("gcd(int4,int4)", |a, b, _| {
        i32::try_from(gcd(i64::from(a), i64::from(b))).map_err(|_| out_of_range("integer"))
    });
    registry.binary::<Int8, Int8, i64>("gcd(int8,int8)", |a, b, _| {
        i64::try_from(gcd(a, b)).map_err(|_| out_of_range("bigint"))
    });
    registry.binary::<Int4, Int4, i32>("lcm(int4,int4)", |a, b, _| {
        lcm(i64::from(a), i64::from(b))
            .and_then(|value| i32::try_from(value).ok())
            .ok_or_else(|| out_of_range("integer"))
    });
    registry.binary::<Int8, Int8, i64>("lcm(int8,int8)", |a, b, _| {
        lcm(a, b)
            .and_then(|value| i64::try_from(value).ok())
            .ok_or_else(|| out_of_range("bigint"))
    });
}

fn gcd(a: i64, b: i64) -> u64 {
    num_integer::gcd(a.unsigned_abs(), b.unsigned_abs())
}

fn lcm(a: i64, b: i64) -> Option<u64> {
    match gcd(a, b) {
        0 => Some(0),
        divisor => (a.unsigned_abs() / divisor).checked_mul(b.unsigned_abs()),
    }
}

fn bad_bucket(message: &str) -> Fault {
    fault(
        SqlState::INVALID_ARGUMENT_FOR_WIDTH_BUCKET_FUNCTION,
        message,
    )
}

fn buckets(registry: &mut Registry) {
    const COUNT: &str = "count must be greater than zero";
    registry.quaternary::<Float8, Float8, Float8, Int4, i32>(
        "width_bucket(float8,float8,float8,int4)",
        |x, low, high, count, _| {
            if count <= 0 {
                return Err(bad_bucket(COUNT));
            }
            if x.is_nan() || low.is_nan() || high.is_nan() {
                return Err(bad_bucket(
                    "operand, lower bound, and upper bound cannot be NaN",
                ));
            }
            if low.is_infinite() || high.is_infinite() {
                return Err(bad_bucket("lower and upper bounds must be finite"));
            }
            if low == high {
                return Err(bad_bucket("lower bound cannot equal upper bound"));
            }
            bucket(x, low, high, count)
        },
    );
    registry.quaternary::<Value, Value, Value, Int4, i32>(
        "width_bucket(numeric,numeric,numeric,int4)",
        |x, low, high, count, _| {
            if count <= 0 {
                return Err(bad_bucket(COUNT));
            }
            numeric_bucket(&x?, &low?, &high?, count)
        },
    );
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the share is between 0 and the count"
)]
fn bucket(x: f64, low: f64, high: f64, count: i32) -> Result<i32, Fault> {
    let rising = low < high;
    let (before, after) = if rising {
        (x < low, x >= high)
    } else {
        (x > low, x <= high)
    };
    if before {
        return Ok(0);
    }
    if after {
        return count.checked_add(1).ok_or_else(|| out_of_range("integer"));
    }
    let share = f64::from(count) * ((x - low) / (high - low));
    Ok((share as i32).min(count - 1) + 1)
}

fn numeric_bucket(x: &Numeric, low: &Numeric, high: &Numeric, count: i32) -> Result<i32, Fault> {
    if [x, low, high].iter().any(|n| matches!(n, Numeric::NaN)) {
        return Err(bad_bucket(
            "operand, lower bound, and upper bound cannot be NaN",
        ));
    }
    if !matches!((low, high), (Numeric::Finite(_), Numeric::Finite(_))) {
        return Err(bad_bucket("lower and upper bounds must be finite"));
    }
    if low == high {
        return Err(bad_bucket("lower bound cannot equal upper bound"));
    }
    let (before, after) = if low < high {
        (x < low, x >= high)
    } else {
        (x > low, x <= high)
    };
    if before {
        return Ok(0);
    }
    if after {
        return count.checked_add(1).ok_or_else(|| out_of_range("integer"));
    }
    let share = x.sub(low)?.mul(&Numeric::from(count))?;
    let whole = share.div_trunc(&high.sub(low)?)?;
    Ok(whole.to_i32()? + 1)
}
