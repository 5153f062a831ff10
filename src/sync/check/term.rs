//! Computes the terms of checks on batches of rows, with SQL's idea of NULL.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Datum, RecordBatch, Scalar, StringArray, StringBuilder,
    UInt32Array,
};
use arrow::compute::kernels::cmp;
use arrow::compute::{and_kleene, cast, is_null, not, or_kleene, take};
use arrow::datatypes::{DataType, TimeUnit, TimestampMicrosecondType};
use arrow::error::ArrowError;

use crate::schema::{Comparison, Term};
use crate::sync::conform::json;

/// The name a column of the row that is referred to has in a batch.
pub(super) fn qualified(table: &str, column: &str) -> String {
    format!("{table}.{column}")
}

/// Rows for which a condition is true.
pub(super) fn is_true(rule: &Term, rows: &RecordBatch) -> Result<BooleanArray, ArrowError> {
    let found = condition(rule, rows)?;
    let known = found.iter().map(|one| Some(one == Some(true)));
    Ok(known.collect())
}

/// Rows that a check speaks of and that are not what it demands.
pub(super) fn failing(
    when: Option<&Term>,
    rule: &Term,
    rows: &RecordBatch,
) -> Result<BooleanArray, ArrowError> {
    let good = condition(rule, rows)?;
    let concerned = when.map(|when| condition(when, rows)).transpose()?;
    let fails = good.iter().enumerate().map(|(row, good)| {
        let concerned = concerned.as_ref();
        let concerned = concerned.is_none_or(|when| when.is_valid(row) && when.value(row));
        Some(concerned && good == Some(false))
    });
    Ok(fails.collect())
}

fn condition(rule: &Term, rows: &RecordBatch) -> Result<BooleanArray, ArrowError> {
    let found = value(rule, rows)?;
    let found = found.as_boolean_opt().cloned();
    found.ok_or_else(|| ArrowError::ComputeError("a check is no condition".to_owned()))
}

/// The values of a term, one a row.
pub(super) fn value(term: &Term, rows: &RecordBatch) -> Result<ArrayRef, ArrowError> {
    let count = rows.num_rows();
    Ok(match term {
        Term::Column { table, name } => {
            let name = match table {
                Some(table) => &qualified(table, name),
                None => name,
            };
            let column = rows.column_by_name(name);
            let missing = || ArrowError::SchemaError(format!("no column {name}"));
            Arc::clone(column.ok_or_else(missing)?)
        }
        // A number is kept as it is written until it meets a column.
        Term::Text(text) | Term::Number(text) => Arc::new(StringArray::from_iter_values(
            std::iter::repeat_n(text, count),
        )),
        Term::Lower(inner) => {
            let inner = texts(&value(inner, rows)?);
            let (mut lower, mut text) = (StringBuilder::new(), String::new());
            for one in &inner {
                text.clear();
                match one {
                    Some(one) if one.is_ascii() => text.push_str(one),
                    Some(one) => text.push_str(&one.to_lowercase()),
                    None => {}
                }
                text.make_ascii_lowercase();
                lower.append_option(one.map(|_| &text));
            }
            Arc::new(lower.finish())
        }
        Term::Concat(parts) => {
            let parts = parts.iter().map(|part| Ok(texts(&value(part, rows)?)));
            let parts: Vec<StringArray> = parts.collect::<Result<_, ArrowError>>()?;
            let (mut joined, mut text) = (StringBuilder::new(), String::new());
            for row in 0..count {
                text.clear();
                text.extend(parts.iter().map(|part| part.value(row)));
                let known = parts.iter().all(|part| part.is_valid(row));
                joined.append_option(known.then_some(&text));
            }
            Arc::new(joined.finish())
        }
        Term::Compare(how, left, right) => Arc::new(compared(*how, left, right, rows)?),
        Term::In(one, list) => {
            let mut found = BooleanArray::from(vec![false; count]);
            for other in list {
                let equal = compared(Comparison::Equal, one, other, rows)?;
                found = or_kleene(&found, &equal)?;
            }
            Arc::new(found)
        }
        Term::IsNull(inner) => Arc::new(is_null(&value(inner, rows)?)?),
        Term::Not(inner) => Arc::new(not(&condition(inner, rows)?)?),
        Term::And(left, right) => Arc::new(and_kleene(
            &condition(left, rows)?,
            &condition(right, rows)?,
        )?),
        Term::Or(left, right) => Arc::new(or_kleene(
            &condition(left, rows)?,
            &condition(right, rows)?,
        )?),
    })
}

