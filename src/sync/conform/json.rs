//! JSON on the way in: scalars of NDJSON values, and typed values as JSON.

use std::borrow::Cow;

use arrow::array::{Array, AsArray, StringArray};
use arrow::datatypes::DataType;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use serde_json::value::RawValue;

use crate::pg::text;

/// Only uuids are as long.
const UUID_BYTES: i32 = 16;

/// A JSON value as the text a scalar is parsed from: a string's characters, anything else as it
/// is written.
pub(in crate::sync) fn scalar(value: &str) -> Cow<'_, str> {
    if !value.starts_with('"') {
        return Cow::Borrowed(value);
    }
    match serde_json::from_str::<Cow<'_, str>>(value) {
        Ok(text) => Cow::Owned(text.into_owned()),
        Err(_) => Cow::Borrowed(value),
    }
}

/// The elements of a JSON array, each as it is written; `None` when the text is no JSON array.
pub(super) fn elements(value: &str) -> Option<Vec<&RawValue>> {
    serde_json::from_str(value).ok()
}

/// Appends a text as a JSON string.
pub(in crate::sync) fn write_text(text: &str, out: &mut String) {
    // A string always has a JSON form.
    out.push_str(&serde_json::to_string(text).unwrap_or_default());
}

/// Appends one value of an array as JSON.
pub(in crate::sync) fn write_value(array: &dyn Array, row: usize, out: &mut String) {
    if array.is_null(row) {
        out.push_str("null");
        return;
    }
    match array.data_type() {
        DataType::List(_) => write_list(array.as_list::<i32>().value(row).as_ref(), out),
        DataType::LargeList(_) => write_list(array.as_list::<i64>().value(row).as_ref(), out),
        DataType::FixedSizeList(..) => {
            write_list(array.as_fixed_size_list().value(row).as_ref(), out);
        }
        DataType::Struct(fields) => {
            let array = array.as_struct();
            out.push('{');
            for (at, (field, column)) in fields.iter().zip(array.columns()).enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write_text(field.name(), out);
                out.push(':');
                write_value(column.as_ref(), row, out);
            }
            out.push('}');
        }
        DataType::Boolean => out.push_str(if array.as_boolean().value(row) {
            "true"
        } else {
            "false"
        }),
        kind if kind.is_integer() => out.push_str(&display(array, row)),
        DataType::Decimal128(..) | DataType::Decimal256(..) => out.push_str(&display(array, row)),
        DataType::Float16 | DataType::Float32 | DataType::Float64 => {
            let text = display(array, row);
            match text.as_str() {
                "inf" => out.push_str("\"Infinity\""),
                "-inf" => out.push_str("\"-Infinity\""),
                "NaN" => out.push_str("\"NaN\""),
                number => out.push_str(number),
            }
        }
        DataType::FixedSizeBinary(UUID_BYTES) => {
            write_text(&uuid(array.as_fixed_size_binary().value(row)), out);
        }
        _ => write_text(&display(array, row), out),
    }
}

/// A uuid as PostgreSQL prints it, so that rows can be found by it.
pub(in crate::sync) fn uuid(bytes: &[u8]) -> String {
    let mut printed = Vec::new();
    text::uuid(bytes, &mut printed);
    String::from_utf8(printed).unwrap_or_default()
}

fn write_list(values: &dyn Array, out: &mut String) {
    out.push('[');
    for row in 0..values.len() {
        if row > 0 {
            out.push(',');
        }
        write_value(values, row, out);
    }
    out.push(']');
}

/// Every value as [`display`] has it.
pub(in crate::sync) fn displayed(array: &dyn Array) -> StringArray {
    let options = FormatOptions::default();
    let Ok(formatter) = ArrayFormatter::try_new(array, &options) else {
        return StringArray::new_null(array.len());
    };
    let text = |row| {
        array
            .is_valid(row)
            .then(|| formatter.value(row).to_string())
    };
    (0..array.len()).map(text).collect()
}

/// One value as text: ISO-8601 times, plain numbers.
pub(in crate::sync) fn display(array: &dyn Array, row: usize) -> String {
    let options = FormatOptions::default();
    match ArrayFormatter::try_new(array, &options) {
        Ok(formatter) => formatter.value(row).to_string(),
        Err(_) => String::new(),
    }
}
