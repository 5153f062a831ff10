//! Which outer rows a subquery is run for: those that read its value.
//!
//! PostgreSQL computes a subquery where it is read: not in a branch of CASE that is not taken, not
//! beside an OR that is decided, not for a row that a plain condition drops. An [`Apply`] computes
//! it ahead, so it is told the condition under which its value will be read.

use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::common::{DFSchema, Result};
use datafusion::functions::core::coalesce::CoalesceFunc;
use datafusion::logical_expr::utils::{conjunction, split_conjunction};
use datafusion::logical_expr::{
    BinaryExpr, Case, Expr, Filter, LogicalPlan, LogicalPlanBuilder, Operator, lit,
};

use super::pull::has_subquery;
use super::{Apply, ApplyKind};

/// Tells every [`Apply`] of a plan when its value is read, and lets plain conditions drop rows first.
pub(super) fn guarded(plan: LogicalPlan) -> Result<LogicalPlan> {
    visit(plan, None)
}

/// `above`: all that is computed from the columns of the plan, where that is known.
fn visit(plan: LogicalPlan, above: Option<Vec<Expr>>) -> Result<LogicalPlan> {
    let plan = match plan {
        LogicalPlan::Filter(filter) => plain_first(filter)?,
        plan => plan,
    };
    let plan = match Apply::of(&plan) {
        Some(apply) => apply
            .clone()
            .read_when(apply.guard_for(above.as_deref())?)
            .map_inner(guarded)?,
        None => plan
            .map_subqueries(|inner| guarded(inner).map(Transformed::yes))
            .data()?,
    };
    let passes = Apply::of(&plan).is_some_and(Apply::adds_a_value)
        || matches!(
            plan,
            LogicalPlan::Filter(_)
                | LogicalPlan::Sort(_)
                | LogicalPlan::Limit(_)
                | LogicalPlan::Window(_)
        );
    let below = match (&plan, &above) {
        // A column that is handed on as it is, is read where it is handed to.
        (LogicalPlan::Projection(projection), Some(above)) => {
            let computed = projection.expr.iter();
            let computed = computed.filter(|expr| !matches!(expr, Expr::Column(_)));
            Some(computed.chain(above).cloned().collect())
        }
        (LogicalPlan::Projection(_) | LogicalPlan::Aggregate(_), _) => Some(plan.expressions()),
        _ if passes => above.map(|mut read| {
            read.extend(plan.expressions());
            read
        }),
        _ => None,
    };
    plan.map_children(|child| visit(child, below.clone()).map(Transformed::yes))
        .data()
}

/// Moves conditions that read no subquery below those subqueries.
fn plain_first(filter: Filter) -> Result<LogicalPlan> {
    let (mut applies, mut source) = (Vec::new(), filter.input.as_ref());
    while let Some(apply) = Apply::of(source).filter(|apply| apply.adds_a_value()) {
        applies.push(apply);
        source = &apply.input;
    }
    let (plain, rest): (Vec<_>, Vec<_>) = split_conjunction(&filter.predicate)
        .into_iter()
        .cloned()
        .partition(|test| computable(test, source.schema()));
    if applies.is_empty() || plain.is_empty() {
        return Ok(LogicalPlan::Filter(filter));
    }
    let mut plan = source.clone();
    if let Some(plain) = conjunction(plain) {
        plan = LogicalPlanBuilder::from(plan).filter(plain)?.build()?;
    }
    for apply in applies.into_iter().rev() {
        plan = apply.on(plan)?;
    }
    match conjunction(rest) {
        Some(rest) => LogicalPlanBuilder::from(plan).filter(rest)?.build(),
        None => Ok(plan),
    }
}

/// Whether an expression can be computed from these columns, once more and with the same result.
fn computable(expr: &Expr, schema: &DFSchema) -> bool {
    !expr.is_volatile()
        && !has_subquery(expr)
        && expr
            .column_refs()
            .into_iter()
            .all(|column| schema.has_column(column))
}

impl Apply {
    fn adds_a_value(&self) -> bool {
        !matches!(self.kind, ApplyKind::Lateral { .. })
    }