fn compared(
    how: Comparison,
    left: &Term,
    right: &Term,
    rows: &RecordBatch,
) -> Result<BooleanArray, ArrowError> {
    let (left_one, right_one) = (constant(left)?, constant(right)?);
    // Two constants are compared for every row, as any two columns are.
    let (left_one, right_one) = match (left_one, right_one) {
        (Some(left), Some(right)) => {
            let rows = UInt32Array::from(vec![0; rows.num_rows()]);
            let (left, right) = (take(&left, &rows, None)?, take(&right, &rows, None)?);
            return against(how, &left, &right);
        }
        ones => ones,
    };
    let column = |term, one: &Option<ArrayRef>| match one {
        Some(one) => Ok(Arc::clone(one)),
        None => value(term, rows),
    };
    let (left, right) = (column(left, &left_one)?, column(right, &right_one)?);
    let (left, right) = (comparable(&left, &right)?, comparable(&right, &left)?);
    match (left_one, right_one) {
        (Some(_), _) => against(how, &Scalar::new(left), &right),
        (_, Some(_)) => against(how, &left, &Scalar::new(right)),
        _ => against(how, &left, &right),
    }
}

/// The one value of a term that has the same for all rows.
fn constant(term: &Term) -> Result<Option<ArrayRef>, ArrowError> {
    let text = |text: &String| Arc::new(StringArray::from_iter_values([text])) as ArrayRef;
    Ok(match term {
        Term::Text(written) => Some(text(written)),
        Term::Number(written) => Some(cast(&text(written), &DataType::Float64)?),
        _ => None,
    })
}

fn against(
    how: Comparison,
    left: &dyn Datum,
    right: &dyn Datum,
) -> Result<BooleanArray, ArrowError> {
    match how {
        Comparison::Equal => cmp::eq(left, right),
        Comparison::NotEqual => cmp::neq(left, right),
        Comparison::Less => cmp::lt(left, right),
        Comparison::LessOrEqual => cmp::lt_eq(left, right),
        Comparison::Greater => cmp::gt(left, right),
        Comparison::GreaterOrEqual => cmp::gt_eq(left, right),
    }
}

/// Values in the form in which they compare with `other`s.
fn comparable(values: &ArrayRef, other: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    let values = plain(values)?;
    if values.data_type().is_numeric() && values.data_type() != plain(other)?.data_type() {
        return cast(&values, &DataType::Float64);
    }
    Ok(values)
}

/// Values of equal meaning in one type: whole numbers, texts and times of any kind.
pub(in crate::sync) fn plain(values: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    match values.data_type() {
        kind if kind.is_integer() => cast(values, &DataType::Int64),
        DataType::Float32 => cast(values, &DataType::Float64),
        DataType::Date32 => cast(values, &DataType::Timestamp(TimeUnit::Microsecond, None)),
        DataType::Timestamp(TimeUnit::Microsecond, Some(_)) => {
            let times = values.as_primitive::<TimestampMicrosecondType>().clone();
            Ok(Arc::new(times.with_timezone_opt(None::<Arc<str>>)))
        }
        _ => Ok(Arc::clone(values)),
    }
}

/// The texts of values.
pub(super) fn texts(values: &ArrayRef) -> StringArray {
    match values.as_string_opt::<i32>() {
        Some(texts) => texts.clone(),
        None => json::displayed(values.as_ref()),
    }
}
