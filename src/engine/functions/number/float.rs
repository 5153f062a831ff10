//! Float arithmetic with PostgreSQL's overflow errors.

use super::super::call::{Float4, Float8, Input};
use super::super::registry::Registry;
use crate::pg::numeric::division_by_zero;
use crate::pg::{Fault, SqlState};

fn overflow() -> Fault {
    Fault::new(
        SqlState::NUMERIC_VALUE_OUT_OF_RANGE,
        "value out of range: overflow",
    )
}

fn underflow() -> Fault {
    Fault::new(
        SqlState::NUMERIC_VALUE_OUT_OF_RANGE,
        "value out of range: underflow",
    )
}

/// A result that may be infinite only when `infinite` and zero only when `zero`.
pub(super) fn checked(result: f64, infinite: bool, zero: bool) -> Result<f64, Fault> {
    if result.is_infinite() && !infinite {
        Err(overflow())
    } else if result == 0.0 && !zero {
        Err(underflow())
    } else {
        Ok(result)
    }
}

/// The same for `float4`.
pub(crate) fn checked_f32(result: f32, infinite: bool, zero: bool) -> Result<f32, Fault> {
    if result.is_infinite() && !infinite {
        Err(overflow())
    } else if result == 0.0 && !zero {
        Err(underflow())
    } else {
        Ok(result)
    }
}

/// One of the four operations.
fn operate(operation: &str, a: f64, b: f64) -> Result<f64, Fault> {
    let infinite = a.is_infinite() || b.is_infinite();
    match operation {
        "pl" => checked(a + b, infinite, true),
        "mi" => checked(a - b, infinite, true),
        "mul" => checked(a * b, infinite, a == 0.0 || b == 0.0),
        _ if b == 0.0 && !a.is_nan() => Err(division_by_zero()),
        _ => checked(a / b, a.is_infinite(), a == 0.0 || b.is_infinite()),
    }
}

fn operate_f32(operation: &str, a: f32, b: f32) -> Result<f32, Fault> {
    let infinite = a.is_infinite() || b.is_infinite();
    match operation {
        "pl" => checked_f32(a + b, infinite, true),
        "mi" => checked_f32(a - b, infinite, true),
        "mul" => checked_f32(a * b, infinite, a == 0.0 || b == 0.0),
        _ if b == 0.0 && !a.is_nan() => Err(division_by_zero()),
        _ => checked_f32(a / b, a.is_infinite(), a == 0.0 || b.is_infinite()),
    }
}

fn mixed<A, B>(registry: &mut Registry, prefix: &'static str, kinds: &'static str)
where
    A: Input + 'static,
    B: Input + 'static,
    for<'a> A::Value<'a>: Into<f64>,
    for<'a> B::Value<'a>: Into<f64>,
{
    for operation in ["pl", "mi", "mul", "div"] {
        registry.binary::<A, B, f64>(format!("{prefix}{operation}({kinds})"), move |a, b, _| {
            operate(operation, a.into(), b.into())
        });
    }
}

pub(super) fn register(registry: &mut Registry) {
    for operation in ["pl", "mi", "mul", "div"] {
        registry.binary::<Float4, Float4, f32>(
            format!("float4{operation}(float4,float4)"),
            move |a, b, _| operate_f32(operation, a, b),
        );
    }
    mixed::<Float8, Float8>(registry, "float8", "float8,float8");
    mixed::<Float4, Float8>(registry, "float48", "float4,float8");
    mixed::<Float8, Float4>(registry, "float84", "float8,float4");
    for name in ["float8abs", "abs"] {
        registry.unary::<Float8, f64>(format!("{name}(float8)"), |a, _| Ok(a.abs()));
    }
    for name in ["float4abs", "abs"] {
        registry.unary::<Float4, f32>(format!("{name}(float4)"), |a, _| Ok(a.abs()));
    }
    registry.unary::<Float8, f64>("float8um(float8)", |a, _| Ok(-a));
    registry.unary::<Float4, f32>("float4um(float4)", |a, _| Ok(-a));
    registry.unary::<Float8, f64>("float8up(float8)", |a, _| Ok(a));
    registry.unary::<Float4, f32>("float4up(float4)", |a, _| Ok(a));
}
