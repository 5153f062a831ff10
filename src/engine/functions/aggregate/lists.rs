//! Aggregates that put all values into one: arrays, joined texts, JSON documents.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BinaryViewArray, ListArray, StringViewArray, new_null_array,
};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::DataType;

use super::gather::{Gathered, kind};
use super::{Shape, aggregate, gathered, styled};
use crate::engine::functions::call::Output;
use crate::engine::functions::registry::{Kernel, Registry};
use crate::pg::json::{self, Renderer};
use crate::pg::settings::Settings;
use crate::pg::text::Style;
use crate::pg::{Fault, SqlState, array, types};

pub(super) fn register(registry: &mut Registry) {
    aggregate(registry, "array_agg(anynonarray)", |k, r| {
        Ok(gathered(
            "array_agg",
            k,
            r,
            Shape::ArrayOf(0),
            Arc::new(list),
        ))
    });
    aggregate(registry, "array_agg(anyarray)", |k, r| {
        Ok(gathered(
            "array_agg",
            k,
            r,
            Shape::Argument(0),
            Arc::new(nested),
        ))
    });
    aggregate(registry, "string_agg(text,text)", |k, r| {
        Ok(gathered(
            "string_agg",
            k,
            r,
            Shape::Type,
            Arc::new(joined_text),
        ))
    });
    aggregate(registry, "string_agg(bytea,bytea)", |k, r| {
        Ok(gathered(
            "string_agg",
            k,
            r,
            Shape::Type,
            Arc::new(joined_bytes),
        ))
    });
    styled(registry, "json_agg(anyelement)", |k, r| {
        Ok(gathered("json_agg", k, r, Shape::Type, Arc::new(json_list)))
    });
    styled(registry, "jsonb_agg(anyelement)", |k, r| {
        Ok(gathered(
            "jsonb_agg",
            k,
            r,
            Shape::Type,
            Arc::new(jsonb_list),
        ))
    });
    styled(registry, "json_object_agg(any,any)", |k, r| {
        Ok(gathered(
            "json_object_agg",
            k,
            r,
            Shape::Type,
            Arc::new(json_object),
        ))
    });
    styled(registry, "jsonb_object_agg(any,any)", |k, r| {
        Ok(gathered(
            "jsonb_object_agg",
            k,
            r,
            Shape::Type,
            Arc::new(jsonb_object),
        ))
    });
}

pub(super) fn argument<'a>(rows: &'a Gathered<'_>, at: usize) -> Result<&'a ArrayRef, Fault> {
    rows.values
        .get(at)
        .ok_or_else(|| Fault::internal("an aggregate lacks an argument"))
}

/// One array of all values.
pub(super) fn one_array(
    values: &ArrayRef,
    shape: Option<&array::Shape>,
    storage: &DataType,
) -> Result<ArrayRef, Fault> {
    let item =
        array::item(storage).ok_or_else(|| Fault::internal("an array is stored otherwise"))?;
    let offsets = OffsetBuffer::from_lengths([values.len()]);
    let list = ListArray::try_new(Arc::clone(item), offsets, Arc::clone(values), None)
        .map_err(|_| Fault::internal("values do not make a list"))?;
    let mut shapes = array::Shapes::default();
    shapes.push(shape, values.len());
    shapes.over(list)
}

/// One array of all arrays, which have to be of one shape.
fn nested(rows: &Gathered<'_>) -> Result<ArrayRef, Fault> {
    let values = argument(rows, 0)?;
    if values.is_empty() {
        return Ok(new_null_array(rows.storage, 1));
    }
    array::accumulated(values)
}

fn list(rows: &Gathered<'_>) -> Result<ArrayRef, Fault> {
    let values = argument(rows, 0)?;
    if values.is_empty() {
        return Ok(new_null_array(rows.storage, 1));
    }
    one_array(values, None, rows.storage)
}

fn text(value: Option<String>) -> ArrayRef {
    Arc::new(StringViewArray::from_iter([value]))
}

fn joined_text(rows: &Gathered<'_>) -> Result<ArrayRef, Fault> {
    let stored = || Fault::internal("text is stored otherwise");
    let values = argument(rows, 0)?.as_string_view_opt().ok_or_else(stored)?;
    let separators = argument(rows, 1)?.as_string_view_opt().ok_or_else(stored)?;
    let mut joined: Option<String> = None;
    for (value, separator) in values.iter().zip(separators) {
        let Some(value) = value else { continue };
        match &mut joined {
            Some(joined) => {
                joined.push_str(separator.unwrap_or_default());
                joined.push_str(value);
            }
            None => joined = Some(value.to_owned()),
        }
    }
    Ok(text(joined))
}