    /// The condition under which the value is read by what is above; `None`: for every row.
    fn guard_for(&self, above: Option<&[Expr]>) -> Result<Option<Expr>> {
        let (Some((id, _)), Some(above)) = (&self.value, above) else {
            return Ok(None);
        };
        let mut all = Read::Never;
        for expr in above {
            all = all.or(read(expr, id)?);
        }
        Ok(match all {
            Read::When(condition) if computable(&condition, self.input.schema()) => Some(condition),
            _ => None,
        })
    }
}

/// When an expression reads a column.
#[derive(Debug, PartialEq)]
enum Read {
    Never,
    When(Expr),
    Always,
}

impl Read {
    fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Never, read) | (read, Self::Never) => read,
            (Self::When(one), Self::When(other)) if one != other => Self::When(one.or(other)),
            (Self::When(one), Self::When(_)) => Self::When(one),
            _ => Self::Always,
        }
    }

    fn condition(self) -> Expr {
        match self {
            Self::Never => lit(false),
            Self::When(condition) => condition,
            Self::Always => lit(true),
        }
    }
}

fn read(expr: &Expr, id: &str) -> Result<Read> {
    match expr {
        Expr::Column(column) if column.name == id => Ok(Read::Always),
        Expr::Case(case) if case.expr.is_none() => in_case(case, id),
        Expr::ScalarFunction(call) if call.func.inner().is::<CoalesceFunc>() => {
            let Some((last, first)) = call.args.split_last() else {
                return Ok(Read::Never);
            };
            let arms = first.iter().map(|value| {
                (
                    Box::new(value.clone().is_not_null()),
                    Box::new(value.clone()),
                )
            });
            let otherwise = Some(Box::new(last.clone()));
            in_case(&Case::new(None, arms.collect(), otherwise), id)
        }
        Expr::BinaryExpr(BinaryExpr { left, op, right })
            if matches!(op, Operator::And | Operator::Or) =>
        {
            let (first, second) = (read(left, id)?, read(right, id)?);
            if first != Read::Never || second == Read::Never {
                return Ok(first.or(second));
            }
            let left = left.as_ref().clone();
            let open = match op {
                Operator::And => left.is_not_false(),
                _ => left.is_not_true(),
            };
            branches(vec![(open, second)], Read::Never)
        }
        _ => {
            let mut all = Read::Never;
            expr.apply_children(|part| {
                all = std::mem::replace(&mut all, Read::Never).or(read(part, id)?);
                Ok(TreeNodeRecursion::Continue)
            })?;
            Ok(all)
        }
    }
}

/// The conditions of CASE are judged in order, and only one result is computed.
fn in_case(case: &Case, id: &str) -> Result<Read> {
    let mut taken = Vec::new();
    let mut parts = case.when_then_expr.iter();
    for (when, then) in parts.by_ref() {
        let judged = read(when, id)?;
        if judged == Read::Never {
            taken.push((when.as_ref().clone(), read(then, id)?));
            continue;
        }
        // From here on the column itself may decide.
        let mut later = read(then, id)?;
        for (when, then) in parts.by_ref() {
            later = later.or(read(when, id)?).or(read(then, id)?);
        }
        if let Some(otherwise) = &case.else_expr {
            later = later.or(read(otherwise, id)?);
        }
        let later = match later {
            Read::Never => Read::Never,
            _ => Read::Always,
        };
        return branches(taken, judged.or(later));
    }
    let otherwise = match &case.else_expr {
        Some(otherwise) => read(otherwise, id)?,
        None => Read::Never,
    };
    branches(taken, otherwise)
}

/// The result of the first condition that holds.
fn branches(taken: Vec<(Expr, Read)>, otherwise: Read) -> Result<Read> {
    if taken.iter().all(|(_, read)| *read == otherwise) {
        return Ok(otherwise);
    }
    let arms = taken
        .into_iter()
        .map(|(when, read)| (Box::new(when), Box::new(read.condition())))
        .collect();
    let otherwise = Box::new(otherwise.condition());
    Ok(Read::When(Expr::Case(Case::new(
        None,
        arms,
        Some(otherwise),
    ))))
}
