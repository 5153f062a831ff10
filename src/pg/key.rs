//! Sort keys: bytes that compare as the values of a type do in PostgreSQL.
//!
//! Equal values give equal keys, and no key of a type is the beginning of another, so keys of
//! elements can be put one after another. Elements and fields are preceded by [`PRESENT`] or
//! [`NULL`], and an array ends with a smaller byte that tells its shape: NULL sorts last, the shorter
//! of two arrays first, and arrays of the same elements by number of dimensions, lengths and bounds.

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

use super::text::{field_kind, split_timetz};
use crate::ident::Oid;
use crate::pg::array::{self, Arrays, Shape};
use crate::pg::datetime::SECOND;
use crate::pg::interval::Interval;
use crate::pg::numeric::Numeric;
use crate::pg::{Fault, json, printed, types};

/// The end of an array without dimensions.
const EMPTY: u8 = 0;
/// The end of an array of one dimension that begins below 1, at 1, or above 1; all but the second
/// are followed by where.
const LOW: u8 = 1;
const PLAIN: u8 = 2;
const HIGH: u8 = 3;
/// What is added to a number of dimensions from 2 to 6 to give the end of such an array.
const NESTED: u8 = 2;
const PRESENT: u8 = 9;
const NULL: u8 = 10;

/// Writes the sort keys of the values of one array.
pub struct Keys<'a> {
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
    Float4(&'a PrimitiveArray<Float32Type>),
    Float8(&'a PrimitiveArray<Float64Type>),
    Text(&'a StringViewArray),
    Padded(&'a StringViewArray),
    Jsonb(&'a StringViewArray),
    Printed(&'a StringViewArray, Oid),
    Bytes(&'a BinaryViewArray),
    Numeric(&'a BinaryViewArray),
    Date(&'a PrimitiveArray<Date32Type>),
    Time(&'a PrimitiveArray<Time64MicrosecondType>),
    TimeTz(&'a FixedSizeBinaryArray),
    Timestamp(&'a PrimitiveArray<TimestampMicrosecondType>),
    Interval(&'a PrimitiveArray<IntervalMonthDayNanoType>),
    Uuid(&'a FixedSizeBinaryArray),
    List(Box<Arrays>, Box<Keys<'a>>),
    Record(Vec<Keys<'a>>),
    Null,
}

impl fmt::Debug for Keys<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys")
    }
}

impl<'a> Keys<'a> {
    /// The keys of an array that stores values of `kind`.
    pub fn new(array: &'a dyn Array, kind: Oid) -> Result<Self, Fault> {
        match column(array, kind)? {
            Some(column) => Ok(Self { column, array }),
            None => Err(Fault::internal(format!(
                "type {kind} is stored as {}, not {}",
                array.data_type(),
                types::storage(kind)
            ))),
        }
    }

    /// Whether the value at `row` is NULL.
    pub fn null(&self, row: usize) -> bool {
        matches!(self.column, Column::Null) || self.array.is_null(row)
    }

    /// Appends the key of the value at `row`, which is not NULL.
    pub fn write(&self, row: usize, out: &mut Vec<u8>) -> Result<(), Fault> {
        match &self.column {
            Column::Bool(array) => out.push(u8::from(array.value(row))),
            Column::Int2(array) => {
                let biased = array.value(row).cast_unsigned() ^ (1 << 15);
                out.extend_from_slice(&biased.to_be_bytes());
            }
            Column::Int4(array) => int4(array.value(row), out),
            Column::Int8(array) => int8(array.value(row), out),
            Column::UInt4(array) => out.extend_from_slice(&array.value(row).to_be_bytes()),
            Column::UInt8(array) => out.extend_from_slice(&array.value(row).to_be_bytes()),
            Column::Float4(array) => float(f64::from(array.value(row)), out),
            Column::Float8(array) => float(array.value(row), out),
            Column::Text(array) => json::bytes_key(array.value(row).as_bytes(), out),
            Column::Padded(array) => {
                json::bytes_key(array.value(row).trim_end_matches(' ').as_bytes(), out);
            }
            Column::Jsonb(array) => json::sort_key(array.value(row), out)?,
            Column::Printed(array, kind) => printed::key(*kind, array.value(row), out)?,
            Column::Bytes(array) => json::bytes_key(array.value(row), out),
            Column::Numeric(array) => Numeric::decode(array.value(row))?.sort_key(out),
            Column::Date(array) => int4(array.value(row), out),
            Column::Time(array) => int8(array.value(row), out),
            Column::TimeTz(array) => {
                let (micros, west) = split_timetz(array.value(row))?;
                int8(micros + i64::from(west) * SECOND, out);
                int4(west, out);
            }
            Column::Timestamp(array) => int8(array.value(row), out),
            Column::Interval(array) => Interval::from_arrow(array.value(row)).sort_key(out),
            Column::Uuid(array) => out.extend_from_slice(array.value(row)),
            Column::List(arrays, elements) => {
                for at in arrays.range(row) {
                    elements.part(at, out)?;
                }
                end(&arrays.shape(row), out);
            }
            Column::Record(fields) => {
                for field in fields {
                    field.part(row, out)?;
                }
            }
            Column::Null => {}
        }
        Ok(())
    }

    /// The key of an element or a field, which may be NULL.
    fn part(&self, row: usize, out: &mut Vec<u8>) -> Result<(), Fault> {
        if self.null(row) {
            out.push(NULL);
            Ok(())
        } else {
            out.push(PRESENT);
            self.write(row, out)
        }
    }
}

/// Ends an array: one byte for the usual shape.
fn end(shape: &Shape, out: &mut Vec<u8>) {
    match shape.dimensions() {
        [] => out.push(EMPTY),
        [only] => match only.lower {
            1 => out.push(PLAIN),
            lower => {
                out.push(if lower < 1 { LOW } else { HIGH });
                int4(lower, out);
            }
        },
        many => {
            let count = u8::try_from(many.len()).unwrap_or_default();
            out.push(NESTED.saturating_add(count));
            for dimension in many {
                int4(dimension.length, out);
            }
            for dimension in many {
                int4(dimension.lower, out);
            }
        }
    }
}

fn int4(value: i32, out: &mut Vec<u8>) {
    let biased = value.cast_unsigned() ^ (1 << 31);
    out.extend_from_slice(&biased.to_be_bytes());
}

fn int8(value: i64, out: &mut Vec<u8>) {
    let biased = value.cast_unsigned() ^ (1 << 63);
    out.extend_from_slice(&biased.to_be_bytes());
}

/// NaN is one value and the greatest; the two zeros are equal.
fn float(value: f64, out: &mut Vec<u8>) {
    let bits = canonical(value).to_bits();
    let ordered = if bits >> 63 == 1 {
        !bits
    } else {
        bits ^ (1 << 63)
    };
    out.extend_from_slice(&ordered.to_be_bytes());
}

/// One NaN instead of many, one zero instead of two.
pub fn canonical(value: f64) -> f64 {
    if value.is_nan() {
        f64::NAN
    } else if value == 0.0 {
        0.0
    } else {
        value
    }
}

fn column(array: &dyn Array, kind: Oid) -> Result<Option<Column<'_>>, Fault> {
    if array.data_type().is_null() {
        return Ok(Some(Column::Null));
    }
    Ok(match kind {
        types::BOOL => array.as_boolean_opt().map(Column::Bool),
        types::INT2 => array.as_primitive_opt().map(Column::Int2),
        types::INT4 => array.as_primitive_opt().map(Column::Int4),
        types::INT8 => array.as_primitive_opt().map(Column::Int8),
        types::XID | types::CID => array.as_primitive_opt().map(Column::UInt4),
        types::XID8 => array.as_primitive_opt().map(Column::UInt8),
        types::FLOAT4 => array.as_primitive_opt().map(Column::Float4),
        types::FLOAT8 => array.as_primitive_opt().map(Column::Float8),
        types::BYTEA => array.as_binary_view_opt().map(Column::Bytes),
        types::NUMERIC => array.as_binary_view_opt().map(Column::Numeric),
        types::DATE => array.as_primitive_opt().map(Column::Date),
        types::TIME => array.as_primitive_opt().map(Column::Time),
        types::TIMETZ => array.as_fixed_size_binary_opt().map(Column::TimeTz),
        types::TIMESTAMP | types::TIMESTAMPTZ => array.as_primitive_opt().map(Column::Timestamp),
        types::INTERVAL => array.as_primitive_opt().map(Column::Interval),
        types::UUID => array.as_fixed_size_binary_opt().map(Column::Uuid),
        types::JSONB => array.as_string_view_opt().map(Column::Jsonb),
        types::BPCHAR => array.as_string_view_opt().map(Column::Padded),
        _ if types::oid_like(kind) => array.as_primitive_opt().map(Column::UInt4),
        _ => {
            if let (Some(arrays), Some(items)) = (Arrays::of(array), array::elements(array)) {
                let Some(element) = types::element(kind) else {
                    return Ok(None);
                };
                let elements = Keys::new(items, element)?;
                return Ok(Some(Column::List(Box::new(arrays), Box::new(elements))));
            }
            if let Some(record) = array.as_any().downcast_ref::<StructArray>() {
                let fields = record
                    .fields()
                    .iter()
                    .zip(record.columns())
                    .map(|(field, child)| Keys::new(child, field_kind(field)));
                return Ok(Some(Column::Record(fields.collect::<Result<_, _>>()?)));
            }
            match types::element(kind) {
                Some(_) => None,
                None if printed::known(kind) => array
                    .as_string_view_opt()
                    .map(|array| Column::Printed(array, kind)),
                None => array.as_string_view_opt().map(Column::Text),
            }
        }
    })
}
