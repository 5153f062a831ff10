//! The JSON text of stored values, as `to_json` makes it.

use std::fmt;
use std::ops::Range;

use arrow::array::{Array, ArrayRef, AsArray, StructArray};

use super::quote;
use crate::ident::Oid;
use crate::pg::array::{self, Arrays, Dimension};
use crate::pg::datetime::{self, SECOND, write as date_text};
use crate::pg::text::{DateStyle, Names, Style, Writer, field_kind};
use crate::pg::{Fault, types};

/// Renders the values of one array.
pub struct Renderer<'a> {
    shape: Shape<'a>,
    style: &'a Style,
    array: &'a dyn Array,
}

enum Shape<'a> {
    /// Words and numbers that are JSON as they are.
    Bare(Writer<'a>),
    Bool(&'a arrow::array::BooleanArray),
    /// JSON itself.
    Document(&'a arrow::array::StringViewArray),
    /// Texts to be quoted.
    Quoted(Writer<'a>),
    Date(&'a arrow::array::Date32Array),
    Timestamp(&'a arrow::array::TimestampMicrosecondArray, bool),
    List(Box<Arrays>, Box<Renderer<'a>>),
    Record(Vec<(String, Renderer<'a>)>),
    Null,
}

impl fmt::Debug for Renderer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Renderer")
    }
}

impl<'a> Renderer<'a> {
    /// A renderer of an array that stores values of `kind`; times are shown in the zone of `style`,
    /// and `names` prints `reg*` values.
    pub fn new(
        array: &'a ArrayRef,
        kind: Oid,
        style: &'a Style,
        names: Option<Names<'a>>,
    ) -> Result<Self, Fault> {
        let plain = || Writer::new(array.as_ref(), kind, style, names);
        let stored = || Fault::internal(format!("type {kind} is stored otherwise"));
        let shape = match kind {
            _ if array.data_type().is_null() => Shape::Null,
            types::BOOL => Shape::Bool(array.as_boolean_opt().ok_or_else(stored)?),
            types::INT2
            | types::INT4
            | types::INT8
            | types::FLOAT4
            | types::FLOAT8
            | types::NUMERIC => Shape::Bare(plain()?),
            types::JSON | types::JSONB => {
                Shape::Document(array.as_string_view_opt().ok_or_else(stored)?)
            }
            types::DATE => Shape::Date(array.as_primitive_opt().ok_or_else(stored)?),
            types::TIMESTAMP | types::TIMESTAMPTZ => Shape::Timestamp(
                array.as_primitive_opt().ok_or_else(stored)?,
                kind == types::TIMESTAMPTZ,
            ),
            _ => match (
                Arrays::of(array),
                array::elements(array),
                types::element(kind),
            ) {
                (Some(arrays), Some(items), Some(element)) => {
                    let elements = Renderer::new(items, element, style, names)?;
                    Shape::List(Box::new(arrays), Box::new(elements))
                }
                _ => match array.as_any().downcast_ref::<StructArray>() {
                    Some(record) => {
                        let fields = record.fields().iter().zip(record.columns());
                        let fields = fields.map(|(field, child)| {
                            let renderer = Renderer::new(child, field_kind(field), style, names)?;
                            Ok((field.name().clone(), renderer))
                        });
                        Shape::Record(fields.collect::<Result<_, Fault>>()?)
                    }
                    None => Shape::Quoted(plain()?),
                },
            },
        };
        Ok(Self {
            shape,
            style,
            array: array.as_ref(),
        })
    }

    /// Appends the value at `row`; NULL is `null`.
    pub fn write(&self, row: usize, out: &mut String) -> Result<(), Fault> {
        if self.array.is_null(row) {
            out.push_str("null");
            return Ok(());
        }
        match &self.shape {
            Shape::Null => out.push_str("null"),
            Shape::Bool(array) => out.push_str(if array.value(row) { "true" } else { "false" }),
            Shape::Document(array) => out.push_str(array.value(row)),
            Shape::Bare(writer) => {
                let text = written(writer, row)?;
                if text.ends_with(|c: char| c.is_ascii_digit()) {
                    out.push_str(&text);
                } else {
                    // NaN and infinities are no JSON numbers.
                    quote(&text, out);
                }
            }
            Shape::Quoted(_) | Shape::Date(_) | Shape::Timestamp(..) => {
                quote(&self.text(row)?, out);
            }
            Shape::List(arrays, elements) => {
                let mut range = arrays.range(row);
                nested(arrays.shape(row).dimensions(), elements, &mut range, out)?;
            }
            Shape::Record(fields) => {
                out.push('{');
                for (at, (name, field)) in fields.iter().enumerate() {
                    if at > 0 {
                        out.push(',');
                    }
                    quote(name, out);
                    out.push(':');
                    field.write(row, out)?;
                }
                out.push('}');
            }
        }
        Ok(())
    }

    /// Appends the value at `row`, which is not NULL, as the key of an object.
    pub fn write_key(&self, row: usize, out: &mut String) -> Result<(), Fault> {
        match &self.shape {
            Shape::List(..) | Shape::Record(_) | Shape::Document(_) => Err(Fault::new(
                crate::pg::SqlState::INVALID_PARAMETER_VALUE,
                "key value must be scalar, not array, composite, or json",
            )),
            _ => {
                quote(&self.text(row)?, out);
                Ok(())
            }
        }
    }

    /// The text of a scalar as JSON shows it, without quotes.
    fn text(&self, row: usize) -> Result<String, Fault> {
        let mut bytes = Vec::new();
        let iso = Style {
            date_style: DateStyle::Iso,
            ..self.style.clone()
        };
        match &self.shape {
            Shape::Bool(array) => {
                return Ok(String::from(if array.value(row) {
                    "true"
                } else {
                    "false"
                }));
            }
            Shape::Bare(writer) | Shape::Quoted(writer) => return written(writer, row),
            Shape::Date(array) => date_text::date(array.value(row), &iso, &mut bytes),
            Shape::Timestamp(array, zoned) => {
                let at = array.value(row);
                let finite = !matches!(at, datetime::INFINITY | datetime::NEGATIVE_INFINITY);
                let east = if *zoned && finite {
                    iso.zone.east_at(at)
                } else {
                    0
                };
                let local = if finite {
                    at.saturating_add(i64::from(east) * SECOND)
                } else {
                    at
                };
                date_text::timestamp(local, &iso, &mut bytes);
                let zone = (*zoned && finite).then_some(east);
                return Ok(with_t(&bytes, zone));
            }
            _ => {}
        }
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

/// A list in a list for each dimension.
fn nested(
    dimensions: &[Dimension],
    elements: &Renderer<'_>,
    range: &mut Range<usize>,
    out: &mut String,
) -> Result<(), Fault> {
    out.push('[');
    if let Some((outer, inner)) = dimensions.split_first() {
        for at in 0..outer.length {
            if at > 0 {
                out.push(',');
            }
            if !inner.is_empty() {
                nested(inner, elements, range, out)?;
            } else if let Some(at) = range.next() {
                elements.write(at, out)?;
            }
        }
    }
    out.push(']');
    Ok(())
}

fn written(writer: &Writer<'_>, row: usize) -> Result<String, Fault> {
    let mut bytes = Vec::new();
    writer.write(row, &mut bytes)?;
    String::from_utf8(bytes).map_err(|_| Fault::internal("the text of a value is not UTF-8"))
}

/// ISO text with `T` between date and time and a zone of hours and minutes before any era.
fn with_t(iso: &[u8], east: Option<i32>) -> String {
    let text = String::from_utf8_lossy(iso);
    let (stamp, era) = match text.strip_suffix(" BC") {
        Some(stamp) => (stamp, " BC"),
        None => (text.as_ref(), ""),
    };
    let mut out = stamp.replacen(' ', "T", 1);
    if let Some(east) = east {
        let minutes = east.unsigned_abs() / 60;
        let sign = if east < 0 { '-' } else { '+' };
        out.push_str(&format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60));
        if !east.unsigned_abs().is_multiple_of(60) {
            out.push_str(&format!(":{:02}", east.unsigned_abs() % 60));
        }
    }
    out.push_str(era);
    out
}
