//! Keeps apart the joins that DataFusion must not take for one, and the keys that are no kin.
//!
//! DataFusion makes one list of the inputs and keys of inner joins that stand on each other, and joins
//! them again in an order of its own. A key it cannot use when its turn comes is forgotten: one side
//! of it needs two inputs, and the other input was joined before both were there. And all joins of the
//! list treat NULL as the topmost does, so `=` would find NULL equal to NULL beside an
//! `IS NOT DISTINCT FROM`. A projection that changes nothing ends the list where either can happen; the
//! optimiser drops it afterwards. For the same reason a join by `IS NOT DISTINCT FROM` gets no further
//! keys from its conditions.

use std::sync::Arc;

use datafusion::common::tree_node::Transformed;
use datafusion::common::{Column, NullEquality, Result as PlanResult};
use datafusion::logical_expr::{Expr, Join, JoinType, LogicalPlan, Projection};
use datafusion::optimizer::eliminate_cross_join::EliminateCrossJoin;
use datafusion::optimizer::extract_equijoin_predicate::ExtractEquijoinPredicate;
use datafusion::optimizer::optimizer::{ApplyOrder, OptimizerConfig, OptimizerRule};

/// [`EliminateCrossJoin`] over joins that may be taken for one.
#[derive(Debug)]
pub(super) struct Joins(EliminateCrossJoin);

impl Joins {
    pub(super) fn new() -> Self {
        Self(EliminateCrossJoin::new())
    }
}

impl OptimizerRule for Joins {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn supports_rewrite(&self) -> bool {
        true
    }

    fn rewrite(
        &self,
        plan: LogicalPlan,
        config: &dyn OptimizerConfig,
    ) -> PlanResult<Transformed<LogicalPlan>> {
        let plan = plan.transform_up_with_subqueries(apart)?;
        let (changed, plan) = (plan.transformed, plan.data);
        let mut plan = self.0.rewrite(plan, config)?;
        plan.transformed |= changed;
        Ok(plan)
    }
}

/// [`ExtractEquijoinPredicate`] where a new key means what the others mean.
#[derive(Debug)]
pub(super) struct Keys(ExtractEquijoinPredicate);

impl Keys {
    pub(super) fn new() -> Self {
        Self(ExtractEquijoinPredicate::new())
    }
}

impl OptimizerRule for Keys {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        self.0.apply_order()
    }

    fn supports_rewrite(&self) -> bool {
        true
    }

    fn rewrite(
        &self,
        plan: LogicalPlan,
        config: &dyn OptimizerConfig,
    ) -> PlanResult<Transformed<LogicalPlan>> {
        match &plan {
            LogicalPlan::Join(join) if join.null_equality == NullEquality::NullEqualsNull => {
                Ok(Transformed::no(plan))
            }
            _ => self.0.rewrite(plan, config),
        }
    }
}

/// Ends the list below a join whose keys need it, and around one that finds NULL equal to NULL.
fn apart(plan: LogicalPlan) -> PlanResult<Transformed<LogicalPlan>> {
    let LogicalPlan::Join(join) = &plan else {
        return Ok(Transformed::no(plan));
    };
    if join.join_type != JoinType::Inner || join.on.is_empty() {
        return Ok(Transformed::no(plan));
    }
    let null_is_equal = join.null_equality == NullEquality::NullEqualsNull;
    let left = null_is_equal && inner(&join.left).is_some()
        || join.on.iter().any(|(key, _)| spans(key, &join.left));
    let right = null_is_equal && inner(&join.right).is_some()
        || join.on.iter().any(|(_, key)| spans(key, &join.right));
    if !left && !right && !null_is_equal {
        return Ok(Transformed::no(plan));
    }
    let mut join = join.clone();
    if left {
        join.left = Arc::new(as_it_is(join.left));
    }
    if right {
        join.right = Arc::new(as_it_is(join.right));
    }
    let join = LogicalPlan::Join(join);
    Ok(Transformed::yes(if null_is_equal {
        as_it_is(Arc::new(join))
    } else {
        join
    }))
}

/// A projection of all that a plan has.
fn as_it_is(plan: Arc<LogicalPlan>) -> LogicalPlan {
    let schema = Arc::clone(plan.schema());
    LogicalPlan::Projection(Projection::new_from_schema(plan, schema))
}

pub(super) fn inner(plan: &LogicalPlan) -> Option<&Join> {
    match plan {
        LogicalPlan::Join(join) if join.join_type == JoinType::Inner => Some(join),
        _ => None,
    }
}

/// Whether a key needs more than one of the inputs that inner joins standing on each other have.
fn spans(key: &Expr, plan: &LogicalPlan) -> bool {
    let columns = key.column_refs();
    columns.len() > 1 && inner(plan).is_some() && {
        let mut rest = columns.iter();
        let first = rest.next().and_then(|column| input_of(column, plan));
        rest.any(|column| match (first, input_of(column, plan)) {
            (Some(first), Some(other)) => !std::ptr::eq(first, other),
            _ => true,
        })
    }
}

/// The input that has a column.
pub(super) fn input_of<'a>(column: &Column, plan: &'a LogicalPlan) -> Option<&'a LogicalPlan> {
    if !plan.schema().has_column(column) {
        return None;
    }
    match inner(plan) {
        Some(join) => input_of(column, &join.left).or_else(|| input_of(column, &join.right)),
        None => Some(plan),
    }
}
