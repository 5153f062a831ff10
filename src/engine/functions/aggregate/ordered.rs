//! Ordered-set aggregates: percentiles and the most frequent value.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Float64Array, IntervalMonthDayNanoArray, UInt32Array, new_null_array,
};
use arrow::datatypes::{Float64Type, IntervalMonthDayNanoType};

use super::gather::{Gathered, kind, present};
use super::lists::{argument, one_array};
use super::{Shape, aggregate, gathered};
use crate::engine::functions::registry::Registry;
use crate::pg::interval::Interval;
use crate::pg::key::Keys;
use crate::pg::{Fault, SqlState, array};

pub(super) fn register(registry: &mut Registry) {
    aggregate(registry, "mode(anyelement)", |k, r| {
        Ok(gathered(
            "mode",
            k,
            r,
            Shape::Argument(0),
            Arc::new(most_frequent),
        ))
    });
    aggregate(registry, "percentile_disc(float8,anyelement)", |k, r| {
        Ok(gathered(
            "percentile_disc",
            k,
            r,
            Shape::Argument(1),
            Arc::new(discrete),
        ))
    });
    aggregate(registry, "percentile_disc(_float8,anyelement)", |k, r| {
        Ok(gathered(
            "percentile_disc",
            k,
            r,
            Shape::ArrayOf(1),
            Arc::new(discrete),
        ))
    });
    for kind in ["float8", "interval"] {
        aggregate(
            registry,
            format!("percentile_cont(float8,{kind})"),
            |k, r| {
                Ok(gathered(
                    "percentile_cont",
                    k,
                    r,
                    Shape::Argument(1),
                    Arc::new(continuous),
                ))
            },
        );
        aggregate(
            registry,
            format!("percentile_cont(_float8,{kind})"),
            |k, r| {
                Ok(gathered(
                    "percentile_cont",
                    k,
                    r,
                    Shape::ArrayOf(1),
                    Arc::new(continuous),
                ))
            },
        );
    }
}

fn most_frequent(rows: &Gathered<'_>) -> Result<ArrayRef, Fault> {
    let values = present(rows, 0)?;
    let keys = Keys::new(&values, kind(rows, 0).oid)?;
    let (mut best, mut best_count) = (None, 0_usize);
    let (mut run, mut start, mut count) = (Vec::new(), 0, 0_usize);
    for row in 0..values.len() {
        let mut key = Vec::new();
        keys.write(row, &mut key)?;
        if count == 0 || key != run {
            (run, start, count) = (key, row, 0);
        }
        count += 1;
        if count > best_count {
            (best, best_count) = (Some(start), count);
        }
    }
    Ok(match best {
        Some(row) => values.slice(row, 1),
        None => new_null_array(rows.storage, 1),
    })
}

/// The fractions asked for.
struct Fractions {
    /// Each of them; `None` is NULL.
    each: Vec<Option<f64>>,
    /// The shape of the array they came in.
    array: Option<array::Shape>,
}

/// The fractions of a call; nothing when there are none to answer.
fn fractions(rows: &Gathered<'_>) -> Result<Option<Fractions>, Fault> {
    let given = argument(rows, 0)?;
    if given.is_empty() || given.is_null(0) {
        return Ok(None);
    }
    let (list, array) = match array::Arrays::of(given) {
        Some(arrays) => (arrays.value(0), Some(arrays.shape(0))),
        None => (given.slice(0, 1), None),
    };
    let floats = list
        .as_primitive_opt::<Float64Type>()
        .ok_or_else(|| Fault::internal("a fraction is stored as float8"))?;
    let checked: Result<Vec<_>, Fault> = floats
        .iter()
        .map(|fraction| match fraction {
            Some(fraction) if !(0.0..=1.0).contains(&fraction) => {
                let mut text = Vec::new();
                crate::pg::text::write_f64(fraction, 1, &mut text);
                Err(Fault::new(
                    SqlState::NUMERIC_VALUE_OUT_OF_RANGE,
                    format!(
                        "percentile value {} is not between 0 and 1",
                        String::from_utf8_lossy(&text)
                    ),
                ))
            }
            other => Ok(other),
        })
        .collect();
    Ok(Some(Fractions {
        each: checked?,
        array,
    }))
}

/// The answer to one fraction, or an array of them as the fractions are.
fn shaped(
    rows: &Gathered<'_>,
    answers: ArrayRef,
    array: Option<array::Shape>,
) -> Result<ArrayRef, Fault> {
    match array {
        Some(shape) => one_array(&answers, Some(&shape), rows.storage),
        None => Ok(answers),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "positions are between 0 and the number of rows"
)]
fn discrete(rows: &Gathered<'_>) -> Result<ArrayRef, Fault> {
    let null = || Ok(new_null_array(rows.storage, 1));
    let Some(fractions) = fractions(rows)? else {
        return null();
    };
    let values = present(rows, 1)?;
    if values.is_empty() {
        return null();
    }
    let picks: UInt32Array = fractions
        .each
        .iter()
        .map(|fraction| {
            fraction.map(|fraction| {
                let row = (values.len() as f64 * fraction).ceil().max(1.0);
                row as u32 - 1
            })
        })
        .collect();
    let answers = arrow::compute::take(&values, &picks, None)
        .map_err(|_| Fault::internal("a row is missing"))?;
    shaped(rows, answers, fractions.array)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "positions are between 0 and the number of rows"
)]
fn between(count: usize, fraction: f64) -> (usize, usize, f64) {
    let at = fraction * (count as f64 - 1.0);
    (at.floor() as usize, at.ceil() as usize, at - at.floor())
}

fn continuous(rows: &Gathered<'_>) -> Result<ArrayRef, Fault> {
    let null = || Ok(new_null_array(rows.storage, 1));
    let Some(fractions) = fractions(rows)? else {
        return null();
    };
    let values = present(rows, 1)?;
    if values.is_empty() {
        return null();
    }
    let places = fractions
        .each
        .iter()
        .map(|fraction| fraction.map(|fraction| between(values.len(), fraction)));
    let answers: ArrayRef = if let Some(floats) = values.as_primitive_opt::<Float64Type>() {
        let mixed = places.map(|place| {
            place.map(|(low, high, share)| {
                let (a, b) = (floats.value(low), floats.value(high));
                if low == high { a } else { a + share * (b - a) }
            })
        });
        Arc::new(mixed.collect::<Float64Array>())
    } else {
        let spans = values
            .as_primitive_opt::<IntervalMonthDayNanoType>()
            .ok_or_else(|| Fault::internal("an interval is stored otherwise"))?;
        let mut mixed = Vec::new();
        for place in places {
            mixed.push(match place {
                Some((low, high, share)) => {
                    let a = Interval::from_arrow(spans.value(low));
                    let b = Interval::from_arrow(spans.value(high));
                    let difference = b.checked_add(a.checked_neg()?)?;
                    Some(a.checked_add(share_of(difference, share))?.to_arrow())
                }
                None => None,
            });
        }
        Arc::new(IntervalMonthDayNanoArray::from(mixed))
    };
    shaped(rows, answers, fractions.array)
}

/// A share of an interval; parts of months become days, parts of days time.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "PostgreSQL multiplies the parts of an interval in floating point"
)]
fn share_of(span: Interval, share: f64) -> Interval {
    let months = f64::from(span.months) * share;
    let days = f64::from(span.days) * share + months.fract() * 30.0;
    let micros = span.micros as f64 * share + days.fract() * 86_400_000_000.0;
    Interval {
        months: months as i32,
        days: days as i32,
        micros: micros.round_ties_even() as i64,
    }
}
