//! Window functions: DataFusion's, whose results are PostgreSQL's.
//!
//! `row_number`, `rank`, `dense_rank` and `ntile` return UInt64 and are cast to the declared `int8`
//! or `int4` by whoever plans the call; all others return the declared storage.

mod extreme;
mod framed;
mod shift;

pub(crate) use extreme::over_window;
pub(crate) use framed::{Body, End, Exclude, Framing, Unit, framed};

use std::sync::Arc;

use datafusion::arrow::datatypes::FieldRef;
use datafusion::common::{DataFusionError, Result as PlanResult};
use datafusion::functions_window as provided;
use datafusion::logical_expr::function::{PartitionEvaluatorArgs, WindowUDFFieldArgs};
use datafusion::logical_expr::{PartitionEvaluator, Signature, WindowUDF, WindowUDFImpl};
use datafusion::physical_expr::expressions::Literal;

use super::registry::{Implementation, Registry};
use crate::pg::Fault;

/// Registers window functions.
pub(crate) fn register(registry: &mut Registry) {
    use provided::{cume_dist, lead_lag, nth_value, ntile, rank, row_number};
    for (signature, make) in [
        (
            "row_number()",
            Implementation::Window(|_, _| Ok(row_number::row_number_udwf())),
        ),
        (
            "rank()",
            Implementation::Window(|_, _| Ok(rank::rank_udwf())),
        ),
        (
            "dense_rank()",
            Implementation::Window(|_, _| Ok(rank::dense_rank_udwf())),
        ),
        (
            "percent_rank()",
            Implementation::Window(|_, _| Ok(rank::percent_rank_udwf())),
        ),
        (
            "cume_dist()",
            Implementation::Window(|_, _| Ok(cume_dist::cume_dist_udwf())),
        ),
        (
            "lag(anyelement)",
            Implementation::Window(|_, _| Ok(lead_lag::lag_udwf())),
        ),
        (
            "lead(anyelement)",
            Implementation::Window(|_, _| Ok(lead_lag::lead_udwf())),
        ),
        (
            "first_value(anyelement)",
            Implementation::Window(|_, _| Ok(nth_value::first_value_udwf())),
        ),
        (
            "last_value(anyelement)",
            Implementation::Window(|_, _| Ok(nth_value::last_value_udwf())),
        ),
        (
            "ntile(int4)",
            Implementation::Window(|_, _| Ok(checked(ntile::ntile_udwf(), Check::Ntile))),
        ),
        (
            "nth_value(anyelement,int4)",
            Implementation::Window(|_, _| {
                Ok(checked(nth_value::nth_value_udwf(), Check::NthValue))
            }),
        ),
    ] {
        registry.add(signature, make);
    }
    for arguments in ["anyelement,int4", "anycompatible,int4,anycompatible"] {
        registry.add(
            format!("lag({arguments})"),
            Implementation::Window(|_, _| Ok(checked(lead_lag::lag_udwf(), Check::Constant))),
        );
        registry.add(
            format!("lead({arguments})"),
            Implementation::Window(|_, _| Ok(checked(lead_lag::lead_udwf(), Check::Constant))),
        );
    }
}

fn checked(inner: Arc<WindowUDF>, check: Check) -> Arc<WindowUDF> {
    Arc::new(WindowUDF::from(Checked { inner, check }))
}

/// What a window function demands of its arguments beyond their types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Check {
    /// `ntile`: a positive number.
    Ntile,
    /// `nth_value`: a positive number.
    NthValue,
    /// Offset and default are the same for every row.
    Constant,
}

/// A window function whose arguments may be such that DataFusion refuses them.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Checked {
    inner: Arc<WindowUDF>,
    check: Check,
}

/// An error as DataFusion carries it.
fn carried(fault: Fault) -> DataFusionError {
    DataFusionError::External(Box::new(fault))
}

impl Checked {
    /// Whether DataFusion's own can do it: offsets, counts and defaults that are known and fit.
    fn plain(&self, arguments: &PartitionEvaluatorArgs<'_>) -> bool {
        let from = usize::from(self.check != Check::Ntile);
        let mut given = arguments.input_exprs().iter().skip(from).enumerate();
        given.all(|(at, argument)| {
            let literal = argument.downcast_ref::<Literal>();
            literal.is_some_and(|literal| {
                let value = literal.value();
                let number = i64::try_from(value.clone())
                    .ok()
                    .or_else(|| i32::try_from(value.clone()).ok().map(i64::from));
                match self.check {
                    Check::Constant => at > 0 || number.is_some(),
                    Check::Ntile | Check::NthValue => number.is_some_and(|number| number > 0),
                }
            })
        })
    }
}

impl WindowUDFImpl for Checked {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn signature(&self) -> &Signature {
        self.inner.signature()
    }

    fn partition_evaluator(
        &self,
        arguments: PartitionEvaluatorArgs,
    ) -> PlanResult<Box<dyn PartitionEvaluator>> {
        if self.plain(&arguments) {
            return self.inner.inner().partition_evaluator(arguments);
        }
        match self.check {
            Check::Ntile => Ok(Box::new(shift::Tiles)),
            Check::Constant => Ok(Box::new(shift::Shift {
                backwards: self.inner.name() == "lag",
            })),
            Check::NthValue => Err(carried(Fault::unsupported(
                "an argument of nth_value that differs from row to row",
            ))),
        }
    }

    fn field(&self, arguments: WindowUDFFieldArgs) -> PlanResult<FieldRef> {
        let field = self.inner.inner().field(arguments)?;
        Ok(Arc::new(field.as_ref().clone().with_nullable(true)))
    }
}
