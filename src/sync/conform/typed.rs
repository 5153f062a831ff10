//! Values that come with an Arrow type: taken as they are when it is the declared one's, else
//! through their text, so that there is one set of conversion rules.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::kernels::cast::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, Date32Type, Decimal128Type, TimeUnit, TimestampMicrosecondType};

use super::json;
use crate::pg::{Type, types};
use crate::schema::arrow::file_type;

/// First and last day PostgreSQL's `date` has, in days from 1970.
const DAYS: std::ops::RangeInclusive<i32> = -2_440_588..=2_145_042_905;
/// First microsecond its timestamps have, from 1970; the last is past what 64 bits hold.
const FIRST_MICROSECOND: i64 = -210_866_803_200_000_000;

/// The same values when they need no conversion and all fit the declared type.
pub(super) fn same(of: Type, values: &ArrayRef) -> Option<ArrayRef> {
    let wanted = file_type(of);
    let values = plain(values)?;
    let values = match (values.data_type(), &wanted) {
        (DataType::Timestamp(_, _), DataType::Timestamp(TimeUnit::Microsecond, _)) => {
            cast(&values, &wanted)?
        }
        _ => values,
    };
    if !values.data_type().equals_datatype(&wanted) || !fits(of, values.as_ref()) {
        return None;
    }
    // The same type, but perhaps other names inside; take ours.
    cast(&values, &wanted)
}

/// Dictionaries, views and large variants as their plain types.
fn plain(values: &ArrayRef) -> Option<ArrayRef> {
    match values.data_type() {
        DataType::Dictionary(_, inner) => plain(&cast(values, inner)?),
        DataType::Utf8View | DataType::LargeUtf8 => cast(values, &DataType::Utf8),
        DataType::BinaryView | DataType::LargeBinary => cast(values, &DataType::Binary),
        _ => Some(Arc::clone(values)),
    }
}

fn cast(values: &ArrayRef, to: &DataType) -> Option<ArrayRef> {
    let options = CastOptions {
        safe: false,
        ..CastOptions::default()
    };
    cast_with_options(values, to, &options).ok()
}

/// Whether every value is one that PostgreSQL's type has.
fn fits(of: Type, values: &dyn Array) -> bool {
    match of.oid {
        types::BOOL
        | types::INT2
        | types::INT4
        | types::INT8
        | types::FLOAT4
        | types::FLOAT8
        | types::BYTEA
        | types::UUID => true,
        types::DATE => {
            let days = values.as_primitive::<Date32Type>();
            days.iter()
                .flatten()
                .all(|day| DAYS.contains(&day) || day == i32::MAX || day == i32::MIN)
        }
        types::TIMESTAMP | types::TIMESTAMPTZ => {
            let times = values.as_primitive::<TimestampMicrosecondType>();
            let mut times = times.iter().flatten();
            times.all(|time| time >= FIRST_MICROSECOND || time == i64::MIN)
        }
        types::NUMERIC => match values.data_type() {
            DataType::Decimal128(precision, _) => {
                let numbers = values.as_primitive::<Decimal128Type>();
                numbers.validate_decimal_precision(*precision).is_ok()
            }
            _ => false,
        },
        // Lengths, zero bytes, JSON's normal form and times past midnight are checked in their text.
        _ => match (types::element(of.oid), values.data_type()) {
            (Some(element), DataType::List(_)) => fits(
                Type {
                    oid: element,
                    modifier: of.modifier,
                },
                values.as_list::<i32>().values().as_ref(),
            ),
            _ => false,
        },
    }
}

/// The text of each value, as the declared type reads it.
pub(super) struct Texts {
    values: ArrayRef,
    json: bool,
}

impl Texts {
    pub(super) fn new(of: Type, values: &ArrayRef) -> Self {
        let values = plain(values).unwrap_or_else(|| Arc::clone(values));
        // A text holds JSON already; anything else becomes JSON where JSON or an array is wanted.
        let nested = matches!(
            values.data_type(),
            DataType::List(_)
                | DataType::LargeList(_)
                | DataType::FixedSizeList(..)
                | DataType::Struct(_)
        );
        let document = matches!(of.oid, types::JSON | types::JSONB);
        let json = nested || (document && *values.data_type() != DataType::Utf8);
        Self { values, json }
    }

    /// One value's text; `None` for NULL.
    pub(super) fn get(&self, row: usize) -> Option<String> {
        if self.values.is_null(row) {
            return None;
        }
        if self.json {
            let mut text = String::new();
            json::write_value(self.values.as_ref(), row, &mut text);
            return Some(text);
        }
        Some(match self.values.data_type() {
            DataType::Binary => hex(self.values.as_binary::<i32>().value(row)),
            DataType::FixedSizeBinary(_) => hex(self.values.as_fixed_size_binary().value(row)),
            _ => json::display(self.values.as_ref(), row),
        })
    }
}

fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().map(|byte| format!("{byte:02x}"));
    std::iter::once("\\x".to_owned()).chain(digits).collect()
}
