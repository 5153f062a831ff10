//! Reading one value from its binary form: parameters of the extended protocol.

mod printed;

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BinaryViewArray, BooleanArray, FixedSizeBinaryArray, Float32Array,
    Float64Array, Int16Array, Int32Array, Int64Array, IntervalMonthDayNanoArray, ListArray,
    StringViewArray, Time64MicrosecondArray, TimestampMicrosecondArray, UInt32Array, UInt64Array,
    new_empty_array, new_null_array,
};
use arrow::buffer::{OffsetBuffer, ScalarBuffer};
use arrow::compute::concat;
use arrow::datatypes::{DataType, Field};

use super::{EPOCH_DAYS, EPOCH_MICROS};
use crate::ident::Oid;
use crate::pg::array::{Dimension, Shape, Shapes};
use crate::pg::charset::{self, Charset};
use crate::pg::datetime::{DATE_INFINITY, DATE_NEGATIVE_INFINITY, INFINITY, NEGATIVE_INFINITY};
use crate::pg::interval::Interval;
use crate::pg::numeric::Numeric;
use crate::pg::text::join_timetz;
use crate::pg::{Fault, SqlState, json, jsonpath, types};

/// Takes bytes from the front, or says that there are too few.
struct Message<'a> {
    rest: &'a [u8],
    /// What its texts are in; `None` for UTF-8.
    charset: Option<&'static Charset>,
}

impl<'a> Message<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], Fault> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or_else(|| {
            Fault::new(
                SqlState::PROTOCOL_VIOLATION,
                "insufficient data left in message",
            )
        })?;
        self.rest = rest;
        Ok(taken)
    }

    fn bytes<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let mut bytes = [0; N];
        bytes.copy_from_slice(self.take(N)?);
        Ok(bytes)
    }

    fn int4(&mut self) -> Result<i32, Fault> {
        Ok(i32::from_be_bytes(self.bytes()?))
    }

    fn int8(&mut self) -> Result<i64, Fault> {
        Ok(i64::from_be_bytes(self.bytes()?))
    }

    fn text(&mut self) -> Result<Cow<'a, str>, Fault> {
        charset::take(self.charset, std::mem::take(&mut self.rest))
    }
}

/// Reads a value of a type as an array of one element; its texts are in a character set, `None` for
/// UTF-8. Bytes left over are 22P03.
pub fn read(kind: Oid, bytes: &[u8], charset: Option<&'static Charset>) -> Result<ArrayRef, Fault> {
    let mut message = Message {
        rest: bytes,
        charset,
    };
    let array = value(kind, &mut message)?;
    if message.rest.is_empty() {
        Ok(array)
    } else {
        Err(malformed("incorrect binary data format"))
    }
}

fn malformed(message: &str) -> Fault {
    Fault::new(SqlState::INVALID_BINARY_REPRESENTATION, message)
}

fn value(kind: Oid, message: &mut Message<'_>) -> Result<ArrayRef, Fault> {
    Ok(match kind {
        types::BOOL => Arc::new(BooleanArray::from(vec![message.bytes::<1>()? != [0]])),
        types::INT2 => {
            let value = i16::from_be_bytes(message.bytes()?);
            Arc::new(Int16Array::from(vec![value]))
        }
        types::INT4 => Arc::new(Int32Array::from(vec![message.int4()?])),
        types::INT8 => Arc::new(Int64Array::from(vec![message.int8()?])),
        types::XID8 => Arc::new(UInt64Array::from(vec![message.int8()?.cast_unsigned()])),
        types::FLOAT4 => {
            let value = f32::from_be_bytes(message.bytes()?);
            Arc::new(Float32Array::from(vec![value]))
        }
        types::FLOAT8 => {
            let value = f64::from_be_bytes(message.bytes()?);
            Arc::new(Float64Array::from(vec![value]))
        }
        types::BYTEA => {
            let rest = std::mem::take(&mut message.rest);
            Arc::new(BinaryViewArray::from_iter_values([rest]))
        }
        types::NUMERIC => {
            let rest = std::mem::take(&mut message.rest);
            let stored = Numeric::read_binary(rest)?.to_bytes();
            Arc::new(BinaryViewArray::from_iter_values([stored]))
        }
        types::DATE
        | types::TIME
        | types::TIMETZ
        | types::TIMESTAMP
        | types::TIMESTAMPTZ
        | types::INTERVAL => time_value(kind, message)?,
        types::UUID => fixed(&message.bytes::<16>()?)?,
        types::JSON | types::JSONB | types::JSONPATH => text(&document(kind, message)?),
        types::RECORD => {
            return Err(Fault::new(
                SqlState::FEATURE_NOT_SUPPORTED,
                "input of anonymous composite types is not implemented",
            ));
        }
        types::XID | types::CID => {
            Arc::new(UInt32Array::from(vec![message.int4()?.cast_unsigned()]))
        }
        _ if types::oid_like(kind) => {
            Arc::new(UInt32Array::from(vec![message.int4()?.cast_unsigned()]))
        }
        _ if crate::pg::printed::known(kind) => text(&printed::value(kind, message)?),
        _ => match types::element(kind) {
            Some(element) => list(element, message)?,
            None if types::row_type(kind) => {
                return Err(Fault::unsupported("binary input of rows"));
            }
            None => text(&message.text()?),
        },
    })
}

