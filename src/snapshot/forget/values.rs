//! Values as they are compared, and lists without some of theirs.

use std::fmt::Write;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, ListArray, StringBuilder};
use arrow::buffer::OffsetBuffer;
use arrow::compute::filter;
use arrow::datatypes::{DataType, Int16Type, Int32Type, Int64Type};
use arrow::error::ArrowError;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use serde_json::Value;

/// A value as text; `None` for NULL.
pub(super) fn spelled(array: &dyn Array, row: usize) -> Result<Option<String>, ArrowError> {
    if array.is_null(row) {
        return Ok(None);
    }
    Ok(Some(match array.data_type() {
        DataType::Utf8 => array.as_string::<i32>().value(row).to_owned(),
        DataType::Int16 => array.as_primitive::<Int16Type>().value(row).to_string(),
        DataType::Int32 => array.as_primitive::<Int32Type>().value(row).to_string(),
        DataType::Int64 => array.as_primitive::<Int64Type>().value(row).to_string(),
        DataType::FixedSizeBinary(_) => {
            let mut text = String::new();
            for byte in array.as_fixed_size_binary().value(row) {
                // Writing to a String cannot fail.
                let _infallible = write!(text, "{byte:02x}");
            }
            text
        }
        _ => {
            let options = FormatOptions::default();
            ArrayFormatter::try_new(array, &options)?
                .value(row)
                .to_string()
        }
    }))
}

/// The lists of a column without the elements that are hit, and in which rows there were some.
pub(super) fn without(
    column: &ArrayRef,
    hit: impl Fn(usize, &str) -> Result<bool, ArrowError>,
) -> Result<(Vec<bool>, ArrayRef), ArrowError> {
    let mut marks = vec![false; column.len()];
    if let Some(lists) = column.as_list_opt::<i32>() {
        let (mut stay, mut lengths) = (Vec::new(), Vec::with_capacity(lists.len()));
        let place = |offset: Option<&i32>| {
            let offset = offset.copied().unwrap_or(0);
            usize::try_from(offset).unwrap_or(0)
        };
        let offsets = lists.value_offsets();
        let (first, last) = (place(offsets.first()), place(offsets.last()));
        for (row, mark) in marks.iter_mut().enumerate() {
            let elements = lists.value(row);
            let mut length = 0;
            for at in 0..elements.len() {
                let text = spelled(elements.as_ref(), at)?;
                let goes = match text {
                    Some(text) if lists.is_valid(row) => hit(row, &text)?,
                    _ => false,
                };
                *mark |= goes;
                stay.push(!goes);
                length += usize::from(!goes);
            }
            lengths.push(length);
        }
        if !marks.contains(&true) {
            return Ok((marks, Arc::clone(column)));
        }
        let DataType::List(field) = lists.data_type() else {
            return Ok((marks, Arc::clone(column)));
        };
        let values = lists.values().slice(first, last - first);
        let left = ListArray::try_new(
            Arc::clone(field),
            OffsetBuffer::from_lengths(lengths),
            filter(&values, &BooleanArray::from(stay))?,
            lists.nulls().cloned(),
        )?;
        return Ok((marks, Arc::new(left)));
    }
    let Some(texts) = column.as_string_opt::<i32>() else {
        return Ok((marks, Arc::clone(column)));
    };
    let mut left = StringBuilder::new();
    for (row, (text, mark)) in texts.iter().zip(&mut marks).enumerate() {
        let elements = text.and_then(|text| serde_json::from_str::<Vec<Value>>(text).ok());
        let Some(elements) = elements else {
            left.append_option(text);
            continue;
        };
        let mut kept = Vec::with_capacity(elements.len());
        for element in &elements {
            let mut goes = false;
            for text in texts_of(element) {
                goes |= hit(row, &text)?;
            }
            if !goes {
                kept.push(element.to_string());
            }
        }
        if kept.len() == elements.len() {
            left.append_option(text);
        } else {
            *mark = true;
            left.append_value(format!("[{}]", kept.join(", ")));
        }
    }
    Ok((marks, Arc::new(left.finish())))
}

/// The scalars of a JSON value and its elements, as text.
pub(super) fn texts_of(value: &Value) -> Vec<String> {
    match value {
        Value::Null | Value::Object(_) => Vec::new(),
        Value::Bool(value) => vec![value.to_string()],
        Value::Number(value) => vec![value.to_string()],
        Value::String(value) => vec![value.clone()],
        Value::Array(values) => values.iter().flat_map(texts_of).collect(),
    }
}

/// What could be keys in a text that nobody can take apart.
pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    let inside = |letter: char| letter.is_alphanumeric() || "-_@.+".contains(letter);
    let words = text.split(move |letter| !inside(letter));
    words.filter(|word| !word.is_empty())
}
