//! Aggregates with PostgreSQL's result types and errors.
//!
//! DataFusion's own do the ones whose answers are the same. The others are either a [`fold::Fold`],
//! a small state per group, or gather their rows and finish at the end ([`gather`]): those that
//! depend on order, on equality of values, or on all rows at once. A fold whose arguments are
//! DISTINCT, or whose window frame moves, gathers too.

mod extreme;
mod fold;
mod gather;
mod groups;
mod hypothetical;
mod lists;
mod moments;
mod ordered;
mod sets;
mod sums;

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{DataFusionError, Result as PlanResult, ScalarValue};
use datafusion::functions_aggregate::{bit_and_or_xor, bool_and_or, count, min_max};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::AggregateOrderSensitivity;
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, GroupsAccumulator, Signature, Volatility,
};

pub(in crate::engine) use lists::session_style;

use fold::{Fold, Folding};
use gather::{Finish, Gather, Recipe};
use groups::Groups;

use super::key::sort_key;
use super::registry::{Implementation, Registry};
use crate::pg::{Fault, Type, types};

/// Registers every aggregate.
pub(crate) fn register(registry: &mut Registry) {
    natives(registry);
    sums::register(registry);
    moments::register(registry);
    extreme::register(registry);
    lists::register(registry);
    ordered::register(registry);
    hypothetical::register(registry);
    sets::register(registry);
}

type Make = fn(&[Type], Type) -> Result<Arc<AggregateUDF>, Fault>;

fn aggregate(registry: &mut Registry, signature: impl Into<String>, make: Make) {
    registry.add(signature, Implementation::Aggregate(make));
}

fn styled(registry: &mut Registry, signature: &str, make: Make) {
    registry.add(signature, Implementation::Styled(make));
}

/// Those where DataFusion's answer is PostgreSQL's.
fn natives(registry: &mut Registry) {
    aggregate(registry, "count()", |_, _| Ok(count::count_udaf()));
    aggregate(registry, "count(any)", |kinds, result| {
        let keyed = kinds.first().is_some_and(|kind| sort_key(*kind).is_some());
        if keyed {
            // DISTINCT must see equal values as equal, so the rows are compared by their keys.
            folded("count", kinds, result, sums::Count::default())
        } else {
            Ok(count::count_udaf())
        }
    });
    aggregate(registry, "bool_and(bool)", |_, _| {
        Ok(bool_and_or::bool_and_udaf())
    });
    aggregate(registry, "every(bool)", |_, _| {
        Ok(bool_and_or::bool_and_udaf())
    });
    aggregate(registry, "bool_or(bool)", |_, _| {
        Ok(bool_and_or::bool_or_udaf())
    });
    for kind in ["int2", "int4", "int8"] {
        aggregate(registry, format!("bit_and({kind})"), |_, _| {
            Ok(bit_and_or_xor::bit_and_udaf())
        });
        aggregate(registry, format!("bit_or({kind})"), |_, _| {
            Ok(bit_and_or_xor::bit_or_udaf())
        });
        aggregate(registry, format!("bit_xor({kind})"), |_, _| {
            Ok(bit_and_or_xor::bit_xor_udaf())
        });
    }
    for kind in [
        "int2",
        "int4",
        "int8",
        "oid",
        "text",
        "date",
        "time",
        "timestamp",
        "timestamptz",
        "xid8",
    ] {
        aggregate(registry, format!("min({kind})"), |_, _| {
            Ok(min_max::min_udaf())
        });
        aggregate(registry, format!("max({kind})"), |_, _| {
            Ok(min_max::max_udaf())
        });
    }
}

/// What an aggregate does with its rows.
#[derive(Clone)]
enum Body {
    Fold(Arc<dyn Folding>),
    Gather(Finish),
}

/// One aggregate for concrete types.
struct PgAggregate {
    name: &'static str,
    kinds: Vec<Type>,
    result: Type,
    /// Which argument's storage the result has, or a list of it.
    shape: Shape,
    body: Body,
    signature: Signature,
}

/// The storage of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// That of the result's type.
    Type,
    /// That of an argument, whose fields only the plan knows.
    Argument(usize),
    /// An array of an argument.
    ArrayOf(usize),
}

impl Shape {
    fn storage(self, result: Type, arguments: &[DataType]) -> PlanResult<DataType> {
        let argument = |at: usize| {
            arguments.get(at).cloned().ok_or_else(|| {
                DataFusionError::Internal(String::from("an aggregate lacks an argument"))
            })
        };
        Ok(match self {
            Self::Type => types::storage(result.oid),
            Self::Argument(at) => argument(at)?,
            Self::ArrayOf(at) => crate::pg::array::storage(argument(at)?),
        })
    }
}

/// An aggregate that is a fold.
fn folded<F: Fold>(
    name: &'static str,
    kinds: &[Type],
    result: Type,
    start: F,
) -> Result<Arc<AggregateUDF>, Fault> {
    let storage = types::storage(result.oid);
    let body = Body::Fold(Arc::new(fold::Factory { start, storage }));
    Ok(made(name, kinds, result, Shape::Type, body))
}

