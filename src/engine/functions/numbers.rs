//! Numerics as arguments and results of kernels.

use arrow::array::{Array, ArrayRef, AsArray, BinaryViewArray, BinaryViewBuilder};
use arrow::datatypes::DataType;

use super::call::{Input, Output};
use crate::pg::Fault;
use crate::pg::numeric::Numeric;

/// A numeric. As an argument it is a result, because stored bytes might be damaged.
pub(crate) struct Value(pub(crate) Numeric);

impl Input for Value {
    type Array = BinaryViewArray;
    type Value<'a> = Result<Numeric, Fault>;

    fn downcast(array: &ArrayRef) -> Option<BinaryViewArray> {
        array.as_binary_view_opt().cloned()
    }

    fn read(array: &BinaryViewArray, row: usize) -> Option<Result<Numeric, Fault>> {
        (!array.is_null(row)).then(|| Numeric::decode(array.value(row)))
    }
}

impl Output for Value {
    fn collect(
        values: impl Iterator<Item = Result<Option<Self>, Fault>>,
        rows: usize,
        _: &DataType,
    ) -> Result<ArrayRef, Fault> {
        let mut builder = BinaryViewBuilder::with_capacity(rows);
        let mut bytes = Vec::with_capacity(18);
        for value in values {
            match value? {
                Some(Self(value)) => {
                    bytes.clear();
                    value.encode(&mut bytes);
                    builder.append_value(&bytes);
                }
                None => builder.append_null(),
            }
        }
        Ok(std::sync::Arc::new(builder.finish()))
    }
}
