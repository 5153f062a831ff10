//! `generate_series` over timestamps and over numbers.

use std::cmp::Ordering;

use super::arithmetic::{shift, shift_in};
use super::{Span, finite, zone};
use crate::engine::functions::call::{
    Bytes, Call, Column, Elements, Input, Int4, Int8, Interval, Output, Timestamp,
};
use crate::engine::functions::registry::Registry;
use crate::pg::numeric::Numeric;
use crate::pg::{Fault, SqlState};

/// The most values of one call.
const VALUES: usize = 10_000_000;

/// Registers every series.
pub(super) fn register(registry: &mut Registry) {
    integers::<Int4, i32>(registry, "int4", |n| i32::try_from(n).ok());
    integers::<Int8, i64>(registry, "int8", |n| i64::try_from(n).ok());
    registry.set("generate_series(numeric,numeric)", numerics);
    registry.set("generate_series(numeric,numeric,numeric)", numerics);
    for kind in ["timestamp", "timestamptz"] {
        registry.set(
            format!("generate_series({kind},{kind},interval)"),
            move |call| {
                let (from, to) = (call.input::<Timestamp>(0)?, call.input::<Timestamp>(1)?);
                let steps = call.input::<Interval>(2)?;
                let mut budget = VALUES;
                let rows = (0..call.rows).map(|row| {
                    let (Some(from), Some(to), Some(step)) =
                        (from.at(row), to.at(row), steps.at(row))
                    else {
                        return Ok(None);
                    };
                    moments(from, to, Span::from_arrow(step), &mut budget, |at, step| {
                        if kind == "timestamp" {
                            shift(at, step)
                        } else {
                            shift_in(at, step, zone(call.context))
                        }
                    })
                    .map(Some)
                });
                Elements::collect(rows, call.rows, call.storage)
            },
        );
    }
}

fn integers<A, R>(registry: &mut Registry, kind: &str, narrow: fn(i128) -> Option<R>)
where
    A: for<'a> Input<Value<'a>: Into<i128>> + 'static,
    R: Output + 'static,
{
    for tail in ["", ","] {
        let third = if tail.is_empty() { "" } else { kind };
        registry.set(
            format!("generate_series({kind},{kind}{tail}{third})"),
            move |call| {
                let (from, to) = (call.input::<A>(0)?, call.input::<A>(1)?);
                let steps = optional::<A>(call, 2)?;
                let mut budget = VALUES;
                let rows = (0..call.rows).map(|row| {
                    let step = match &steps {
                        Some(steps) => steps.at(row).map(Into::into),
                        None => Some(1),
                    };
                    let (Some(from), Some(to), Some(step)) = (from.at(row), to.at(row), step)
                    else {
                        return Ok(None);
                    };
                    let (mut at, to): (i128, i128) = (from.into(), to.into());
                    let mut values = Vec::new();
                    if step == 0 {
                        return Err(zero_step());
                    }
                    while (step > 0 && at <= to) || (step < 0 && at >= to) {
                        spend(&mut budget)?;
                        let Some(value) = narrow(at) else { break };
                        values.push(Some(value));
                        at += step;
                    }
                    Ok(Some(Elements(values)))
                });
                Elements::collect(rows, call.rows, call.storage)
            },
        );
    }
}

fn optional<A: Input>(call: &Call<'_>, index: usize) -> Result<Option<Column<A>>, Fault> {
    (call.values.len() > index)
        .then(|| call.input::<A>(index))
        .transpose()
}

fn numerics(call: &Call<'_>) -> Result<arrow::array::ArrayRef, Fault> {
    let (from, to) = (call.input::<Bytes>(0)?, call.input::<Bytes>(1)?);
    let steps = optional::<Bytes>(call, 2)?;
    let mut budget = VALUES;
    let rows = (0..call.rows).map(|row| {
        let (Some(from), Some(to)) = (from.at(row), to.at(row)) else {
            return Ok(None);
        };
        let step = match &steps {
            Some(steps) => match steps.at(row) {
                Some(step) => Numeric::decode(step)?,
                None => return Ok(None),
            },
            None => Numeric::ONE,
        };
        let (mut at, to) = (Numeric::decode(from)?, Numeric::decode(to)?);
        for (value, name) in [(&at, "start"), (&to, "stop"), (&step, "step size")] {
            number(value, name)?;
        }
        let direction = step.cmp(&Numeric::ZERO);
        if direction == Ordering::Equal {
            return Err(zero_step());
        }
        let mut values = Vec::new();
        while at.cmp(&to) != direction {
            spend(&mut budget)?;
            values.push(Some(at.to_bytes()));
            // Beyond the largest number there is none of the series.
            match at.add(&step) {
                Ok(next) => at = next,
                Err(_) => break,
            }
        }
        Ok(Some(Elements(values)))
    });
    Elements::collect(rows, call.rows, call.storage)
}

/// Holds the bounds and the step of a series to numbers.
fn number(value: &Numeric, name: &str) -> Result<(), Fault> {
    let what = match value {
        Numeric::Finite(_) => return Ok(()),
        Numeric::NaN => "NaN",
        _ => "infinity",
    };
    let name = if name == "step size" {
        String::from(name)
    } else {
        format!("{name} value")
    };
    Err(Fault::new(
        SqlState::INVALID_PARAMETER_VALUE,
        format!("{name} cannot be {what}"),
    ))
}

fn moments(
    from: i64,
    to: i64,
    step: Span,
    budget: &mut usize,
    next: impl Fn(i64, Span) -> Result<i64, Fault>,
) -> Result<Elements<i64>, Fault> {
    let direction = step.length().cmp(&0);
    if direction == Ordering::Equal {
        return Err(zero_step());
    }
    let (mut at, mut values) = (from, Vec::new());
    while at.cmp(&to) != direction {
        spend(budget)?;
        values.push(Some(at));
        if !finite(at) {
            // Infinity moves nowhere: such a series has no end.
            *budget = 0;
            continue;
        }
        at = next(at, step)?;
    }
    Ok(Elements(values))
}

fn spend(budget: &mut usize) -> Result<(), Fault> {
    *budget = budget.checked_sub(1).ok_or_else(|| {
        Fault::new(
            SqlState::PROGRAM_LIMIT_EXCEEDED,
            format!("generate_series() gives at most {VALUES} values"),
        )
    })?;
    Ok(())
}

fn zero_step() -> Fault {
    Fault::new(
        SqlState::INVALID_PARAMETER_VALUE,
        "step size cannot equal zero",
    )
}
