//! Columns of files in the storage of their types: decimals as `numeric`, lists as arrays.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BinaryViewBuilder, ListArray};
use arrow::datatypes::{DataType, Decimal128Type, Field, FieldRef};
use datafusion::common::config::ConfigOptions;
use datafusion::common::{DataFusionError, Result as PlanResult};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use datafusion::physical_expr::{PhysicalExpr, ScalarFunctionExpr};

use crate::pg::numeric::Numeric;
use crate::pg::{Fault, array};

/// Reads a column of decimals or of lists as the type it is served in.
pub(super) fn as_stored(
    column: Arc<dyn PhysicalExpr>,
    from: &DataType,
    to: &FieldRef,
) -> Arc<dyn PhysicalExpr> {
    let function = ScalarUDF::new_from_impl(AsStored {
        signature: Signature::any(1, Volatility::Immutable),
        from: from.clone(),
        to: to.data_type().clone(),
    });
    let field = Field::new(to.name(), to.data_type().clone(), true);
    Arc::new(ScalarFunctionExpr::new(
        "stored",
        Arc::new(function),
        vec![column],
        Arc::new(field),
        Arc::new(ConfigOptions::default()),
    ))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct AsStored {
    signature: Signature,
    from: DataType,
    to: DataType,
}

impl ScalarUDFImpl for AsStored {
    fn name(&self) -> &'static str {
        "stored"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> PlanResult<DataType> {
        Ok(self.to.clone())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> PlanResult<ColumnarValue> {
        let value = args.args.first().ok_or_else(|| failed("no argument"))?;
        let array = value.to_array(args.number_rows)?;
        Ok(ColumnarValue::Array(convert(&array)?))
    }
}

fn failed(what: &str) -> DataFusionError {
    DataFusionError::External(Box::new(Fault::internal(format!("stored column: {what}"))))
}

fn convert(array: &ArrayRef) -> PlanResult<ArrayRef> {
    if let Some(lists) = array.as_list_opt::<i32>() {
        let items = match lists.value_type() {
            DataType::Decimal128(..) => convert(lists.values())?,
            _ => Arc::clone(lists.values()),
        };
        let field = Arc::new(Field::new("item", items.data_type().clone(), true));
        let (offsets, nulls) = (lists.offsets().clone(), lists.nulls().cloned());
        let list = ListArray::try_new(field, offsets, items, nulls)?;
        return array::plain(list).map_err(|fault| DataFusionError::External(Box::new(fault)));
    }
    let DataType::Decimal128(_, scale) = array.data_type() else {
        return Err(failed("not a decimal"));
    };
    let scale = u16::try_from(*scale).map_err(|_| failed("negative scale"))?;
    let decimals = array
        .as_primitive_opt::<Decimal128Type>()
        .ok_or_else(|| failed("no decimals"))?;
    let mut builder = BinaryViewBuilder::with_capacity(decimals.len());
    let mut bytes = Vec::with_capacity(18);
    for value in decimals {
        match value {
            Some(unscaled) => {
                bytes.clear();
                Numeric::from_unscaled(unscaled, scale).encode(&mut bytes);
                builder.append_value(&bytes);
            }
            None => builder.append_null(),
        }
    }
    Ok(Arc::new(builder.finish()))
}

#[cfg(test)]
mod tests {
    use arrow::array::Decimal128Array;

    use super::*;

    #[test]
    fn decimals_keep_value_and_scale() {
        let decimals = Decimal128Array::from(vec![Some(-150), None, Some(0)]);
        let decimals = decimals.with_precision_and_scale(10, 2).unwrap();
        let read = convert(&(Arc::new(decimals) as ArrayRef)).unwrap();
        let read = read.as_binary_view();
        let mut texts = Vec::new();
        for row in 0..read.len() {
            texts.push((!read.is_null(row)).then(|| {
                let mut text = String::new();
                Numeric::decode(read.value(row)).unwrap().write(&mut text);
                text
            }));
        }
        assert_eq!(
            texts,
            [
                Some(String::from("-1.50")),
                None,
                Some(String::from("0.00"))
            ]
        );
    }
}
