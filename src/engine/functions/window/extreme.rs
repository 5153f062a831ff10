//! `min` and `max` over a window, of whose results no order is taken for granted.
//!
//! DataFusion 55.2 takes what a growing frame yields for sorted with NULLs at the far end; but a frame
//! without a value yields NULL at the near one, and a sort above would be left out.

use std::sync::Arc;

use arrow::datatypes::{DataType, FieldRef};
use datafusion::common::{Result as PlanResult, ScalarValue};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, ReversedUDAF, SetMonotonicity, Signature,
};

/// The aggregate as a window computes it.
pub(crate) fn over_window(aggregate: &Arc<AggregateUDF>, result: &DataType) -> Arc<AggregateUDF> {
    let ordered = aggregate.inner().set_monotonicity(result) != SetMonotonicity::NotMonotonic;
    if !ordered || !aggregate.is_nullable() {
        return Arc::clone(aggregate);
    }
    Arc::new(AggregateUDF::new_from_impl(Extreme(Arc::clone(aggregate))))
}

/// An aggregate that promises no order; [`AggregateUDFImpl::set_monotonicity`] is left as it is.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Extreme(Arc<AggregateUDF>);

impl AggregateUDFImpl for Extreme {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn signature(&self) -> &Signature {
        self.0.signature()
    }

    fn return_type(&self, arguments: &[DataType]) -> PlanResult<DataType> {
        self.0.return_type(arguments)
    }

    fn coerce_types(&self, arguments: &[DataType]) -> PlanResult<Vec<DataType>> {
        self.0.coerce_types(arguments)
    }

    fn accumulator(&self, args: AccumulatorArgs<'_>) -> PlanResult<Box<dyn Accumulator>> {
        self.0.accumulator(args)
    }

    fn create_sliding_accumulator(
        &self,
        args: AccumulatorArgs<'_>,
    ) -> PlanResult<Box<dyn Accumulator>> {
        self.0.create_sliding_accumulator(args)
    }

    fn state_fields(&self, args: StateFieldsArgs<'_>) -> PlanResult<Vec<FieldRef>> {
        self.0.state_fields(args)
    }

    /// The extreme of rows does not depend on the side they come from.
    fn reverse_expr(&self) -> ReversedUDAF {
        ReversedUDAF::Identical
    }

    fn default_value(&self, kind: &DataType) -> PlanResult<ScalarValue> {
        self.0.default_value(kind)
    }
}