fn joined_bytes(rows: &Gathered<'_>) -> Result<ArrayRef, Fault> {
    let stored = || Fault::internal("bytea is stored otherwise");
    let values = argument(rows, 0)?.as_binary_view_opt().ok_or_else(stored)?;
    let separators = argument(rows, 1)?.as_binary_view_opt().ok_or_else(stored)?;
    let mut joined: Option<Vec<u8>> = None;
    for (value, separator) in values.iter().zip(separators) {
        let Some(value) = value else { continue };
        match &mut joined {
            Some(joined) => {
                joined.extend_from_slice(separator.unwrap_or_default());
                joined.extend_from_slice(value);
            }
            None => joined = Some(value.to_vec()),
        }
    }
    Ok(Arc::new(BinaryViewArray::from_iter([joined])))
}

/// The settings that decide the text of values, as one text: the last argument of a styled aggregate.
const STYLE: [&str; 5] = [
    "TimeZone",
    "DateStyle",
    "IntervalStyle",
    "extra_float_digits",
    "bytea_output",
];

/// Gives the session's style as a value, so that the plan stays free of it.
pub(in crate::engine) fn session_style() -> Kernel {
    Arc::new(|call| {
        let settings = &call.context.settings;
        let values: Vec<&str> = STYLE.iter().map(|name| settings.raw(name)).collect();
        String::collect(
            std::iter::once(Ok(Some(values.join("\n")))),
            1,
            call.storage,
        )
    })
}

fn style(rows: &Gathered<'_>) -> Result<Style, Fault> {
    let last = argument(rows, rows.values.len().saturating_sub(1))?;
    let text = last
        .as_string_view_opt()
        .filter(|texts| !texts.is_empty() && texts.is_valid(0))
        .ok_or_else(|| Fault::internal("an aggregate lacks its style"))?;
    let mut settings = Settings::default();
    for (name, value) in STYLE.iter().zip(text.value(0).split('\n')) {
        settings.set_by_server(name, value)?;
    }
    Ok(settings.style)
}

fn json_list(rows: &Gathered<'_>) -> Result<ArrayRef, Fault> {
    let (values, kind) = (argument(rows, 0)?, kind(rows, 0));
    if values.is_empty() {
        return Ok(text(None));
    }
    let style = style(rows)?;
    let renderer = Renderer::new(values, kind.oid, &style, None)?;
    // Structured values stand on lines of their own.
    let structured =
        types::element(kind.oid).is_some() || matches!(values.data_type(), DataType::Struct(_));
    let mut out = String::from("[");
    for row in 0..values.len() {
        if row > 0 {
            let lines = structured && values.is_valid(row);
            out.push_str(if lines { ", \n " } else { ", " });
        }
        renderer.write(row, &mut out)?;
    }
    out.push(']');
    Ok(text(Some(out)))
}

fn jsonb_list(rows: &Gathered<'_>) -> Result<ArrayRef, Fault> {
    let list = json_list(rows)?;
    normalized(&list)
}

fn normalized(documents: &ArrayRef) -> Result<ArrayRef, Fault> {
    let document = documents.as_string_view_opt().and_then(|documents| {
        (!documents.is_empty() && documents.is_valid(0)).then(|| documents.value(0).to_owned())
    });
    Ok(text(
        document
            .map(|document| json::normalize(&document))
            .transpose()?,
    ))
}

fn json_object(rows: &Gathered<'_>) -> Result<ArrayRef, Fault> {
    let (keys, values) = (argument(rows, 0)?, argument(rows, 1)?);
    if keys.is_empty() {
        return Ok(text(None));
    }
    let style = style(rows)?;
    let key_text = Renderer::new(keys, kind(rows, 0).oid, &style, None)?;
    let renderer = Renderer::new(values, kind(rows, 1).oid, &style, None)?;
    let mut out = String::from("{ ");
    for row in 0..keys.len() {
        if row > 0 {
            out.push_str(", ");
        }
        if keys.is_null(row) {
            return Err(Fault::new(
                SqlState::INVALID_PARAMETER_VALUE,
                "field name must not be null",
            ));
        }
        key_text.write_key(row, &mut out)?;
        out.push_str(" : ");
        renderer.write(row, &mut out)?;
    }
    out.push_str(" }");
    Ok(text(Some(out)))
}

fn jsonb_object(rows: &Gathered<'_>) -> Result<ArrayRef, Fault> {
    let object = json_object(rows)?;
    normalized(&object)
}
