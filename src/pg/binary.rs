//! The binary form of values, as PostgreSQL's send and receive functions have it.
//!
//! [`Writer`] prints the values of an array, [`fn@read`] makes an array of one value.

mod read;

pub use read::read;

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

use super::text::{field_kind, scalar, split_timetz};
use crate::ident::Oid;
use crate::pg::array::{self, Arrays};
use crate::pg::charset::{self, Charset};
use crate::pg::datetime::{DATE_INFINITY, DATE_NEGATIVE_INFINITY, INFINITY, NEGATIVE_INFINITY};
use crate::pg::interval::Interval;
use crate::pg::numeric::Numeric;
use crate::pg::{Fault, SqlState, printed, types};

/// Days from 1970 to 2000, where PostgreSQL counts from.
const EPOCH_DAYS: i32 = 10_957;
/// Microseconds from 1970 to 2000.
const EPOCH_MICROS: i64 = 946_684_800_000_000;

/// Writes the values of one array in binary.
pub struct Writer<'a> {
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
    Float4(&'a PrimitiveArray<Float32Type>),
    Float8(&'a PrimitiveArray<Float64Type>),
    Text(&'a StringViewArray),
    /// Text of another character set.
    Recoded(&'a StringViewArray, &'static Charset),
    Jsonb(&'a StringViewArray, Option<&'static Charset>),
    Printed(&'a StringViewArray, Option<&'static Charset>),
    /// A type without a binary form.
    NoForm,
    /// `"char"`: one byte, zero when empty.
    Byte(&'a StringViewArray),
    Bytes(&'a BinaryViewArray),
    Numeric(&'a BinaryViewArray),
    Date(&'a PrimitiveArray<Date32Type>),
    Time(&'a PrimitiveArray<Time64MicrosecondType>),
    TimeTz(&'a FixedSizeBinaryArray),
    Timestamp(&'a PrimitiveArray<TimestampMicrosecondType>),
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

impl<'a> Writer<'a> {
    /// A writer for an array that stores values of `kind`.
    pub fn new(array: &'a dyn Array, kind: Oid) -> Result<Self, Fault> {
        Self::within(array, kind, None)
    }

    /// A writer whose texts are in the character set of a client; `None` for UTF-8.
    pub fn within(
        array: &'a dyn Array,
        kind: Oid,
        charset: Option<&'static Charset>,
    ) -> Result<Self, Fault> {
        match column(array, kind, charset)? {
            Some(column) => Ok(Self {
                kind,
                column,
                array,
            }),
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

    /// Appends the value at `row`, which is not NULL.
    pub fn write(&self, row: usize, out: &mut Vec<u8>) -> Result<(), Fault> {
        match &self.column {
            Column::Bool(array) => out.push(u8::from(array.value(row))),
            Column::Int2(array) => out.extend_from_slice(&array.value(row).to_be_bytes()),
            Column::Int4(array) => out.extend_from_slice(&array.value(row).to_be_bytes()),
            Column::Int8(array) => out.extend_from_slice(&array.value(row).to_be_bytes()),
            Column::UInt4(array) => out.extend_from_slice(&array.value(row).to_be_bytes()),
            Column::UInt8(array) => out.extend_from_slice(&array.value(row).to_be_bytes()),
            Column::Float4(array) => out.extend_from_slice(&array.value(row).to_be_bytes()),
            Column::Float8(array) => out.extend_from_slice(&array.value(row).to_be_bytes()),
            Column::Text(array) => out.extend_from_slice(array.value(row).as_bytes()),
            Column::Recoded(array, charset) => {
                let text = array.value(row);
                if self.kind == types::XML && !text.starts_with("<?xml") {
                    let name = charset.name();
                    out.extend_from_slice(
                        format!("<?xml version=\"1.0\" encoding=\"{name}\"?>").as_bytes(),
                    );
                }
                charset.write(text, out)?;
            }
            Column::NoForm => {
                return Err(Fault::new(
                    SqlState::UNDEFINED_FUNCTION,
                    "no binary output function available for type aclitem",
                ));
            }
            Column::Byte(array) => out.push(scalar::char_byte(array.value(row))),
            Column::Jsonb(array, charset) => {
                out.push(1);
                charset::put(*charset, array.value(row), out)?;
            }
            Column::Printed(array, charset) => {
                printed::binary(self.kind, array.value(row), *charset, out)?;
            }
            Column::Bytes(array) => out.extend_from_slice(array.value(row)),
            Column::Numeric(array) => Numeric::decode(array.value(row))?.write_binary(out),
            Column::Date(array) => out.extend_from_slice(&day(array.value(row)).to_be_bytes()),
            Column::Time(array) => out.extend_from_slice(&array.value(row).to_be_bytes()),
            Column::TimeTz(array) => {
                let (micros, west) = split_timetz(array.value(row))?;
                out.extend_from_slice(&micros.to_be_bytes());
                out.extend_from_slice(&west.to_be_bytes());
            }
            Column::Timestamp(array) => {
                out.extend_from_slice(&moment(array.value(row)).to_be_bytes());
            }
            Column::Interval(array) => {
                let value = Interval::from_arrow(array.value(row));
                out.extend_from_slice(&value.micros.to_be_bytes());
                out.extend_from_slice(&value.days.to_be_bytes());
                out.extend_from_slice(&value.months.to_be_bytes());
            }
            Column::Uuid(array) => out.extend_from_slice(array.value(row)),
            Column::List(arrays, elements) => list(arrays, elements, row, out)?,
            Column::Record(fields) => {
                out.extend_from_slice(&length(fields.len())?.to_be_bytes());
                for field in fields {
                    out.extend_from_slice(&field.kind.0.to_be_bytes());
                    field.sized(row, out)?;
                }
            }
            Column::Null => {}
        }
        Ok(())
    }

    /// Appends the length (-1 for NULL) and the value.
    pub fn sized(&self, row: usize, out: &mut Vec<u8>) -> Result<(), Fault> {
        if self.null(row) {
            out.extend_from_slice(&(-1_i32).to_be_bytes());
            return Ok(());
        }
        let start = out.len();
        out.extend_from_slice(&[0; 4]);
        self.write(row, out)?;
        let size = length(out.len() - start - 4)?.to_be_bytes();
        for (to, from) in out.iter_mut().skip(start).zip(size) {
            *to = from;
        }
        Ok(())
    }
}

fn list(
    arrays: &Arrays,
    elements: &Writer<'_>,
    row: usize,
    out: &mut Vec<u8>,
) -> Result<(), Fault> {
    let range = arrays.range(row);
    let shape = arrays.shape(row);
    let nulls = range.clone().any(|at| elements.null(at));
    out.extend_from_slice(&length(shape.dimensions().len())?.to_be_bytes());
    out.extend_from_slice(&i32::from(nulls).to_be_bytes());
    out.extend_from_slice(&elements.kind.0.to_be_bytes());
    for dimension in shape.dimensions() {
        out.extend_from_slice(&dimension.length.to_be_bytes());
        out.extend_from_slice(&dimension.lower.to_be_bytes());
    }
    for at in range {
        elements.sized(at, out)?;
    }
    Ok(())
}

fn length(count: usize) -> Result<i32, Fault> {
    i32::try_from(count).map_err(|_| {
        Fault::new(
            SqlState::PROGRAM_LIMIT_EXCEEDED,
            "a value is too large to be sent",
        )
    })
}

fn day(days: i32) -> i32 {
    match days {
        DATE_INFINITY | DATE_NEGATIVE_INFINITY => days,
        _ => days.saturating_sub(EPOCH_DAYS),
    }
}

fn moment(micros: i64) -> i64 {
    match micros {
        INFINITY | NEGATIVE_INFINITY => micros,
        _ => micros.saturating_sub(EPOCH_MICROS),
    }
}

fn column<'a>(
    array: &'a dyn Array,
    kind: Oid,
    charset: Option<&'static Charset>,
) -> Result<Option<Column<'a>>, Fault> {
    let texts = || array.as_string_view_opt();
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
        types::ACLITEM => Some(Column::NoForm),
        types::CHAR => array.as_string_view_opt().map(Column::Byte),
        types::JSONB | types::JSONPATH => texts().map(|array| Column::Jsonb(array, charset)),
        _ if types::oid_like(kind) => array.as_primitive_opt().map(Column::UInt4),
        _ => {
            if let (Some(arrays), Some(items)) = (Arrays::of(array), array::elements(array)) {
                let Some(element) = types::element(kind) else {
                    return Ok(None);
                };
                let elements = Writer::within(items, element, charset)?;
                return Ok(Some(Column::List(Box::new(arrays), Box::new(elements))));
            }
            if let Some(record) = array.as_any().downcast_ref::<StructArray>() {
                let fields = record
                    .fields()
                    .iter()
                    .zip(record.columns())
                    .map(|(field, child)| Writer::within(child, field_kind(field), charset));
                return Ok(Some(Column::Record(fields.collect::<Result<_, _>>()?)));
            }
            match types::element(kind) {
                Some(_) => None,
                None if printed::known(kind) => {
                    texts().map(|array| Column::Printed(array, charset))
                }
                None => texts().map(|array| match charset {
                    Some(charset) => Column::Recoded(array, charset),
                    None => Column::Text(array),
                }),
            }
        }
    })
}

#[cfg(test)]
mod tests;
