//! From stored values to text, a column at a time.

use std::fmt;

use arrow::array::{
    Array, AsArray, BinaryViewArray, BooleanArray, FixedSizeBinaryArray, PrimitiveArray,
    StringViewArray, StructArray,
};
use arrow::datatypes::{
    Date32Type, Float32Type, Float64Type, Int16Type, Int32Type, Int64Type,
    IntervalMonthDayNanoType, Time64MicrosecondType, TimestampMicrosecondType, UInt32Type,
    UInt64Type,
};

use super::{Style, float, literal};
use crate::ident::Oid;
use crate::pg::array::{self, Arrays, Dimension, Shape};
use crate::pg::datetime::write as date_text;
use crate::pg::interval::{self, Interval};
use crate::pg::numeric::Numeric;
use crate::pg::{Fault, printed, types};

/// Gives the name behind a value of a `reg*` type, as `regclassout` and its kin print it.
pub type Names<'a> = &'a (dyn Fn(Oid, u32) -> Option<String> + Sync);

/// Writes the values of one array as text.
pub struct Writer<'a> {
    style: &'a Style,
    names: Option<Names<'a>>,
    kind: Oid,
    column: Column<'a>,
    array: &'a dyn Array,
}

enum Column<'a> {
    Bool(&'a BooleanArray),
    Int2(&'a PrimitiveArray<Int16Type>),
    Int4(&'a PrimitiveArray<Int32Type>),
    Int8(&'a PrimitiveArray<Int64Type>),
    UInt4(&'a PrimitiveArray<UInt32Type>),
    UInt8(&'a PrimitiveArray<UInt64Type>),
    Named(&'a PrimitiveArray<UInt32Type>),
    Float4(&'a PrimitiveArray<Float32Type>),
    Float8(&'a PrimitiveArray<Float64Type>),
    Text(&'a StringViewArray),
    Printed(&'a StringViewArray),
    Bytes(&'a BinaryViewArray),
    Numeric(&'a BinaryViewArray),
    Date(&'a PrimitiveArray<Date32Type>),
    Time(&'a PrimitiveArray<Time64MicrosecondType>),
    TimeTz(&'a FixedSizeBinaryArray),
    Timestamp(&'a PrimitiveArray<TimestampMicrosecondType>),
    TimestampTz(&'a PrimitiveArray<TimestampMicrosecondType>),
    Interval(&'a PrimitiveArray<IntervalMonthDayNanoType>),
    Uuid(&'a FixedSizeBinaryArray),
    List(Box<Arrays>, Box<Writer<'a>>),
    Record(Vec<Writer<'a>>),
    Null,
}

impl fmt::Debug for Writer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

fn mismatch(kind: Oid, array: &dyn Array) -> Fault {
    Fault::internal(format!(
        "type {kind} is stored as {}, not {}",
        array.data_type(),
        types::storage(kind)
    ))
}

/// The PostgreSQL type that a struct's field says, or text.
pub(crate) fn field_kind(field: &arrow::datatypes::Field) -> Oid {
    field
        .metadata()
        .get(types::OID_KEY)
        .and_then(|oid| oid.parse().ok())
        .map_or(types::TEXT, Oid)
}

impl<'a> Writer<'a> {
    /// A writer for an array that stores values of `kind`. `names` prints `reg*` values; without
    /// it they are numbers.
    pub fn new(
        array: &'a dyn Array,
        kind: Oid,
        style: &'a Style,
        names: Option<Names<'a>>,
    ) -> Result<Self, Fault> {
        let column = column(array, kind, style, names)?.ok_or_else(|| mismatch(kind, array))?;
        Ok(Self {
            style,
            names,
            kind,
            column,
            array,
        })
    }

    /// Whether the value at `row` is NULL.
    pub fn null(&self, row: usize) -> bool {
        matches!(self.column, Column::Null) || self.array.is_null(row)
    }

    /// Appends the text of the value at `row`, which is not NULL.
    pub fn write(&self, row: usize, out: &mut Vec<u8>) -> Result<(), Fault> {
        match &self.column {
            Column::Bool(array) => out.push(if array.value(row) { b't' } else { b'f' }),
            Column::Int2(array) => integer(array.value(row), out),
            Column::Int4(array) => integer(array.value(row), out),
            Column::Int8(array) => integer(array.value(row), out),
            Column::UInt4(array) => integer(array.value(row), out),
            Column::UInt8(array) => integer(array.value(row), out),
            Column::Named(array) => self.name(array.value(row), out),
            Column::Float4(array) => {
                float::write_f32(array.value(row), self.style.extra_float_digits, out);
            }
            Column::Float8(array) => {
                float::write_f64(array.value(row), self.style.extra_float_digits, out);
            }
            Column::Text(array) => out.extend_from_slice(array.value(row).as_bytes()),
            Column::Printed(array) => {
                printed::write(self.kind, array.value(row), self.style, out)?;
            }
            Column::Bytes(array) => bytea(array.value(row), self.style.bytea_escape, out),
            Column::Numeric(array) => {
                let mut text = String::new();
                Numeric::decode(array.value(row))?.write(&mut text);
                out.extend_from_slice(text.as_bytes());
            }
            Column::Date(array) => date_text::date(array.value(row), self.style, out),
            Column::Time(array) => date_text::time(array.value(row), out),
            Column::TimeTz(array) => {
                let (micros, west) = split_timetz(array.value(row))?;
                date_text::timetz(micros, west, out);
            }
            Column::Timestamp(array) => date_text::timestamp(array.value(row), self.style, out),
            Column::TimestampTz(array) => {
                date_text::timestamptz(array.value(row), self.style, out);
            }
            Column::Interval(array) => {
                let value = Interval::from_arrow(array.value(row));
                interval::write(value, self.style.interval_style, out);
            }
            Column::Uuid(array) => uuid(array.value(row), out),
            Column::List(arrays, elements) => self.list(arrays, elements, row, out)?,
            Column::Record(fields) => record(fields, row, out)?,
            Column::Null => {}
        }
        Ok(())
    }

    fn name(&self, value: u32, out: &mut Vec<u8>) {
        match self.names.and_then(|names| names(self.kind, value)) {
            Some(name) => out.extend_from_slice(name.as_bytes()),
            None if value == 0 && self.kind != types::OID => out.push(b'-'),
            None => integer(value, out),
        }
    }

    fn list(
        &self,
        arrays: &Arrays,
        elements: &Writer<'_>,
        row: usize,
        out: &mut Vec<u8>,
    ) -> Result<(), Fault> {
        let mut range = arrays.range(row);
        let mut text = Vec::new();
        if types::vector(self.kind) {
            let start = range.start;
            for at in range {
                if at > start {
                    out.push(b' ');
                }
                elements.write(at, &mut text)?;
                out.append(&mut text);
            }
            return Ok(());
        }
        if range.is_empty() {
            out.extend_from_slice(b"{}");
            return Ok(());
        }
        let shape = arrays.shape(row);
        bounds(&shape, out);
        let mut element = |out: &mut Vec<u8>| -> Result<(), Fault> {
            let at = range
                .next()
                .ok_or_else(|| Fault::internal("an array lacks elements"))?;
            if elements.null(at) {
                out.extend_from_slice(b"NULL");
                return Ok(());
            }
            text.clear();
            elements.write(at, &mut text)?;
            literal::quote_element(&text, out);
            Ok(())
        };
        nested(shape.dimensions(), &mut element, out)
    }
}

/// `[0:2][1:3]=` where a dimension does not begin at 1.
fn bounds(shape: &Shape, out: &mut Vec<u8>) {
    if shape.dimensions().iter().all(|d| d.lower == 1) {
        return;
    }
    for dimension in shape.dimensions() {
        out.push(b'[');
        integer(dimension.lower, out);
        out.push(b':');
        integer(dimension.upper(), out);
        out.push(b']');
    }
    out.push(b'=');
}

/// The elements between the braces of their dimensions.
fn nested(
    dimensions: &[Dimension],
    element: &mut impl FnMut(&mut Vec<u8>) -> Result<(), Fault>,
    out: &mut Vec<u8>,
) -> Result<(), Fault> {
    out.push(b'{');
    if let Some((outer, inner)) = dimensions.split_first() {
        for at in 0..outer.length {
            if at > 0 {
                out.push(b',');
            }
            if inner.is_empty() {
                element(out)?;
            } else {
                nested(inner, element, out)?;
            }
        }
    }
    out.push(b'}');
    Ok(())
}

fn column<'a>(
    array: &'a dyn Array,
    kind: Oid,
    style: &'a Style,
    names: Option<Names<'a>>,
) -> Result<Option<Column<'a>>, Fault> {
    if array.data_type().is_null() {
        return Ok(Some(Column::Null));
    }
    Ok(match kind {
        types::BOOL => array.as_boolean_opt().map(Column::Bool),
        types::INT2 => array.as_primitive_opt().map(Column::Int2),
        types::INT4 => array.as_primitive_opt().map(Column::Int4),
        types::INT8 => array.as_primitive_opt().map(Column::Int8),
        types::OID | types::XID | types::CID => array.as_primitive_opt().map(Column::UInt4),
        types::XID8 => array.as_primitive_opt().map(Column::UInt8),
        types::FLOAT4 => array.as_primitive_opt().map(Column::Float4),
        types::FLOAT8 => array.as_primitive_opt().map(Column::Float8),
        types::BYTEA => array.as_binary_view_opt().map(Column::Bytes),
        types::NUMERIC => array.as_binary_view_opt().map(Column::Numeric),
        types::DATE => array.as_primitive_opt().map(Column::Date),
        types::TIME => array.as_primitive_opt().map(Column::Time),
        types::TIMETZ => array.as_fixed_size_binary_opt().map(Column::TimeTz),
        types::TIMESTAMP => array.as_primitive_opt().map(Column::Timestamp),
        types::TIMESTAMPTZ => array.as_primitive_opt().map(Column::TimestampTz),
        types::INTERVAL => array.as_primitive_opt().map(Column::Interval),
        types::UUID => array.as_fixed_size_binary_opt().map(Column::Uuid),
        _ if types::oid_like(kind) => array.as_primitive_opt().map(Column::Named),
        _ => {
            if let (Some(arrays), Some(items)) = (Arrays::of(array), array::elements(array)) {
                let Some(element) = types::element(kind) else {
                    return Ok(None);
                };
                let elements = Writer::new(items, element, style, names)?;
                return Ok(Some(Column::List(Box::new(arrays), Box::new(elements))));
            }
            if let Some(record) = array.as_any().downcast_ref::<StructArray>() {
                let fields = record
                    .fields()
                    .iter()
                    .zip(record.columns())
                    .map(|(field, child)| Writer::new(child, field_kind(field), style, names));
                return Ok(Some(Column::Record(fields.collect::<Result<_, _>>()?)));
            }
            match types::element(kind) {
                Some(_) => None,
                None if printed::known(kind) => array.as_string_view_opt().map(Column::Printed),
                None => array.as_string_view_opt().map(Column::Text),
            }
        }
    })
}

fn integer(value: impl itoa::Integer, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

/// Microseconds since midnight and seconds west of UTC of a stored `timetz`.
pub fn split_timetz(bytes: &[u8]) -> Result<(i64, i32), Fault> {
    match bytes.split_first_chunk::<8>() {
        Some((micros, rest)) => match rest.first_chunk::<4>() {
            Some(west) => Ok((i64::from_le_bytes(*micros), i32::from_le_bytes(*west))),
            None => Err(Fault::internal("stored timetz is too short")),
        },
        None => Err(Fault::internal("stored timetz is too short")),
    }
}

/// The stored form of a `timetz`.
pub fn join_timetz(micros: i64, west: i32) -> [u8; 12] {
    let mut bytes = [0; 12];
    for (to, from) in bytes
        .iter_mut()
        .zip(micros.to_le_bytes().into_iter().chain(west.to_le_bytes()))
    {
        *to = from;
    }
    bytes
}

const HEX: &[u8; 16] = b"0123456789abcdef";

fn hex(byte: u8, out: &mut Vec<u8>) {
    for nibble in [byte >> 4, byte & 15] {
        out.push(HEX.get(usize::from(nibble)).copied().unwrap_or(b'0'));
    }
}

/// Appends a `bytea` as `\x…`, or escaped.
pub fn bytea(bytes: &[u8], escape: bool, out: &mut Vec<u8>) {
    if !escape {
        out.reserve(2 + bytes.len() * 2);
        out.extend_from_slice(b"\\x");
        for byte in bytes {
            hex(*byte, out);
        }
        return;
    }
    for byte in bytes {
        match byte {
            b'\\' => out.extend_from_slice(b"\\\\"),
            0x20..=0x7e => out.push(*byte),
            _ => {
                out.push(b'\\');
                for shift in [6, 3, 0] {
                    out.push(b'0' + ((byte >> shift) & 7));
                }
            }
        }
    }
}

/// Appends a `uuid`.
pub fn uuid(bytes: &[u8], out: &mut Vec<u8>) {
    for (at, byte) in bytes.iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            out.push(b'-');
        }
        hex(*byte, out);
    }
}

fn record(fields: &[Writer<'_>], row: usize, out: &mut Vec<u8>) -> Result<(), Fault> {
    out.push(b'(');
    let mut text = Vec::new();
    for (at, field) in fields.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        if !field.null(row) {
            text.clear();
            field.write(row, &mut text)?;
            literal::quote_field(&text, out);
        }
    }
    out.push(b')');
    Ok(())
}
