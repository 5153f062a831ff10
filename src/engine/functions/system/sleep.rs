//! `pg_sleep`: waits without holding a thread, so that a cancel or a timeout ends it.

use std::sync::Arc;
use std::time::Duration;

use arrow::array::{Array, ArrayRef, AsArray, StringViewArray};
use arrow::datatypes::{DataType, Float64Type, IntervalMonthDayNanoType};
use async_trait::async_trait;
use datafusion::common::{DataFusionError, Result as PlanResult};
use datafusion::logical_expr::async_udf::{AsyncScalarUDF, AsyncScalarUDFImpl};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};

use super::super::Registry;
use super::super::registry::Implementation;
use crate::pg::interval::Interval;

pub(super) fn register(registry: &mut Registry) {
    for signature in ["pg_sleep(float8)", "pg_sleep_for(interval)"] {
        let sleep = Sleep {
            signature: Signature::variadic_any(Volatility::Volatile),
        };
        let function = AsyncScalarUDF::new(Arc::new(sleep)).into_scalar_udf();
        registry.add(signature, Implementation::Waiting(Arc::new(function)));
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Sleep {
    signature: Signature,
}

impl ScalarUDFImpl for Sleep {
    fn name(&self) -> &'static str {
        "pg_sleep"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> PlanResult<DataType> {
        Ok(DataType::Utf8View)
    }

    fn invoke_with_args(&self, _: ScalarFunctionArgs) -> PlanResult<ColumnarValue> {
        Err(DataFusionError::Internal(String::from(
            "pg_sleep does not hold a thread",
        )))
    }
}

/// How long to wait; not at all for what is negative.
fn duration(waits: &ArrayRef, row: usize) -> Option<Duration> {
    if let Some(seconds) = waits.as_primitive_opt::<Float64Type>() {
        return Duration::try_from_secs_f64(seconds.value(row)).ok();
    }
    let spans = waits.as_primitive_opt::<IntervalMonthDayNanoType>()?;
    let micros = Interval::from_arrow(spans.value(row)).length();
    u64::try_from(micros).ok().map(Duration::from_micros)
}

#[async_trait]
impl AsyncScalarUDFImpl for Sleep {
    async fn invoke_async_with_args(&self, args: ScalarFunctionArgs) -> PlanResult<ColumnarValue> {
        let rows = args.number_rows;
        let waits = match args.args.first() {
            Some(argument) => argument.to_array(rows)?,
            None => {
                return Ok(ColumnarValue::Array(Arc::new(StringViewArray::new_null(
                    rows,
                ))));
            }
        };
        let mut answers = Vec::with_capacity(rows);
        for row in 0..rows {
            if waits.is_null(row) {
                answers.push(None);
                continue;
            }
            if let Some(wait) = duration(&waits, row) {
                tokio::time::sleep(wait).await;
            }
            answers.push(Some(""));
        }
        Ok(ColumnarValue::Array(Arc::new(StringViewArray::from(
            answers,
        ))))
    }
}