/// An aggregate that gathers its rows.
fn gathered(
    name: &'static str,
    kinds: &[Type],
    result: Type,
    shape: Shape,
    finish: Finish,
) -> Arc<AggregateUDF> {
    made(name, kinds, result, shape, Body::Gather(finish))
}

fn made(
    name: &'static str,
    kinds: &[Type],
    result: Type,
    shape: Shape,
    body: Body,
) -> Arc<AggregateUDF> {
    Arc::new(AggregateUDF::new_from_impl(PgAggregate {
        name,
        kinds: kinds.to_vec(),
        result,
        shape,
        body,
        signature: Signature::variadic_any(Volatility::Immutable),
    }))
}

impl fmt::Debug for PgAggregate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PgAggregate")
            .field("name", &self.name)
            .field("kinds", &self.kinds)
            .finish_non_exhaustive()
    }
}

impl PartialEq for PgAggregate {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.kinds == other.kinds && self.result == other.result
    }
}

impl Eq for PgAggregate {}

impl Hash for PgAggregate {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
        self.kinds.hash(state);
    }
}

impl PgAggregate {
    fn recipe(&self, args: &AccumulatorArgs<'_>) -> PlanResult<Recipe> {
        let finish = match &self.body {
            Body::Gather(finish) => Arc::clone(finish),
            Body::Fold(folding) => {
                let folding = Arc::clone(folding);
                Arc::new(move |arguments: &gather::Gathered<'_>| folding.whole(arguments.values))
                    as Finish
            }
        };
        let mut inputs: Vec<DataType> = args
            .expr_fields
            .iter()
            .map(|field| field.data_type().clone())
            .collect();
        for order in args.order_bys {
            inputs.push(order.expr.data_type(args.schema)?);
        }
        Ok(Recipe {
            inputs,
            kinds: self.kinds.clone(),
            orders: args.order_bys.iter().map(|order| order.options).collect(),
            distinct: args.is_distinct,
            storage: args.return_type().clone(),
            finish,
        })
    }
}

impl AggregateUDFImpl for PgAggregate {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, arguments: &[DataType]) -> PlanResult<DataType> {
        self.shape.storage(self.result, arguments)
    }

    fn accumulator(&self, args: AccumulatorArgs<'_>) -> PlanResult<Box<dyn Accumulator>> {
        match &self.body {
            Body::Fold(folding) if !args.is_distinct => Ok(folding.single()),
            _ => Ok(Box::new(Gather::new(self.recipe(&args)?))),
        }
    }

    fn create_sliding_accumulator(
        &self,
        args: AccumulatorArgs<'_>,
    ) -> PlanResult<Box<dyn Accumulator>> {
        Ok(Box::new(Gather::new(self.recipe(&args)?)))
    }

    fn state_fields(&self, args: StateFieldsArgs<'_>) -> PlanResult<Vec<FieldRef>> {
        if matches!(self.body, Body::Fold(_)) && !args.is_distinct {
            let name = format!("{}[state]", args.name);
            return Ok(vec![Arc::new(Field::new(name, DataType::Binary, true))]);
        }
        let inputs = args.input_fields.iter().chain(args.ordering_fields);
        Ok(inputs
            .enumerate()
            .map(|(at, field)| {
                let item = Arc::new(Field::new("item", field.data_type().clone(), true));
                let name = format!("{}[{at}]", args.name);
                Arc::new(Field::new(name, DataType::List(item), true))
            })
            .collect())
    }

    fn groups_accumulator_supported(&self, _: AccumulatorArgs<'_>) -> bool {
        true
    }

    fn create_groups_accumulator(
        &self,
        args: AccumulatorArgs<'_>,
    ) -> PlanResult<Box<dyn GroupsAccumulator>> {
        match &self.body {
            Body::Fold(folding) if !args.is_distinct => Ok(folding.groups()),
            _ => Ok(Box::new(Groups::new(self.recipe(&args)?))),
        }
    }

    /// What there is without rows: counts are 0, and a hypothetical row is the first of one.
    fn default_value(&self, storage: &DataType) -> PlanResult<ScalarValue> {
        match self.name {
            "count" | "regr_count" => Ok(ScalarValue::Int64(Some(0))),
            "rank" | "dense_rank" => Ok(ScalarValue::Int64(Some(1))),
            "percent_rank" => Ok(ScalarValue::Float64(Some(0.0))),
            "cume_dist" => Ok(ScalarValue::Float64(Some(1.0))),
            _ => ScalarValue::try_from(storage),
        }
    }

    /// Rows are put in order at the end, so the input may come in any.
    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        match self.body {
            Body::Fold(_) => AggregateOrderSensitivity::Insensitive,
            Body::Gather(_) => AggregateOrderSensitivity::Beneficial,
        }
    }

    fn with_beneficial_ordering(
        self: Arc<Self>,
        _: bool,
    ) -> PlanResult<Option<Arc<dyn AggregateUDFImpl>>> {
        Ok(Some(self))
    }
}

/// The error as DataFusion carries it.
fn carried(fault: Fault) -> DataFusionError {
    DataFusionError::External(Box::new(fault))
}
