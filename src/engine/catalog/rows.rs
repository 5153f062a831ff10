//! From the text of values to Arrow: how rows of the system relations are made, embedded or ours.

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, AsArray, BooleanBuilder, Float32Builder, Float64Builder, Int16Builder, Int32Builder,
    Int64Builder, ListArray, RecordBatch, StringViewBuilder, TimestampMicrosecondBuilder,
    UInt32Builder, UInt64Builder, new_null_array,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::{DataType, SchemaRef, TimeUnit, TimestampMicrosecondType};

use super::data::{DataError, File, elements};
use crate::ident::Oid;
use crate::pg::array::{self, Dimension, Shape, Shapes};
use crate::pg::text::{Reader, Style};
use crate::pg::{Type, types};

/// A value's text; `None` is NULL.
type Value = Option<Cow<'static, str>>;

/// Rows of one relation on their way to Arrow.
#[derive(Debug)]
pub(super) struct Rows {
    relation: &'static str,
    schema: SchemaRef,
    defaults: Vec<Value>,
    columns: Vec<Vec<Value>>,
}

impl Rows {
    /// No rows yet of a relation of this schema; a row has `defaults` where it says nothing else.
    pub(super) fn new(
        relation: &'static str,
        schema: SchemaRef,
        defaults: &[(&str, &'static str)],
    ) -> Result<Self, DataError> {
        let columns = vec![Vec::new(); schema.fields().len()];
        let mut rows = Self {
            relation,
            defaults: vec![None; columns.len()],
            schema,
            columns,
        };
        for (name, value) in defaults {
            let at = rows.place(name)?;
            if let Some(default) = rows.defaults.get_mut(at) {
                *default = Some(Cow::Borrowed(value));
            }
        }
        Ok(rows)
    }

    fn place(&self, name: &str) -> Result<usize, DataError> {
        self.schema.index_of(name).map_err(|_| DataError::Column {
            file: self.relation,
            column: name.to_owned(),
        })
    }

    /// Adds a row from what differs from the defaults.
    pub(super) fn push(
        &mut self,
        values: impl IntoIterator<Item = (&'static str, String)>,
    ) -> Result<(), DataError> {
        for (column, default) in self.columns.iter_mut().zip(&self.defaults) {
            column.push(default.clone());
        }
        for (name, value) in values {
            let at = self.place(name)?;
            if let Some(last) = self
                .columns
                .get_mut(at)
                .and_then(|column| column.last_mut())
            {
                *last = Some(Cow::Owned(value));
            }
        }
        Ok(())
    }

    /// The rows in Arrow.
    pub(super) fn finish(self) -> Result<RecordBatch, DataError> {
        arrow_rows(self.relation, &self.schema, &self.columns)
    }
}

/// The embedded rows of a relation.
pub(super) fn embedded(name: &'static str, schema: &SchemaRef) -> Result<RecordBatch, DataError> {
    let file = match File::open(name) {
        Ok(file) => file,
        Err(DataError::Missing(_)) => return Ok(RecordBatch::new_empty(Arc::clone(schema))),
        Err(error) => return Err(error),
    };
    let places: Vec<_> = schema
        .fields()
        .iter()
        .map(|field| file.column(field.name()))
        .collect::<Result<_, _>>()?;
    let mut columns = vec![Vec::new(); places.len()];
    for row in file.rows() {
        let row = row?;
        for (column, place) in columns.iter_mut().zip(&places) {
            column.push(row.text(*place));
        }
    }
    arrow_rows(name, schema, &columns)
}

/// Values in the storage of a type, from their text; the error is the text that has none.
pub(crate) fn text_array(
    storage: &DataType,
    values: Vec<Option<String>>,
) -> Result<ArrayRef, String> {
    let values: Vec<_> = values
        .into_iter()
        .map(|value| value.map(Cow::Owned))
        .collect();
    stored(storage, &values)
}

fn arrow_rows(
    relation: &'static str,
    schema: &SchemaRef,
    columns: &[Vec<Value>],
) -> Result<RecordBatch, DataError> {
    let wrong = |column: &str, text: String, expected| DataError::Value {
        file: relation,
        column: column.to_owned(),
        text,
        expected,
    };
    let arrays: Vec<_> = schema
        .fields()
        .iter()
        .zip(columns)
        .map(|(field, values)| {
            stored(field.data_type(), values)
                .map_err(|text| wrong(field.name(), text, "a value of its column"))
        })
        .collect::<Result<_, _>>()?;
    RecordBatch::try_new(Arc::clone(schema), arrays)
        .map_err(|error| wrong("*", error.to_string(), "a row of its relation"))
}

macro_rules! numbers {
    ($builder:ty, $values:expr) => {{
        let mut builder = <$builder>::with_capacity($values.len());
        for value in $values {
            match value {
                Some(text) => builder.append_value(text.parse().map_err(|_| text.to_string())?),
                None => builder.append_null(),
            }
        }
        Arc::new(builder.finish())
    }};
}

/// The values in the storage of their type; the error is the text that has none.
fn stored(storage: &DataType, values: &[Value]) -> Result<ArrayRef, String> {
    Ok(match storage {
        DataType::Boolean => {
            let mut builder = BooleanBuilder::with_capacity(values.len());
            for value in values {
                builder.append_option(match value.as_deref() {
                    None => None,
                    Some("t" | "true") => Some(true),
                    Some("f" | "false") => Some(false),
                    Some(other) => return Err(other.to_owned()),
                });
            }
            Arc::new(builder.finish())
        }
        DataType::Int16 => numbers!(Int16Builder, values),
        DataType::Int32 => numbers!(Int32Builder, values),
        DataType::Int64 => numbers!(Int64Builder, values),
        DataType::UInt32 => numbers!(UInt32Builder, values),
        DataType::Float32 => numbers!(Float32Builder, values),
        DataType::Float64 => numbers!(Float64Builder, values),
        DataType::Utf8View => {
            let mut builder = StringViewBuilder::with_capacity(values.len());
            for value in values {
                builder.append_option(value.as_deref());
            }
            Arc::new(builder.finish())
        }
        DataType::UInt64 => numbers!(UInt64Builder, values),
        // Microseconds since 1970, which is what the rows of sessions have.
        DataType::Timestamp(TimeUnit::Microsecond, zone) => {
            let builder: ArrayRef = numbers!(TimestampMicrosecondBuilder, values);
            let typed = builder.as_primitive::<TimestampMicrosecondType>().clone();
            Arc::new(typed.with_timezone_opt(zone.clone()))
        }
        DataType::Interval(_) => read(types::INTERVAL, values)?,
        // No relation of the catalog has a column of numerics, which are stored so too.
        DataType::BinaryView => read(types::BYTEA, values)?,
        DataType::Struct(_) => arrays(storage, values)?,
        other => match values.iter().flatten().next() {
            None => new_null_array(other, values.len()),
            Some(text) => return Err(text.to_string()),
        },
    })
}

/// Values of a type as a literal of it is read.
fn read(kind: Oid, values: &[Value]) -> Result<ArrayRef, String> {
    let mut reader =
        Reader::new(Type::plain(kind), &Style::default(), 0).map_err(|fault| fault.message)?;
    for value in values {
        match value {
            Some(text) => reader.append(text).map_err(|fault| fault.message)?,
            None => reader.append_null(),
        }
    }
    reader.finish().map_err(|fault| fault.message)
}

/// Arrays and vectors.
fn arrays(storage: &DataType, values: &[Value]) -> Result<ArrayRef, String> {
    let item = array::item(storage).ok_or("an array")?;
    let mut flat = Vec::new();
    let mut lengths = Vec::with_capacity(values.len());
    for value in values {
        let before = flat.len();
        if let Some(text) = value {
            flat.extend(members(text)?);
        }
        lengths.push(flat.len() - before);
    }
    let nulls = NullBuffer::from_iter(values.iter().map(Option::is_some));
    let elements = stored(item.data_type(), &flat)?;
    let offsets = OffsetBuffer::from_lengths(lengths);
    let list = ListArray::try_new(Arc::clone(item), offsets, elements, Some(nulls));
    let list = list.map_err(|error| error.to_string())?;
    let mut shapes = Shapes::default();
    for (value, length) in values.iter().zip(list.offsets().lengths()) {
        // A vector begins at 0; it is written without braces.
        let vector = value.as_deref().filter(|text| !text.starts_with('{'));
        let shape = vector.map(|_| {
            let length = i32::try_from(length).unwrap_or(i32::MAX);
            Shape::line(Dimension { length, lower: 0 })
        });
        shapes.push(shape.as_ref(), length);
    }
    shapes.over(list).map_err(|fault| fault.message)
}

/// The elements of an array in `{}` or of a vector in blanks.
fn members(text: &str) -> Result<Vec<Value>, String> {
    if text.starts_with('{') {
        let elements = elements(text).ok_or_else(|| text.to_owned())?;
        Ok(elements
            .into_iter()
            .map(|element| element.map(Cow::Owned))
            .collect())
    } else {
        let parts = text.split_ascii_whitespace();
        Ok(parts
            .map(|part| Some(Cow::Owned(part.to_owned())))
            .collect())
    }
}
