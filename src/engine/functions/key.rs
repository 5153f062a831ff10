//! Comparable keys: bytes that compare, group and join as PostgreSQL compares the values.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BinaryViewBuilder};
use arrow::datatypes::{DataType, Float32Type, Float64Type, IntervalMonthDayNanoType};
use datafusion::logical_expr::{ScalarUDF, Volatility};

use super::{Call, PgFunction};
use crate::ident::Oid;
use crate::pg::interval::Interval;
use crate::pg::numeric::Numeric;
use crate::pg::text::split_timetz;
use crate::pg::{Fault, Type, types};

/// The function that makes the key of a value; `None` for types whose storage compares rightly.
pub(crate) fn sort_key(kind: Type) -> Option<ScalarUDF> {
    let keyed = matches!(
        kind.oid,
        types::NUMERIC
            | types::INTERVAL
            | types::TIMETZ
            | types::BPCHAR
            | types::JSONB
            | types::FLOAT4
            | types::FLOAT8
    );
    keyed.then(|| {
        let kernel = Arc::new(move |call: &Call<'_>| keys(kind.oid, &call.spread(0)?));
        PgFunction::wrap(
            Oid::INVALID,
            "sort_key",
            Volatility::Immutable,
            vec![kind],
            Type::plain(types::BYTEA),
            storage(kind.oid),
            kernel,
        )
    })
}

/// Floats keep their storage: only -0 and the NaNs are folded.
fn storage(kind: Oid) -> DataType {
    match kind {
        types::FLOAT4 => DataType::Float32,
        types::FLOAT8 => DataType::Float64,
        types::BPCHAR => DataType::Utf8View,
        _ => DataType::BinaryView,
    }
}

fn keys(kind: Oid, values: &ArrayRef) -> Result<ArrayRef, Fault> {
    let mismatch = || Fault::internal("a key of a value stored otherwise");
    match kind {
        types::FLOAT4 => {
            let values = values
                .as_primitive_opt::<Float32Type>()
                .ok_or_else(mismatch)?;
            Ok(Arc::new(values.unary::<_, Float32Type>(|value| {
                if value.is_nan() {
                    f32::NAN
                } else {
                    value + 0.0
                }
            })))
        }
        types::FLOAT8 => {
            let values = values
                .as_primitive_opt::<Float64Type>()
                .ok_or_else(mismatch)?;
            Ok(Arc::new(values.unary::<_, Float64Type>(|value| {
                if value.is_nan() {
                    f64::NAN
                } else {
                    value + 0.0
                }
            })))
        }
        types::BPCHAR => {
            let values = values.as_string_view_opt().ok_or_else(mismatch)?;
            let trimmed: arrow::array::StringViewArray = values
                .iter()
                .map(|value| value.map(|value| value.trim_end_matches(' ')))
                .collect();
            Ok(Arc::new(trimmed))
        }
        types::NUMERIC => {
            let values = values.as_binary_view_opt().ok_or_else(mismatch)?;
            built(
                values.len(),
                |row| values.is_valid(row),
                |row, out| {
                    Numeric::decode(values.value(row))?.sort_key(out);
                    Ok(())
                },
            )
        }
        types::INTERVAL => {
            let values = values
                .as_primitive_opt::<IntervalMonthDayNanoType>()
                .ok_or_else(mismatch)?;
            built(
                values.len(),
                |row| values.is_valid(row),
                |row, out| {
                    Interval::from_arrow(values.value(row)).sort_key(out);
                    Ok(())
                },
            )
        }
        types::TIMETZ => {
            let values = values.as_fixed_size_binary_opt().ok_or_else(mismatch)?;
            built(
                values.len(),
                |row| values.is_valid(row),
                |row, out| {
                    let (micros, west) = split_timetz(values.value(row))?;
                    // By the moment in UTC, then by the zone.
                    let moment = micros + i64::from(west) * 1_000_000;
                    out.extend_from_slice(&(moment ^ i64::MIN).to_be_bytes());
                    out.extend_from_slice(&(west ^ i32::MIN).to_be_bytes());
                    Ok(())
                },
            )
        }
        _ => {
            let values = values.as_string_view_opt().ok_or_else(mismatch)?;
            built(
                values.len(),
                |row| values.is_valid(row),
                |row, out| crate::pg::json::sort_key(values.value(row), out),
            )
        }
    }
}

fn built(
    rows: usize,
    valid: impl Fn(usize) -> bool,
    write: impl Fn(usize, &mut Vec<u8>) -> Result<(), Fault>,
) -> Result<ArrayRef, Fault> {
    let mut builder = BinaryViewBuilder::with_capacity(rows);
    let mut key = Vec::new();
    for row in 0..rows {
        if valid(row) {
            key.clear();
            write(row, &mut key)?;
            builder.append_value(&key);
        } else {
            builder.append_null();
        }
    }
    Ok(Arc::new(builder.finish()))
}
