//! Literals as values of a type.

use arrow::array::new_null_array;
use datafusion::common::ScalarValue;

use crate::engine::functions::Context;
use crate::pg::{Fault, Type, types};

/// NULL of a type.
pub(super) fn null(kind: Type) -> Result<ScalarValue, Fault> {
    let storage = types::storage(kind.oid);
    ScalarValue::try_from_array(&new_null_array(&storage, 1), 0)
        .map_err(|_| Fault::internal("no NULL of this type"))
}

/// The value that a text means in a type (its input function).
pub(super) fn parse(kind: Type, text: &str, context: &Context) -> Result<ScalarValue, Fault> {
    let array = crate::engine::functions::input(kind, text, context)?;
    ScalarValue::try_from_array(&array, 0).map_err(|_| Fault::internal("no literal of this type"))
}
