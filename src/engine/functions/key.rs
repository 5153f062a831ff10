//! Comparable forms of values whose storage does not compare as PostgreSQL does.
//!
//! The analyzer puts [`sort_key`] around both sides of a comparison and around keys of ORDER BY,
//! GROUP BY, DISTINCT, PARTITION BY and joins. Floats stay floats (one NaN, one zero) and `bpchar`
//! stays text (without the padding); everything else becomes the bytes of [`crate::pg::key`].

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BinaryViewBuilder, Float32Array, StringViewBuilder};
use arrow::compute::unary;
use arrow::datatypes::{DataType, Float32Type, Float64Type};
use datafusion::common::{DataFusionError, Result as PlanResult, ScalarValue};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use crate::engine::catalog::system::system;
use crate::ident::Oid;
use crate::pg::key::{Keys, canonical};
use crate::pg::{Fault, Type, printed, types};

/// The function that makes the comparable form of a type; `None` where the storage compares itself.
pub(crate) fn sort_key(kind: Type) -> Option<ScalarUDF> {
    let needed = matches!(
        kind.oid,
        types::NUMERIC
            | types::INTERVAL
            | types::TIMETZ
            | types::JSONB
            | types::BPCHAR
            | types::FLOAT4
            | types::FLOAT8
            | types::RECORD
    ) || types::element(kind.oid).is_some()
        || printed::known(kind.oid)
        || types::row_type(kind.oid)
        || system()
            .type_by_oid(kind.oid)
            .is_some_and(|row| row.kind == 'c');
    needed.then(|| {
        ScalarUDF::new_from_impl(SortKey {
            oid: kind.oid,
            name: format!("sort_key_{}", kind.oid),
            signature: Signature::any(1, Volatility::Immutable),
        })
    })
}

/// Whether a function makes comparable forms.
pub(crate) fn is_sort_key(function: &ScalarUDF) -> bool {
    function.inner().is::<SortKey>()
}

/// The comparable form of one value, if the function makes such forms and the value has one.
pub(super) fn key_of(function: &ScalarUDF, value: &ScalarValue) -> Option<ArrayRef> {
    let key = function.inner().downcast_ref::<SortKey>()?;
    keys(&value.to_array().ok()?, key.oid).ok()
}

#[derive(Debug)]
struct SortKey {
    oid: Oid,
    name: String,
    signature: Signature,
}

impl PartialEq for SortKey {
    fn eq(&self, other: &Self) -> bool {
        self.oid == other.oid
    }
}

impl Eq for SortKey {}

impl Hash for SortKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.oid.hash(state);
    }
}

impl ScalarUDFImpl for SortKey {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> PlanResult<DataType> {
        Ok(match self.oid {
            types::FLOAT4 | types::FLOAT8 | types::BPCHAR => types::storage(self.oid),
            _ => DataType::BinaryView,
        })
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> PlanResult<ColumnarValue> {
        let fail = |fault| DataFusionError::External(Box::new(fault));
        match args.args.first() {
            Some(ColumnarValue::Array(array)) => keys(array, self.oid)
                .map(ColumnarValue::Array)
                .map_err(fail),
            Some(ColumnarValue::Scalar(value)) => {
                let array = keys(&value.to_array()?, self.oid).map_err(fail)?;
                ScalarValue::try_from_array(&array, 0).map(ColumnarValue::Scalar)
            }
            None => Err(fail(Fault::internal("a sort key of nothing"))),
        }
    }
}

/// The comparable forms of the values of an array.
pub(crate) fn keys(array: &ArrayRef, oid: Oid) -> Result<ArrayRef, Fault> {
    if let Some(floats) = array.as_primitive_opt::<Float64Type>() {
        return Ok(Arc::new(unary::<_, _, Float64Type>(floats, canonical)));
    }
    if let Some(floats) = array.as_primitive_opt::<Float32Type>() {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the value came from this width"
        )]
        let keys: Float32Array = unary(floats, |value: f32| canonical(f64::from(value)) as f32);
        return Ok(Arc::new(keys));
    }
    if oid == types::BPCHAR
        && let Some(texts) = array.as_string_view_opt()
    {
        let mut builder = StringViewBuilder::with_capacity(texts.len());
        for text in texts {
            builder.append_option(text.map(|text| text.trim_end_matches(' ')));
        }
        return Ok(Arc::new(builder.finish()));
    }
    let keys = Keys::new(array, oid)?;
    let mut builder = BinaryViewBuilder::with_capacity(array.len());
    let mut key = Vec::with_capacity(32);
    for row in 0..array.len() {
        if keys.null(row) {
            builder.append_null();
        } else {
            key.clear();
            keys.write(row, &mut key)?;
            builder.append_value(&key);
        }
    }
    Ok(Arc::new(builder.finish()))
}