/// A document as it is stored; all but `json` come with the number of their format.
fn document(kind: Oid, message: &mut Message<'_>) -> Result<String, Fault> {
    if kind == types::JSON {
        let document = message.text()?;
        json::check(&document)?;
        return Ok(document.into_owned());
    }
    let (name, normalize): (_, fn(&str) -> Result<String, Fault>) = match kind {
        types::JSONB => ("jsonb", json::normalize),
        _ => ("jsonpath", jsonpath::normalize),
    };
    if message.bytes::<1>()? != [1] {
        return Err(malformed(&format!("unsupported {name} version number")));
    }
    normalize(&message.text()?)
}

fn text(value: &str) -> ArrayRef {
    Arc::new(StringViewArray::from_iter_values([value]))
}

fn fixed(bytes: &[u8]) -> Result<ArrayRef, Fault> {
    FixedSizeBinaryArray::try_from_iter([bytes].into_iter())
        .map(|array| Arc::new(array) as ArrayRef)
        .map_err(|_| Fault::internal("fixed width differs"))
}

fn time_value(kind: Oid, message: &mut Message<'_>) -> Result<ArrayRef, Fault> {
    let range = |what: &str| {
        Fault::new(
            SqlState::DATETIME_FIELD_OVERFLOW,
            format!("{what} out of range"),
        )
    };
    Ok(match kind {
        types::DATE => {
            let day = match message.int4()? {
                day @ (DATE_INFINITY | DATE_NEGATIVE_INFINITY) => day,
                day => day.checked_add(EPOCH_DAYS).ok_or_else(|| range("date"))?,
            };
            Arc::new(arrow::array::Date32Array::from(vec![day]))
        }
        types::TIME => Arc::new(Time64MicrosecondArray::from(vec![clock(message)?])),
        types::TIMETZ => {
            let micros = clock(message)?;
            fixed(&join_timetz(micros, message.int4()?))?
        }
        types::TIMESTAMP | types::TIMESTAMPTZ => {
            let micros = match message.int8()? {
                micros @ (INFINITY | NEGATIVE_INFINITY) => micros,
                micros => micros
                    .checked_add(EPOCH_MICROS)
                    .ok_or_else(|| range("timestamp"))?,
            };
            Arc::new(
                TimestampMicrosecondArray::from(vec![micros]).with_data_type(types::storage(kind)),
            )
        }
        _ => {
            let micros = message.int8()?;
            let days = message.int4()?;
            let months = message.int4()?;
            let value = Interval {
                months,
                days,
                micros,
            };
            Arc::new(IntervalMonthDayNanoArray::from(vec![value.to_arrow()]))
        }
    })
}

fn clock(message: &mut Message<'_>) -> Result<i64, Fault> {
    let micros = message.int8()?;
    if (0..=crate::pg::datetime::DAY).contains(&micros) {
        Ok(micros)
    } else {
        Err(Fault::new(
            SqlState::DATETIME_FIELD_OVERFLOW,
            "time out of range",
        ))
    }
}

fn list(element: Oid, message: &mut Message<'_>) -> Result<ArrayRef, Fault> {
    let dimensions = message.int4()?;
    let flags = message.int4()?;
    let sent = Oid(message.int4()?.cast_unsigned());
    if !(0..=6).contains(&dimensions) || !(0..=1).contains(&flags) {
        return Err(malformed("invalid array header"));
    }
    if sent != element {
        return Err(Fault::new(
            SqlState::DATATYPE_MISMATCH,
            format!("binary data has array element type {sent} instead of expected {element}"),
        ));
    }
    let dimensions = (0..dimensions)
        .map(|_| {
            let length = message.int4()?;
            let lower = message.int4()?;
            Ok(Dimension { length, lower })
        })
        .collect::<Result<Vec<_>, Fault>>()?;
    let shape = Shape::new(&dimensions)?;
    let storage = types::storage(element);
    let mut parts = Vec::new();
    for _ in 0..shape.size() {
        let size = message.int4()?;
        parts.push(match usize::try_from(size) {
            Ok(size) => read(element, message.take(size)?, message.charset)?,
            Err(_) if size == -1 => new_null_array(&storage, 1),
            Err(_) => return Err(malformed("invalid array header")),
        });
    }
    whole_list(&storage, &parts, &shape)
}

fn whole_list(storage: &DataType, parts: &[ArrayRef], shape: &Shape) -> Result<ArrayRef, Fault> {
    let internal = |_| Fault::internal("array elements differ in storage");
    let values = if parts.is_empty() {
        new_empty_array(storage)
    } else {
        let parts: Vec<&dyn Array> = parts.iter().map(AsRef::as_ref).collect();
        concat(&parts).map_err(internal)?
    };
    let end = i32::try_from(values.len()).map_err(|_| malformed("invalid array header"))?;
    let item = Arc::new(Field::new("item", storage.clone(), true));
    let offsets = OffsetBuffer::new(ScalarBuffer::from(vec![0, end]));
    let mut shapes = Shapes::default();
    shapes.push(Some(shape), values.len());
    shapes.over(ListArray::try_new(item, offsets, values, None).map_err(internal)?)
}
